use shadow_proto::metrics::v1::{MoverAgent, MoverOutcomes, MoverWhy, Movers, RevenueMargin};

use super::*;
use crate::state::revenue::tests::months;

/// A mover whose executions and users changed.
pub(crate) fn mover(name: &str, executions: (u64, u64), users: (u64, u64)) -> Mover {
    let change = executions.0 as i64 - executions.1 as i64;
    let by_users = (users.0 as i64 - users.1 as i64) * 10;
    Mover {
        workspace_id: "0192f0c1-2222-7333-8444-555566667777".to_owned(),
        name: name.to_owned(),
        executions: executions.0,
        previous_executions: executions.1,
        change,
        share: Some(change as f64 / 80.0),
        active_users: Some(users.0),
        previous_active_users: Some(users.1),
        why: Some(MoverWhy {
            users_change: by_users,
            per_user_change: change - by_users,
        }),
        outcomes: Some(MoverOutcomes {
            completed_change: change,
            ..MoverOutcomes::default()
        }),
        ..Mover::default()
    }
}

/// What came back of the platform.
pub(crate) fn response() -> GetExecutiveResponse {
    let grew = Mover {
        leading: Some(MoverAgent {
            agent_id: "reader".to_owned(),
            name: "Invoice reader".to_owned(),
            change: 90,
        }),
        ..mover("Aurora Labs", (240, 140), (12, 3))
    };
    GetExecutiveResponse {
        movers: Some(Movers {
            total: Some(mover("", (480, 400), (40, 32))),
            movers: vec![grew, mover("Borealis", (100, 120), (9, 9))],
            others: Some(mover("", (140, 140), (0, 0))),
            other_subjects: 38,
        }),
        active_workspaces: Some(38),
        previous_active_workspaces: Some(36),
        revenue: vec![ExecutiveRevenue {
            currency: "USD".to_owned(),
            margins: [Some(0.8), Some(0.75)]
                .map(|margin| RevenueMargin {
                    margin,
                    ..RevenueMargin::default()
                })
                .to_vec(),
            months: months(),
        }],
        data_health: Some(ExecutiveDataHealth {
            checked_identities: 10,
            ..ExecutiveDataHealth::default()
        }),
        ..GetExecutiveResponse::default()
    }
}

#[test]
fn the_margin_is_compared_in_points() {
    let response = response();
    let revenue = revenue(&response).unwrap();
    let trend = margin(revenue, Compare::Previous);
    assert_eq!((trend.total, trend.previous), (Some(0.75), Some(0.8)));
    assert!((trend.change.unwrap() + 0.05).abs() < 1e-12);
    assert_eq!(margin(revenue, Compare::Year).previous, None);
    let active = active_workspaces(&response, Compare::Previous).unwrap();
    assert_eq!((active.total, active.previous), (Some(38.0), Some(36.0)));
    let none = GetExecutiveResponse::default();
    assert_eq!(active_workspaces(&none, Compare::Previous), None);
}

#[test]
fn what_made_most_of_a_change_is_told() {
    let told = |one: &Mover| why(one);
    let grew = response().movers.unwrap().movers.remove(0);
    assert_eq!(told(&grew), "more users: 12, before 3 · Invoice reader +90");
    assert_eq!(
        told(&mover("", (100, 120), (9, 9))),
        "less by each user: 11.11, before 13.33"
    );
    assert_eq!(told(&mover("", (100, 0), (9, 0))), "began");
    assert_eq!(told(&mover("", (0, 10), (0, 9))), "stopped");
    let scheduled = Mover {
        why: None,
        ..mover("", (9, 10), (0, 0))
    };
    assert_eq!(told(&scheduled), "runs without users");
    let failing = Mover {
        outcomes: Some(MoverOutcomes {
            failed_change: 30,
            timed_out_change: 10,
            ..MoverOutcomes::default()
        }),
        ..mover("", (180, 120), (9, 9))
    };
    assert!(
        told(&failing).ends_with(" · +40 failed"),
        "{}",
        told(&failing)
    );
}

#[test]
fn health_is_a_sentence() {
    let of = |broken, refused, repaired| ExecutiveDataHealth {
        checked_identities: 10,
        broken_identities: broken,
        refused_events: refused,
        repaired_pages: repaired,
        ..ExecutiveDataHealth::default()
    };
    let now = DateTime::UNIX_EPOCH + chrono::TimeDelta::days(9);
    let (sound, text) = health(&of(0, 0, 0), now);
    assert!(sound && text.contains("10 identities hold"), "{text}");
    let (sound, text) = health(&of(1, 1_200, 2), now);
    assert_eq!(
        (sound, text.as_str()),
        (
            false,
            "In 7 days 1 identity does not hold, 2 pages were put right, 1,200 events were refused"
        )
    );
    let (_, text) = health(&ExecutiveDataHealth::default(), now);
    assert_eq!(text, "Nothing was checked in 7 days");
    // Numbers that are all right say little where nobody looks, or nothing comes.
    let seen = |checked: i64, event: i64| {
        let ago = |hours: i64| prost_types::Timestamp {
            seconds: now.timestamp() - hours * 3_600,
            nanos: 0,
        };
        ExecutiveDataHealth {
            last_check_time: Some(ago(checked)),
            last_event_time: Some(ago(event)),
            ..of(0, 0, 0)
        }
    };
    assert!(health(&seen(23, 23), now).0);
    assert_eq!(
        health(&seen(50, 1), now),
        (false, "The last check was 2 d ago".to_owned())
    );
    let (sound, text) = health(&seen(50, 75), now);
    assert!(!sound);
    assert_eq!(
        text,
        "The last check was 2 d ago. The latest event was 3 d ago"
    );
}

#[test]
fn changes_have_signs() {
    assert_eq!([12_000, 0, -12].map(signed), ["+12,000", "0", "−12"]);
}
