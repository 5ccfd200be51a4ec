//! Summaries of users: a list of users is what facts amount to, whatever of it comes from summaries.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;
use rand::seq::SliceRandom;
use shadow_domain::execution::Seen;
use shadow_domain::fact::{Activity, ActivityType, Content, Fact};
use shadow_domain::time::{Range, UtcDay};
use shadow_storage::compaction::compact;
use shadow_storage::summaries::{Asked, List, Made, StaleDay, delete, make, stale};
use shadow_storage::users::{UserOrder, UserSearch};
use shadow_storage::{Database, erasure};
use uuid::Uuid;

use crate::compaction::compact_all;
use crate::erasure::{ADA, erase, executions, facts, finish_all, found};
use crate::facts::put_facts;
use crate::support::*;

const WORKSPACES: [Uuid; 3] = [WORKSPACE, OTHER, Uuid::from_u128(0xC)];

/// The start of the last day in UTC, Kolkata and New York, whose clocks are turned back on the second one.
const ZONES: [(&str, &str); 3] = [
    ("UTC", "2026-10-30 00:00:00"),
    ("Asia/Kolkata", "2026-10-30 00:00:00"),
    ("America/New_York", "2026-10-31 00:00:00"),
];

/// How many days are asked about.
const DAYS: i64 = 4;

pub(crate) async fn waiting(db: &Database) -> Vec<StaleDay> {
    let before = UtcDay::of(at("2030-01-01T00:00:00Z"));
    let later = Utc::now() + TimeDelta::minutes(1);
    let found = stale(db, before, later, Asked::ALL, None, 1_000)
        .await
        .unwrap();
    assert_eq!(found.0.len() as u64, found.1);
    // One after the other they are the same.
    let mut last = None;
    for day in &found.0 {
        let next = stale(db, before, later, Asked::ALL, last, 1).await.unwrap();
        assert_eq!(next.0, [*day]);
        last = Some(*day);
    }
    found.0
}

pub(crate) async fn make_all(db: &Database) -> usize {
    let days = waiting(db).await;
    for day in &days {
        assert!(matches!(make(db, *day).await.unwrap(), Made::Done { .. }));
    }
    days.len()
}

/// The edges of days in a zone, and the end of the last one.
async fn edges(url: &str, zone: &str, first: &str) -> (Vec<DateTime<Utc>>, Range) {
    let days = format!(
        "SELECT to_char((timestamp '{first}' + n * interval '1 day') AT TIME ZONE '{zone}' AT TIME ZONE 'UTC',
                        'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
         FROM generate_series(0, {DAYS}) AS n ORDER BY n"
    );
    let rows = sql(url, &days).await;
    let mut edges: Vec<_> = rows
        .iter()
        .map(|row| at(row[0].as_ref().unwrap()))
        .collect();
    let end = edges.pop().unwrap();
    let start = edges[0];
    (edges, Range { start, end })
}

/// The list of users, a user a line; with how often each visited.
async fn listed(db: &Database, range: &Range, edges: &[DateTime<Utc>]) -> Vec<String> {
    let mut snapshot = db.snapshot(&everything(), None).await.unwrap();
    let coverage = snapshot.coverage(List::Users, range, edges).await.unwrap();
    let search = UserSearch {
        contains: String::new(),
        order: UserOrder::Id,
        reversed: false,
        after: None,
    };
    let board = snapshot.user_board(&coverage, edges, &search, 1_000).await;
    let (rows, matching) = board.unwrap();
    assert_eq!(rows.len() as u64, matching);
    let users: Vec<String> = rows.iter().map(|row| row.key.user_id.clone()).collect();
    let ordinals = snapshot.user_ordinals(&users).await.unwrap();
    let visits = snapshot.visits(&coverage, &users, &ordinals).await.unwrap();
    snapshot.finish().await.unwrap();
    let line = |row: &shadow_storage::users::UserRow| {
        let credits = row.runs.credits_micro;
        format!(
            "{} {} {} {} {:?} {} {} {}",
            row.key.user_id,
            row.last_seen_at.timestamp_micros(),
            row.active_days,
            row.runs.opened,
            row.runs.outcomes,
            credits.map_or("-".to_owned(), |credits| credits.to_string()),
            row.activities,
            visits.get(&row.key.user_id).copied().unwrap_or_default()
        )
    };
    rows.iter().map(line).collect()
}

