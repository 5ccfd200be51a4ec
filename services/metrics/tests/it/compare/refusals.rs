//! What Compare refuses, and whom it answers nothing.

use tonic::Code;

use super::*;
use crate::platform::wrong_fields;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_named_and_others_things_do_not_exist() {
    let (platform, workspaces) = platform().await;
    let march = || range("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z", "UTC");
    let [ours, theirs] = [workspaces[0].to_string(), workspaces[1].to_string()];
    let agent = |workspace: &str, id: &str| ComparedAgent {
        workspace_id: workspace.to_owned(),
        agent_id: id.to_owned(),
    };
    let of = |ids: &[&str]| CompareRequest {
        range: Some(march()),
        workspace_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        metrics: metrics(),
        ..CompareRequest::default()
    };
    let wrong: Vec<(CompareRequest, &[&str])> = vec![
        (CompareRequest::default(), &["agents", "metrics"]),
        (of(&[&ours]), &["workspace_ids"]),
        (of(&[&ours, &ours]), &["workspace_ids[1]"]),
        (of(&[&ours, "x"]), &["workspace_ids[1]"]),
        (
            CompareRequest {
                range: None,
                ..of(&[&ours, &theirs])
            },
            &["range"],
        ),
        (
            CompareRequest {
                periods: vec![march(), march()],
                ..of(&[&ours, &theirs])
            },
            &["periods", "range"],
        ),
        (
            CompareRequest {
                agents: vec![agent(&ours, ""), agent("x", "agent-0")],
                workspace_ids: Vec::new(),
                of_workspace_ids: vec![ours.clone()],
                metrics: vec![
                    "executions".to_owned(),
                    "executions".to_owned(),
                    "nothing".to_owned(),
                ],
                ..of(&[])
            },
            &[
                "of_workspace_ids",
                "metrics[1]",
                "metrics[2]",
                "agents[1].workspace_id",
                "agents[0].agent_id",
            ],
        ),
        (
            CompareRequest {
                periods: vec![
                    march(),
                    range("2026-03-05T00:00:00Z", "2026-03-05T00:00:00Z", "Mars"),
                ],
                range: None,
                ..of(&[])
            },
            &["periods[1].end", "periods[1].zone"],
        ),
        (
            CompareRequest {
                agents: vec![agent(&ours, "agent-0"), agent(&ours, "agent-3")],
                metrics: vec!["throughput_opened".to_owned()],
                ..of(&[])
            },
            &["metrics"],
        ),
        (
            CompareRequest {
                periods: vec![
                    march(),
                    range("2010-03-05T00:00:00Z", "2026-03-05T00:00:00Z", ""),
                ],
                range: None,
                ..of(&[])
            },
            &["periods"],
        ),
    ];
    for (request, fields) in wrong {
        let mut client = platform.client.clone();
        let status = client.compare(from("eve", request)).await.unwrap_err();
        let mut found = wrong_fields(&status);
        found.dedup();
        assert_eq!(found, fields);
    }
    let agents = |workspace: &str, id: &str| CompareRequest {
        agents: vec![agent(&ours, "agent-0"), agent(workspace, id)],
        ..of(&[])
    };
    for (who, request) in [
        ("olga", of(&[&ours, &theirs])),
        ("olga", agents(&theirs, "agent-0")),
        ("olga", agents(&ours, "nobody")),
        ("eve", of(&[&ours, &Uuid::from_u128(99).to_string()])),
    ] {
        let mut client = platform.client.clone();
        let status = client.compare(from(who, request)).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{who}");
    }
}
