//! What is put side by side equals a recomputation from facts, differences and intervals included.

mod refusals;

use chrono::{DateTime, Utc};
use shadow_auth::{PlatformRole, Role};
use shadow_proto::common::v1::TimeRange;
use shadow_proto::metrics::v1::{
    CompareRequest, CompareResponse, ComparedAgent, SignificanceMethod, Value, Verdict,
    value::Number,
};
use shadow_storage::directory;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::ask::range;
use crate::facts;
use crate::oracle::{self, Expected, Question};
use crate::platform::{Platform, from};
use crate::worker::Worker;

const METRICS: [&str; 7] = [
    "success_rate",
    "executions",
    "credits",
    "tokens_mean",
    "duration_p95",
    "active_users",
    "completed",
];

async fn platform() -> (Platform, Vec<Uuid>) {
    let platform = Platform::new().await;
    let workspaces: Vec<Uuid> = (1..=3).map(Uuid::from_u128).collect();
    let database = &platform.database;
    directory::put_user(database, "eve", None).await.unwrap();
    directory::put_platform_role(database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    let start: DateTime<Utc> = "2026-02-10T00:00:00Z".parse().unwrap();
    let executions = facts::executions(5, 2_000, &workspaces, start, 34);
    let worker = Worker::start(database);
    for batch in facts::batches(6, &executions, 150) {
        platform.store(&batch).await;
    }
    for batch in facts::activities(8, 400, &workspaces, start, 34).chunks(100) {
        platform.store_facts(batch).await;
    }
    worker.stop().await;
    directory::put_workspace(database, workspaces[0], "Halden", "UTC")
        .await
        .unwrap();
    directory::put_user(database, "olga", None).await.unwrap();
    directory::put_membership(database, workspaces[0], "olga", Role::Owner)
        .await
        .unwrap();
    (platform, workspaces)
}

async fn ask(platform: &Platform, request: CompareRequest) -> CompareResponse {
    let mut client = platform.client.clone();
    client
        .compare(from("eve", request))
        .await
        .unwrap()
        .into_inner()
}

fn metrics() -> Vec<String> {
    METRICS.map(str::to_owned).to_vec()
}

fn real(value: Option<Value>) -> Option<f64> {
    match value?.number? {
        Number::Integer(integer) => Some(integer as f64),
        Number::Real(real) => Some(real),
    }
}

/// The values of a subject, from facts.
fn values(table: &oracle::Table, name: &str) -> Vec<Option<f64>> {
    let values = table.get(&(name.to_owned(), None));
    let value = |metric: &str| {
        let value = match values {
            Some(values) => values.get(metric).copied(),
            None => oracle::nothing(metric),
        };
        value.map(|value| match value {
            Expected::Integer(integer) => integer as f64,
            Expected::Real(real) => real,
        })
    };
    METRICS.map(value).to_vec()
}

/// Compares with values of each subject, the first of which is what the others are compared with.
fn same(answer: &CompareResponse, expected: &[Vec<Option<f64>>], at: &str) {
    assert_eq!(answer.subjects.len(), expected.len(), "{at}");
    for (index, metric) in answer.metrics.iter().enumerate() {
        assert_eq!(metric.metric, METRICS[index]);
        for (subject, found) in metric.values.iter().enumerate() {
            let at = format!("{at}, subject {subject}, {}", metric.metric);
            let (own, first) = (expected[subject][index], expected[0][index]);
            let tolerance = if metric.metric.starts_with("duration") {
                0.01
            } else {
                1e-12
            };
            let close =
                |found: Option<f64>, expected: Option<f64>, scale: f64| match (found, expected) {
                    (None, None) => {}
                    (Some(found), Some(expected)) => assert!(
                        (found - expected).abs() <= scale * tolerance,
                        "{at}: {found}, not {expected}"
                    ),
                    other => panic!("{at}: {other:?}"),
                };
            close(real(found.value), own, own.unwrap_or_default().abs());
            let scale = own.unwrap_or_default().abs() + first.unwrap_or_default().abs();
            let difference = own
                .zip(first)
                .map(|(own, first)| own - first)
                .filter(|_| subject > 0);
            close(found.difference, difference, 2.0 * scale);
            let relative = difference.zip(first).filter(|(_, first)| *first > 0.0);
            let relative = relative.map(|(difference, first)| difference / first);
            let relative = relative.filter(|_| metric.metric != "success_rate");
            close(
                found.relative_difference,
                relative,
                4.0 * scale / first.unwrap_or(1.0).max(1e-9),
            );
            let judged = subject > 0 && metric.metric == "success_rate" && difference.is_some();
            let method = if judged {
                SignificanceMethod::Newcombe
            } else {
                SignificanceMethod::Unspecified
            };
            assert_eq!(found.method(), method, "{at}");
            assert_eq!(found.difference_interval.is_some(), judged, "{at}");
            if let Some(interval) = found.difference_interval {
                let verdict = match (interval.low > 0.0, interval.high < 0.0) {
                    (true, _) => Verdict::Better,
                    (_, true) => Verdict::Worse,
                    _ => Verdict::NotDistinguishable,
                };
                assert_eq!(found.verdict(), verdict, "{at}");
                assert!(
                    interval.low <= difference.unwrap() && difference.unwrap() <= interval.high,
                    "{at}"
                );
            }
        }
    }
}

async fn instants<const N: usize>(
    facts: &Client,
    zone: &str,
    days: [&str; N],
) -> Vec<(String, prost_types::Timestamp)> {
    let mut found = Vec::new();
    for day in days {
        let text = format!("2026-{day} 00:00:00 {zone}");
        let at = oracle::instant(facts, &text).await;
        found.push((text, at));
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_difference_equals_its_recomputation_from_facts() {
    let (platform, workspaces) = platform().await;
    let facts = platform.owner().await;
    let names: Vec<String> = workspaces.iter().map(Uuid::to_string).collect();
    for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
        let days = instants(&facts, zone, ["02-15", "03-01", "03-08", "03-15"]).await;
        let range = |from: usize, to: usize| TimeRange {
            start: Some(days[from].1),
            end: Some(days[to].1),
            zone: zone.to_owned(),
        };
        let question = |from: usize, to: usize| Question {
            workspaces: &names,
            start: &days[from].0,
            end: &days[to].0,
            zone,
            currency: "USD",
        };
        let agents = [
            ("agent-0", 0),
            ("agent-0", 1),
            ("agent-3", 2),
            ("agent-7", 0),
        ];
        let compared = agents.map(|(id, workspace)| ComparedAgent {
            workspace_id: names[workspace].clone(),
            agent_id: id.to_owned(),
        });
        let answer = ask(
            &platform,
            CompareRequest {
                range: Some(range(1, 3)),
                agents: compared.to_vec(),
                metrics: metrics(),
                ..CompareRequest::default()
            },
        )
        .await;
        let table = oracle::table(&facts, &question(1, 3), "agent", None).await;
        let expected =
            agents.map(|(id, workspace)| values(&table, &format!("{}/{id}", names[workspace])));
        same(&answer, &expected, &format!("agents in {zone}"));

        let answer = ask(
            &platform,
            CompareRequest {
                range: Some(range(1, 3)),
                workspace_ids: vec![names[1].clone(), names[0].clone(), names[2].clone()],
                metrics: metrics(),
                ..CompareRequest::default()
            },
        )
        .await;
        let table = oracle::table(&facts, &question(1, 3), "workspace", None).await;
        let expected = [1, 0, 2].map(|workspace| values(&table, &names[workspace]));
        same(&answer, &expected, &format!("workspaces in {zone}"));
        assert_eq!(answer.subjects[1].name, "Halden");
        assert!(
            answer
                .subjects
                .iter()
                .all(|one| one.provenance.as_ref().unwrap().definition_version > 0)
        );

        let answer = ask(
            &platform,
            CompareRequest {
                periods: vec![range(2, 3), range(1, 2), range(0, 1)],
                metrics: metrics(),
                ..CompareRequest::default()
            },
        )
        .await;
        let mut expected = Vec::new();
        for (from, to) in [(2, 3), (1, 2), (0, 1)] {
            let table = oracle::table(&facts, &question(from, to), "", None).await;
            expected.push(values(&table, ""));
        }
        same(&answer, &expected, &format!("periods in {zone}"));
        assert_eq!(answer.subjects[1].range, Some(range(1, 2)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn newcombe_intervals_are_those_of_the_paper_over_counts_of_facts() {
    let (platform, workspaces) = platform().await;
    let facts = platform.owner().await;
    let answer = ask(
        &platform,
        CompareRequest {
            range: Some(range("2026-02-15T00:00:00Z", "2026-03-15T00:00:00Z", "UTC")),
            workspace_ids: workspaces[..2].iter().map(Uuid::to_string).collect(),
            metrics: vec!["success_rate".to_owned()],
            ..CompareRequest::default()
        },
    )
    .await;
    // Method 10: Wilson's bounds of each share, put together by the square root of sums of squares.
    let sql = "WITH counted AS (
        SELECT workspace_id, count(*) FILTER (WHERE outcome = 1)::float8 AS x, count(*)::float8 AS n, 1.959963984540054 AS z
        FROM analytics.execution
        WHERE outcome IN (1, 2, 4) AND opened_at >= '2026-02-15T00:00:00Z' AND opened_at < '2026-03-15T00:00:00Z'
        GROUP BY workspace_id
      ), bound AS (
        SELECT workspace_id, x / n AS p,
               (x + z * z / 2 - z * sqrt(x * (n - x) / n + z * z / 4)) / (n + z * z) AS l,
               (x + z * z / 2 + z * sqrt(x * (n - x) / n + z * z / 4)) / (n + z * z) AS u
        FROM counted
      )
      SELECT b.p - a.p - sqrt((b.p - b.l) ^ 2 + (a.u - a.p) ^ 2), b.p - a.p + sqrt((b.u - b.p) ^ 2 + (a.p - a.l) ^ 2)
      FROM bound AS a, bound AS b
      WHERE a.workspace_id = $1 AND b.workspace_id = $2";
    let ids = [workspaces[0], workspaces[1]].map(|id| id.to_string());
    let sql = sql
        .replace("$1", &format!("'{}'", ids[0]))
        .replace("$2", &format!("'{}'", ids[1]));
    let row = facts.query_one(&sql, &[]).await.unwrap();
    let (low, high): (f64, f64) = (row.get(0), row.get(1));
    let found = answer.metrics[0].values[1].difference_interval.unwrap();
    assert!(
        (found.low - low).abs() < 1e-12 && (found.high - high).abs() < 1e-12,
        "{found:?}, not {low}, {high}"
    );
}
