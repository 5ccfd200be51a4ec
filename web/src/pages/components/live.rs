//! What happens now.

use std::rc::Rc;

use shadow_proto::streaming::v1::{ExecutionChange, ExecutionStatus};
use yew::prelude::*;

use super::{
    samples::{busy, moment, reading, rows},
    specimen,
};
use crate::{
    components::realtime::{
        Counted, ExecutionSheet, FeedTable, MinuteCounters, Pause, StatusBadge,
    },
    state::{
        connection::Status,
        counters::GoingOn,
        feed::{Action, Feed, Row},
        session::Viewer,
        watched::Watched,
    },
    zone::Zone,
};

/// What happens now.
pub(super) fn specimens() -> Html {
    html! {
        <>
            { states() }
            { going_on() }
            { counters() }
            { pauses() }
            { feed() }
            { details() }
        </>
    }
}

fn states() -> Html {
    let badge = |status: Status| html! { <StatusBadge {status} /> };
    specimen(
        "State of the stream",
        [
            ("connecting", badge(Status::Connecting)),
            ("live", badge(Status::Live)),
            ("lagging", badge(Status::Behind(7))),
            ("lagging, changes left out", badge(Status::Missed(1_200))),
            ("stale", badge(Status::Stale(40))),
            ("reconnecting", badge(Status::Reconnecting(Some(12)))),
            ("offline", badge(Status::Offline(Some(185)))),
            ("resting", badge(Status::Resting)),
            ("refused", badge(Status::Refused(String::new()))),
            ("idle", badge(Status::Idle)),
        ],
    )
}

fn going_on() -> Html {
    let counted = |minute: GoingOn, outdated| {
        html! { <Counted going_on={Rc::new(minute)} {outdated} zone={Zone::utc()} /> }
    };
    specimen(
        "Counters",
        [
            ("now", counted(busy(), None)),
            ("no longer of now", counted(busy(), Some(moment()))),
            ("nothing said yet", counted(GoingOn::default(), None)),
        ],
    )
}

fn counters() -> Html {
    let counters = |seen_seconds| html! { <MinuteCounters reading={reading(seen_seconds)} watched={Watched::default()} /> };
    specimen(
        "The last minute, counted here",
        [
            ("seen", counters(60)),
            ("seen in part", counters(23)),
            ("not seen", counters(0)),
        ],
    )
}

fn pauses() -> Html {
    let pause = |feed: Feed| html! { <Pause feed={Rc::new(feed)} act={Callback::noop()} /> };
    let mut paused = Feed::default();
    paused.apply(Action::Pause);
    let changes = rows().into_iter().map(|row| ExecutionChange {
        execution: Some((*row.execution).clone()),
        commit_time: None,
    });
    paused.apply(Action::Changes(changes.collect()));
    specimen(
        "Pause",
        [
            ("running", pause(Feed::default())),
            ("paused", pause(paused)),
        ],
    )
}

fn feed() -> Html {
    let rows = rows();
    let open = rows.first().map(|row| row.id().to_owned());
    specimen(
        "Feed",
        [(
            "each status, the first row's details open",
            html! { <FeedTable {rows} viewer={Rc::<Viewer>::default()} with_workspace=true zone={Zone::utc()} {open} onopen={Callback::noop()} /> },
        )],
    )
}

fn details() -> Html {
    let rows = rows();
    let of = |status| {
        let row = rows.iter().find(|row| row.execution.status() == status);
        row.cloned()
    };
    let sheet = |id: &'static str, row: Option<Row>, loaded: bool| {
        html! {
            <div class="specimen__stage">
                <ExecutionSheet {id} {row} {loaded} viewer={Rc::<Viewer>::default()} zone={Zone::utc()} onclose={Callback::noop()} takes_focus=false />
            </div>
        }
    };
    specimen(
        "Details of an execution",
        [
            (
                "queued",
                sheet("specimen-queued", of(ExecutionStatus::Queued), true),
            ),
            (
                "failed",
                sheet("specimen-failed", of(ExecutionStatus::Failed), true),
            ),
            ("loading", sheet("specimen-loading", None, false)),
            ("not on the page", sheet("specimen-absent", None, true)),
        ],
    )
}
