//! GetCredits: every number by plain SQL over the ledger and over executions.

use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use shadow_auth::{PlatformRole, Role};
use shadow_domain::fact::{Content, CreditEntry, CreditKind, Fact};
use shadow_proto::metrics::v1::{GetCreditsRequest, GetCreditsResponse};
use shadow_storage::{compaction, directory};
use tokio_postgres::Client;
use tonic::Code;
use uuid::Uuid;

use crate::ask::range;
use crate::facts;
use crate::platform::{Platform, from, wrong_fields};

const OURS: Uuid = Uuid::from_u128(1);
const THEIRS: Uuid = Uuid::from_u128(2);

/// Entries of two workspaces within so many days from a start.
fn entries(start: DateTime<Utc>, days: i64) -> Vec<Fact> {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    (0..90)
        .map(|id| {
            let kind = CreditKind::ALL[random.random_range(0..CreditKind::ALL.len())];
            let amount = random.random_range(1..400_000_000);
            let takes = kind == CreditKind::Adjustment && random.random_bool(0.5);
            Fact {
                workspace_id: [OURS, THEIRS][random.random_range(0..2)],
                occurred_at: start
                    + TimeDelta::microseconds(random.random_range(0..days * 86_400_000_000)),
                event_id: Uuid::from_u128(id),
                content: Content::Credit(CreditEntry {
                    kind,
                    amount_micro: if takes { -amount } else { amount },
                    price: None,
                    note: None,
                }),
            }
        })
        .collect()
}

async fn stage() -> Platform {
    let platform = Platform::new().await;
    let database = &platform.database;
    directory::put_user(database, "eve", None).await.unwrap();
    directory::put_platform_role(database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    let start = "2026-02-01T00:00:00Z".parse().unwrap();
    let executions = facts::executions(1, 4_000, &[OURS, THEIRS], start, 60);
    let (first, second) = executions.split_at(2_500);
    platform.store(first).await;
    platform.store_facts(&entries(start, 60)).await;
    for workspace in [OURS, THEIRS] {
        compaction::compact(database, workspace, 1_000)
            .await
            .unwrap();
    }
    // The rest waits: a balance is of pages and deltas together.
    platform.store(second).await;
    platform
}

fn question(start: &str, end: &str, zone: &str, workspaces: &[Uuid]) -> GetCreditsRequest {
    GetCreditsRequest {
        range: Some(range(start, end, zone)),
        workspace_ids: workspaces.iter().map(Uuid::to_string).collect(),
        ..Default::default()
    }
}

async fn ask(platform: &Platform, question: GetCreditsRequest) -> GetCreditsResponse {
    let mut client = platform.client.clone();
    let answer = client.get_credits(from("eve", question)).await;
    answer.unwrap().into_inner()
}

/// What the ledger and the runs that ended leave before an instant.
async fn left(facts: &Client, workspaces: &[String], at: DateTime<Utc>) -> i64 {
    let sql = "SELECT (
        COALESCE((SELECT sum(CASE WHEN kind = 5 THEN -amount_micro ELSE amount_micro END)
                  FROM analytics.credit_ledger
                  WHERE workspace_id::text = ANY ($1) AND occurred_at < $2), 0)
        - COALESCE((SELECT sum(credits_micro) FROM analytics.execution
                    WHERE workspace_id::text = ANY ($1) AND ended_at < $2), 0)
      )::bigint";
    let row = facts.query_one(sql, &[&workspaces, &at]).await.unwrap();
    row.get(0)
}

