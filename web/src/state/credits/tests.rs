//! The rules of looking at credits.

use shadow_domain::time::IanaZone;
use shadow_proto::metrics::v1::{
    CreditAccount, CreditBurn, CreditDay, CreditReconciliation, CreditRunway, LedgerEntry,
};

use super::*;
use crate::state::{query::timestamp, view::Compare};

fn question(start: &str, end: &str) -> Question {
    Question {
        workspace: Some("w1".to_owned()),
        range: Range {
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
        },
        zone: "UTC".to_owned(),
        compare: Compare::Previous,
    }
}

/// Two days and an entry.
pub(crate) fn response() -> GetCreditsResponse {
    let day = |day: u32, consumed_micro, balance_micro| CreditDay {
        start: Some(timestamp(
            format!("2026-11-{day}T00:00:00Z").parse().unwrap(),
        )),
        end: Some(timestamp(
            format!("2026-11-{}T00:00:00Z", day + 1).parse().unwrap(),
        )),
        consumed_micro,
        balance_micro,
    };
    GetCreditsResponse {
        opening_micro: 1_000_000_000,
        account: Some(CreditAccount {
            purchased_micro: 500_000_000,
            expired_micro: 100_000_000,
            consumed_micro: 400_000_000,
            ..CreditAccount::default()
        }),
        closing_micro: 1_000_000_000,
        wasted_micro: 40_000_000,
        days: vec![
            day(22, 150_000_000, 850_000_000),
            day(23, 250_000_000, 1_000_000_000),
        ],
        burn: Some(CreditBurn {
            mean_micro: 200_000_000,
            slow_micro: 100_000_000,
            fast_micro: 300_000_000,
        }),
        runway: Some(CreditRunway {
            days: 5.0,
            least_days: 3.3,
            most_days: Some(10.0),
            exhausted_at: Some(timestamp("2026-11-28T12:00:00Z".parse().unwrap())),
        }),
        reconciliation: Some(CreditReconciliation {
            booked_micro: 7,
            consumed_micro: 7,
        }),
        entries: vec![LedgerEntry {
            workspace_id: "w1".to_owned(),
            event_id: "e-1".to_owned(),
            occurred_at: Some(timestamp("2026-11-22T08:00:00Z".parse().unwrap())),
            kind: LedgerEntryKind::Expiry.into(),
            amount_micro: 100_000_000,
            note: Some("of the spring".to_owned()),
        }],
        next_page_token: "AQ".to_owned(),
        ..GetCreditsResponse::default()
    }
}

#[test]
fn what_came_and_went_leads_from_the_opening_to_the_closing() {
    let account = account(&response());
    let (closing, parts) = account.split_last().unwrap();
    assert_eq!(parts.iter().map(|(_, micro)| micro).sum::<i64>(), closing.1);
}

#[test]
fn a_range_is_cut_to_what_is_answered() {
    let (kept, cut) = within(
        question("2026-10-25T00:00:00Z", "2026-11-24T00:00:00Z"),
        &IanaZone::UTC,
    );
    assert!(!cut && kept.range.start == "2026-10-25T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
    let (kept, cut) = within(
        question("2017-01-01T00:00:00Z", "2026-11-24T00:00:00Z"),
        &IanaZone::UTC,
    );
    assert!(cut);
    assert_eq!((kept.range.end - kept.range.start).num_days(), 366);
}

#[test]
fn numbers_say_what_they_are_and_absent_ones_are_absent() {
    let all = numbers(&response(), 3);
    let notes: Vec<_> = all.iter().map(|number| number.note.as_str()).collect();
    assert_eq!(all[3].trend.total, Some(0.1));
    assert_eq!(notes[4..], ["100 to 300", "3 to 10 days"]);
    let none = numbers(&GetCreditsResponse::default(), 3);
    for absent in &none[3..] {
        assert_eq!(absent.trend.total, None, "{}", absent.definition.id);
    }
}

#[test]
fn a_difference_of_books_is_told() {
    let mut response = response();
    assert_eq!(unreconciled_micro(&response), Some(0));
    response.reconciliation = Some(CreditReconciliation {
        booked_micro: 5,
        consumed_micro: 7,
    });
    assert_eq!(unreconciled_micro(&response), Some(-2));
    assert_eq!(unreconciled_micro(&GetCreditsResponse::default()), None);
}

#[test]
fn where_credits_went_is_one_question() {
    let request = spent_request(&question("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"));
    let ids: Vec<_> = request
        .selections
        .iter()
        .map(|one| one.id.as_str())
        .collect();
    assert_eq!(ids, [OVERVIEW, AGENTS, MODELS]);
    assert_eq!(request.workspace_ids, ["w1"]);
}
