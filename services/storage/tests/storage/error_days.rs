//! Summaries of errors: a list of groups is what facts amount to, whatever of it comes from summaries.

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;
use rand::seq::SliceRandom;
use shadow_domain::execution::Execution;
use shadow_domain::time::Range;
use shadow_storage::Snapshot;
use shadow_storage::compaction::compact;
use shadow_storage::error_group::{Among, ErrorCounts, GroupKey, GroupQuarter, Impact};
use shadow_storage::summaries::make;
use uuid::Uuid;

use crate::compaction::compact_all;
use crate::summaries::{make_all, waiting};
use crate::support::*;

const WORKSPACES: [Uuid; 3] = [WORKSPACE, OTHER, Uuid::from_u128(0xC)];

/// Ranges as UTC, Kolkata and New York have them, where the clocks are turned back in it; one that ends within days; and one
/// without a whole day.
const RANGES: [(&str, &str); 5] = [
    ("2026-10-30T00:00:00Z", "2026-11-08T00:00:00Z"),
    ("2026-10-30T18:30:00Z", "2026-11-06T18:30:00Z"),
    ("2026-10-31T04:00:00Z", "2026-11-06T05:00:00Z"),
    ("2026-10-31T23:15:00Z", "2026-11-05T01:45:00Z"),
    ("2026-11-01T01:00:00Z", "2026-11-01T23:00:00Z"),
];

/// Everything that is asked of errors.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) counts: ErrorCounts,
    some: Impact,
    quarters: Vec<(DateTime<Utc>, u64)>,
    apart: Vec<GroupQuarter>,
}

/// Every other one of the groups.
fn some(counts: &ErrorCounts) -> Vec<GroupKey> {
    let keys = counts.groups.iter().map(|one| one.key);
    keys.step_by(2).collect()
}

pub(crate) async fn summed(snapshot: &mut Snapshot, among: &Among, limit: i64) -> Answer {
    let mut errors = snapshot.errors(among.clone()).await.unwrap();
    let counts = errors.counts(snapshot, limit).await.unwrap();
    let keys = some(&counts);
    sorted(Answer {
        some: errors.impact(snapshot, &keys).await.unwrap(),
        quarters: errors.all_quarters(snapshot, &keys).await.unwrap(),
        apart: errors.quarters(snapshot, &keys).await.unwrap(),
        counts,
    })
}

pub(crate) async fn of_facts(snapshot: &mut Snapshot, among: &Among, limit: i64) -> Answer {
    let counts = snapshot.error_counts(among, limit).await.unwrap();
    let keys = some(&counts);
    sorted(Answer {
        some: snapshot.error_impact(&keys, among).await.unwrap(),
        quarters: snapshot.all_error_quarters(&keys, among).await.unwrap(),
        apart: snapshot.error_quarters(&keys, among).await.unwrap(),
        counts,
    })
}

/// What comes in no order.
fn sorted(mut answer: Answer) -> Answer {
    answer.counts.quarters.sort();
    answer.quarters.sort();
    answer.apart.sort();
    answer
}

pub(crate) fn range((start, end): (&str, &str)) -> Range {
    let (start, end) = (at(start), at(end));
    Range { start, end }
}

/// Of errors of all workspaces or of one, and of all kinds or some: how many groups there were.
async fn same(stage: &Stage) -> u64 {
    let mut groups = 0;
    for scope in [everything(), everything().within([WORKSPACE])] {
        let mut snapshot = stage.db.snapshot(&scope, None).await.unwrap();
        for (at, kinds, limit) in [
            (0, vec![], 1_000),
            (1, vec![], 2),
            (2, vec![String::new()], 1_000),
            (
                3,
                vec!["timeout".to_owned(), "rate_limited".to_owned()],
                1_000,
            ),
            (4, vec![], 1_000),
            (2, vec![], 1_000),
        ] {
            let among = Among {
                range: range(RANGES[at]),
                agents: vec![],
                kinds,
            };
            let facts = of_facts(&mut snapshot, &among, limit).await;
            groups += facts.counts.all;
            assert_eq!(
                summed(&mut snapshot, &among, limit).await,
                facts,
                "{among:?}"
            );
        }
        // Which agents had them, no summary says.
        let among = Among {
            range: range(RANGES[0]),
            agents: vec!["agent-1".to_owned()],
            kinds: vec![],
        };
        let facts = of_facts(&mut snapshot, &among, 10).await;
        assert_eq!(summed(&mut snapshot, &among, 10).await, facts);
        snapshot.finish().await.unwrap();
    }
    plain(stage).await;
    groups
}

