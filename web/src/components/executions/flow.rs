//! How executions flow: opened and ended by their own times with the peaks, and how many are open at once.

use std::rc::Rc;

use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{Direction, GetThroughputResponse, Peak, Unit},
};
use yew::prelude::*;

use crate::{
    catalogue::{Catalogue, Definition},
    components::{
        charts::{ChartPanel, Column, Curve, Figure, Plot},
        ui::Help,
    },
    format,
    state::{executions::per_minute, query::instant, range},
    zone::Zone,
};

/// Properties of [`Flow`].
#[derive(Properties, PartialEq)]
pub struct FlowProps {
    /// What was answered.
    pub flow: Rc<GetThroughputResponse>,
    /// The length of a bucket.
    pub granularity: Granularity,
    /// What the metrics mean.
    pub catalogue: Rc<Catalogue>,
    /// The zone of the page.
    pub zone: Zone,
    /// When the data was read, in words.
    pub as_of: AttrValue,
}

/// How executions flow.
#[component]
pub fn Flow(props: &FlowProps) -> Html {
    html! {
        <>
            { figures(props) }
            <div class="columns">
                { chart(props, "Opened and ended", &[
                    ("Opened", "data-1", |bucket| bucket.opened),
                    ("Ended", "data-2", |bucket| bucket.ended),
                    ("Failed", "data-bad", |bucket| bucket.failed),
                ]) }
                { chart(props, "Open at once", &[("Open", "data-1", |bucket| bucket.open)]) }
            </div>
        </>
    }
}

type Count = fn(&shadow_proto::metrics::v1::ThroughputBucket) -> u64;

fn chart(
    props: &FlowProps,
    title: &'static str,
    lines: &[(&'static str, &'static str, Count)],
) -> Html {
    let flow = &props.flow;
    let zone = &props.zone;
    let names = flow.buckets.iter().filter_map(|bucket| {
        let start = instant(bucket.start.as_ref())?;
        Some((
            format::bucket(props.granularity, start, &**zone),
            format::bucket_in_full(props.granularity, start, &**zone),
        ))
    });
    let read = flow
        .provenance
        .as_ref()
        .and_then(|provenance| instant(provenance.snapshot_time.as_ref()));
    let end = flow
        .buckets
        .last()
        .and_then(|bucket| instant(bucket.end.as_ref()));
    let figure = Figure {
        names: names.collect(),
        open: read.zip(end).is_some_and(|(read, end)| read < end),
        unit: Unit::Count,
    };
    let columns: Vec<Column> = lines
        .iter()
        .map(|(name, token, count)| Column {
            name: (*name).to_owned(),
            token,
            values: flow
                .buckets
                .iter()
                .map(|bucket| Some(count(bucket) as f64))
                .collect(),
        })
        .collect();
    let curves = columns.iter().map(|column| Curve {
        name: column.name.clone(),
        token: column.token,
        values: column.values.clone(),
        previous: Vec::new(),
        filled: columns.len() == 1,
    });
    let bucket = range::bucket_name(props.granularity);
    let note = if columns.len() == 1 {
        format!("opened so far less ended so far, at the end of each {bucket}")
    } else {
        format!("by {bucket}, each by its own time")
    };
    let plot = Rc::new(Plot::Curves(curves.collect()));
    html! { <ChartPanel {title} {note} {plot} figure={Rc::new(figure)} {columns} /> }
}

