//! How much is going on: counters of the server, on the live page and beside a page's title.

use std::rc::Rc;

use chrono::{DateTime, Utc};
use shadow_proto::metrics::v1::Unit;
use yew::prelude::*;

use super::LiveCounter;
use crate::{
    components::metrics::Sparkline,
    format,
    hooks::{use_clock, use_connection, use_going_on},
    navigation::use_place,
    session::use_signed_in,
    state::{
        connection::Connection,
        counters::{Counter, GoingOn},
        session::Permission,
    },
    zone::Zone,
};

/// Properties of [`LiveCounters`].
#[derive(Properties, PartialEq)]
pub struct LiveCountersProps {
    /// The workspace, or every one that the person may see.
    pub workspace: Option<String>,
    /// By whose clock.
    pub connection: Connection,
    /// The zone of the page.
    pub zone: Zone,
}

/// How much is going on, number by number.
#[component]
pub fn LiveCounters(props: &LiveCountersProps) -> Html {
    let now = use_clock(1_000);
    let going_on = use_going_on(props.workspace.as_deref());
    let outdated = going_on
        .as_of()
        .filter(|_| going_on.is_outdated(props.connection.server_time(now)));
    html! { <Counted {going_on} {outdated} zone={props.zone.clone()} /> }
}

/// Properties of [`Counted`].
#[derive(Properties, PartialEq)]
pub(crate) struct CountedProps {
    pub(crate) going_on: Rc<GoingOn>,
    /// When the values were said, where they are no longer those of now.
    pub(crate) outdated: Option<DateTime<Utc>>,
    pub(crate) zone: Zone,
}

#[component]
pub(crate) fn Counted(props: &CountedProps) -> Html {
    let counter = |counter: Counter| {
        let count = props.going_on.read(counter);
        let unit = unit(counter);
        let note = match (props.outdated, counter, count.last_second) {
            (Some(at), _, _) => format!("as of {}", format::time_of_day(at, &*props.zone)),
            (None, Counter::Open, _) => "now".to_owned(),
            (None, _, Some(last)) if last > 0.0 => {
                format!("last minute · {}/s", format::value(unit, Some(last)))
            }
            (None, _, _) => "last minute".to_owned(),
        };
        html! {
            <LiveCounter
                id={counter.id()}
                name={name(counter)}
                value={format::value(unit, count.value)}
                {note}
                values={count.by_second}
            />
        }
    };
    let class = classes!(
        "panel",
        "metrics",
        "metrics--counters",
        props.outdated.map(|_| "is-outdated")
    );
    html! {
        <div {class} role="group" aria-label="Going on now">
            <h2 class="only-read">{ "Going on now" }</h2>
            { for Counter::ALL.into_iter().map(counter) }
        </div>
    }
}

/// How much is going on, in a line beside a title, for who may watch it. A part of the page has the stream.
#[component]
pub fn GoingOnNow() -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let workspace = place.view.workspace.as_deref();
    let going_on = use_going_on(workspace);
    let server_time = use_connection().server_time(use_clock(1_000));
    if !viewer.may(Permission::WatchEvents, workspace) {
        return Html::default();
    }
    html! { <Line {going_on} {server_time} /> }
}

/// Properties of [`Line`].
#[derive(Properties, PartialEq)]
struct LineProps {
    going_on: Rc<GoingOn>,
    server_time: DateTime<Utc>,
}

#[component]
fn Line(props: &LineProps) -> Html {
    let going_on = &props.going_on;
    let age = going_on
        .as_of()
        .filter(|_| going_on.is_outdated(props.server_time))
        .map(|as_of| format::age((props.server_time - as_of).num_seconds()));
    let number = |counter: Counter, text: &'static str| {
        let value = format::value(unit(counter), going_on.read(counter).value);
        html! { <span data-counter={counter.id()}><b>{ value }</b>{ format!(" {text}") }</span> }
    };
    html! {
        <div
            class={classes!("going-on", age.as_ref().map(|_| "is-outdated"))}
            role="group"
            aria-label="Going on now; counts are of the last minute"
        >
            { number(Counter::Open, "open") }
            { number(Counter::Started, "started / min") }
            { number(Counter::Failed, "failed / min") }
            if let Some(age) = age {
                <span class="going-on__age">{ age }</span>
            }
            <Sparkline values={going_on.read(Counter::Ended).by_second} open=true />
        </div>
    }
}

fn name(counter: Counter) -> &'static str {
    match counter {
        Counter::Open => "Open",
        Counter::Started => "Started",
        Counter::Ended => "Ended",
        Counter::Failed => "Failed",
        Counter::Credits => "Credits",
        Counter::ActiveUsers => "Active users",
    }
}

fn unit(counter: Counter) -> Unit {
    match counter {
        Counter::Credits => Unit::CreditsMicro,
        _ => Unit::Count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rendering,
        state::{counters::tests::counters, feed::tests::at},
    };

    async fn counted(said: bool, outdated: bool) -> String {
        rendering::signed_in("/executions", move || {
            let mut going_on = GoingOn::default();
            if said {
                going_on.say(counters(5, 16, 20));
            }
            let outdated = outdated.then(|| at(5));
            html! { <Counted going_on={Rc::new(going_on)} {outdated} zone={Zone::utc()} /> }
        })
        .await
    }

    #[tokio::test]
    async fn each_counter_has_its_value_and_what_it_is_of() {
        let html = counted(true, false).await;
        for text in [
            ">16</p>",
            "now",
            ">1.2K</p>",
            "last minute · 20/s",
            ">600</p>",
            "last minute · 10/s",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        for counter in Counter::ALL {
            let id = format!(r#"data-counter="{}""#, counter.id());
            assert!(html.contains(&id), "{id} in {html}");
        }
    }

    #[tokio::test]
    async fn what_was_not_said_is_absent() {
        let html = counted(false, false).await;
        assert_eq!(html.matches(">—</p>").count(), 6, "{html}");
    }

    #[tokio::test]
    async fn old_values_say_of_when_they_are() {
        let html = counted(true, true).await;
        assert!(
            html.contains("is-outdated") && html.contains("as of 21:00:05"),
            "{html}"
        );
        assert!(!html.contains("last minute"), "{html}");
    }

    #[tokio::test]
    async fn the_line_beside_a_title_says_how_old_it_is() {
        let line = |second| async move {
            rendering::signed_in("/executive", move || {
                let mut going_on = GoingOn::default();
                going_on.say(counters(5, 16, 20));
                html! { <Line going_on={Rc::new(going_on)} server_time={at(second)} /> }
            })
            .await
        };
        let html = line(8).await;
        assert!(
            html.contains("<b>16</b> open") && !html.contains("ago"),
            "{html}"
        );
        let html = line(45).await;
        assert!(
            html.contains("is-outdated") && html.contains("40 s ago"),
            "{html}"
        );
    }

    #[tokio::test]
    async fn a_title_has_the_line_for_who_may_watch() {
        let html = rendering::signed_in("/executive", || html! { <GoingOnNow /> }).await;
        assert!(html.contains("started / min"), "{html}");
        let html = rendering::signed_in("/workspaces/w2", || html! { <GoingOnNow /> }).await;
        assert!(!html.contains("started / min"), "{html}");
    }
}
