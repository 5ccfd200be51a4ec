//! One agent: where it stands, what to look at, how it did, and what it is made of.

use std::rc::Rc;

use shadow_proto::{
    metrics::v1::{GetAgentResponse, QueryResponse},
    streaming::v1::Execution,
};
use yew::prelude::*;

use crate::{
    api, browser,
    catalogue::Catalogue,
    components::{
        agents::{Durations, Hours, Suggestions, Versions, standing},
        executions::RecentExecutions,
        metrics::{CardSize, MetricCard, OverviewEmpty, OverviewSkeleton, Source, interval_words},
        tables::{AgentErrors, AgentModels},
        ui::{Notice, NoticeKind, answered},
    },
    format,
    hooks::{Asked, Fresh, use_answer, use_asked, use_set_pulse},
    navigation::{Go, Route, use_place},
    session::use_signed_in,
    state::{
        agents,
        answer::{self, begun},
        executions,
        query::{OVERVIEW, instant},
        range::{Preset, Span},
        session::Permission,
        view::{Compare, View},
    },
};

/// What matters first.
const FIRST: [&str; 6] = [
    "executions",
    "success_rate",
    "duration_p95",
    "cost_per_success",
    "wasted_credits",
    "active_users",
];

/// Properties of [`Agent`].
#[derive(Properties, PartialEq)]
pub struct AgentProps {
    /// The agent's id, in the workspace of the view.
    pub id: String,
}

/// One agent.
#[component]
pub fn Agent(props: &AgentProps) -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let workspace = place.view.workspace.clone();
    if workspace.is_none() {
        return html! {
            <Notice kind={NoticeKind::Empty} title="Which workspace's agent?">
                <p>{ "Agents of several workspaces may have the same id. Choose a workspace above, or an agent from the list." }</p>
                <Go to={Route::Agents} view={place.view.elsewhere()} class="link">{ "All agents" }</Go>
            </Notice>
        };
    }
    html! {
        if viewer.may(Permission::ViewAnalytics, workspace.as_deref()) {
            <Page id={props.id.clone()} />
        } else {
            <Notice kind={NoticeKind::Empty} title="This agent is not yours to see">
                <p>{ "Its workspace may not exist, or not be yours to see. Choose another one above." }</p>
            </Notice>
        }
    }
}

/// What is known of an agent, and what was asked.
#[derive(Clone, PartialEq)]
struct Known {
    asked: Asked,
    granularity: shadow_proto::common::v1::Granularity,
    agent: Rc<GetAgentResponse>,
    trends: Rc<QueryResponse>,
    recent: Rc<Vec<Execution>>,
}

#[component]
fn Page(props: &AgentProps) -> Html {
    let asked = use_asked();
    let catalogue = use_signed_in().catalogue;
    let page = use_answer((asked, props.id.clone()), |(asked, id)| {
        Box::pin(async move {
            let question = asked.question();
            let (agent, trends, recent) = api::agent(
                agents::agent_request(&question, &id),
                agents::trends_request(&question, &id),
                executions::recent_request(&question, &id),
            )
            .await?;
            let live = question.is_live(browser::now());
            let answer = Known {
                asked,
                granularity: question.granularity(),
                agent: Rc::new(agent),
                trends: Rc::new(begun(trends)),
                recent: Rc::new(recent.executions),
            };
            Ok(Fresh { answer, live })
        })
    });
    use_set_pulse(page.pulse(|known| answer::as_of(known.agent.provenance.as_ref())));
    answered(&page, html! { <OverviewSkeleton /> }, |known| {
        html! { <Shown known={(**known).clone()} {catalogue} /> }
    })
}

/// Properties of [`Shown`].
#[derive(Properties, PartialEq)]
struct ShownProps {
    known: Known,
    catalogue: Rc<Catalogue>,
}

#[component]
fn Shown(props: &ShownProps) -> Html {
    let Known {
        asked,
        granularity,
        agent,
        trends,
        recent,
    } = &props.known;
    let zone = &asked.zone;
    let compared = asked.compare != Compare::Off;
    let source = Source {
        response: trends,
        catalogue: &props.catalogue,
        zone,
        granularity: *granularity,
        compared,
        trimmed: asked.span == Span::Preset(Preset::All),
    };
    let view = use_place().view.elsewhere();
    let catalogue = &props.catalogue;
    html! {
        <>
            { head(agent, compared) }
            <Suggestions suggestions={agent.suggestions.clone()} />
            if answer::is_empty(trends, OVERVIEW, "executions") {
                <OverviewEmpty
                    last_event={agent.provenance.as_ref().and_then(|from| instant(from.last_event_time.as_ref()))}
                    zone={zone.clone()}
                />
            } else {
                <section class="panel metrics metrics--large" aria-labelledby="first-title">
                    <h2 id="first-title" class="only-read">{ "What matters first" }</h2>
                    { for FIRST.iter().filter_map(|id| card(&props.known, catalogue, &view, id)) }
                </section>
                { source.outcomes() }
                <div class="columns">
                    { source.lines("Success rate", OVERVIEW, &[("success_rate", "Success rate", "data-1")]) }
                    { source.lines("Duration of completed runs", OVERVIEW, &[("duration_p50", "Median", "data-1"), ("duration_p95", "p95", "data-2")]) }
                    { source.lines("Credits", OVERVIEW, &[("credits", "All", "data-1"), ("wasted_credits", "Wasted", "data-bad")]) }
                    { source.lines("Provider cost", OVERVIEW, &[("cost", "Cost", "data-1")]) }
                </div>
                <Versions versions={agent.versions.clone()} catalogue={catalogue.clone()} />
                <AgentErrors groups={agent.error_kinds.clone()} catalogue={catalogue.clone()} {compared} />
                <AgentModels groups={agent.models.clone()} catalogue={catalogue.clone()} {compared} />
                <Durations series={agent.details.clone()} catalogue={catalogue.clone()} />
                <Hours hours={agent.hours.clone()} range={agent.hours_range.clone().unwrap_or_default()} />
                <RecentExecutions executions={recent.clone()} zone={zone.clone()} agent={agent.standing.as_ref().map(|one| one.agent_id.clone())} />
            }
        </>
    }
}

