//! How far what is shown is behind what happened.

use prost_types::Duration;
use shadow_proto::metrics::v1::DataFreshness;
use yew::prelude::*;

use super::panel::{number, panel, text};
use crate::{format, state::query::instant, zone::Zone};

/// Properties of [`Freshness`].
#[derive(Properties, PartialEq)]
pub struct FreshnessProps {
    /// What is known of it.
    pub freshness: DataFreshness,
    /// The zone of the page.
    pub zone: Zone,
}

/// How far what is shown is behind what happened.
#[component]
pub fn Freshness(props: &FreshnessProps) -> Html {
    let fresh = &props.freshness;
    let last = instant(fresh.last_event_time.as_ref());
    let last = last.map_or_else(
        || format::ABSENT.to_owned(),
        |at| format::moment(at, &*props.zone),
    );
    let waits = |name: &'static str, note: &'static str, count: u64, age: Option<&Duration>| {
        vec![
            html! { <span title={note}>{ name }</span> },
            html! { format::count(count) },
            html! { age.map_or_else(|| format::ABSENT.to_owned(), micros) },
            html! { note },
        ]
    };
    let rows = vec![
        vec![
            html! { "Latest event" },
            html! { format::ABSENT },
            html! { format::ABSENT },
            html! { last },
        ],
        waits(
            "Compaction",
            "batches that are not in pages yet; answers count them all the same",
            fresh.pending_deltas,
            fresh.pending_deltas_age.as_ref(),
        ),
        waits(
            "Relay",
            "batches without a place in the feed, which live views follow",
            fresh.unnumbered_entries,
            fresh.unnumbered_entries_age.as_ref(),
        ),
    ];
    panel(
        "Freshness",
        "how far what is shown is behind what happened",
        &[
            text("What"),
            number("Waiting"),
            number("Oldest"),
            text("Note"),
        ],
        rows,
        "",
    )
}

fn micros(age: &Duration) -> String {
    format::duration(age.seconds as f64 * 1e6 + f64::from(age.nanos) / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn what_waits_has_an_age_and_what_does_not_has_none() {
        let html = rendering::signed_in("/data-health", || {
            let freshness = DataFreshness {
                pending_deltas: 1_234,
                pending_deltas_age: Some(Duration {
                    seconds: 3,
                    nanos: 500_000_000,
                }),
                ..DataFreshness::default()
            };
            html! { <Freshness {freshness} zone={Zone::utc()} /> }
        })
        .await;
        assert!(html.contains("1,234") && html.contains("3.5 s"), "{html}");
        assert!(html.contains(format::ABSENT), "{html}");
    }
}
