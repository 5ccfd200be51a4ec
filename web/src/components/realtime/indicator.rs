//! How fresh the page is, in the top bar, and how the stream is doing.

use chrono::{DateTime, Utc};
use yew::prelude::*;

use crate::{
    format,
    hooks::{Pulse, use_clock, use_pulse},
    state::connection::{self, Link},
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
        Pulse::Stream { link, heard } => html! { <ConnectionBadge {link} {heard} /> },
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

/// Properties of [`ConnectionBadge`].
#[derive(Properties, PartialEq)]
struct ConnectionBadgeProps {
    /// What is being done about the stream.
    link: Link,
    /// When the server was last heard.
    heard: Option<DateTime<Utc>>,
}

/// How the stream is doing.
#[component]
fn ConnectionBadge(props: &ConnectionBadgeProps) -> Html {
    let now = use_clock(1_000);
    let status = connection::status(&props.link, props.heard, now);
    html! {
        <span class={classes!("live", format!("live--{}", status.id()))} role="status" data-status={status.id()}>
            { status.label() }
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn each_state_of_the_stream_has_words() {
        let cases = [
            (Link::Connecting, "Connecting"),
            (Link::Open, "Live"),
            (Link::Waiting(1), "Reconnecting"),
            (Link::Offline, "Offline"),
        ];
        for (link, words) in cases {
            let html = rendering::signed_in("/executions", move || {
                html! { <ConnectionBadge link={link.clone()} heard={None} /> }
            })
            .await;
            assert!(html.contains(words), "{words} in {html}");
        }
    }

    #[tokio::test]
    async fn silence_is_told_with_its_length() {
        let html = rendering::signed_in("/executions", || {
            let heard = Some(crate::browser::now() - chrono::TimeDelta::seconds(40));
            html! { <ConnectionBadge link={Link::Open} {heard} /> }
        })
        .await;
        assert!(html.contains("Stale · silent for 4"), "{html}");
    }
}
