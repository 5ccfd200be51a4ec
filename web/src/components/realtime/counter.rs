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
        watched::Watched,
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
    html! { <MinuteCounters {reading} watched={props.feed.watched.clone()} /> }
}

/// Properties of [`MinuteCounters`].
#[derive(Properties, PartialEq)]
pub(crate) struct MinuteCountersProps {
    pub(crate) reading: Reading,
    /// What it is of.
    pub(crate) watched: Watched,
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
    let label = match props.watched.is_narrowed() {
        true => "The last minute, of what the filters keep",
        false => "The last minute",
    };
    html! {
        <div class="panel" role="group" aria-label={label}>
            <header class="panel__header"><h2 class="panel__title">{ label }</h2></header>
            <div class="metrics">
                // Where only ended ones are kept, none is new.
                if !props.watched.is_of_ended() {
                    { counter("kept_new", "New", Unit::Count, |tally| tally.new as f64) }
                }
                { counter("kept_ended", "Ended", Unit::Count, |tally| tally.ended as f64) }
                { counter("kept_failed", "Failed or timed out", Unit::Count, |tally| tally.failed as f64) }
                { counter("kept_credits", "Credits of ended", Unit::CreditsMicro, |tally| tally.credits_micro as f64) }
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

    async fn counters(reading: Reading, watched: Watched) -> String {
        rendering::signed_in("/executions", move || {
            html! { <MinuteCounters reading={reading.clone()} watched={watched.clone()} /> }
        })
        .await
    }

    #[tokio::test]
    async fn what_was_not_watched_is_absent_and_not_zero() {
        let html = counters(Reading::default(), Watched::default()).await;
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
        let of_agent = Watched {
            agent: Some("a1".to_owned()),
            ..Watched::default()
        };
        let html = counters(reading.clone(), of_agent).await;
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
        let of_model = Watched {
            model: Some("m1".to_owned()),
            ..Watched::default()
        };
        let html = counters(whole, of_model).await;
        assert!(!html.contains(">New<"), "{html}");
        assert!(html.contains(">last minute</p>"), "{html}");
    }
}