/// The same by plain SQL over facts.
async fn recomputed(url: &str, range: &Range, zone: &str) -> Vec<String> {
    let (start, end) = (range.start.to_rfc3339(), range.end.to_rfc3339());
    let facts = format!(
        "WITH active AS (
           SELECT workspace_id, user_id, opened_at AS at, true AS ran, outcome, credits_micro, NULL AS session_id
           FROM analytics.execution WHERE trigger = 1 AND user_id IS NOT NULL
           UNION ALL
           SELECT workspace_id, user_id, occurred_at, false, NULL, NULL, session_id
           FROM analytics.activity WHERE type <> 5
         ),
         within AS (SELECT * FROM active WHERE at >= '{start}' AND at < '{end}'),
         heard AS (
           SELECT user_id, at - lag(at) OVER (PARTITION BY workspace_id, user_id ORDER BY at) AS silence
           FROM within WHERE NOT ran AND session_id IS NULL
         )
         SELECT concat_ws(' ', user_id, (extract(epoch FROM max(at)) * 1000000)::bigint,
           count(DISTINCT (at AT TIME ZONE '{zone}')::date), count(*) FILTER (WHERE ran),
           format('[%s, %s, %s, %s, %s]', count(*) FILTER (WHERE outcome = 1), count(*) FILTER (WHERE outcome = 2),
             count(*) FILTER (WHERE outcome = 3), count(*) FILTER (WHERE outcome = 4), count(*) FILTER (WHERE outcome = 5)),
           COALESCE(sum(credits_micro)::text, '-'), count(*) FILTER (WHERE NOT ran),
           count(DISTINCT (workspace_id, session_id)) FILTER (WHERE session_id IS NOT NULL)
           + (SELECT count(*) FROM heard
              WHERE heard.user_id = within.user_id AND (silence IS NULL OR silence >= interval '30 minutes')))
         FROM within GROUP BY user_id ORDER BY user_id COLLATE \"C\""
    );
    let rows = sql(url, &facts).await;
    rows.into_iter().filter_map(|row| row[0].clone()).collect()
}

async fn same(stage: &Stage) {
    for (zone, first) in ZONES {
        let (edges, range) = edges(&stage.url, zone, first).await;
        let listed = listed(&stage.db, &range, &edges).await;
        assert_eq!(listed, recomputed(&stage.url, &range, zone).await, "{zone}");
    }
}

