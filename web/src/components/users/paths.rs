//! The way of visits through their first pages, with the numbers behind it.

use shadow_proto::metrics::v1::{GetPathsResponse, PageShare, PathLink};
use yew::prelude::*;

use super::visits::share_bar;
use crate::{
    components::ui::{Button, ButtonKind, Symbol},
    format,
    state::flow::{Band, Flow, HEIGHT, Node, WIDTH, flow, node_width},
};

/// What stands for pages that are not told apart.
const OTHERS: &str = "Other pages";

/// Properties of [`Paths`].
#[derive(Properties, PartialEq)]
pub struct PathsProps {
    /// Where visits lead.
    pub visits: GetPathsResponse,
}

/// Where visits begin, lead and end.
#[component]
pub fn Paths(props: &PathsProps) -> Html {
    let as_table = use_state_eq(|| false);
    let toggle = {
        let as_table = as_table.clone();
        Callback::from(move |_| as_table.set(!*as_table))
    };
    let visits = &props.visits;
    if visits.page_sessions == 0 {
        return html! {
            <section class="panel">
                <header class="panel__header"><h2 class="panel__title">{ "Paths" }</h2></header>
                <p class="panel__empty">{ "Nobody looked at a page in this range. Publish activities of the type page_view to see where visits lead." }</p>
            </section>
        };
    }
    html! {
        <>
            <section class="panel chart chart--grown" aria-label="Paths">
                <header class="panel__header">
                    <div>
                        <h2 class="panel__title">{ "Paths" }</h2>
                        <p class="panel__note">{ format!("the first five pages of {} visits; a band is as thick as it has visits", format::count(visits.page_sessions)) }</p>
                    </div>
                    <Button
                        kind={ButtonKind::Quiet}
                        symbol={if *as_table { Symbol::Chart } else { Symbol::Table }}
                        label={if *as_table { "Show the chart" } else { "Show the numbers as a table" }}
                        pressed={*as_table}
                        onclick={toggle}
                    />
                </header>
                if visits.links.is_empty() {
                    <p class="panel__empty">{ "No visit went on to a second page." }</p>
                } else if *as_table {
                    { table(&visits.links) }
                } else {
                    { drawing(&flow(&visits.links)) }
                }
            </section>
            <div class="columns">
                { shares("Entry pages", "Visits begin here", &visits.entries) }
                { shares("Exit pages", "Visits end here", &visits.exits) }
            </div>
            { trails(visits) }
        </>
    }
}

fn name(page: &str) -> String {
    match page {
        "" => OTHERS.to_owned(),
        page => page.to_owned(),
    }
}

fn words(link: &PathLink) -> String {
    format!(
        "{} → {}: {} visits",
        name(&link.from),
        name(&link.to),
        format::count(link.sessions)
    )
}

fn drawing(flow: &Flow) -> Html {
    html! {
        <div class="flow" tabindex="0" role="region" aria-label="Paths, drawn">
            <svg viewBox={format!("0 -4 {WIDTH} {}", HEIGHT + 8.0)} role="img" aria-label="Paths of visits: a diagram; its numbers are in the table">
                { for flow.bands.iter().map(band) }
                { for flow.nodes.iter().map(node) }
            </svg>
        </div>
    }
}

fn band(band: &Band) -> Html {
    html! {
        <path class="flow__band" d={band.path.clone()} stroke-width={format!("{:.1}", band.thickness.max(1.0))}>
            <title>{ words(&band.link) }</title>
        </path>
    }
}

fn node(node: &Node) -> Html {
    let page = name(&node.page);
    let title = format!("{page}: {} visits", format::count(node.sessions));
    html! {
        <g>
            <rect class={classes!("flow__page", node.page.is_empty().then_some("flow__page--other"))} x={format!("{:.1}", node.x)} y={format!("{:.1}", node.y)} width={node_width().to_string()} height={format!("{:.1}", node.height)} rx="2">
                <title>{ title }</title>
            </rect>
            <text class="flow__name" x={format!("{:.1}", node.x + node_width() + 6.0)} y={format!("{:.1}", node.y + node.height / 2.0)} dominant-baseline="middle">
                { page }
            </text>
        </g>
    }
}

