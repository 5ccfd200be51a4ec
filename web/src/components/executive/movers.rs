//! What moved most and why: workspaces or agents, with the parts of each change.

use std::rc::Rc;

use shadow_proto::metrics::v1::{GetExecutiveResponse, Mover};
use yew::prelude::*;

use crate::{
    catalogue::Definition,
    components::{tables::agent_link, ui::Help},
    format,
    navigation::{Go, Route, use_place},
    state::{
        executive::{self, parts, signed},
        view::View,
    },
};

/// Properties of [`MoverTable`].
#[derive(Properties, PartialEq)]
pub struct MoverTableProps {
    /// What came back.
    pub response: Rc<GetExecutiveResponse>,
    /// When the data was read, in words.
    pub as_of: AttrValue,
}

/// What moved most and why.
#[component]
pub fn MoverTable(props: &MoverTableProps) -> Html {
    let place = use_place();
    let one = place.view.workspace.is_some();
    let view = place.view.elsewhere();
    let Some(movers) = &props.response.movers else {
        return Html::default();
    };
    let version = props
        .response
        .provenance
        .as_ref()
        .map_or(0, |from| from.definition_version);
    let columns = parts(version);
    let what = if one { "Agent" } else { "Workspace" };
    let others = format!("{} others", format::count(movers.other_subjects.into()));
    let note = match (&movers.total, props.response.active_workspaces) {
        (Some(total), Some(active)) => format!(
            "executions against the compared period: {} in all · {} active workspaces",
            signed(total.change),
            format::count(active)
        ),
        (Some(total), None) => format!(
            "executions against the compared period: {} in all",
            signed(total.change)
        ),
        (None, _) => String::new(),
    };
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ "What moved most, and why" }</h2>
                    <p class="panel__note">{ note }</p>
                </div>
            </header>
            if movers.movers.is_empty() {
                <p class="panel__empty">{ "Nothing moved against the compared period." }</p>
            } else {
                <div class="table-scroll" tabindex="0" role="region" aria-label="What moved most, and why">
                    <table class="table">
                        <caption class="only-read">{ "What moved most, and why" }</caption>
                        <thead>
                            <tr>
                                <th scope="col">{ what }</th>
                                <th scope="col" class="number">{ "Executions" }</th>
                                { for columns.iter().map(|metric| head(metric, &props.as_of)) }
                                <th scope="col">{ "Why" }</th>
                            </tr>
                        </thead>
                        <tbody>
                            { for movers.movers.iter().map(|mover| row(mover, name(mover, &view), executive::why(mover), false)) }
                            if let Some(rest) = &movers.others {
                                { row(rest, html! { others }, String::new(), true) }
                            }
                        </tbody>
                    </table>
                </div>
            }
        </section>
    }
}

fn head(metric: &Rc<Definition>, as_of: &AttrValue) -> Html {
    html! {
        <th scope="col" class="number">
            <span class="data__head">
                { &metric.name }
                <Help id={format!("help-{}", metric.id)} metric={metric.clone()} as_of={as_of.clone()} />
            </span>
        </th>
    }
}

fn name(mover: &Mover, view: &View) -> Html {
    match &mover.agent_id {
        Some(agent) => agent_link(view, &mover.workspace_id, agent, &mover.name),
        // Of one workspace the movers are agents: this is what ran without a known one.
        None if view.workspace.is_some() => html! { "Unknown" },
        None => {
            let to = Route::Executive;
            let view = View {
                workspace: Some(mover.workspace_id.clone()),
                ..view.clone()
            };
            html! { <Go {to} {view} class="link">{ &mover.name }</Go> }
        }
    }
}

fn row(mover: &Mover, name: Html, why: String, other: bool) -> Html {
    let by = |of: Option<i64>| of.map_or_else(|| format::ABSENT.to_owned(), signed);
    let tone = match mover.change {
        change if change > 0 => "change change--good",
        change if change < 0 => "change change--bad",
        _ => "change",
    };
    let parts = mover.why.as_ref();
    html! {
        <tr class={other.then_some("is-other")}>
            <th scope="row">{ name }</th>
            <td class="number">{ format::count(mover.executions) }</td>
            <td class="number"><span class={tone}>{ signed(mover.change) }</span></td>
            <td class="number">{ by(parts.map(|why| why.users_change)) }</td>
            <td class="number">{ by(parts.map(|why| why.per_user_change)) }</td>
            <td>{ why }</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rendering,
        state::executive::tests::{mover, response},
    };

    async fn shown(at: &'static str, response: GetExecutiveResponse) -> String {
        let response = Rc::new(response);
        rendering::signed_in(at, move || {
            html! { <MoverTable response={response.clone()} as_of="21:00:00" /> }
        })
        .await
    }

    #[tokio::test]
    async fn a_mover_has_its_parts_and_leads_to_its_own_page() {
        let html = shown("/executive?range=7d", response()).await;
        for text in [
            "Aurora Labs",
            "more users: 12, before 3",
            "Invoice reader +90",
            "+100",
            "+90",
            "+10",
            "38 others",
            "+80 in all",
            "38 active workspaces",
            "By each user",
            "/executive?workspace=0192f0c1-2222-7333-8444-555566667777",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn agents_of_one_workspace_lead_to_the_agent() {
        let mut answer = response();
        let movers = answer.movers.as_mut().unwrap();
        movers.movers = vec![Mover {
            agent_id: Some("reader".to_owned()),
            why: None,
            ..mover("Invoice reader", (10, 20), (0, 1))
        }];
        let at = "/executive?workspace=0192f0c1-2222-7333-8444-555566667777";
        let html = shown(at, answer).await;
        for text in ["Agent", "/agents/reader?", "−10", "runs without users", "—"] {
            assert!(html.contains(text), "{text} in {html}");
        }
        let mut unknown = response();
        let movers = unknown.movers.as_mut().unwrap();
        movers.movers = vec![mover("unknown", (10, 20), (0, 1))];
        let html = shown(at, unknown).await;
        assert!(
            html.contains("Unknown") && !html.contains(r#"href="/executive"#),
            "{html}"
        );
        let html = shown(
            at,
            GetExecutiveResponse {
                movers: Some(Default::default()),
                ..Default::default()
            },
        )
        .await;
        assert!(html.contains("Nothing moved"), "{html}");
    }
}
