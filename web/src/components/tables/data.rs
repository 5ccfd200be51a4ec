//! A table of a list that the server orders and cuts: columns to sort by and to choose, the next page, a file of what is
//! shown. How it stands is in the address.

use std::rc::Rc;

use yew::prelude::*;

use super::file_link;
use crate::{
    catalogue::Definition,
    components::ui::{Button, Help, Icon, Menu, Symbol},
    navigation::use_place,
    state::{list::List, view::View},
};

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct DataColumn {
    /// What it is called in the address and, where it can be sorted by, at the server.
    pub id: &'static str,
    /// What a person reads.
    pub name: AttrValue,
    /// What it means, for numbers.
    pub metric: Option<Rc<Definition>>,
    /// Whether the list can be ordered by it.
    pub sorts: bool,
}

/// One cell: what is seen, and what a file has of it.
#[derive(Debug, Clone, PartialEq)]
pub struct DataCell {
    /// What is seen.
    pub shown: Html,
    /// The same in a file.
    pub text: String,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct DataRow {
    /// Unique in the table.
    pub key: String,
    /// One for each column; the first heads the row.
    pub cells: Vec<DataCell>,
}

/// Properties of [`DataTable`].
#[derive(Properties, PartialEq)]
pub struct DataTableProps {
    /// What it lists.
    pub title: AttrValue,
    /// The name of the file, without its ending.
    pub file: AttrValue,
    /// The columns; the first is always shown.
    pub columns: Vec<DataColumn>,
    /// The rows, as the server ordered them.
    pub rows: Vec<DataRow>,
    /// The column that orders the list where none is chosen.
    pub sort: &'static str,
    /// How many rows all pages have, where the server counts them.
    #[prop_or_default]
    pub total: Option<u32>,
    /// Asks for the next page; empty on the last.
    #[prop_or_default]
    pub next: AttrValue,
    /// When the data was read, in words.
    pub as_of: AttrValue,
    /// What narrows the list.
    #[prop_or_default]
    pub children: Html,
}

/// A table of a list.
#[component]
pub fn DataTable(props: &DataTableProps) -> Html {
    let place = use_place();
    let list = &place.view.list;
    let show = {
        let place = place.clone();
        Callback::from(move |list: List| {
            place.show(View {
                list,
                ..place.view.clone()
            });
        })
    };
    let shown: Vec<usize> = (0..props.columns.len())
        .filter(|at| *at == 0 || !list.hidden.contains(props.columns[*at].id))
        .collect();
    html! {
        <section class="panel">
            <header class="panel__header">
                { props.children.clone() }
                <div class="table-tools">
                    { choice(props, list, &show) }
                    { file(props, &shown) }
                </div>
            </header>
            <div class="table-scroll" tabindex="0" role="region" aria-label={props.title.clone()}>
                <table class="table data">
                    <caption class="only-read">{ &props.title }</caption>
                    <thead>
                        <tr>{ for shown.iter().map(|at| head(props, *at, list, &show)) }</tr>
                    </thead>
                    <tbody>
                        { for props.rows.iter().map(|row| html! {
                            <tr key={row.key.clone()} data-row={row.key.clone()}>
                                { for shown.iter().filter_map(|at| {
                                    let shown = row.cells.get(*at)?.shown.clone();
                                    Some(if *at == 0 {
                                        html! { <th scope="row">{ shown }</th> }
                                    } else {
                                        html! { <td class={class(props, *at)}>{ shown }</td> }
                                    })
                                }) }
                            </tr>
                        }) }
                    </tbody>
                </table>
            </div>
            { pager(props, list, &show) }
        </section>
    }
}

fn class(props: &DataTableProps, at: usize) -> Option<&'static str> {
    props.columns[at].metric.is_some().then_some("number")
}

fn head(props: &DataTableProps, at: usize, list: &List, show: &Callback<List>) -> Html {
    let column = &props.columns[at];
    let sorted = list.sort.as_deref().unwrap_or(props.sort) == column.id;
    // Numbers begin with the largest, times with the latest, names with A.
    let is_time = column.id.ends_with("_at");
    let descends = (column.metric.is_some() || is_time) != list.reversed;
    let order = match (column.sorts, sorted, descends) {
        (false, _, _) => None,
        (true, false, _) => Some("none"),
        (true, true, true) => Some("descending"),
        (true, true, false) => Some("ascending"),
    };
    let onclick = {
        let (list, id) = (list.clone(), column.id);
        let standing = List {
            sort: list.sort.clone().or_else(|| Some(props.sort.to_owned())),
            ..list
        };
        show.reform(move |_: MouseEvent| standing.sorted_by(id))
    };
    html! {
        <th scope="col" class={class(props, at)} aria-sort={order}>
            <span class="data__head">
                if column.sorts {
                    <button type="button" class={classes!("data__sort", sorted.then_some(if descends { "is-descending" } else { "is-ascending" }))} {onclick}>
                        { &column.name }
                        if sorted {
                            <Icon symbol={Symbol::Down} />
                        }
                    </button>
                } else {
                    { &column.name }
                }
                if let Some(metric) = &column.metric {
                    <Help id={format!("help-{}-{}", props.file, column.id)} metric={metric.clone()} as_of={props.as_of.clone()} />
                }
            </span>
        </th>
    }
}

