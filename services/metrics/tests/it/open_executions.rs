//! ListOpenExecutions: what is open, and after how long it is stale, by plain SQL over facts.

use std::collections::BTreeMap;

use chrono::{DurationRound, TimeDelta, Utc};
use shadow_auth::{PlatformRole, Role};
use shadow_domain::execution::Execution;
use shadow_proto::metrics::v1::{
    ListOpenExecutionsRequest, ListOpenExecutionsResponse, OpenExecution, StalenessRule,
};
use shadow_storage::directory;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::facts;
use crate::platform::{Platform, from, wrong_fields};
use crate::worker::Worker;

/// What was opened within the last forty days; every fifth has a timeout, of a minute or of a year.
fn executions(workspaces: &[Uuid]) -> Vec<Execution> {
    let start = Utc::now().duration_trunc(TimeDelta::hours(1)).unwrap() - TimeDelta::days(40);
    let mut executions = facts::executions(31, 2_000, workspaces, start, 40);
    for (at, execution) in executions.iter_mut().step_by(5).enumerate() {
        let seconds = if at % 2 == 0 { 60 } else { 365 * 86_400 };
        execution.identity.timeout_micros = Some(seconds * 1_000_000);
        // Ends and ratings that are yet to come are refused.
    }
    let now = Utc::now();
    executions.retain(|execution| {
        let ended = execution.end.as_ref().map(|end| end.ended_at);
        let said = execution.feedback.as_ref().map(|said| said.given_at);
        let times = [Some(execution.identity.opened_at), ended, said];
        times.into_iter().flatten().all(|at| at < now)
    });
    executions
}

