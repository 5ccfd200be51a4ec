//! Many who ask at once, of a server with one connection: all are answered, in turn, however long it is not free.

use std::time::Duration;

use futures_util::future::try_join_all;
use secrecy::SecretString;
use shadow_auth::{PlatformRole, Scope};
use shadow_proto::common::v1::Granularity;
use shadow_proto::metrics::v1::{
    GetCreditsRequest, GetExecutiveRequest, GetRetentionRequest, GetThroughputRequest,
    ListAgentsRequest, ListErrorGroupsRequest, ListUsersRequest, ListWorkspacesRequest,
    RetentionMode,
};
use shadow_storage::{Config, Database, cache::Cache, directory};
use tonic::Status;
use uuid::Uuid;

use crate::ask::{range, request, selection};
use crate::facts;
use crate::platform::{Client, Platform, client, from};

/// How many ask.
const CROWD: u32 = 45;

/// Longer than a server that is away is waited for.
const LONG: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_for_the_only_connection_is_answered() {
    let platform = Platform::new().await;
    directory::put_user(&platform.database, "eve", None)
        .await
        .unwrap();
    directory::put_platform_role(&platform.database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    let workspaces: Vec<Uuid> = (1..=3).map(Uuid::from_u128).collect();
    let start = "2026-02-20T00:00:00Z".parse().unwrap();
    let executions = facts::executions(31, 400, &workspaces, start, 20);
    for batch in facts::batches(32, &executions, 200) {
        platform.store(&batch).await;
    }
    let config = Config {
        url: SecretString::from(platform.url.clone()),
        pool_size: 1,
        statement_timeout: Duration::from_secs(30),
    };
    let database = Database::connect(&config).await.unwrap();
    let held = database
        .snapshot(&Scope::system("test"), None)
        .await
        .unwrap();
    let client = client(&database, Cache::new(None, 1).unwrap());
    let crowd = try_join_all((0..CROWD).map(|number| ask(client.clone(), number)));
    let (answered, ()) = tokio::join!(crowd, async {
        tokio::time::sleep(LONG).await;
        held.finish().await.unwrap();
    });
    answered.unwrap();
}

/// Asks for one page or another.
async fn ask(mut client: Client, number: u32) -> Result<(), Status> {
    let zone = ["UTC", "Asia/Kolkata", "America/New_York"][(number / 9) as usize % 3];
    let window = range("2026-02-25T00:00:00Z", "2026-03-05T00:00:00Z", zone);
    let range = Some(window.clone());
    match number % 9 {
        0 => {
            let overview = selection("a", &["executions", "mau"], Granularity::Day);
            let request = request(window, &[], vec![overview]);
            client.query(from("eve", request)).await.map(drop)
        }
        1 => {
            let request = GetExecutiveRequest {
                range,
                ..GetExecutiveRequest::default()
            };
            client.get_executive(from("eve", request)).await.map(drop)
        }
        2 => {
            let request = GetThroughputRequest {
                range,
                granularity: Granularity::Hour.into(),
                ..GetThroughputRequest::default()
            };
            client.get_throughput(from("eve", request)).await.map(drop)
        }
        3 => {
            let request = ListWorkspacesRequest {
                range,
                ..ListWorkspacesRequest::default()
            };
            client.list_workspaces(from("eve", request)).await.map(drop)
        }
        4 => {
            let request = ListErrorGroupsRequest {
                range,
                ..ListErrorGroupsRequest::default()
            };
            client
                .list_error_groups(from("eve", request))
                .await
                .map(drop)
        }
        5 => {
            let request = GetCreditsRequest {
                range,
                ..GetCreditsRequest::default()
            };
            client.get_credits(from("eve", request)).await.map(drop)
        }
        6 => {
            let request = GetRetentionRequest {
                range,
                mode: RetentionMode::Exact.into(),
                interval: Granularity::Day.into(),
                ..GetRetentionRequest::default()
            };
            client.get_retention(from("eve", request)).await.map(drop)
        }
        7 => {
            let request = ListUsersRequest {
                range,
                ..ListUsersRequest::default()
            };
            client.list_users(from("eve", request)).await.map(drop)
        }
        _ => {
            let request = ListAgentsRequest {
                range,
                ..ListAgentsRequest::default()
            };
            client.list_agents(from("eve", request)).await.map(drop)
        }
    }
}
