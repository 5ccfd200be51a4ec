//! How executions did: outcomes, how they flow, how long they take and wait, when they run.

use std::rc::Rc;

use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{GetThroughputResponse, QueryResponse},
};
use yew::prelude::*;

use crate::{
    api, browser,
    catalogue::Catalogue,
    components::{
        agents::{Durations, Hours},
        executions::Flow,
        metrics::{CardSize, MetricCard, OverviewEmpty, OverviewSkeleton, Source},
        ui::answered,
    },
    format,
    hooks::{Asked, Fresh, use_answer, use_asked, use_set_pulse},
    session::use_signed_in,
    state::{
        answer::{self, begun},
        executions::{self, DURATIONS},
        query::{OVERVIEW, instant},
        range::{Preset, Span},
        view::Compare,
    },
};

/// What matters first.
const FIRST: [&str; 6] = [
    "executions",
    "success_rate",
    "failed",
    "duration_p95",
    "queue_wait_p95",
    "open_executions",
];

/// What is known, and what was asked.
#[derive(Clone, PartialEq)]
struct Known {
    asked: Asked,
    granularity: Granularity,
    flow_granularity: Granularity,
    is_cut: bool,
    trends: Rc<QueryResponse>,
    flow: Rc<GetThroughputResponse>,
}

/// How executions did.
#[component]
pub(super) fn Overview() -> Html {
    let asked = use_asked();
    let catalogue = use_signed_in().catalogue;
    let page = use_answer(asked, |asked| {
        Box::pin(async move {
            let question = asked.question();
            let (flow, trends) = api::throughput(
                executions::throughput_request(&question),
                executions::overview_request(&question),
            )
            .await?;
            let live = question.is_live(browser::now());
            let answer = Known {
                asked,
                granularity: question.granularity(),
                flow_granularity: executions::flow_granularity(&question),
                is_cut: executions::is_cut(&question),
                trends: Rc::new(begun(trends)),
                flow: Rc::new(flow),
            };
            Ok(Fresh { answer, live })
        })
    });
    use_set_pulse(page.pulse(|known| answer::as_of(known.flow.provenance.as_ref())));
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
        flow_granularity,
        is_cut,
        trends,
        flow,
    } = &props.known;
    let (zone, catalogue) = (&asked.zone, &props.catalogue);
    let last_event = flow
        .provenance
        .as_ref()
        .and_then(|from| instant(from.last_event_time.as_ref()));
    // Nothing was opened, nothing ended, and nothing is open from before.
    let idle = flow.opened + flow.ended + flow.open_at_start == 0;
    if idle && answer::is_empty(trends, OVERVIEW, "executions") {
        return html! { <OverviewEmpty {last_event} zone={zone.clone()} /> };
    }
    let source = Source {
        response: trends,
        catalogue,
        zone,
        granularity: *granularity,
        compared: asked.compare != Compare::Off,
        trimmed: asked.span == Span::Preset(Preset::All),
    };
    let as_of = answer::as_of(flow.provenance.as_ref())
        .map_or_else(String::new, |at| format::time_of_day(at, &**zone));
    let durations = answer::result(trends, DURATIONS)
        .and_then(|result| result.groups.first())
        .map(|group| group.series.clone())
        .unwrap_or_default();
    let range = flow
        .provenance
        .as_ref()
        .and_then(|provenance| provenance.effective_range.clone())
        .unwrap_or_default();
    html! {
        <>
            <section class="panel metrics metrics--large" aria-labelledby="first-title">
                <h2 id="first-title" class="only-read">{ "What matters first" }</h2>
                { for FIRST.iter().filter_map(|id| card(&props.known, catalogue, id, &as_of)) }
            </section>
            { source.outcomes() }
            if *is_cut {
                <p class="panel__note">{ "Throughput, concurrency and hours of the week are those of the last 366 days of the range." }</p>
            }
            <Flow flow={flow.clone()} granularity={*flow_granularity} catalogue={catalogue.clone()} zone={zone.clone()} as_of={as_of.clone()} />
            <div class="columns">
                { source.lines("Duration of completed runs", OVERVIEW, &[("duration_p50", "Median", "data-1"), ("duration_p95", "p95", "data-2"), ("duration_p99", "p99", "data-bad")]) }
                { source.lines("Queue wait", OVERVIEW, &[("queue_wait_p50", "Median", "data-1"), ("queue_wait_p95", "p95", "data-2")]) }
            </div>
            <Durations series={durations} catalogue={catalogue.clone()} />
            <Hours hours={flow.hours.clone()} range={range} />
        </>
    }
}

fn card(known: &Known, catalogue: &Catalogue, id: &str, as_of: &str) -> Option<Html> {
    let (metric, trend) = (
        catalogue.find(id)?,
        answer::whole(&known.trends, OVERVIEW, id)?,
    );
    let against = match known.asked.compare {
        Compare::Previous => Some("vs previous"),
        Compare::Year => Some("vs last year"),
        Compare::Off => None,
    };
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
            as_of={as_of.to_owned()}
            against={against.map(AttrValue::from)}
        />
    })
}