fn choice(props: &DataTableProps, list: &List, show: &Callback<List>) -> Html {
    html! {
        <Menu id={format!("menu-columns-{}", props.file)} label="Columns" symbol={Symbol::Table} button={html! { "Columns" }} at_end=true>
            { for props.columns.iter().skip(1).map(|column| {
                let (list, id) = (list.clone(), column.id);
                let checked = !list.hidden.contains(id);
                let onchange = show.reform(move |_: Event| list.toggled(id));
                html! {
                    <label class="check">
                        <input type="checkbox" name={id} {checked} {onchange} />
                        <span>{ &column.name }</span>
                    </label>
                }
            }) }
        </Menu>
    }
}

fn pager(props: &DataTableProps, list: &List, show: &Callback<List>) -> Html {
    let go = |page: Option<String>| {
        let list = List {
            page,
            ..list.clone()
        };
        show.reform(move |_: MouseEvent| list.clone())
    };
    let shown = match props.total {
        Some(total) => format!("{} of {total}", props.rows.len()),
        None => format!("{} on this page", props.rows.len()),
    };
    html! {
        <footer class="pager">
            <p class="panel__note">{ shown }</p>
            if list.page.is_some() {
                <Button onclick={go(None)}>{ "First page" }</Button>
            }
            if !props.next.is_empty() {
                <Button onclick={go(Some(props.next.to_string()))}>{ "Next page" }</Button>
            }
        </footer>
    }
}

/// A file of what is shown.
fn file(props: &DataTableProps, shown: &[usize]) -> Html {
    let header: Vec<String> = shown
        .iter()
        .map(|at| props.columns[*at].name.to_string())
        .collect();
    let rows: Vec<Vec<String>> = props
        .rows
        .iter()
        .map(|row| {
            let cells = shown.iter().filter_map(|at| row.cells.get(*at));
            cells.map(|cell| cell.text.clone()).collect()
        })
        .collect();
    file_link(&props.file, &header, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalogue::tests::catalogue, rendering};

    fn props() -> DataTableProps {
        let column = |id, sorts: bool| DataColumn {
            id,
            name: AttrValue::from(id),
            metric: catalogue().find(id),
            sorts,
        };
        let cell = |text: &str| DataCell {
            shown: html! { text.to_owned() },
            text: text.to_owned(),
        };
        DataTableProps {
            title: "Agents".into(),
            file: "agents".into(),
            columns: vec![
                column("name", true),
                column("cost", true),
                column("credits", false),
            ],
            rows: vec![DataRow {
                key: "a".to_owned(),
                cells: vec![cell("=Reader"), cell("12"), cell("3")],
            }],
            sort: "name",
            total: Some(51),
            next: "AQ".into(),
            as_of: "21:00:00".into(),
            children: Html::default(),
        }
    }

    async fn table(at: &'static str) -> String {
        rendering::signed_in(at, || html! { <DataTable ..props() /> }).await
    }

    #[tokio::test]
    async fn the_order_is_told_and_numbers_are_explained() {
        let html = table("/agents").await;
        assert_eq!(
            html.matches(r#"aria-sort="ascending""#).count(),
            1,
            "{html}"
        );
        assert_eq!(html.matches(r#"aria-sort="none""#).count(), 1, "{html}");
        assert!(html.contains("help-agents-cost"), "{html}");
        let html = table("/agents?sort=cost").await;
        assert!(html.contains(r#"aria-sort="descending""#), "{html}");
        let html = table("/agents?sort=-cost").await;
        assert!(html.contains(r#"aria-sort="ascending""#), "{html}");
    }

    #[tokio::test]
    async fn a_column_that_is_hidden_is_in_neither_the_table_nor_the_file() {
        let html = table("/agents?hide=cost").await;
        assert!(!html.contains("help-agents-cost"), "{html}");
        assert!(
            html.contains("name%2Ccredits%0D%0A%27%3DReader%2C3"),
            "{html}"
        );
        assert!(table("/agents").await.contains("name%2Ccost%2Ccredits"));
    }

    #[tokio::test]
    async fn pages_lead_on_and_back_to_the_first() {
        let html = table("/agents").await;
        assert!(
            html.contains("1 of 51") && html.contains("Next page"),
            "{html}"
        );
        assert!(!html.contains("First page"), "{html}");
        assert!(table("/agents?page=AQ").await.contains("First page"));
    }
}
