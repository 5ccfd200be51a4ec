//! What is asked for wrongly, and by whom.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_auth::{PlatformRole, Role};
use shadow_proto::metrics::v1::{GetExecutionRequest, ListExecutionsRequest};
use shadow_storage::directory;
use tonic::Code;
use uuid::Uuid;

use super::{START, stage};
use crate::ask::range;
use crate::platform::{Platform, from, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_questions_name_their_fields() {
    let platform = Platform::new().await;
    directory::put_user(&platform.database, "eve", None)
        .await
        .unwrap();
    directory::put_platform_role(&platform.database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    let mut client = platform.client.clone();
    let long = "x".repeat(257);
    let wrong = ListExecutionsRequest {
        range: Some(range("2026-03-05T00:00:00Z", "2026-03-07T00:00:00Z", "")),
        workspace_ids: vec!["x".to_owned()],
        agent_id: Some(String::new()),
        statuses: vec![0, 9],
        model: Some(long.clone()),
        user_id: Some("a\n".to_owned()),
        min_duration: Some(prost_types::Duration {
            seconds: -1,
            nanos: 0,
        }),
        triggers: vec![1; 5],
        error_kind: Some(long.clone()),
        contains: long,
        order_by: "cost".to_owned(),
        page_size: 201,
        page_token: "x".to_owned(),
        ..Default::default()
    };
    let status = client
        .list_executions(from("eve", wrong))
        .await
        .unwrap_err();
    let fields = [
        "workspace_ids[0]",
        "agent_id",
        "statuses[0]",
        "statuses[1]",
        "model",
        "user_id",
        "min_duration",
        "triggers",
        "error_kind",
        "contains",
        "order_by",
        "page_size",
        "page_token",
    ];
    assert_eq!(wrong_fields(&status), fields);
    let long = ListExecutionsRequest {
        range: Some(range("2025-03-05T00:00:00Z", "2026-03-07T00:00:00Z", "")),
        ..Default::default()
    };
    let status = client.list_executions(from("eve", long)).await.unwrap_err();
    assert_eq!(wrong_fields(&status), ["range"]);
    let status = client
        .get_execution(from("eve", GetExecutionRequest::default()))
        .await
        .unwrap_err();
    assert_eq!(wrong_fields(&status), ["workspace_id", "execution_id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_yours_is_not_there() {
    let (platform, workspaces, executions) = stage().await;
    let database = &platform.database;
    directory::put_user(database, "olivia", None).await.unwrap();
    directory::put_membership(database, workspaces[0], "olivia", Role::Viewer)
        .await
        .unwrap();
    let mut client = platform.client.clone();
    let theirs = executions.iter().map(|one| &one.identity);
    let theirs = theirs.filter(|identity| identity.workspace_id == workspaces[1]);
    let theirs = theirs.map(|identity| identity.execution_id).next().unwrap();
    for (workspace, execution) in [
        (workspaces[1], theirs),
        (workspaces[0], theirs),
        (workspaces[0], Uuid::from_u128(7)),
        (Uuid::from_u128(99), theirs),
    ] {
        let request = GetExecutionRequest {
            workspace_id: workspace.to_string(),
            execution_id: execution.to_string(),
        };
        let status = client.get_execution(from("olivia", request)).await;
        assert_eq!(status.unwrap_err().code(), Code::NotFound);
    }
    let start: DateTime<Utc> = START.parse().unwrap();
    let end = (start + TimeDelta::days(30)).to_rfc3339();
    let question = ListExecutionsRequest {
        range: Some(range(START, &end, "")),
        page_size: 200,
        ..Default::default()
    };
    let found = client.list_executions(from("olivia", question)).await;
    let found = found.unwrap().into_inner().executions;
    assert_eq!(found.len(), 200);
    let ours = workspaces[0].to_string();
    assert!(found.iter().all(|one| one.workspace_id == ours));
}