async fn stage() -> (Platform, Vec<Uuid>) {
    let platform = Platform::new().await;
    let database = &platform.database;
    directory::put_user(database, "eve", None).await.unwrap();
    directory::put_platform_role(database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    (platform, (1..=2).map(Uuid::from_u128).collect())
}

/// Everything that all pages hold, and the last of them.
async fn walk(
    platform: &Platform,
    mut question: ListOpenExecutionsRequest,
) -> (Vec<OpenExecution>, ListOpenExecutionsResponse) {
    let mut found = Vec::new();
    loop {
        let mut client = platform.client.clone();
        let page = client
            .list_open_executions(from("eve", question.clone()))
            .await;
        let mut page = page.unwrap().into_inner();
        found.append(&mut page.executions);
        question.page_token = page.next_page_token.clone();
        if question.page_token.is_empty() {
            return (found, page);
        }
    }
}

/// The p99 of durations in microseconds and how many there are, by workspace and agent, of the last thirty days.
async fn usual(facts: &Client) -> BTreeMap<(String, String), (i64, i64)> {
    let sql = "SELECT workspace_id::text, agent_id, count(*),
        (array_agg(duration_micros ORDER BY duration_micros))[1 + floor(0.99 * (count(*) - 1))::integer]
      FROM analytics.execution
      WHERE duration_micros IS NOT NULL
        AND opened_at >= date_trunc('hour', now()) + interval '1 hour' - interval '30 days'
      GROUP BY 1, 2";
    let rows = facts.query(sql, &[]).await.unwrap();
    rows.iter()
        .map(|row| ((row.get(0), row.get(1)), (row.get(3), row.get(2))))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_open_and_stale_equals_its_recomputation_from_facts() {
    let (platform, workspaces) = stage().await;
    let executions = executions(&workspaces);
    let worker = Worker::start(&platform.database);
    let facts = platform.owner().await;
    let batches = facts::batches(32, &executions, 100);
    for part in batches.chunks(batches.len().div_ceil(2)) {
        for batch in part {
            platform.store(batch).await;
        }
        compare(&platform, &facts, &[]).await;
    }
    worker.stop().await;
    compare(&platform, &facts, &workspaces[1..]).await;
}

async fn compare(platform: &Platform, facts: &Client, named: &[Uuid]) {
    let question = ListOpenExecutionsRequest {
        workspace_ids: named.iter().map(Uuid::to_string).collect(),
        page_size: 23,
        ..Default::default()
    };
    let (found, last) = walk(platform, question.clone()).await;
    let sql = "SELECT execution_id::text FROM analytics.execution
      WHERE ended_at IS NULL AND (cardinality($1::text[]) = 0 OR workspace_id::text = ANY ($1))
      ORDER BY opened_at, workspace_id, execution_id";
    let rows = facts.query(sql, &[&question.workspace_ids]).await.unwrap();
    let expected: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let id = |one: &OpenExecution| {
        let identity = one.execution.as_ref().unwrap().identity.as_ref();
        identity.unwrap().execution_id.clone()
    };
    assert_eq!(found.iter().map(id).collect::<Vec<_>>(), expected);
    assert!(expected.len() > 40);
    assert_eq!(last.open_executions, expected.len() as u64);
    assert_eq!(last.examined_executions, expected.len() as u64);
    let usual = usual(facts).await;
    let mut rules = BTreeMap::<i32, usize>::new();
    for one in &found {
        let staleness = one.staleness.as_ref().unwrap();
        let execution = one.execution.as_ref().unwrap();
        let identity = execution.identity.as_ref().unwrap();
        let limit = staleness.limit.as_ref().unwrap();
        let limit = limit.seconds as f64 + f64::from(limit.nanos) / 1e9;
        let agent = (execution.workspace_id.clone(), identity.agent_id.clone());
        let known = usual.get(&agent).filter(|(_, runs)| *runs >= 100);
        let (rule, exact) = match (&identity.timeout, known) {
            (Some(timeout), _) => (StalenessRule::Timeout, timeout.seconds as f64),
            (None, Some((p99, _))) => (StalenessRule::Agent, 3.0 * *p99 as f64 / 1e6),
            (None, None) => (StalenessRule::Default, 86_400.0),
        };
        assert_eq!(staleness.rule(), rule, "{agent:?}");
        // A percentile is within 1 % of the exact one.
        let error = if rule == StalenessRule::Agent {
            0.0101
        } else {
            0.0
        };
        assert!(
            (limit - exact).abs() <= exact * error,
            "{limit} for {exact}"
        );
        let opened = identity.opened_at.as_ref().unwrap();
        let open = Utc::now().timestamp() - opened.seconds;
        if (open as f64 - limit).abs() > 60.0 {
            assert_eq!(staleness.stale, open as f64 > limit, "{identity:?}");
        }
        *rules.entry(staleness.rule).or_default() += 1;
    }
    assert_eq!(rules.len(), 3, "{rules:?}");
    let stale: Vec<String> = found
        .iter()
        .filter(|one| one.staleness.as_ref().unwrap().stale)
        .map(id)
        .collect();
    assert_eq!(last.stale_executions, stale.len() as u64);
    assert!(!stale.is_empty() && stale.len() < found.len());
    let only = ListOpenExecutionsRequest {
        stale_only: true,
        ..question
    };
    let (found, _) = walk(platform, only).await;
    assert_eq!(found.iter().map(id).collect::<Vec<_>>(), stale);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_questions_name_their_fields_and_what_is_not_yours_is_not_there() {
    let (platform, workspaces) = stage().await;
    let database = &platform.database;
    platform.store(&executions(&workspaces)).await;
    let mut client = platform.client.clone();
    let wrong = ListOpenExecutionsRequest {
        workspace_ids: vec!["x".to_owned()],
        page_size: 201,
        page_token: "x".to_owned(),
        ..Default::default()
    };
    let status = client.list_open_executions(from("eve", wrong)).await;
    let fields = ["workspace_ids[0]", "page_size", "page_token"];
    assert_eq!(wrong_fields(&status.unwrap_err()), fields);
    directory::put_user(database, "olivia", None).await.unwrap();
    directory::put_membership(database, workspaces[0], "olivia", Role::Viewer)
        .await
        .unwrap();
    let ours = client
        .list_open_executions(from("olivia", ListOpenExecutionsRequest::default()))
        .await
        .unwrap()
        .into_inner();
    let id = workspaces[0].to_string();
    let told = ours.executions.iter().map(|one| one.execution.as_ref());
    assert!(told.flatten().all(|one| one.workspace_id == id));
    assert!(!ours.executions.is_empty());
    let theirs = ListOpenExecutionsRequest {
        workspace_ids: vec![workspaces[1].to_string()],
        ..Default::default()
    };
    let status = client.list_open_executions(from("olivia", theirs)).await;
    assert_eq!(status.unwrap_err().code(), tonic::Code::NotFound);
}
