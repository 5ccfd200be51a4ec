//! The board of agents: one row for each, as the server ranked them.

use std::rc::Rc;

use shadow_proto::metrics::v1::{AgentStanding, ListAgentsResponse};
use yew::prelude::*;

use super::Filters;
use crate::{
    catalogue::{Catalogue, Definition},
    components::{
        metrics::{Change, IntervalBar, OverviewEmpty, interval_words},
        tables::{DataCell, DataColumn, DataRow, DataTable, agent_link},
        ui::{Notice, NoticeKind},
    },
    format::{self, Tone},
    hooks::Asked,
    navigation::{Go, Route, use_place},
    session::use_signed_in,
    state::{
        agents::{self, LOWER_BOUND},
        answer,
        query::instant,
        session::Viewer,
        view::{Compare, View},
    },
    zone::Zone,
};

/// The numbers of the board, in the order of its columns.
const METRICS: [&str; 11] = [
    "success_rate",
    "executions",
    "duration_p95",
    "credits",
    "wasted_credits",
    "total_tokens",
    "cost",
    "cost_per_success",
    "active_users",
    "duration_p50",
    "rating_mean",
];

/// Properties of [`Board`].
#[derive(Clone, PartialEq, Properties)]
pub struct BoardProps {
    /// Whom the board is about.
    pub asked: Asked,
    /// What came back.
    pub response: Rc<ListAgentsResponse>,
}

/// The board of agents.
#[component]
pub fn Board(props: &BoardProps) -> Html {
    let place = use_place();
    let signed_in = use_signed_in();
    let (list, response) = (&place.view.list, &*props.response);
    let zone = &props.asked.zone;
    if response.agents.is_empty() {
        return html! {
            <>
                if list.is_narrowed() {
                    <section class="panel"><header class="panel__header"><Filters /></header></section>
                }
                { empty(&place.view, response, zone) }
            </>
        };
    }
    let several = props.asked.workspace.is_none();
    let compared = props.asked.compare != Compare::Off;
    let as_of = answer::as_of(response.provenance.as_ref())
        .map_or_else(String::new, |at| format::time_of_day(at, &**zone));
    let rows: Vec<DataRow> = response
        .agents
        .iter()
        .map(|agent| {
            row(
                agent,
                &place.view,
                &signed_in.viewer,
                &signed_in.catalogue,
                several,
                compared,
            )
        })
        .collect();
    html! {
        <>
            <DataTable
                title="Agents"
                file="agents"
                columns={columns(&signed_in.catalogue, several)}
                {rows}
                sort={LOWER_BOUND}
                total={response.matching_agents}
                next={response.next_page_token.clone()}
                {as_of}
            >
                <Filters />
            </DataTable>
            if response.left_out_agents > 0 {
                <p class="banner">{ format!("{} agents with the fewest executions are not ranked.", response.left_out_agents) }</p>
            }
        </>
    }
}

fn empty(view: &View, response: &ListAgentsResponse, zone: &Zone) -> Html {
    if view.list.page.is_some() {
        // What the page began behind may have gone from the board since.
        return html! {
            <Notice kind={NoticeKind::Empty} title="There are no more agents">
                <p>{ "The board has changed since this page was linked to." }</p>
                <Go to={Route::Agents} view={view.from_the_start()} class="link">{ "First page" }</Go>
            </Notice>
        };
    }
    if view.list.is_narrowed() {
        return html! {
            <Notice kind={NoticeKind::Empty} title="No agent is as the filters want it">
                <p>{ "Search for another name, ask for fewer executions, or choose a longer range." }</p>
            </Notice>
        };
    }
    let from = response.provenance.as_ref();
    let last_event = from.and_then(|from| instant(from.last_event_time.as_ref()));
    html! { <OverviewEmpty {last_event} zone={zone.clone()} /> }
}

fn columns(catalogue: &Catalogue, several: bool) -> Vec<DataColumn> {
    let text = |id, name: &'static str, sorts| DataColumn {
        id,
        name: name.into(),
        metric: None,
        sorts,
    };
    let rank = DataColumn {
        id: LOWER_BOUND,
        name: "Rank".into(),
        metric: Some(Rc::new(rank(catalogue))),
        sorts: true,
    };
    let numbers = METRICS.into_iter().map(|id| DataColumn {
        id,
        name: catalogue.name(id),
        metric: catalogue.find(id),
        sorts: true,
    });
    [text("name", "Agent", true)]
        .into_iter()
        .chain(several.then(|| text("workspace", "Workspace", false)))
        .chain([rank])
        .chain(numbers)
        .collect()
}

/// The rank is no metric of the catalogue, but made of one.
fn rank(catalogue: &Catalogue) -> Definition {
    let version = catalogue
        .find("success_rate")
        .map_or(catalogue.version, |rate| rate.version);
    Definition {
        id: LOWER_BOUND.into(),
        name: "Rank".into(),
        meaning: "Where the agent stands by the lower bound of its success rate, so that a few lucky runs do not lead."
            .into(),
        formula: "lower bound of Wilson's 95 % interval of completed ÷ (completed + failed + timed out)".into(),
        unit: shadow_proto::metrics::v1::Unit::Ratio,
        direction: shadow_proto::metrics::v1::Direction::UpIsGood,
        relative_error: 0.0,
        version,
    }
}

