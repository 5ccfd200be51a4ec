//! What the pages about errors are made of.

use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::error_group::State;
use shadow_proto::{
    common::v1::Provenance,
    metrics::v1::{
        ErrorBucket, ErrorExecution, ErrorGroup, ErrorGroupChange, ErrorGroupState, ErrorImpact,
        ErrorModel, ErrorVersion,
    },
    streaming::v1::Outcome,
};
use yew::prelude::*;

use super::specimen;
use crate::{
    catalogue::Catalogue,
    components::errors::{
        ErrorExecutions, ErrorModels, ErrorTimeline, ErrorVersions, Impact, StateBadges,
        StateChange, StateHistory,
    },
    state::query::timestamp,
    zone::Zone,
};

/// What the pages about errors are made of.
pub(super) fn specimens() -> Html {
    let catalogue = Rc::<Catalogue>::default();
    let zone = Zone::utc();
    let group = ErrorGroup {
        impact: impact(1_284),
        ..ErrorGroup::default()
    };
    let badges = State::ALL.map(|state| html! { <><StateBadges {state} />{ " " }</> });
    html! {
        <>
            { specimen("States of errors", [
                ("each", html! { <>{ for badges.into_iter() }</> }),
                ("regressed, with spikes", html! { <StateBadges state={State::Resolved} regressed=true spike_hours=3 /> }),
                ("to be said, and one that is being said", html! {
                    <div class="filters">
                        { for State::ALL.map(|to| html! { <StateChange {to} disabled={to == State::Resolved} onsay={Callback::noop()} /> }) }
                    </div>
                }),
            ]) }
            { specimen("Impact of errors", [("known", html! { <Impact {group} catalogue={catalogue.clone()} as_of="21:00:00" /> })]) }
            { specimen("Errors over time", [("with a spike", html! { <ErrorTimeline buckets={buckets()} provenance={None::<Provenance>} zone={zone.clone()} /> })]) }
            { specimen("What errors hit", [
                ("versions", html! { <ErrorVersions versions={versions()} workspace_id="w1" catalogue={catalogue.clone()} /> }),
                ("models", html! { <ErrorModels models={models()} {catalogue} /> }),
                ("executions", html! { <ErrorExecutions executions={executions()} occurrences=1284 workspace_id="w1" zone={zone.clone()} /> }),
            ]) }
            { specimen("History of an error", [
                ("said", html! { <StateHistory changes={changes()} zone={zone.clone()} /> }),
                ("nothing said", html! { <StateHistory changes={Vec::new()} {zone} /> }),
            ]) }
        </>
    }
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_392_000, 0).unwrap_or_default()
}

fn impact(occurrences: u64) -> Option<ErrorImpact> {
    Some(ErrorImpact {
        occurrences,
        users: occurrences / 20,
        agents: 4,
        credits_lost_micro: Some(occurrences as i64 * 12_500),
    })
}

fn buckets() -> Vec<ErrorBucket> {
    let bucket = |hour: i64| {
        let at = start() + TimeDelta::hours(hour);
        ErrorBucket {
            start: Some(timestamp(at)),
            end: Some(timestamp(at + TimeDelta::hours(1))),
            occurrences: if hour == 17 { 64 } else { 4 + hour as u64 % 5 },
            spike_hours: u32::from(hour == 17),
        }
    };
    (0..24).map(bucket).collect()
}

fn versions() -> Vec<ErrorVersion> {
    [(Some("2.1"), 930), (Some("2.0"), 310), (None, 44)]
        .map(|(version, occurrences)| ErrorVersion {
            agent_id: "invoice-reader".to_owned(),
            agent_name: "Invoice reader".to_owned(),
            version: version.map(str::to_owned),
            impact: impact(occurrences),
        })
        .to_vec()
}

fn models() -> Vec<ErrorModel> {
    [(Some("meridian-pro-3"), 1_200), (None, 84)]
        .map(|(model, occurrences)| ErrorModel {
            model: model.map(str::to_owned),
            impact: impact(occurrences),
        })
        .to_vec()
}

fn executions() -> Vec<ErrorExecution> {
    [Outcome::Failed, Outcome::TimedOut, Outcome::Cancelled]
        .map(|outcome| ErrorExecution {
            execution_id: format!("0192f0c1-2222-7333-8444-{:012}", outcome as i32),
            opened_at: Some(timestamp(start())),
            ended_at: Some(timestamp(start() + TimeDelta::seconds(31))),
            outcome: outcome.into(),
            agent_id: "invoice-reader".to_owned(),
            agent_name: "Invoice reader".to_owned(),
            credits_micro: Some(120_000),
            message: Some("no answer after 30 s".to_owned()),
            ..ErrorExecution::default()
        })
        .to_vec()
}

fn changes() -> Vec<ErrorGroupChange> {
    let change = |state: ErrorGroupState, hours, note: Option<&str>| ErrorGroupChange {
        state: state.into(),
        changed_at: Some(timestamp(start() + TimeDelta::hours(hours))),
        changed_by: "engineer@demo".to_owned(),
        changed_by_name: "Erin Engineer".to_owned(),
        note: note.map(str::to_owned),
    };
    vec![
        change(
            ErrorGroupState::Resolved,
            30,
            Some("The timeout is longer now."),
        ),
        change(ErrorGroupState::Acknowledged, 4, None),
    ]
}