fn table(links: &[PathLink]) -> Html {
    html! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Paths: numbers">
            <table class="table">
                <caption class="only-read">{ "From page to page" }</caption>
                <thead>
                    <tr>
                        <th scope="col">{ "From" }</th>
                        <th scope="col">{ "To" }</th>
                        <th scope="col" class="number">{ "Page of the visit" }</th>
                        <th scope="col" class="number">{ "Visits" }</th>
                    </tr>
                </thead>
                <tbody>
                    { for links.iter().map(|link| html! {
                        <tr>
                            <th scope="row">{ name(&link.from) }</th>
                            <td>{ name(&link.to) }</td>
                            <td class="number">{ format!("{} to {}", link.step, link.step + 1) }</td>
                            <td class="number">{ format::count(link.sessions) }</td>
                        </tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}

fn shares(title: &'static str, note: &'static str, shares: &[PageShare]) -> Html {
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ title }</h2>
                    <p class="panel__note">{ note }</p>
                </div>
            </header>
            <div class="table-scroll" tabindex="0" role="region" aria-label={title}>
                <table class="table">
                    <caption class="only-read">{ title }</caption>
                    <thead>
                        <tr>
                            <th scope="col">{ "Page" }</th>
                            <th scope="col" class="share-column">{ "Share" }</th>
                            <th scope="col" class="number">{ "Visits" }</th>
                        </tr>
                    </thead>
                    <tbody>
                        { for shares.iter().map(|one| html! {
                            <tr>
                                <th scope="row">{ &one.page }</th>
                                <td>{ share_bar(Some(one.share)) }</td>
                                <td class="number">{ format::count(one.sessions) }</td>
                            </tr>
                        }) }
                    </tbody>
                </table>
            </div>
        </section>
    }
}

fn trails(visits: &GetPathsResponse) -> Html {
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ "Commonest beginnings" }</h2>
                    <p class="panel__note">{ "up to five pages; a page that is looked at twice running is one" }</p>
                </div>
            </header>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Commonest beginnings">
                <table class="table">
                    <caption class="only-read">{ "Commonest beginnings of visits" }</caption>
                    <thead>
                        <tr>
                            <th scope="col">{ "Pages" }</th>
                            <th scope="col" class="number">{ "Visits" }</th>
                        </tr>
                    </thead>
                    <tbody>
                        { for visits.trails.iter().map(|trail| html! {
                            <tr>
                                <th scope="row">{ trail.pages.join(" → ") }</th>
                                <td class="number">{ format::count(trail.sessions) }</td>
                            </tr>
                        }) }
                    </tbody>
                </table>
            </div>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::PathTrail;

    use super::*;
    use crate::rendering;

    fn visits() -> GetPathsResponse {
        let share = |page: &str, share| PageShare {
            page: page.to_owned(),
            sessions: 10,
            share,
        };
        GetPathsResponse {
            page_sessions: 40,
            entries: vec![share("home", 0.75)],
            exits: vec![share("executions", 0.5)],
            links: vec![PathLink {
                step: 1,
                from: "home".to_owned(),
                to: String::new(),
                sessions: 12,
            }],
            trails: vec![PathTrail {
                pages: vec!["home".to_owned(), "agents".to_owned()],
                sessions: 9,
            }],
            ..GetPathsResponse::default()
        }
    }

    #[tokio::test]
    async fn paths_are_drawn_and_told() {
        let html = rendering::signed_in("/users", || html! { <Paths visits={visits()} /> }).await;
        for text in [
            "home → Other pages: 12 visits",
            "flow__page--other",
            "75 %",
            "home → agents",
            "Show the numbers as a table",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        let html = rendering::signed_in("/users", || table(&visits().links)).await;
        assert!(
            html.contains("1 to 2") && html.contains("Other pages"),
            "{html}"
        );
    }

    #[tokio::test]
    async fn without_pages_it_says_how_to_get_some() {
        let html = rendering::signed_in("/users", || {
            html! { <Paths visits={GetPathsResponse::default()} /> }
        })
        .await;
        assert!(html.contains("page_view"), "{html}");
    }
}