fn row(
    agent: &AgentStanding,
    view: &View,
    viewer: &Viewer,
    catalogue: &Catalogue,
    several: bool,
    compared: bool,
) -> DataRow {
    let workspace = viewer.workspace_name(&agent.workspace_id);
    let name = DataCell {
        shown: html! {
            <span class="data__name">{ agent_link(&view.elsewhere(), &agent.workspace_id, &agent.agent_id, &agent.name) }</span>
        },
        text: agent.name.clone(),
    };
    let place = several.then(|| DataCell {
        shown: html! { workspace.clone() },
        text: workspace.to_string(),
    });
    let rank = DataCell {
        shown: standing(agent, compared),
        text: agent.rank.map(|rank| rank.to_string()).unwrap_or_default(),
    };
    let numbers = METRICS
        .into_iter()
        .map(|id| number(agent, id, catalogue, compared));
    DataRow {
        key: format!("{}/{}", agent.workspace_id, agent.agent_id),
        cells: [name]
            .into_iter()
            .chain(place)
            .chain([rank])
            .chain(numbers)
            .collect(),
    }
}

/// The rank of an agent, and how it moved.
pub fn standing(agent: &AgentStanding, compared: bool) -> Html {
    let moved = agents::moved(agent.rank, agent.previous_rank).filter(|_| compared);
    html! {
        <>
            { agent.rank.map_or_else(|| format::ABSENT.to_owned(), |rank| rank.to_string()) }
            if let Some((tone, text)) = moved {
                { " " }
                <span class={match tone {
                    Tone::Good => "change change--good",
                    Tone::Bad => "change change--bad",
                    Tone::Neutral => "change",
                }}>
                    { text }
                    <span class="only-read">{ format!(", before {}", agent.previous_rank.unwrap_or_default()) }</span>
                </span>
            }
        </>
    }
}

fn number(agent: &AgentStanding, id: &str, catalogue: &Catalogue, compared: bool) -> DataCell {
    let (unit, trend) = (catalogue.unit(id), agents::trend(agent, id));
    let interval = agent
        .success_interval
        .filter(|_| id == "success_rate")
        .zip(trend.total);
    let title = match &interval {
        Some((interval, _)) => interval_words(interval.low, interval.high),
        None => format::exact(unit, trend.total),
    };
    // Side by side only what decides has its change; the rest has it on the agent's own page.
    let metric = catalogue
        .find(id)
        .filter(|_| compared && matches!(id, "success_rate" | "executions"));
    DataCell {
        text: format::plain(unit, trend.total),
        shown: html! {
            <>
                <span {title}>{ format::value(unit, trend.total) }</span>
                if let Some(metric) = metric {
                    { " " }
                    <Change {unit} direction={metric.direction} trend={trend.clone()} />
                }
                if let Some((interval, value)) = interval {
                    <IntervalBar {value} low={interval.low} high={interval.high} />
                }
            </>
        },
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::{Interval, Series};

    use super::*;
    use crate::{
        rendering,
        state::answer::tests::{integer, real},
    };

    fn response() -> ListAgentsResponse {
        let series = |metric: &str, total, previous_total| Series {
            metric: metric.to_owned(),
            total: Some(total),
            previous_total: Some(previous_total),
            change: Some(0.02),
            ..Series::default()
        };
        let agent = AgentStanding {
            workspace_id: "w1".to_owned(),
            agent_id: "a/1 ?".to_owned(),
            name: "Invoice reader".to_owned(),
            rank: Some(2),
            previous_rank: Some(5),
            success_interval: Some(Interval {
                low: 0.915,
                high: 0.99,
            }),
            previous_success_interval: None,
            series: vec![
                series("success_rate", real(0.97), real(0.95)),
                series("executions", integer(1_234), integer(1_000)),
            ],
        };
        ListAgentsResponse {
            agents: vec![agent],
            matching_agents: 51,
            next_page_token: "AQ".to_owned(),
            left_out_agents: 7,
            ..ListAgentsResponse::default()
        }
    }

    async fn board(at: &'static str, response: ListAgentsResponse) -> String {
        rendering::signed_in(at, move || {
            let asked = Asked {
                workspace: None,
                span: Default::default(),
                zone: Zone::utc(),
                compare: Compare::Previous,
            };
            let response = Rc::new(response.clone());
            html! { <Board {asked} {response} /> }
        })
        .await
    }

    #[tokio::test]
    async fn an_agent_stands_with_rank_interval_and_change() {
        let html = board("/agents", response()).await;
        for text in [
            "Invoice reader",
            "Acme",
            "▲ 3",
            "91.5–99 %",
            "+2 pp",
            "1.23K",
            "1 of 51",
            "7 agents with the fewest executions",
            "/agents/a%2F1%20%3F?workspace=w1",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn nothing_found_says_why() {
        let html = board("/agents?search=zzz", ListAgentsResponse::default()).await;
        assert!(
            html.contains("No agent is as the filters want it") && html.contains("Clear filters"),
            "{html}"
        );
        let html = board("/agents", ListAgentsResponse::default()).await;
        assert!(html.contains("shadow import"), "{html}");
    }

    #[tokio::test]
    async fn a_page_that_became_empty_leads_to_the_first() {
        let html = board("/agents?range=7d&page=AQ", ListAgentsResponse::default()).await;
        assert!(
            html.contains("First page") && html.contains(r#"href="/agents?range=7d""#),
            "{html}"
        );
    }
}