/// Visits with and without a name around the days, some of which last over midnight.
fn visits(random: &mut Random, count: u128) -> Vec<Fact> {
    let mut facts = Vec::new();
    for visit in 0..count {
        let rng = &mut random.0;
        let mut occurred_at = at("2026-10-30T12:00:00Z")
            + TimeDelta::seconds(rng.random_range(0..36) * 7_200 - rng.random_range(0..3_600));
        let workspace_id = WORKSPACES[rng.random_range(0..3)];
        let user_id = format!("user-{}", rng.random_range(0..90));
        let session_id = rng
            .random_bool(0.4)
            .then(|| format!("visit-{}", visit % 20));
        for _ in 0..rng.random_range(1..6) {
            let kinds = [
                ActivityType::PageView,
                ActivityType::Export,
                ActivityType::TokenRefresh,
            ];
            facts.push(Fact {
                workspace_id,
                occurred_at,
                event_id: Uuid::from_u128(rng.random()),
                content: Content::Activity(Activity {
                    user_id: user_id.clone(),
                    activity_type: kinds[rng.random_range(0..3)],
                    session_id: session_id.clone(),
                    name: None,
                    path: None,
                    device: None,
                }),
            });
            let minutes = [0, 1, 29, 30, 31, 95];
            occurred_at += TimeDelta::minutes(minutes[rng.random_range(0..6)]);
        }
    }
    facts.shuffle(&mut random.0);
    facts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_list_of_users_is_what_facts_amount_to() {
    on_each_server(async |stage| {
        let mut random = Random::new(31);
        let executions: Vec<_> = (1..=900)
            .map(|id| random.execution(id, &WORKSPACES))
            .collect();
        let facts = visits(&mut random, 300);
        let batches = random.batches(&executions, 250);
        for (number, batch) in batches.iter().enumerate() {
            put(&stage.db, batch).await;
            // Some again and again.
            let some = facts.iter().skip(number % 3).step_by(3).cloned();
            put_facts(&stage.db, &some.collect::<Vec<_>>()).await;
            if random.0.random_bool(0.6) {
                let workspace = WORKSPACES[random.0.random_range(0..3)];
                compact(&stage.db, workspace, 1 + number as i64 % 3)
                    .await
                    .unwrap();
            }
            for day in waiting(&stage.db).await {
                if random.0.random_bool(0.5) {
                    make(&stage.db, day).await.unwrap();
                }
            }
            same(&stage).await;
        }
        compact_all(&stage.db, 1_000).await;
        same(&stage).await;
        make_all(&stage.db).await;
        assert_eq!(waiting(&stage.db).await, []);
        same(&stage).await;
        // It is summaries that are read: what they say is believed.
        let (edges, range) = edges(&stage.url, ZONES[0].0, ZONES[0].1).await;
        let right = listed(&stage.db, &range, &edges).await;
        let wrong = "UPDATE analytics.user_day SET runs = runs + 1";
        sql(&stage.url, wrong).await;
        let believed = listed(&stage.db, &range, &edges).await;
        assert!(right.len() > 50 && right.iter().zip(&believed).all(|(a, b)| a != b));
        // A late event has its day's facts read at once, and summed up anew afterwards.
        let late = random.execution(1_000, &WORKSPACES).masked(Seen::OPENED);
        let day = UtcDay::of(late.identity.opened_at);
        put(&stage.db, std::slice::from_ref(&late)).await;
        assert_eq!(waiting(&stage.db).await, []);
        compact_all(&stage.db, 1_000).await;
        let late = (late.identity.workspace_id, day);
        assert_eq!(waiting(&stage.db).await, [late]);
        sql(
            &stage.url,
            "UPDATE analytics.user_day_made SET definition = 0",
        )
        .await;
        same(&stage).await;
        assert!(make_all(&stage.db).await > 3);
        same(&stage).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_summary_that_is_cut_off_is_as_if_it_had_not_begun() {
    on_each_server(async |stage| {
        let mut random = Random::new(32);
        put_facts(&stage.db, &visits(&mut random, 400)).await;
        compact_all(&stage.db, 1_000).await;
        let day = waiting(&stage.db).await[0];
        let (mut patience, mut cut) = (Duration::from_micros(50), 0);
        loop {
            match tokio::time::timeout(patience, make(&stage.db, day)).await {
                // The server may not have noticed yet that the last one is gone.
                Err(_) | Ok(Ok(Made::Busy)) => cut += 1,
                Ok(done) => {
                    assert!(matches!(done.unwrap(), Made::Done { users: 1.. }));
                    break;
                }
            }
            same(&stage).await;
            patience = patience * 3 / 2;
        }
        assert!(cut > 1, "{cut}");
        assert!(!waiting(&stage.db).await.contains(&day));
        same(&stage).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_state_never_replaces_a_newer_summary() {
    on_each_server(async |stage| {
        put(&stage.db, &[whole(WORKSPACE, 1)]).await;
        compact_all(&stage.db, 10).await;
        let note = include_str!("../../src/summaries/note.sql")
            .replace("$1", &format!("'{WORKSPACE}'"))
            .replace("$2", "'2026-11-20'")
            .replace("$3", "1");
        an_older_note_is_refused(&stage.url, &note, async || {
            put(&stage.db, &[whole(WORKSPACE, 2)]).await;
            compact_all(&stage.db, 10).await;
            assert_eq!(make_all(&stage.db).await, 1);
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn summaries_name_nobody_and_stay_right_when_somebody_is_erased() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        put(db, &executions()).await;
        put_facts(db, &facts()).await;
        compact_all(db, 10).await;
        assert_eq!(make_all(db).await, 2);
        let range = Range {
            start: at("2026-11-20T00:00:00Z"),
            end: at("2026-11-22T00:00:00Z"),
        };
        let edges = [range.start, at("2026-11-21T00:00:00Z")];
        let before = listed(db, &range, &edges).await;
        assert!(before.iter().any(|line| line.starts_with(ADA)));
        put_facts(db, &[erase(WORKSPACE, 90)]).await;
        // Right away under the pseudonym, and the same where it is summed up before the rows are swept.
        let all =
            "SELECT string_agg(one::text, '|' ORDER BY one::text) FROM analytics.user_day AS one";
        let summaries = value(url, all).await;
        let alias = |line: &String| {
            let (user, rest) = line.split_once(' ').unwrap();
            let user = if user == ADA { "erased-" } else { user };
            (user.get(..7).unwrap_or(user).to_owned(), rest.to_owned())
        };
        let mut expected: Vec<_> = before.iter().map(alias).collect();
        expected.sort();
        let shown = async || {
            let listed = listed(db, &range, &edges).await;
            let mut shown: Vec<_> = listed.iter().map(alias).collect();
            shown.sort();
            shown
        };
        assert_eq!(shown().await, expected);
        sql(url, "UPDATE analytics.user_day_made SET version = 0").await;
        assert_eq!(make_all(db).await, 2);
        assert_eq!(value(url, all).await, summaries);
        finish_all(db).await;
        assert_eq!(found(url, ADA).await, Vec::<String>::new());
        assert_eq!(waiting(db).await, []);
        assert_eq!(value(url, all).await, summaries);
        assert_eq!(shown().await, expected);
        assert_eq!(
            recomputed(url, &range, "UTC").await,
            listed(db, &range, &edges).await
        );
        assert_eq!(erasure::pending(db, None, 1).await.unwrap(), []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn summaries_go_with_their_facts() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        let on = |day: i64, id| {
            let mut execution = whole(WORKSPACE, id);
            execution.identity.opened_at += TimeDelta::days(day);
            execution.masked(Seen::OPENED)
        };
        put(db, &[on(0, 1), on(20, 2)]).await;
        compact_all(db, 10).await;
        assert_eq!(make_all(db).await, 2);
        let gone = at("2026-12-01T00:00:00Z");
        let kept = "INSERT INTO analytics.retention (refused_before, gone_before)
            VALUES ('2026-12-01T00:00:00Z', '2026-12-01T00:00:00Z')";
        sql(url, kept).await;
        // At once facts are read, of which some may be left; and nothing is summed up any more.
        sql(url, "UPDATE analytics.user_day SET runs = 7").await;
        let range = Range {
            start: at("2026-11-20T00:00:00Z"),
            end: at("2026-11-21T00:00:00Z"),
        };
        let listed = listed(db, &range, &[range.start]).await;
        assert_eq!(listed, recomputed(url, &range, "UTC").await);
        let other = "UPDATE analytics.user_day_made SET definition = 0 WHERE day < '2026-12-01'";
        sql(url, other).await;
        assert_eq!(waiting(db).await, []);
        delete(db, gone).await.unwrap();
        for table in ["user_day", "user_day_made"] {
            let days = format!("SELECT string_agg(day::text, ',') FROM analytics.{table}");
            assert_eq!(value(url, &days).await, "2026-12-10", "{table}");
        }
    })
    .await;
}
