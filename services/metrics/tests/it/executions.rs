//! ListExecutions and GetExecution: what they tell, in which order and on which page, by plain SQL over facts.

mod refusals;

use shadow_auth::PlatformRole;
use shadow_domain::execution::Execution;
use shadow_proto::metrics::v1::{
    ExecutionStep, GetExecutionRequest, ListExecutionsRequest, ListExecutionsResponse,
};
use shadow_proto::streaming::v1::{Execution as Told, ExecutionStatus, Trigger};
use shadow_storage::directory;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::facts;
use crate::platform::{Platform, from};
use crate::worker::Worker;

const START: &str = "2026-02-20T00:00:00Z";

async fn stage() -> (Platform, Vec<Uuid>, Vec<Execution>) {
    let platform = Platform::new().await;
    let database = &platform.database;
    directory::put_user(database, "eve", None).await.unwrap();
    directory::put_platform_role(database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    let workspaces: Vec<Uuid> = (1..=3).map(Uuid::from_u128).collect();
    let executions = facts::executions(11, 900, &workspaces, START.parse().unwrap(), 30);
    let worker = Worker::start(database);
    for batch in facts::batches(12, &executions, 100) {
        platform.store(&batch).await;
    }
    platform.store_facts(&facts::steps(13, &executions)).await;
    worker.stop().await;
    (platform, workspaces, executions)
}

async fn ask(platform: &Platform, question: ListExecutionsRequest) -> ListExecutionsResponse {
    let mut client = platform.client.clone();
    let answer = client.list_executions(from("eve", question)).await;
    answer.unwrap().into_inner()
}

fn id(told: &Told) -> Uuid {
    let identity = told.identity.as_ref().unwrap();
    identity.execution_id.parse().unwrap()
}

/// Everything that all pages hold, and how many pages there were.
async fn walk(platform: &Platform, mut question: ListExecutionsRequest) -> (Vec<Told>, usize) {
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let page = ask(platform, question.clone()).await;
        pages += 1;
        assert!(page.executions.len() <= question.page_size as usize);
        found.extend(page.executions);
        question.page_token = page.next_page_token;
        if question.page_token.is_empty() {
            return (found, pages);
        }
    }
}

