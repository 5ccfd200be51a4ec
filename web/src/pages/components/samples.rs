//! What the specimens are made of.

use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};
use prost_types::Duration;
use shadow_proto::{
    common::v1::Money,
    metrics::v1::{Direction, Group, Key, Series, Unit, Value, value::Number},
    streaming::v1::{
        CounterWindow, Counters, Execution, ExecutionEnd, ExecutionIdentity, ExecutionStatus,
        Trigger,
    },
};

use crate::{
    catalogue::Definition,
    components::charts::Figure,
    state::{
        answer::Trend,
        counters::GoingOn,
        feed::{Reading, Row, Tally},
        query::{AGENT_METRICS, timestamp},
        status::is_over,
    },
};

/// The moment of every specimen.
pub(super) fn moment() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap_or_default()
}

/// A metric.
pub(super) fn metric(
    id: &'static str,
    name: &'static str,
    unit: Unit,
    direction: Direction,
) -> Rc<Definition> {
    Rc::new(Definition {
        id: id.into(),
        name: name.into(),
        meaning: "What it means, in one sentence.".into(),
        formula: "count(executions)".into(),
        unit,
        direction,
        relative_error: 0.0,
        version: 1,
    })
}

/// Values that go up and down.
pub(super) fn wave(around: f64, swing: f64) -> Vec<Option<f64>> {
    (0..14)
        .map(|day| Some(around + swing * f64::from(day * 5 % 7) / 7.0))
        .collect()
}

/// A metric over two weeks, with its change.
pub(super) fn trend(total: f64, change: f64) -> Trend {
    Trend {
        total: Some(total),
        previous: Some(total / (1.0 + change)),
        change: Some(change),
        values: wave(total / 20.0, total / 20.0),
        sample_size: 28_185,
        share_known: Some(0.97),
        ..Trend::default()
    }
}

/// Two weeks, of which the last day is not over.
pub(super) fn figure(unit: Unit) -> Figure {
    Figure {
        names: (1..=14)
            .map(|day| (format!("{day} Nov"), format!("{day} Nov 2026")))
            .collect(),
        open: true,
        unit,
    }
}

/// Two agents, and the others.
pub(super) fn groups() -> Vec<Group> {
    let value = |number: f64| Value {
        number: Some(Number::Real(number)),
    };
    let group = |name: &str, scale: f64, other_groups: u32| Group {
        keys: vec![Key {
            id: Some(name.to_owned()),
            label: name.to_owned(),
            ..Key::default()
        }],
        other_groups,
        series: AGENT_METRICS
            .iter()
            .map(|metric| Series {
                metric: (*metric).to_owned(),
                total: Some(value(0.9 * scale)),
                change: Some(0.12),
                values: wave(scale, scale)
                    .into_iter()
                    .flatten()
                    .map(value)
                    .collect(),
                ..Series::default()
            })
            .collect(),
    };
    vec![
        group("Shipment assistant", 7_200.0, 0),
        group("Ticket router", 3_100.0, 0),
        group("", 1_400.0, 12),
    ]
}

/// One row of each status.
pub(super) fn rows() -> Vec<Row> {
    crate::state::status::STATUSES
        .into_iter()
        .zip(0_u32..)
        .map(|(status, number)| Row {
            execution: Rc::new(execution(status, number)),
            fresh: false,
        })
        .collect()
}

fn execution(status: ExecutionStatus, number: u32) -> Execution {
    let opened = moment() - TimeDelta::seconds(i64::from(number) * 17);
    let started = opened + TimeDelta::milliseconds(800);
    let failed = status == ExecutionStatus::Failed;
    let end = ExecutionEnd {
        duration: Some(Duration {
            seconds: 2,
            nanos: 400_000_000,
        }),
        model: Some("meridian-pro-3".to_owned()),
        input_tokens: Some(5_120),
        output_tokens: Some(640),
        credits_micro: Some(1_250_000),
        cost: Some(Money {
            currency: "USD".to_owned(),
            micros: 12_300,
        }),
        error_kind: failed.then(|| "rate_limited".to_owned()),
        error_message: failed.then(|| "The provider takes no more requests now.".to_owned()),
        ..ExecutionEnd::default()
    };
    let over = is_over(status);
    Execution {
        workspace_id: "specimen".to_owned(),
        identity: Some(ExecutionIdentity {
            execution_id: format!("0192f0c1-2222-7333-8444-{number:012}"),
            opened_at: Some(timestamp(opened)),
            agent_id: "shipment-assistant".to_owned(),
            trigger: Trigger::User.into(),
            user_id: Some("u-17".to_owned()),
            ..ExecutionIdentity::default()
        }),
        agent_name: "Shipment assistant".to_owned(),
        status: status.into(),
        started_at: (status != ExecutionStatus::Queued).then(|| timestamp(started)),
        ended_at: over.then(|| timestamp(started + TimeDelta::milliseconds(2_400))),
        end: over.then_some(end),
        revision: 3,
        ..Execution::default()
    }
}

/// A minute in which much is going on.
pub(super) fn busy() -> GoingOn {
    let mut going_on = GoingOn::default();
    for second in 0..60_u64 {
        let window = |count: u64| CounterWindow {
            opened: count,
            started: count,
            ended: count,
            failed: count / 9,
            credits_micro: count * 400_000,
            active_users: count / 2,
        };
        going_on.say(Counters {
            time: Some(timestamp(moment() + TimeDelta::seconds(second as i64 - 59))),
            open: 30 + second * 7 % 9,
            last_second: Some(window(second * 5 % 11)),
            last_minute: Some(window(300)),
        });
    }
    going_on
}

/// A minute of which so many seconds were seen.
pub(super) fn reading(seen_seconds: i64) -> Reading {
    let by_second: Vec<_> = (0..60_u32)
        .map(|second| {
            let seen = i64::from(second) >= 60 - seen_seconds;
            seen.then(|| Tally {
                new: u64::from(second * 7 % 5),
                ended: u64::from(second * 11 % 4),
                failed: u64::from(second % 19 == 0),
                credits_micro: i64::from(second * 13 % 6) * 250_000,
            })
        })
        .collect();
    let mut total = Tally::default();
    for tally in by_second.iter().flatten() {
        total.add(*tally);
    }
    Reading {
        seen_seconds,
        total,
        by_second,
    }
}
