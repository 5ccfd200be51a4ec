//! A panel with a table, or with a sentence where there is nothing to list.

use yew::prelude::*;

/// A column: its name, and whether it has numbers.
pub(super) type Column = (AttrValue, bool);

/// A panel: its title, what it is about, its columns and rows, and what stands there without rows.
pub(super) fn panel(
    title: &'static str,
    note: &'static str,
    columns: &[Column],
    rows: Vec<Vec<Html>>,
    empty: &'static str,
) -> Html {
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ title }</h2>
                    <p class="panel__note">{ note }</p>
                </div>
            </header>
            if rows.is_empty() {
                <p class="panel__empty">{ empty }</p>
            } else {
                <div class="table-scroll" tabindex="0" role="region" aria-label={title}>
                    <table class="table">
                        <caption class="only-read">{ title }</caption>
                        <thead>
                            <tr>{ for columns.iter().map(|(name, number)| html! { <th scope="col" class={class(*number)}>{ name }</th> }) }</tr>
                        </thead>
                        <tbody>
                            { for rows.into_iter().map(|cells| html! {
                                <tr>
                                    { for cells.into_iter().zip(columns).enumerate().map(|(at, (cell, (_, number)))| match at {
                                        0 => html! { <th scope="row">{ cell }</th> },
                                        _ => html! { <td class={class(*number)}>{ cell }</td> },
                                    }) }
                                </tr>
                            }) }
                        </tbody>
                    </table>
                </div>
            }
        </section>
    }
}

fn class(number: bool) -> Option<&'static str> {
    number.then_some("number")
}

pub(super) fn text(name: &'static str) -> Column {
    (name.into(), false)
}

pub(super) fn number(name: impl Into<AttrValue>) -> Column {
    (name.into(), true)
}
