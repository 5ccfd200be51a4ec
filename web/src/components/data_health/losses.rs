//! What is not counted, or counted twice: events that were refused, and executions that were opened twice.

use chrono::{DateTime, Utc};
use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{ExecutionTwin, RefusedEvents},
};
use yew::prelude::*;

use super::panel::{Column, number, panel, text};
use crate::{
    format,
    session::use_signed_in,
    state::{data_health::reason, query::instant},
    zone::Zone,
};

/// Properties of [`Refused`].
#[derive(Properties, PartialEq)]
pub struct RefusedProps {
    /// By workspace and reason.
    pub refused: Vec<RefusedEvents>,
    /// The days of the history.
    pub days: Vec<DateTime<Utc>>,
    /// The zone of the page.
    pub zone: Zone,
}

/// Events that were refused.
#[component]
pub fn Refused(props: &RefusedProps) -> Html {
    let viewer = use_signed_in().viewer;
    let utc = Zone::utc();
    let columns: Vec<Column> = [text("Workspace"), text("Reason"), number("Events")]
        .into_iter()
        .chain(
            props
                .days
                .iter()
                .map(|day| number(format::bucket(Granularity::Day, *day, &*utc))),
        )
        .chain([text("Latest")])
        .collect();
    let rows = props.refused.iter().map(|one| {
        let workspace = match one.workspace_id.as_str() {
            "" => "None that its caller may write".into(),
            id => viewer.workspace_name(id),
        };
        let of_day = |day: &DateTime<Utc>| {
            let found = one
                .days
                .iter()
                .find(|some| instant(some.start_time.as_ref()) == Some(*day));
            html! { format::count(found.map_or(0, |some| some.events)) }
        };
        [
            html! { workspace },
            html! { reason(one.reason()) },
            html! { format::count(one.events) },
        ]
        .into_iter()
        .chain(props.days.iter().map(of_day))
        .chain([html! { moment(one.last_time.as_ref(), &props.zone) }])
        .collect()
    });
    panel(
        "Refused events",
        "by workspace, reason and UTC day; their producers were told of each what was wrong",
        &columns,
        rows.collect(),
        "No event was refused in these days.",
    )
}

/// Properties of [`Twins`].
#[derive(Properties, PartialEq)]
pub struct TwinsProps {
    /// The latest first.
    pub twins: Vec<ExecutionTwin>,
    /// The zone of the page.
    pub zone: Zone,
}

/// Executions that were opened twice.
#[component]
pub fn Twins(props: &TwinsProps) -> Html {
    let viewer = use_signed_in().viewer;
    let rows = props.twins.iter().map(|one| {
        vec![
            html! { <code>{ &one.execution_id }</code> },
            html! { viewer.workspace_name(&one.workspace_id) },
            html! { moment(one.opened_at.as_ref(), &props.zone) },
            html! { moment(one.other_opened_at.as_ref(), &props.zone) },
        ]
    });
    panel(
        "Executions opened twice",
        "one id with two times of opening is stored and counted as two; its producer should repeat the first time in every event",
        &[
            text("Execution"),
            text("Workspace"),
            text("Opened"),
            text("And"),
        ],
        rows.collect(),
        "None was found.",
    )
}

fn moment(at: Option<&prost_types::Timestamp>, zone: &Zone) -> String {
    instant(at).map_or_else(
        || format::ABSENT.to_owned(),
        |at| format::moment(at, &**zone),
    )
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;
    use shadow_proto::{metrics::v1::RefusedDay, streaming::v1::RefusalReason};

    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn refusals_have_their_days_and_those_of_nobody_a_name() {
        let html = rendering::signed_in("/data-health", || {
            let start = Some(Timestamp {
                seconds: 1_763_942_400,
                nanos: 0,
            });
            let refused = vec![RefusedEvents {
                reason: RefusalReason::TooOld.into(),
                events: 4_321,
                days: vec![RefusedDay {
                    start_time: start,
                    events: 17,
                }],
                ..RefusedEvents::default()
            }];
            let days = vec![DateTime::from_timestamp(1_763_942_400, 0).unwrap()];
            html! { <Refused {refused} {days} zone={Zone::utc()} /> }
        })
        .await;
        for text in ["Too old", "4,321", ">17<", "24 Nov", "None that its caller"] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn twins_are_named() {
        let html = rendering::signed_in("/data-health", || {
            let twins = vec![ExecutionTwin {
                workspace_id: "w1".to_owned(),
                execution_id: "0192f0c1".to_owned(),
                ..ExecutionTwin::default()
            }];
            html! { <Twins {twins} zone={Zone::utc()} /> }
        })
        .await;
        assert!(html.contains("0192f0c1") && html.contains("Acme"), "{html}");
    }
}
