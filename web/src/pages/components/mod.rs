//! Every component in every state, side by side, on local stacks only: for who changes one, and for the test that looks
//! at them all. What is shown is made up.

mod agents;
mod data_health;
mod errors;
mod executions;
mod executive;
mod live;
mod money;
mod numbers;
mod samples;
mod ui;
mod users;
mod workspaces;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::NotFound;
use crate::{api, components::ui::Skeleton};

/// The page, where this is a local stack: there a person of the demo may sign in.
#[component]
pub fn Components() -> Html {
    let local = use_state_eq(|| None::<bool>);
    use_effect_with((), {
        let set = local.setter();
        move |()| {
            spawn_local(async move {
                let people = api::sign_in_options().await;
                set.set(Some(people.is_ok_and(|people| !people.is_empty())));
            });
        }
    });
    match *local {
        Some(true) => html! { <Book /> },
        Some(false) => html! { <NotFound /> },
        None => {
            html! { <div role="group" aria-busy="true" aria-label="Loading"><Skeleton class="skeleton--title" /></div> }
        }
    }
}

#[component]
fn Book() -> Html {
    html! {
        <>
            <h1 class="page__title">{ "Components" }<span class="page__scope">{ "each in every state" }</span></h1>
            <div class="overview">
                { ui::specimens() }
                { numbers::specimens() }
                { agents::specimens() }
                { executive::specimens() }
                { money::specimens() }
                { data_health::specimens() }
                { workspaces::specimens() }
                { users::specimens() }
                { errors::specimens() }
                { executions::specimens() }
                { live::specimens() }
            </div>
        </>
    }
}

/// A component with its states.
fn specimen(title: &'static str, states: impl IntoIterator<Item = (&'static str, Html)>) -> Html {
    html! {
        <section class="panel specimen" aria-label={title}>
            <header class="panel__header"><h2 class="panel__title">{ title }</h2></header>
            { for states.into_iter().map(|(name, shown)| html! {
                <figure class="specimen__state">
                    <figcaption class="specimen__name">{ name }</figcaption>
                    <div class="specimen__shown">{ shown }</div>
                </figure>
            }) }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn it_is_not_there_before_it_is_known_to_be_a_local_stack() {
        let html = rendering::signed_in("/components", || html! { <Components /> }).await;
        assert!(!html.contains("specimen"), "{html}");
    }

    #[tokio::test]
    async fn each_component_is_there_in_its_states() {
        let html = rendering::signed_in("/components", || html! { <Book /> }).await;
        for text in [
            "button--primary",
            "disabled",
            "badge--warning",
            "notice--error",
            "banner--error",
            "skeleton--chart",
            "metric--large",
            "change--bad",
            "sparkline__so-far",
            "chart--large",
            "is-other",
            "live--lagging",
            "live--refused",
            "metrics--counters is-outdated",
            "last minute, 23 s of it seen",
            "Timed out",
            "Resume · 7 new",
            "is-open",
            "rate_limited",
            "Clear the filters",
            "interval__range",
            "Not distinguishable",
            "week__hour--5",
            "share-column",
            "What to look at",
            "How the balance came about",
            "Books and executions differ",
            "How revenue moved",
            "Nobody pays",
            "What moved most, and why",
            "Nothing moved against",
            "The data is sound",
            "Ledger and burn",
            "Regressed",
            "With a spike",
            "Nobody has said anything",
            r#"aria-sort="descending""#,
            "Next page",
            "Nothing to compare",
            "Executions opened twice",
            "38 Critical",
            "Health over time",
            "Nobody is a member",
            "compared__verdict",
            "tabs__tab",
            "timeline__bar--failed",
            "Most open at once",
            "Recent executions",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn no_id_is_there_twice() {
        let html = rendering::signed_in("/components", || html! { <Book /> }).await;
        let mut ids: Vec<_> = html
            .split(r#" id=""#)
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{ids:?}");
    }
}