/// A filter as it is asked for, and as a condition on a row.
type Case = (fn(&mut ListExecutionsRequest), &'static str);

const CASES: [Case; 13] = [
    (|_| {}, "true"),
    (
        |one| one.agent_id = Some("agent-0".to_owned()),
        "agent_id = 'agent-0'",
    ),
    (
        |one| {
            one.statuses = vec![
                ExecutionStatus::Queued.into(),
                ExecutionStatus::Failed.into(),
            ]
        },
        "(outcome = 2 OR outcome IS NULL AND started_at IS NULL)",
    ),
    (
        |one| one.statuses = vec![ExecutionStatus::Running.into()],
        "outcome IS NULL AND started_at IS NOT NULL",
    ),
    (
        |one| one.model = Some(String::new()),
        "outcome IS NOT NULL AND model IS NULL",
    ),
    (
        |one| one.model = Some("model-3".to_owned()),
        "model = 'model-3'",
    ),
    (
        |one| one.user_id = Some("user-0".to_owned()),
        "user_id = 'user-0'",
    ),
    (
        |one| {
            one.min_duration = Some(prost_types::Duration {
                seconds: 10,
                nanos: 500_000_000,
            });
        },
        "duration_micros >= 10500000",
    ),
    (
        |one| one.triggers = vec![Trigger::Api.into(), Trigger::User.into()],
        "trigger IN (1, 3)",
    ),
    (
        |one| one.error_kind = Some("kind-1".to_owned()),
        "error_kind = 'kind-1' AND outcome IN (2, 4)",
    ),
    (
        |one| one.error_kind = Some(String::new()),
        "error_kind IS NULL AND outcome IN (2, 4)",
    ),
    (
        |one| one.contains = "KIND-2".to_owned(),
        "error_kind = 'kind-2'",
    ),
    (
        |one| one.contains = "reader".to_owned(),
        "workspace_id = '00000000-0000-0000-0000-000000000001' AND agent_id = 'agent-3'",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_filter_and_order_is_that_of_plain_sql_page_by_page() {
    let (platform, workspaces, _) = stage().await;
    directory::put_agent(
        &platform.database,
        workspaces[0],
        "agent-3",
        "Invoice READER",
    )
    .await
    .unwrap();
    let facts = platform.owner().await;
    let (start, end) = ("2026-03-01 00:00:00", "2026-03-15 00:00:00");
    for (zone, named) in [
        ("UTC", &workspaces[..1]),
        ("Asia/Kolkata", &workspaces[1..]),
        // Over a change of daylight saving, and everybody's.
        ("America/New_York", &[][..]),
    ] {
        let mut question = ListExecutionsRequest {
            range: Some(shadow_proto::common::v1::TimeRange {
                start: Some(crate::oracle::instant(&facts, &format!("{start} {zone}")).await),
                end: Some(crate::oracle::instant(&facts, &format!("{end} {zone}")).await),
                zone: zone.to_owned(),
            }),
            workspace_ids: named.iter().map(Uuid::to_string).collect(),
            page_size: 37,
            ..Default::default()
        };
        let some = if named.is_empty() { &workspaces } else { named };
        let ids: Vec<String> = some.iter().map(Uuid::to_string).collect();
        for (filter, condition) in CASES {
            for (order_by, reversed, order) in [
                ("", false, "opened_at DESC"),
                ("opened_at", true, "opened_at"),
                (
                    "duration",
                    false,
                    "duration_micros DESC NULLS LAST, opened_at",
                ),
                ("duration", true, "duration_micros NULLS LAST, opened_at"),
            ] {
                let mut question = question.clone();
                filter(&mut question);
                question.order_by = order_by.to_owned();
                question.reversed = reversed;
                let sql = format!(
                    "SELECT execution_id FROM analytics.execution
                     WHERE workspace_id::text = ANY ($1) AND {condition}
                       AND opened_at >= '{start} {zone}' AND opened_at < '{end} {zone}'
                     ORDER BY {order}"
                );
                let rows = facts.query(&sql, &[&ids]).await.unwrap();
                let expected: Vec<Uuid> = rows.iter().map(|row| row.get(0)).collect();
                let (found, pages) = walk(&platform, question).await;
                let found: Vec<Uuid> = found.iter().map(id).collect();
                assert!(
                    !expected.is_empty() || named.len() == 2,
                    "{condition} finds nothing"
                );
                assert_eq!(found, expected, "{condition} by {order} in {zone}");
                assert_eq!(pages, expected.len().div_ceil(37).max(1));
            }
        }
        question.page_size = 0;
        let first = ask(&platform, question).await;
        assert_eq!(first.executions.len(), 50);
        let open = first.executions.iter().filter(|one| one.ended_at.is_none());
        let provenance = first.provenance.unwrap();
        assert_eq!(provenance.open_executions, open.count() as u64);
        assert_eq!(provenance.effective_range.unwrap().zone, zone);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_execution_is_told_with_all_its_steps() {
    let (platform, _, executions) = stage().await;
    let facts = platform.owner().await;
    let mut with_steps = 0;
    for Execution { identity, .. } in &executions[..120] {
        let request = GetExecutionRequest {
            workspace_id: identity.workspace_id.to_string(),
            execution_id: identity.execution_id.to_string(),
        };
        let mut client = platform.client.clone();
        let found = client.get_execution(from("eve", request)).await;
        let found = found.unwrap().into_inner();
        let told = found.execution.unwrap();
        is_the_row(&facts, &told).await;
        let steps = steps(&facts, identity.execution_id).await;
        assert_eq!(found.all_steps, steps.len() as u64);
        assert_eq!(found.steps.len(), steps.len());
        for (told, stored) in found.steps.iter().zip(&steps) {
            assert_eq!(&row(told), stored);
        }
        with_steps += usize::from(!steps.is_empty());
        assert_eq!(found.staleness.is_some(), told.ended_at.is_none());
        // Opened weeks ago, and nothing is known of what is usual.
        assert!(found.staleness.is_none_or(|staleness| staleness.stale));
    }
    assert!(with_steps > 20);
}

/// Compares an execution with its row, column by column, as texts.
async fn is_the_row(facts: &Client, told: &Told) {
    let sql = "SELECT concat_ws('|', workspace_id, agent_id, agent_version, trigger, environment, user_id,
        extract(epoch FROM opened_at), extract(epoch FROM started_at), extract(epoch FROM ended_at), outcome,
        duration_micros, model, provider, input_tokens, output_tokens, credits_micro, cost_currency, cost_micros,
        error_kind, error_message, extract(epoch FROM feedback_at), rating, feedback_comment, feedback_user_id, revision)
      FROM analytics.execution WHERE execution_id = $1";
    let row = facts.query_one(sql, &[&id(told)]).await.unwrap();
    let (identity, end) = (told.identity.as_ref().unwrap(), told.end.as_ref());
    let feedback = told.feedback.as_ref();
    let cost = end.and_then(|end| end.cost.as_ref());
    let columns = [
        Some(told.workspace_id.clone()),
        Some(identity.agent_id.clone()),
        identity.agent_version.clone(),
        Some(identity.trigger.to_string()),
        identity.environment.clone(),
        identity.user_id.clone(),
        epoch(identity.opened_at.as_ref()),
        epoch(told.started_at.as_ref()),
        epoch(told.ended_at.as_ref()),
        end.map(|end| end.outcome.to_string()),
        end.and_then(|end| end.duration.as_ref()).map(micros),
        end.and_then(|end| end.model.clone()),
        end.and_then(|end| end.provider.clone()),
        end.and_then(|end| end.input_tokens)
            .map(|count| count.to_string()),
        end.and_then(|end| end.output_tokens)
            .map(|count| count.to_string()),
        end.and_then(|end| end.credits_micro)
            .map(|count| count.to_string()),
        cost.map(|cost| cost.currency.clone()),
        cost.map(|cost| cost.micros.to_string()),
        end.and_then(|end| end.error_kind.clone()),
        end.and_then(|end| end.error_message.clone()),
        epoch(told.feedback_at.as_ref()),
        feedback.map(|feedback| feedback.rating.to_string()),
        feedback.and_then(|feedback| feedback.comment.clone()),
        feedback.and_then(|feedback| feedback.user_id.clone()),
        Some(told.revision.to_string()),
    ];
    let told: Vec<String> = columns.into_iter().flatten().collect();
    assert_eq!(told.join("|"), row.get::<_, String>(0));
}

async fn steps(facts: &Client, execution: Uuid) -> Vec<String> {
    let sql = "SELECT concat_ws('|', number, kind, name, extract(epoch FROM ended_at), status)
      FROM analytics.execution_step WHERE execution_id = $1 ORDER BY number";
    let rows = facts.query(sql, &[&execution]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn row(told: &ExecutionStep) -> String {
    let step = told.step.as_ref().unwrap();
    let columns = [
        Some(step.number.to_string()),
        Some(step.kind.to_string()),
        step.name.clone(),
        epoch(told.ended_at.as_ref()),
        Some(step.status.to_string()),
    ];
    columns.into_iter().flatten().collect::<Vec<_>>().join("|")
}

fn epoch(at: Option<&prost_types::Timestamp>) -> Option<String> {
    at.map(|at| format!("{}.{:06}", at.seconds, at.nanos / 1_000))
}

fn micros(length: &prost_types::Duration) -> String {
    (length.seconds * 1_000_000 + i64::from(length.nanos) / 1_000).to_string()
}