/// The same by plain SQL over facts.
async fn plain(stage: &Stage) {
    let mut snapshot = stage.db.snapshot(&everything(), None).await.unwrap();
    for bounds in RANGES {
        let among = Among {
            range: range(bounds),
            agents: vec![],
            kinds: vec![],
        };
        let mut errors = snapshot.errors(among).await.unwrap();
        let counts = errors.counts(&mut snapshot, 1_000).await.unwrap();
        let line = |name: String, impact: &Impact| {
            let lost = impact
                .lost_micro
                .map_or("-".to_owned(), |lost| lost.to_string());
            let Impact {
                occurrences,
                users,
                agents,
                ..
            } = impact;
            format!("{name} {occurrences} {users} {agents} {lost}")
        };
        let name = |key: &GroupKey| format!("{}/{}", key.workspace_id, key.fingerprint);
        let mut lines: Vec<String> = counts
            .groups
            .iter()
            .map(|one| line(name(&one.key), &one.impact))
            .collect();
        lines.push(line("all".to_owned(), &counts.impact));
        let of_time =
            |(at, count): &(DateTime<Utc>, u64)| format!("{} {count}", at.timestamp() / 900);
        lines.extend(counts.quarters.iter().map(of_time));
        lines.sort();
        let sums = "count(*), count(DISTINCT user_id), count(DISTINCT (workspace_id, agent_id)),
            COALESCE((sum(credits_micro) FILTER (WHERE outcome IN (2, 4)))::text, '-')";
        let recomputed = format!(
            "WITH error AS (
               SELECT * FROM analytics.execution
               WHERE opened_at >= '{}' AND opened_at < '{}'
                 AND (outcome IN (2, 4) OR error_kind IS NOT NULL OR error_message IS NOT NULL)
             )
             SELECT concat_ws(' ', workspace_id || '/' || error_fingerprint, {sums})
             FROM error GROUP BY workspace_id, error_fingerprint
             UNION ALL SELECT concat_ws(' ', 'all', {sums}) FROM error
             UNION ALL SELECT concat_ws(' ', floor(extract(epoch FROM opened_at) / 900)::bigint, count(*))
             FROM error GROUP BY floor(extract(epoch FROM opened_at) / 900)",
            bounds.0, bounds.1
        );
        let rows = sql(&stage.url, &recomputed).await;
        let mut expected: Vec<String> = rows.into_iter().filter_map(|row| row[0].clone()).collect();
        expected.sort();
        assert_eq!(lines, expected, "{bounds:?}");
    }
    snapshot.finish().await.unwrap();
}

/// Executions of several days, most of which go wrong.
pub(crate) fn executions(random: &mut Random, count: u128) -> Vec<Execution> {
    let mut all = Vec::new();
    for id in 1..=count {
        let mut execution = random.execution(id, &WORKSPACES);
        let rng = &mut random.0;
        let shift = TimeDelta::days(rng.random_range(-1..7));
        execution.identity.opened_at += shift;
        execution.started_at = execution.started_at.map(|at| at + shift);
        execution.feedback = None;
        if let Some(end) = &mut execution.end {
            end.ended_at += shift;
            let kinds = [
                None,
                Some("timeout"),
                Some("rate_limited"),
                Some("tool_error"),
            ];
            end.error_kind = kinds[rng.random_range(0..4)].map(str::to_owned);
            let messages = [
                None,
                Some(format!("no answer after {id} s")),
                Some("class".to_owned()),
            ];
            end.error_message
                .clone_from(&messages[rng.random_range(0..3)]);
        }
        all.push(execution);
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_list_of_errors_is_what_facts_amount_to() {
    on_each_server(async |stage| {
        let mut random = Random::new(41);
        let all = executions(&mut random, 900);
        for (number, batch) in random.batches(&all, 300).iter().enumerate() {
            put(&stage.db, batch).await;
            for workspace in WORKSPACES {
                if random.0.random_bool(0.8) {
                    let deltas = 1 + number as i64 % 3;
                    compact(&stage.db, workspace, deltas).await.unwrap();
                }
            }
            for day in waiting(&stage.db).await {
                if random.0.random_bool(0.8) {
                    make(&stage.db, day).await.unwrap();
                }
            }
            same(&stage).await;
        }
        compact_all(&stage.db, 1_000).await;
        same(&stage).await;
        make_all(&stage.db).await;
        assert_eq!(waiting(&stage.db).await, []);
        assert!(same(&stage).await > 50);
        // Some days of some workspaces from facts, more of them than not from summaries.
        let mut days = sql(&stage.url, "SELECT workspace_id::text, day::text FROM analytics.user_day_made").await;
        days.shuffle(&mut random.0);
        for day in &days[..days.len() / 3] {
            let [Some(workspace), Some(day)] = &day[..] else {
                panic!("no day");
            };
            let forgotten = format!(
                "UPDATE analytics.user_day_made SET version = 0 WHERE workspace_id = '{workspace}' AND day = '{day}';
                 UPDATE analytics.error_day SET errors = '' WHERE workspace_id = '{workspace}' AND day = '{day}'"
            );
            sql(&stage.url, &forgotten).await;
        }
        same(&stage).await;
        make_all(&stage.db).await;
        // What a version before has summed up has no errors.
        let before = "UPDATE analytics.user_day_made SET definition = 1; DELETE FROM analytics.error_day";
        sql(&stage.url, before).await;
        same(&stage).await;
        make_all(&stage.db).await;
        same(&stage).await;
        // It is summaries that are read: what they say is believed.
        sql(&stage.url, "DELETE FROM analytics.error_day").await;
        let mut snapshot = stage.db.snapshot(&everything(), None).await.unwrap();
        for (bounds, left) in [(RANGES[0], false), (RANGES[1], true), (RANGES[4], true)] {
            let among = Among { range: range(bounds), agents: vec![], kinds: vec![] };
            let found = summed(&mut snapshot, &among, 1_000).await;
            let facts = of_facts(&mut snapshot, &among, 1_000).await;
            assert_eq!(found.counts.all > 0, left, "{bounds:?}");
            assert_eq!(found == facts, bounds == RANGES[4], "{bounds:?}");
        }
    })
    .await;
}
