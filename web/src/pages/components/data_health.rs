//! What the page of data health is made of.

use chrono::{DateTime, TimeDelta, Utc};
use prost_types::{Duration, Timestamp};
use shadow_proto::{
    metrics::v1::{
        AuditDay, BrokenIdentity, DataFreshness, ExecutionTwin, Identity, IdentityDay,
        IdentityHealth, RefusedDay, RefusedEvents, RepairedPages,
    },
    streaming::v1::RefusalReason,
};
use yew::prelude::*;

use super::specimen;
use crate::{
    components::data_health::{Audits, Freshness, Identities, Refused, Twins},
    zone::Zone,
};

/// What the page of data health is made of.
pub(super) fn specimens() -> Html {
    let zone = Zone::utc();
    html! {
        <>
            { specimen("Checks of identities", [("each state", html! {
                <Identities identities={identities()} broken={broken()} days={days()} zone={zone.clone()} />
            })]) }
            { specimen("Freshness of data", [("something waits", html! { <Freshness freshness={freshness()} zone={zone.clone()} /> })]) }
            { specimen("Audits of pages", [("some repaired", html! {
                <Audits audits={audits()} repaired={repaired()} zone={zone.clone()} />
            })]) }
            { specimen("Events refused", [("by reason", html! { <Refused refused={refused()} days={days()} zone={zone.clone()} /> })]) }
            { specimen("Twins", [("found", html! { <Twins twins={twins()} {zone} /> })]) }
        </>
    }
}

fn days() -> Vec<DateTime<Utc>> {
    let first = DateTime::from_timestamp(1_763_424_000, 0).unwrap_or_default();
    (0..7).map(|day| first + TimeDelta::days(day)).collect()
}

fn at(day: usize) -> Option<Timestamp> {
    days().get(day).map(|day| Timestamp {
        seconds: day.timestamp(),
        nanos: 0,
    })
}

fn identities() -> Vec<IdentityHealth> {
    let health = |identity: Identity, compared, broken| IdentityHealth {
        identity: identity.into(),
        last_check_time: at(6),
        compared,
        broken,
        days: vec![IdentityDay {
            start_time: at(5),
            checks: 12,
            compared,
            broken,
        }],
    };
    vec![
        health(Identity::Keys, 4_120, 0),
        health(Identity::Quarters, 6_300, 2),
        health(Identity::Revenue, 0, 0),
        IdentityHealth {
            identity: Identity::Openings.into(),
            ..IdentityHealth::default()
        },
    ]
}

fn broken() -> Vec<BrokenIdentity> {
    vec![BrokenIdentity {
        identity: Identity::Quarters.into(),
        check_time: at(5),
        broken: 2,
        example: "completed of 2025-11-20 by its quarter-hours: 17, not 18".to_owned(),
        ..BrokenIdentity::default()
    }]
}

fn freshness() -> DataFreshness {
    DataFreshness {
        last_event_time: at(6),
        pending_deltas: 31,
        pending_deltas_age: Some(Duration {
            seconds: 1,
            nanos: 200_000_000,
        }),
        ..DataFreshness::default()
    }
}

fn audits() -> Vec<AuditDay> {
    [(5, 0), (6, 2)]
        .map(|(day, repaired)| AuditDay {
            start_time: at(day),
            audits: 1_440,
            pages: 61_000,
            repaired,
            last_audit_time: at(day),
        })
        .to_vec()
}

fn repaired() -> Vec<RepairedPages> {
    vec![RepairedPages {
        workspace_id: "w1".to_owned(),
        day_start_time: at(2),
        audit_time: at(6),
        pages: 44,
        repaired: 2,
    }]
}

fn refused() -> Vec<RefusedEvents> {
    vec![RefusedEvents {
        workspace_id: "w1".to_owned(),
        reason: RefusalReason::Conflict.into(),
        events: 17,
        last_time: at(4),
        days: vec![RefusedDay {
            start_time: at(4),
            events: 17,
        }],
    }]
}

fn twins() -> Vec<ExecutionTwin> {
    vec![ExecutionTwin {
        workspace_id: "w1".to_owned(),
        execution_id: "0192f0c1-2222-7333-8444-555566667777".to_owned(),
        opened_at: at(1),
        other_opened_at: at(3),
        found_time: at(6),
    }]
}
