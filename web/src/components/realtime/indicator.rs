//! How fresh the page is, in the top bar, and how the stream is doing.

use chrono::{DateTime, Utc};
use yew::prelude::*;

use crate::{
    format,
    hooks::{Pulse, use_clock, use_pulse},
    state::connection::{Connection, Status},
};

/// How fresh the page is.
#[component]
pub fn LiveIndicator() -> Html {
    match use_pulse() {
        Pulse::None => Html::default(),
        Pulse::Answer {
            as_of,
            follows,
            failing,
        } => html! { <AnswerAge {as_of} {follows} {failing} /> },
        Pulse::Stream(connection) => html! { <ConnectionStatus {connection} /> },
    }
}

/// Properties of [`AnswerAge`].
#[derive(Properties, PartialEq)]
struct AnswerAgeProps {
    as_of: DateTime<Utc>,
    follows: bool,
    failing: bool,
}

#[component]
fn AnswerAge(props: &AnswerAgeProps) -> Html {
    let now = use_clock(1_000);
    let age = format::age((now - props.as_of).num_seconds());
    let (state, text) = match (props.failing, props.follows) {
        (true, _) => ("stale", format!("Read {age}")),
        (false, true) => ("live", format!("Live · {age}")),
        (false, false) => ("fixed", "Complete range".to_owned()),
    };
    html! {
        <span class={classes!("live", format!("live--{state}"))} title={format!("As of {} UTC", props.as_of.format("%Y-%m-%d %H:%M:%S"))}>
            { text }
        </span>
    }
}

/// Properties of [`ConnectionStatus`].
#[derive(Properties, PartialEq)]
pub struct ConnectionStatusProps {
    /// What is known of the stream.
    pub connection: Connection,
}

/// How the stream is doing, now.
#[component]
pub fn ConnectionStatus(props: &ConnectionStatusProps) -> Html {
    let now = use_clock(1_000);
    html! { <StatusBadge status={props.connection.status(now)} /> }
}

/// Properties of [`StatusBadge`].
#[derive(Properties, PartialEq)]
pub struct StatusBadgeProps {
    /// How the stream is doing.
    pub status: Status,
}

/// One state of a stream. The word is read out when it changes; the age beside it, which changes every second, is not.
#[component]
pub fn StatusBadge(props: &StatusBadgeProps) -> Html {
    let status = &props.status;
    html! {
        <span class={classes!("live", format!("live--{}", status.id()))} data-status={status.id()}>
            <span>
                <span role="status">{ status.word() }</span>
                if let Some(detail) = status.detail() {
                    <span class="live__detail">{ format!(" · {detail}") }</span>
                }
            </span>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        browser, rendering,
        state::connection::{Link, Signal},
    };

    #[tokio::test]
    async fn each_state_of_the_stream_has_its_words() {
        let cases = [
            (Status::Idle, "idle", "Not watching", None),
            (Status::Connecting, "connecting", "Connecting", None),
            (Status::Live, "live", "Live", None),
            (Status::Behind(7), "lagging", "Lagging", Some("7 s behind")),
            (
                Status::Missed(1_200),
                "lagging",
                "Lagging",
                Some("1200 changes left out"),
            ),
            (Status::Stale(40), "stale", "Stale", Some("silent for 40 s")),
            (
                Status::Reconnecting(None),
                "reconnecting",
                "Reconnecting",
                None,
            ),
            (
                Status::Reconnecting(Some(90)),
                "reconnecting",
                "Reconnecting",
                Some("last heard 1 min ago"),
            ),
            (
                Status::Offline(Some(3)),
                "offline",
                "Offline",
                Some("last heard 3 s ago"),
            ),
            (Status::Resting, "resting", "Paused in the background", None),
            (
                Status::Refused("no".to_owned()),
                "refused",
                "Not available",
                None,
            ),
        ];
        for (status, id, word, detail) in cases {
            let html = rendering::signed_in("/executions", move || {
                html! { <StatusBadge status={status.clone()} /> }
            })
            .await;
            assert!(
                html.contains(&format!(r#"data-status="{id}""#)),
                "{id} in {html}"
            );
            assert!(html.contains(word), "{word} in {html}");
            match detail {
                Some(detail) => assert!(html.contains(detail), "{detail} in {html}"),
                None => assert!(!html.contains("live__detail"), "{html}"),
            }
        }
    }

    #[tokio::test]
    async fn an_age_is_not_read_out() {
        let html = rendering::signed_in("/executions", || {
            let mut connection = Connection::default();
            connection.apply(Signal::Heartbeat {
                at: browser::now() - chrono::TimeDelta::seconds(40),
                server_time: None,
            });
            html! { <ConnectionStatus {connection} /> }
        })
        .await;
        assert!(
            html.contains(r#"<span role="status">Stale</span>"#),
            "{html}"
        );
        assert!(html.contains("silent for 4"), "{html}");
    }

    #[tokio::test]
    async fn a_stream_that_breaks_says_when_it_was_heard() {
        let html = rendering::signed_in("/executions", || {
            let mut connection = Connection::default();
            connection.apply(Signal::Snapshot {
                at: browser::now() - chrono::TimeDelta::seconds(125),
            });
            connection.apply(Signal::Turned(Link::Waiting(4)));
            html! { <ConnectionStatus {connection} /> }
        })
        .await;
        assert!(html.contains("last heard 2 min ago"), "{html}");
    }
}
