//! A page of metrics: what matters first, then how it moved, then what it is made of.

use std::rc::Rc;

use chrono::{DateTime, Utc};
use yew::prelude::*;

use super::{
    CardSize, MetricCard, OverviewSkeleton, overview_charts::Source, overview_empty::OverviewEmpty,
};
use crate::{
    catalogue::Catalogue,
    components::{
        tables::{AgentTable, ModelTable},
        ui::answered,
    },
    format,
    hooks::{Loaded, use_asked, use_page_query, use_set_pulse},
    navigation::{Route, use_place},
    session::use_signed_in,
    state::{
        answer,
        query::{AGENTS, AUDIENCE, MODELS, OVERVIEW, instant},
        range::{Preset, Span},
        view::Compare,
    },
};

/// What matters first.
const FIRST: [&str; 6] = [
    "executions",
    "success_rate",
    "active_users",
    "duration_p95",
    "cost",
    "credits",
];
/// What it is made of.
const MORE: [(&str, &str); 14] = [
    (OVERVIEW, "completed"),
    (OVERVIEW, "failed"),
    (OVERVIEW, "open_executions"),
    (OVERVIEW, "duration_p50"),
    (OVERVIEW, "active_agents"),
    (AUDIENCE, "dau"),
    (AUDIENCE, "wau"),
    (AUDIENCE, "mau"),
    (AUDIENCE, "stickiness"),
    (OVERVIEW, "total_tokens"),
    (OVERVIEW, "input_tokens"),
    (OVERVIEW, "output_tokens"),
    (OVERVIEW, "wasted_credits"),
    (OVERVIEW, "cost_per_success"),
];

/// Properties of [`Overview`].
#[derive(Properties, PartialEq)]
pub struct OverviewProps {
    /// What comes after what matters first.
    #[prop_or_default]
    pub children: Html,
}

/// Asks about the view of the address, and shows the answer.
#[component]
pub fn Overview(props: &OverviewProps) -> Html {
    let signed_in = use_signed_in();
    let asked = use_asked();
    let query = use_page_query(asked);
    use_set_pulse(query.pulse(as_of));
    answered(&query, html! { <OverviewSkeleton /> }, |loaded| {
        html! {
            <Answer loaded={loaded.clone()} catalogue={signed_in.catalogue.clone()}>
                { props.children.clone() }
            </Answer>
        }
    })
}

fn as_of(loaded: &Loaded) -> Option<DateTime<Utc>> {
    let overview = answer::result(&loaded.response, OVERVIEW)?;
    answer::as_of(overview.provenance.as_ref())
}

/// Properties of [`Answer`].
#[derive(Properties, PartialEq)]
pub(crate) struct AnswerProps {
    /// The answer with its question.
    pub loaded: Rc<Loaded>,
    /// What the metrics mean.
    pub catalogue: Rc<Catalogue>,
    /// What comes after what matters first.
    #[prop_or_default]
    pub children: Html,
}

