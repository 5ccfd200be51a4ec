//! Errors over time, with the hours marked in which there were too many.

use std::rc::Rc;

use shadow_domain::error_group::{BASELINE_DAYS, FACTOR, LEAST};
use shadow_proto::{
    common::v1::Provenance,
    metrics::v1::{ErrorBucket, Unit},
};
use yew::prelude::*;

use crate::{
    components::charts::{Bars, ChartPanel, Column, Figure, Plot},
    format,
    state::{errors, range},
    zone::Zone,
};

/// Properties of [`ErrorTimeline`].
#[derive(Properties, PartialEq)]
pub struct ErrorTimelineProps {
    /// The intervals.
    pub buckets: Vec<ErrorBucket>,
    /// Where they come from.
    pub provenance: Option<Provenance>,
    /// The zone of the page.
    pub zone: Zone,
}

/// Errors over time.
#[component]
pub fn ErrorTimeline(props: &ErrorTimelineProps) -> Html {
    let zone = &*props.zone;
    let (granularity, slots) = errors::timeline(&props.buckets, props.provenance.as_ref());
    let names = slots.iter().map(|slot| {
        let long = format::bucket_in_full(granularity, slot.start, zone);
        let so_far = if slot.over { "" } else { " · so far" };
        let spikes = match slot.spike_hours {
            0 => String::new(),
            1 => " · spike of 1 hour".to_owned(),
            hours => format!(" · spikes of {hours} hours"),
        };
        (
            format::bucket(granularity, slot.start, zone),
            format!("{long}{spikes}{so_far}"),
        )
    });
    let figure = Figure {
        names: names.collect(),
        open: slots.last().is_some_and(|slot| !slot.over),
        unit: Unit::Count,
    };
    let stack = |name: &str, token, spiking: bool| Bars {
        name: name.to_owned(),
        token,
        values: slots
            .iter()
            .map(|slot| ((slot.spike_hours > 0) == spiking).then_some(slot.occurrences))
            .collect(),
    };
    let stacks: Vec<Bars> = [
        stack("Occurrences", "data-1", false),
        stack("With a spike", "data-bad", true),
    ]
    .into_iter()
    // Without a spike there is nothing to tell apart.
    .filter(|stack| stack.token == "data-1" || stack.values.iter().any(Option::is_some))
    .collect();
    let columns: Vec<Column> = stacks
        .iter()
        .map(|stack| Column {
            name: stack.name.clone(),
            token: stack.token,
            values: stack.values.clone(),
        })
        .collect();
    let unit = range::bucket_name(granularity);
    let note = format!(
        "by {unit}, when executions were opened · a spike is an hour with at least {LEAST}, and more than {FACTOR} × the median of the same hour of the last {BASELINE_DAYS} days"
    );
    html! {
        <ChartPanel
            title="Errors over time"
            {note}
            figure={Rc::new(figure)}
            plot={Rc::new(Plot::Bars(stacks))}
            {columns}
            large=true
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rendering, state::query::timestamp};

    async fn shown(spike_hours: u32) -> String {
        rendering::signed_in("/errors", move || {
            let at = |text: &str| Some(timestamp(text.parse().unwrap()));
            let buckets = vec![ErrorBucket {
                start: at("2026-11-22T12:00:00Z"),
                end: at("2026-11-22T13:00:00Z"),
                occurrences: 12,
                spike_hours,
            }];
            html! { <ErrorTimeline {buckets} provenance={None::<Provenance>} zone={Zone::utc()} /> }
        })
        .await
    }

    #[tokio::test]
    async fn a_spike_is_marked_and_explained() {
        let html = shown(1).await;
        for text in [
            "Errors over time",
            "With a spike",
            "3 × the median",
            "by hour",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        assert!(!shown(0).await.contains("With a spike"));
    }
}
