//! What events say of the directory shows in answers.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_auth::{PlatformRole, Role};
use shadow_domain::fact::{Agent, Content, Fact, Workspace};
use shadow_proto::common::v1::Granularity;
use shadow_proto::metrics::v1::{Dimension, QueryRequest, QueryResponse};
use shadow_storage::cache::Cache;
use shadow_storage::directory;
use uuid::Uuid;

use crate::ask::{range, request, selection};
use crate::facts;
use crate::platform::{Platform, client, from};

const OURS: Uuid = Uuid::from_u128(1);
const START: &str = "2026-03-01T00:00:00Z";
const END: &str = "2026-03-08T00:00:00Z";

async fn platform() -> Platform {
    let platform = Platform::new().await;
    let database = &platform.database;
    directory::put_user(database, "eve", None).await.unwrap();
    directory::put_platform_role(database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    let start: DateTime<Utc> = START.parse().unwrap();
    let executions = facts::executions(3, 60, &[OURS], start, 7);
    platform.store(&executions).await;
    directory::put_user(database, "olga", None).await.unwrap();
    directory::put_membership(database, OURS, "olga", Role::Owner)
        .await
        .unwrap();
    platform
}

/// Says something of the directory as of so many seconds after the start.
async fn say(platform: &Platform, seconds: i64, content: Content) {
    let start: DateTime<Utc> = START.parse().unwrap();
    let fact = Fact {
        workspace_id: OURS,
        occurred_at: start + TimeDelta::seconds(seconds),
        event_id: Uuid::now_v7(),
        content,
    };
    platform.store_facts(&[fact]).await;
}

async fn ask(platform: &Platform, subject: &str, by: Option<Dimension>) -> QueryResponse {
    let mut ended = selection("a", &["executions_ended"], Granularity::Total);
    ended.group_by = by.into_iter().map(i32::from).collect();
    let question: QueryRequest = request(range(START, END, ""), &[], vec![ended]);
    // A process that has asked nothing before: zones are remembered for a few seconds.
    let mut fresh = client(&platform.database, Cache::new(None, 1).unwrap());
    let answer = fresh.query(from(subject, question)).await;
    answer.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_called_what_its_latest_name_is() {
    let platform = platform().await;
    let agent = |name: Option<&str>, deleted| {
        Content::Agent(Agent {
            agent_id: "agent-0".to_owned(),
            name: name.map(str::to_owned),
            deleted,
        })
    };
    let label = async || {
        let answer = ask(&platform, "eve", Some(Dimension::Agent)).await;
        let keys = answer.results[0].groups.iter().map(|group| &group.keys[0]);
        let mut labels = keys
            .filter(|key| key.id.as_deref() == Some("agent-0"))
            .map(|key| key.label.clone());
        labels.next().unwrap()
    };
    assert_eq!(label().await, "agent-0");
    say(&platform, 10, agent(Some("Writer"), false)).await;
    assert_eq!(label().await, "Writer");
    say(&platform, 20, agent(Some("Editor"), false)).await;
    assert_eq!(label().await, "Editor");
    // What comes late changes nothing, and what is gone keeps its name.
    say(&platform, 15, agent(Some("Draft"), false)).await;
    say(&platform, 30, agent(None, true)).await;
    assert_eq!(label().await, "Editor");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_that_moves_to_another_zone_is_answered_in_it() {
    let platform = platform().await;
    let zone = async || {
        let answer = ask(&platform, "olga", None).await;
        let provenance = answer.results[0].provenance.clone().unwrap();
        provenance.effective_range.unwrap().zone
    };
    let moved = |zone: &str| {
        Content::Workspace(Workspace {
            name: Some("Acme".to_owned()),
            zone: zone.to_owned(),
            deleted: false,
        })
    };
    assert_eq!(zone().await, "UTC");
    say(&platform, 20, moved("Asia/Kolkata")).await;
    say(&platform, 10, moved("Europe/Rome")).await;
    assert_eq!(zone().await, "Asia/Kolkata");
}