fn figures(props: &FlowProps) -> Html {
    let (flow, zone) = (&props.flow, &props.zone);
    let rate = |count| {
        per_minute(count, flow.minutes).map_or_else(|| format::ABSENT.to_owned(), format::compact)
    };
    let minutes = format!("over {} minutes", format::count(flow.minutes));
    let peak = |peak: Option<&Peak>| {
        let count = peak.map_or_else(
            || format::ABSENT.to_owned(),
            |peak| format::count(peak.count),
        );
        let minute = peak.and_then(|peak| instant(peak.minute.as_ref()));
        (
            count,
            minute.map_or_else(String::new, |at| format::moment(at, &**zone)),
        )
    };
    let (most_opened, most_opened_at) = peak(flow.peak_opened.as_ref());
    let (most_ended, most_ended_at) = peak(flow.peak_ended.as_ref());
    let (most_open, most_open_at) = peak(flow.peak_open.as_ref());
    let open_now = flow
        .buckets
        .last()
        .map_or(flow.open_at_start, |bucket| bucket.open);
    let figure = |id: &'static str, name, formula, value: String, note: String| {
        figure(
            props,
            &definition(&props.catalogue, id, name, formula),
            value,
            note,
        )
    };
    html! {
        <section class="panel metrics metrics--counters" aria-labelledby="flow-title">
            <h2 id="flow-title" class="only-read">{ "Throughput and concurrency" }</h2>
            { figure("rate_opened", "Opened a minute", "opened ÷ minutes, the idle ones among them", rate(flow.opened), minutes.clone()) }
            { figure("peak_opened", "Most opened", "largest number opened in one minute", most_opened, most_opened_at) }
            { figure("rate_ended", "Ended a minute", "ended ÷ minutes, the idle ones among them", rate(flow.ended), minutes) }
            { figure("peak_ended", "Most ended", "largest number ended in one minute", most_ended, most_ended_at) }
            { figure("open_at_end", "Open at the end", "opened so far − ended so far", format::count(open_now), format!("{} at the start", format::count(flow.open_at_start))) }
            { figure("peak_open", "Most open at once", "largest opened so far − ended so far, at the end of a minute", most_open, most_open_at) }
        </section>
    }
}

fn definition(
    catalogue: &Catalogue,
    id: &'static str,
    name: &'static str,
    formula: &'static str,
) -> Rc<Definition> {
    let version = catalogue
        .find("throughput_opened")
        .map_or(catalogue.version, |metric| metric.version);
    Rc::new(Definition {
        id: id.into(),
        name: name.into(),
        meaning: "Of the range's minutes that have begun; each opening and each end counts in its own minute.".into(),
        formula: formula.into(),
        unit: Unit::Count,
        direction: Direction::Neutral,
        relative_error: 0.0,
        version,
    })
}

fn figure(props: &FlowProps, metric: &Rc<Definition>, value: String, note: String) -> Html {
    html! {
        <article class="metric counter" data-metric={metric.id.clone()}>
            <div class="metric__name">
                <h3 title={metric.name.clone()}>{ &metric.name }</h3>
                <Help id={format!("help-{}", metric.id)} metric={metric.clone()} as_of={props.as_of.clone()} />
            </div>
            <p class="metric__value">{ value }</p>
            <p class="metric__as-of" title={note.clone()}>{ note.clone() }</p>
        </article>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::ThroughputBucket;

    use super::*;
    use crate::{catalogue::tests::catalogue, rendering, state::query::timestamp};

    async fn flow(flow: GetThroughputResponse) -> String {
        rendering::signed_in("/executions", move || {
            let flow = Rc::new(flow.clone());
            html! { <Flow {flow} granularity={Granularity::Hour} catalogue={Rc::new(catalogue())} zone={Zone::utc()} as_of="21:00:00" /> }
        })
        .await
    }

    #[tokio::test]
    async fn peaks_have_their_time_and_means_their_minutes() {
        let at = |text: &str| Some(timestamp(text.parse().unwrap()));
        let html = flow(GetThroughputResponse {
            buckets: vec![ThroughputBucket {
                start: at("2026-11-23T20:00:00Z"),
                end: at("2026-11-23T21:00:00Z"),
                opened: 30,
                ended: 29,
                open: 4,
                ..ThroughputBucket::default()
            }],
            minutes: 60,
            opened: 30,
            ended: 29,
            open_at_start: 3,
            peak_opened: Some(Peak {
                minute: at("2026-11-23T20:07:00Z"),
                count: 12,
            }),
            ..GetThroughputResponse::default()
        })
        .await;
        for text in [
            "0.5",
            "over 60 minutes",
            ">12<",
            "23 Nov 2026, 20:07:00",
            ">4<",
            "3 at the start",
            "—",
            "Open at once",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