/// What runs consumed that ended in a time, and what of it was wasted.
async fn spent(
    facts: &Client,
    workspaces: &[String],
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> (i64, i64) {
    let sql = "SELECT COALESCE(sum(credits_micro), 0)::bigint,
             COALESCE(sum(credits_micro) FILTER (WHERE outcome IN (2, 4)), 0)::bigint
      FROM analytics.execution
      WHERE workspace_id::text = ANY ($1) AND ended_at >= $2 AND ended_at < $3";
    let row = facts.query_one(sql, &[&workspaces, &start, &end]).await;
    let row = row.unwrap();
    (row.get(0), row.get(1))
}

fn time(at: Option<prost_types::Timestamp>) -> DateTime<Utc> {
    let at = at.unwrap();
    DateTime::from_timestamp(at.seconds, at.nanos.cast_unsigned()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_balance_equals_its_recomputation_from_facts() {
    let platform = stage().await;
    let facts = platform.owner().await;
    for (zone, workspaces) in [
        ("UTC", vec![OURS]),
        ("Asia/Kolkata", vec![OURS, THEIRS]),
        ("America/New_York", vec![]),
    ] {
        let asked = question(
            "2026-03-05T03:07:00Z",
            "2026-03-20T00:00:00Z",
            zone,
            &workspaces,
        );
        let answer = ask(&platform, asked).await;
        let some = if workspaces.is_empty() {
            vec![OURS, THEIRS]
        } else {
            workspaces
        };
        let some: Vec<String> = some.iter().map(Uuid::to_string).collect();
        let effective = answer.provenance.as_ref().unwrap().effective_range.as_ref();
        let (start, end) = (time(effective.unwrap().start), time(effective.unwrap().end));
        assert_eq!(
            start,
            "2026-03-05T03:00:00Z".parse::<DateTime<Utc>>().unwrap()
        );
        assert_eq!(answer.opening_micro, left(&facts, &some, start).await);
        assert_eq!(answer.closing_micro, left(&facts, &some, end).await);
        let consumed = spent(&facts, &some, start, end).await;
        let account = answer.account.unwrap();
        assert_eq!((account.consumed_micro, answer.wasted_micro), consumed);
        assert!(consumed.1 > 0 && consumed.1 < consumed.0);
        let came = account.purchased_micro
            + account.granted_micro
            + account.refunded_micro
            + account.adjusted_micro;
        let went = account.expired_micro + account.consumed_micro;
        assert_eq!(answer.opening_micro + came - went, answer.closing_micro);
        assert_eq!(answer.days.len(), if zone == "UTC" { 15 } else { 16 });
        for day in &answer.days {
            let (from, to) = (time(day.start), time(day.end));
            assert_eq!(day.consumed_micro, spent(&facts, &some, from, to).await.0);
            assert_eq!(day.balance_micro, left(&facts, &some, to).await);
        }
        let both = answer.reconciliation.unwrap();
        let ever = "SELECT sum(credits_micro)::bigint FROM analytics.execution WHERE workspace_id::text = ANY ($1)";
        let ever: i64 = facts.query_one(ever, &[&some]).await.unwrap().get(0);
        assert_eq!((both.booked_micro, both.consumed_micro), (ever, ever));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_burn_is_of_the_four_weeks_before_and_the_runway_follows_from_it() {
    let platform = stage().await;
    let facts = platform.owner().await;
    let ours = [OURS.to_string()];
    let asked = question(
        "2026-03-18T00:00:00Z",
        "2026-03-20T00:00:00Z",
        "UTC",
        &[OURS],
    );
    let answer = ask(&platform, asked).await;
    let at = |day: &str| {
        format!("2026-{day}T00:00:00Z")
            .parse::<DateTime<Utc>>()
            .unwrap()
    };
    let (consumed, _) = spent(&facts, &ours, at("02-20"), at("03-20")).await;
    let burn = answer.burn.unwrap();
    assert!(
        (burn.mean_micro - consumed / 28).abs() <= 1,
        "{burn:?} of {consumed}"
    );
    assert!(burn.slow_micro <= burn.mean_micro && burn.mean_micro <= burn.fast_micro);
    let runway = answer.runway.unwrap();
    let days = answer.closing_micro.max(0) as f64 / burn.mean_micro as f64;
    assert!((runway.days - days).abs() < 1e-9);
    let last = time(runway.exhausted_at) - at("03-20");
    assert!((last.num_seconds() as f64 / 86_400.0 - days).abs() < 1e-4);
    // In the first days there is too little to judge by.
    let early = question(
        "2026-02-01T00:00:00Z",
        "2026-02-10T00:00:00Z",
        "UTC",
        &[OURS],
    );
    let early = ask(&platform, early).await;
    assert_eq!((early.burn, early.runway), (None, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ledger_comes_page_by_page() {
    let platform = stage().await;
    let mut expected: Vec<_> = entries("2026-02-01T00:00:00Z".parse().unwrap(), 60)
        .into_iter()
        .map(|fact| (fact.occurred_at, fact.workspace_id, fact.event_id))
        .collect();
    expected.sort_unstable();
    expected.reverse();
    let mut found = Vec::new();
    let mut asked = question("2026-01-01T00:00:00Z", "2026-05-01T00:00:00Z", "", &[]);
    asked.page_size = 20;
    for _ in 0..5 {
        let page = ask(&platform, asked.clone()).await;
        for entry in &page.entries {
            let workspace_id: Uuid = entry.workspace_id.parse().unwrap();
            found.push((
                time(entry.occurred_at),
                workspace_id,
                entry.event_id.parse().unwrap(),
            ));
        }
        asked.page_token = page.next_page_token;
    }
    assert_eq!(found, expected);
    assert_eq!(asked.page_token, "", "the last page has no next one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_questions_name_their_fields_and_others_workspaces_do_not_exist() {
    let platform = stage().await;
    let mut client = platform.client.clone();
    let valid = question("2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z", "", &[]);
    let wrong = GetCreditsRequest {
        range: Some(range(
            "2026-03-05T00:00:00Z",
            "2026-03-05T00:00:00Z",
            "Mars",
        )),
        workspace_ids: vec!["x".to_owned()],
        page_size: 201,
        page_token: "x".to_owned(),
    };
    let status = client.get_credits(from("eve", wrong)).await.unwrap_err();
    let fields = [
        "range.end",
        "range.zone",
        "workspace_ids[0]",
        "page_size",
        "page_token",
    ];
    assert_eq!(wrong_fields(&status), fields);
    let long = question("2025-03-05T00:00:00Z", "2026-03-08T00:00:00Z", "", &[]);
    let status = client.get_credits(from("eve", long)).await.unwrap_err();
    assert_eq!(wrong_fields(&status), ["range"]);
    let early = question("1969-03-05T00:00:00Z", "1969-03-07T00:00:00Z", "", &[]);
    let status = client.get_credits(from("eve", early)).await.unwrap_err();
    assert_eq!(wrong_fields(&status), ["range.start", "range.end"]);

    let database = &platform.database;
    directory::put_user(database, "olivia", None).await.unwrap();
    directory::put_membership(database, OURS, "olivia", Role::Owner)
        .await
        .unwrap();
    let ours = client.get_credits(from("olivia", valid.clone())).await;
    let ours = ours.unwrap().into_inner();
    assert_eq!(ours, {
        let mut again = ask(
            &platform,
            question("2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z", "", &[OURS]),
        )
        .await;
        // Read at another time.
        again.provenance.as_mut().unwrap().snapshot_time =
            ours.provenance.as_ref().unwrap().snapshot_time;
        again
    });
    let theirs = GetCreditsRequest {
        workspace_ids: vec![THEIRS.to_string()],
        ..valid
    };
    let status = client
        .get_credits(from("olivia", theirs))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}
