//! Numbers that count up as things happen.

use std::rc::Rc;

use shadow_proto::metrics::v1::Unit;
use yew::prelude::*;

use crate::{
    components::metrics::Sparkline,
    format,
    hooks::use_clock,
    state::{
        connection::Connection,
        feed::{Feed, Reading, Tally, WINDOW_SECONDS},
    },
};

/// Properties of [`LiveCounter`].
#[derive(Properties, PartialEq)]
pub struct LiveCounterProps {
    /// What it counts.
    pub name: AttrValue,
    /// A word that names it to a program.
    pub id: AttrValue,
    /// The number, as it is read.
    pub value: AttrValue,
    /// What the number is of.
    pub note: AttrValue,
    /// By second, the latest last; absent where nobody watched.
    pub values: Vec<Option<f64>>,
}

/// One number that counts. It is not read out by itself: it changes all the time.
#[component]
pub fn LiveCounter(props: &LiveCounterProps) -> Html {
    html! {
        <article class="metric counter" data-counter={props.id.clone()}>
            <div class="metric__name"><h3>{ &props.name }</h3></div>
            <p class="metric__value">{ &props.value }</p>
            <Sparkline values={props.values.clone()} open=true />
            <p class="metric__as-of">{ &props.note }</p>
        </article>
    }
}

/// Properties of [`LastMinute`].
#[derive(Properties, PartialEq)]
pub struct LastMinuteProps {
    /// What was seen.
    pub feed: Rc<Feed>,
    /// By whose clock.
    pub connection: Connection,
}

/// What happened in the last minute, of what is watched.
#[component]
pub fn LastMinute(props: &LastMinuteProps) -> Html {
    let now = use_clock(1_000);
    let connection = &props.connection;
    let (server_time, until) = (connection.server_time(now), connection.known_until(now));
    let reading = props.feed.minute.read(server_time, until);
    html! { <MinuteCounters {reading} narrowed={props.feed.watched.is_narrowed()} /> }
}

/// Properties of [`MinuteCounters`].
#[derive(Properties, PartialEq)]
pub(crate) struct MinuteCountersProps {
    pub(crate) reading: Reading,
    pub(crate) narrowed: bool,
}

#[component]
pub(crate) fn MinuteCounters(props: &MinuteCountersProps) -> Html {
    let reading = &props.reading;
    let note = note(reading.seen_seconds);
    let counter = |id: &'static str, name: &'static str, unit: Unit, of: fn(&Tally) -> f64| {
        let total = (reading.seen_seconds > 0).then(|| of(&reading.total));
        let values: Vec<_> = reading
            .by_second
            .iter()
            .map(|tally| tally.as_ref().map(of))
            .collect();
        html! { <LiveCounter {id} {name} value={format::value(unit, total)} note={note.clone()} {values} /> }
    };
    let label = match props.narrowed {
        true => "The last minute, of what the filters keep",
        false => "The last minute",
    };
    html! {
        <div class="panel" role="group" aria-label={label}>
            <header class="panel__header"><h2 class="panel__title">{ label }</h2></header>
            <div class="metrics metrics--live">
            { counter("new", "New", Unit::Count, |tally| tally.new as f64) }
            { counter("ended", "Ended", Unit::Count, |tally| tally.ended as f64) }
            { counter("failed", "Failed or timed out", Unit::Count, |tally| tally.failed as f64) }
            { counter("credits", "Credits of ended", Unit::CreditsMicro, |tally| tally.credits_micro as f64) }
            </div>
        </div>
    }
}

/// How much of the minute the numbers are of.
fn note(seen_seconds: i64) -> AttrValue {
    match seen_seconds {
        seconds if seconds < WINDOW_SECONDS => {
            format!("last minute, {seconds} s of it seen").into()
        }
        _ => "last minute".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    async fn counters(reading: Reading, narrowed: bool) -> String {
        rendering::signed_in("/executions", move || {
            html! { <MinuteCounters reading={reading.clone()} {narrowed} /> }
        })
        .await
    }

    #[tokio::test]
    async fn what_was_not_watched_is_absent_and_not_zero() {
        let html = counters(Reading::default(), false).await;
        assert_eq!(html.matches(">—</p>").count(), 4, "{html}");
        assert!(html.contains("0 s of it seen"), "{html}");
    }

    #[tokio::test]
    async fn a_part_of_a_minute_says_so() {
        let total = Tally {
            new: 1_200,
            ended: 7,
            failed: 0,
            credits_micro: 2_500_000,
        };
        let mut by_second = vec![None; 37];
        by_second.extend([Some(total); 23]);
        let reading = Reading {
            seen_seconds: 23,
            total,
            by_second,
        };
        let html = counters(reading.clone(), true).await;
        for text in [
            ">1.2K</p>",
            ">7</p>",
            ">0</p>",
            ">2.5</p>",
            "last minute, 23 s of it seen",
            "of what the filters keep",
            "sparkline__so-far",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        let whole = Reading {
            seen_seconds: 60,
            ..reading
        };
        let html = counters(whole, false).await;
        assert!(html.contains(">last minute</p>"), "{html}");
    }
}