/// What was answered.
#[component]
pub(crate) fn Answer(props: &AnswerProps) -> Html {
    let here = use_place().view.elsewhere();
    let loaded = &*props.loaded;
    let response = &*loaded.response;
    let zone = &loaded.asked.zone;
    let provenance =
        answer::result(response, OVERVIEW).and_then(|result| result.provenance.as_ref());
    if answer::is_empty(response, OVERVIEW, "executions") {
        let last_event = provenance.and_then(|from| instant(from.last_event_time.as_ref()));
        return html! { <OverviewEmpty {last_event} zone={zone.clone()} /> };
    }
    let compared = loaded.asked.compare != Compare::Off;
    let trimmed = loaded.asked.span == Span::Preset(Preset::All);
    let as_of =
        answer::as_of(provenance).map_or_else(String::new, |at| format::time_of_day(at, &**zone));
    let source = Source {
        response,
        catalogue: &props.catalogue,
        zone,
        granularity: loaded.question.granularity(),
        compared,
        trimmed,
    };
    let against = match loaded.asked.compare {
        Compare::Previous => Some("vs previous"),
        Compare::Year => Some("vs last year"),
        Compare::Off => None,
    };
    let card = |selection: &str, id: &str, size: CardSize| {
        let (metric, mut trend) = (
            props.catalogue.find(id)?,
            answer::whole(response, selection, id)?,
        );
        let open = answer::result(response, selection)
            .map(answer::slots)
            .is_some_and(|slots| slots.last().is_some_and(|slot| !slot.over));
        if trimmed {
            let skip = answer::leading_gap(&trend.values);
            trend.values.drain(..skip);
        }
        Some(html! {
            <MetricCard
                {metric}
                {trend}
                {open}
                {size}
                leads={(id == "failed").then(|| (Route::Errors, here.clone()))}
                as_of={as_of.clone()}
                against={against.map(AttrValue::from)}
            />
        })
    };
    let others = provenance
        .map(|from| from.other_currencies.join(", "))
        .unwrap_or_default();
    html! {
        <>
            <section class="panel metrics metrics--large" aria-labelledby="first-title">
                <h2 id="first-title" class="only-read">{ "What matters first" }</h2>
                { for FIRST.iter().filter_map(|id| card(OVERVIEW, id, CardSize::Large)) }
            </section>
            { props.children.clone() }
            { source.outcomes() }
            <div class="columns">
                { source.lines("Success rate", OVERVIEW, &[("success_rate", "Success rate", "data-1")]) }
                { source.lines("Duration of completed runs", OVERVIEW, &[("duration_p50", "Median", "data-1"), ("duration_p95", "p95", "data-2")]) }
                { source.lines("Active users", AUDIENCE, &[("dau", "Daily", "data-1"), ("wau", "Weekly", "data-2"), ("mau", "Monthly", "data-3")]) }
                { source.lines("Provider cost", OVERVIEW, &[("cost", "Cost", "data-1")]) }
                { source.stacked("Tokens", &[("input_tokens", "Input", "data-1"), ("output_tokens", "Output", "data-2")]) }
                { source.lines("Credits", OVERVIEW, &[("credits", "All", "data-1"), ("wasted_credits", "Wasted", "data-bad")]) }
            </div>
            if !others.is_empty() {
                <p class="banner">{ format!("Costs are in USD. This range also has costs in {others}, which are not added.") }</p>
            }
            <section class="panel metrics" aria-labelledby="more-title">
                <h2 id="more-title" class="only-read">{ "More numbers" }</h2>
                { for MORE.iter().filter_map(|(selection, id)| card(selection, id, CardSize::Small)) }
            </section>
            <AgentTable
                groups={answer::result(response, AGENTS).map(|result| result.groups.clone()).unwrap_or_default()}
                catalogue={props.catalogue.clone()}
                {compared}
            />
            <ModelTable
                groups={answer::result(response, MODELS).map(|result| result.groups.clone()).unwrap_or_default()}
                catalogue={props.catalogue.clone()}
                {compared}
            />
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalogue::tests::catalogue,
        hooks::Asked,
        rendering,
        state::{answer::tests::response, query::Question},
        zone::Zone,
    };

    fn loaded(response: shadow_proto::metrics::v1::QueryResponse) -> Rc<Loaded> {
        let asked = Asked {
            workspace: None,
            span: Span::default(),
            zone: Zone::utc(),
            compare: Compare::Previous,
        };
        let range = shadow_domain::time::Range {
            start: "2026-11-21T00:00:00Z".parse().unwrap(),
            end: "2026-11-24T00:00:00Z".parse().unwrap(),
        };
        let question = Question {
            workspace: None,
            range,
            zone: "UTC".to_owned(),
            compare: Compare::Previous,
        };
        Rc::new(Loaded {
            asked,
            question,
            response: Rc::new(response),
        })
    }

    #[tokio::test]
    async fn every_agreed_metric_is_on_the_page() {
        let html = rendering::signed_in("/executive", || {
            html! { <Answer loaded={loaded(response())} catalogue={Rc::new(catalogue())} /> }
        })
        .await;
        for id in FIRST.iter().chain(MORE.iter().map(|(_, id)| id)) {
            assert!(html.contains(&format!(r#"data-metric="{id}""#)), "{id}");
        }
        for text in [
            "Executions by outcome",
            "Success rate",
            "Top agents",
            "Top models",
            "still open",
            "as of 21:00:00",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn nothing_counted_tells_how_to_get_data() {
        let html = rendering::signed_in("/executive", || {
            html! { <Answer loaded={loaded(Default::default())} catalogue={Rc::new(catalogue())} /> }
        })
        .await;
        assert!(
            html.contains("No executions yet") && html.contains("shadow import"),
            "{html}"
        );
    }

    #[tokio::test]
    async fn while_it_loads_the_page_has_its_shape() {
        let html = rendering::signed_in("/executive", || html! { <Overview /> }).await;
        assert!(
            html.contains("skeleton--chart") && html.contains(r#"aria-busy="true""#),
            "{html}"
        );
    }
}