fn head(agent: &GetAgentResponse, compared: bool) -> Html {
    let Some(one) = &agent.standing else {
        return Html::default();
    };
    let interval = one.success_interval.as_ref();
    html! {
        <div class="page__head">
            <h1 class="page__title">
                { &one.name }
                <span class="page__scope">{ &one.agent_id }</span>
            </h1>
            if one.rank.is_some() {
                <p class="panel__note">
                    { "Rank " }
                    { standing(one, compared) }
                    { format!(" of {}", agent.ranked_agents) }
                    if let Some(interval) = interval {
                        { format!(" · true success rate {} with 95 % confidence", interval_words(interval.low, interval.high)) }
                    }
                </p>
            }
        </div>
    }
}

fn card(known: &Known, catalogue: &Catalogue, view: &View, id: &str) -> Option<Html> {
    let (metric, trend) = (
        catalogue.find(id)?,
        answer::whole(&known.trends, OVERVIEW, id)?,
    );
    let provenance = known.agent.provenance.as_ref();
    let as_of = answer::as_of(provenance).map_or_else(String::new, |at| {
        format::time_of_day(at, &*known.asked.zone)
    });
    let against = match known.asked.compare {
        Compare::Previous => Some("vs previous"),
        Compare::Year => Some("vs last year"),
        Compare::Off => None,
    };
    // What is wasted is wasted by errors.
    let leads = (id == "wasted_credits").then(|| {
        let agent = known.agent.standing.as_ref()?.agent_id.clone();
        let view = View {
            agent: Some(agent),
            ..view.clone()
        };
        Some((Route::Errors, view))
    });
    let open = answer::result(&known.trends, OVERVIEW)
        .map(answer::slots)
        .and_then(|slots| slots.last().map(|slot| !slot.over))
        .unwrap_or_default();
    Some(html! {
        <MetricCard
            {metric}
            {trend}
            {open}
            size={CardSize::Large}
            {as_of}
            against={against.map(AttrValue::from)}
            leads={leads.flatten()}
        />
    })
}

#[cfg(test)]
mod tests {
    use shadow_proto::{
        common::v1::Granularity,
        metrics::v1::{AgentStanding, AgentSuggestion, Interval, SuggestionRule},
    };

    use super::*;
    use crate::{
        catalogue::tests::catalogue, rendering, state::answer::tests::response, zone::Zone,
    };

    async fn shown(trends: QueryResponse) -> String {
        rendering::signed_in("/agents/a-1?workspace=w1", move || {
            let agent = GetAgentResponse {
                standing: Some(AgentStanding {
                    agent_id: "a-1".to_owned(),
                    name: "Invoice reader".to_owned(),
                    rank: Some(3),
                    previous_rank: Some(2),
                    success_interval: Some(Interval {
                        low: 0.915,
                        high: 0.99,
                    }),
                    ..AgentStanding::default()
                }),
                ranked_agents: 12,
                suggestions: vec![AgentSuggestion {
                    rule: SuggestionRule::Idle.into(),
                    value: 0.0,
                    bound: 30.0,
                }],
                ..GetAgentResponse::default()
            };
            let known = Known {
                asked: Asked {
                    workspace: Some("w1".to_owned()),
                    span: Span::default(),
                    zone: Zone::utc(),
                    compare: Compare::Previous,
                },
                granularity: Granularity::Day,
                agent: Rc::new(agent),
                trends: Rc::new(trends.clone()),
                recent: Rc::new(Vec::new()),
            };
            html! { <Shown {known} catalogue={Rc::new(catalogue())} /> }
        })
        .await
    }

    #[tokio::test]
    async fn an_agent_is_described() {
        let html = shown(response()).await;
        for id in FIRST {
            assert!(html.contains(&format!(r#"data-metric="{id}""#)), "{id}");
        }
        for text in [
            "Invoice reader",
            "▼ 1",
            " of 12",
            "91.5–99 %",
            "Idle",
            "Executions by outcome",
            "Versions",
            "Errors by kind",
            "Models",
            "Durations",
            "Hours of the week",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn an_agent_without_executions_says_where_they_are() {
        let html = shown(QueryResponse::default()).await;
        assert!(
            html.contains("No executions") && html.contains("Idle"),
            "{html}"
        );
    }

    #[tokio::test]
    async fn it_takes_a_workspace_that_may_be_seen() {
        let at = "/agents/a-1";
        let html = rendering::signed_in(at, || html! { <Agent id="a-1" /> }).await;
        assert!(html.contains("Which workspace"), "{html}");
        let html = rendering::signed_in(
            "/agents/a-1?workspace=0192f0c1-2222-7333-8444-555566667777",
            || {
                html! { <Agent id="a-1" /> }
            },
        )
        .await;
        assert!(html.contains("not yours to see"), "{html}");
    }
}
