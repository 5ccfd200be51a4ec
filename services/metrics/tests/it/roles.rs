//! Each RPC of the API without a token, as every role, and for a workspace of others.

mod allowed;

use std::collections::BTreeMap;

use prost::Message;
use shadow_auth::{Permission, PlatformRole, Role, Workspaces, table};
use shadow_proto::{
    FILE_DESCRIPTOR_SET,
    common::v1::Granularity,
    metrics::v1::{GetViewerRequest, ListWorkspacesRequest, QueryRequest},
};
use shadow_rpc::Guarded;
use shadow_storage::directory;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

use self::allowed::{ALLOWED, EVERYBODY};
use crate::{
    ask::{first, range, request, selection},
    facts,
    platform::{Platform, client, from, gate, put_key, showing},
};

/// Everybody's workspace, and one of somebody else.
async fn people(platform: &Platform) -> (Uuid, Uuid) {
    let database = &platform.database;
    let ours = directory::create_workspace(database, "ours", "Asia/Kolkata")
        .await
        .unwrap();
    let theirs = directory::create_workspace(database, "theirs", "UTC")
        .await
        .unwrap();
    for person in EVERYBODY.iter().filter(|person| **person != "stranger") {
        directory::put_user(database, person, None).await.unwrap();
        if let Some(role) = Role::parse(person) {
            directory::put_membership(database, ours, person, role)
                .await
                .unwrap();
        }
        if let Some(role) = PlatformRole::parse(person) {
            directory::put_platform_role(database, person, role)
                .await
                .unwrap();
        }
    }
    (ours, theirs)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_rpc_lets_in_whom_the_table_names_and_nobody_else() {
    let platform = Platform::new().await;
    people(&platform).await;
    let gate = gate(&platform.database);
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let rpcs = rpcs();
    assert_eq!(
        rpcs.iter().map(String::as_str).collect::<Vec<_>>(),
        allowed.keys().copied().collect::<Vec<_>>()
    );
    for rpc in &rpcs {
        let refused = call(&gate, rpc, Request::new(())).await.unwrap_err();
        assert_eq!(
            refused.code(),
            Code::Unauthenticated,
            "{rpc} without a token"
        );
        let mut forged = from("owner", ());
        forged
            .metadata_mut()
            .insert("authorization", "Bearer a.b.c".parse().unwrap());
        let refused = call(&gate, rpc, forged).await.unwrap_err();
        assert_eq!(
            refused.code(),
            Code::Unauthenticated,
            "{rpc} with a token that is none"
        );
        for person in EVERYBODY {
            let answer = call(&gate, rpc, from(person, ())).await;
            let refused = matches!(&answer, Err(status) if status.code() == Code::PermissionDenied);
            assert_eq!(
                !refused,
                allowed[rpc.as_str()].contains(person),
                "{rpc} as {person}: {answer:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_rpc_lets_in_the_keys_that_name_its_permission_and_no_other() {
    let platform = Platform::new().await;
    let (ours, _) = people(&platform).await;
    let here = || Workspaces::Some([ours].into());
    let mut keys = Vec::new();
    for rpc in rpcs() {
        let needed = match table::rule(&format!("/{rpc}")).unwrap() {
            table::Rule::Needs(permission) => Some(permission),
            table::Rule::Authenticated | table::Rule::Public => None,
        };
        let others = Permission::all().iter().copied();
        let others = others.filter(|permission| Some(*permission) != needed);
        let without = put_key(&platform.database, others, here()).await;
        // A key must name something.
        let with = needed.unwrap_or(Permission::Export);
        let with = put_key(&platform.database, [with], here()).await;
        keys.push((rpc.clone(), with, true));
        keys.push((rpc, without, needed.is_none()));
    }
    let gate = gate(&platform.database);
    for (rpc, key, allowed) in &keys {
        let answer = call(&gate, rpc, showing(key, ())).await;
        let refused = matches!(&answer, Err(status) if status.code() == Code::PermissionDenied);
        assert_eq!(!refused, *allowed, "{rpc}: {answer:?}");
        let unknown = matches!(&answer, Err(status) if status.code() == Code::Unauthenticated);
        assert!(!unknown, "{rpc}: {answer:?}");
        // One letter of the secret is another.
        let last = if key.ends_with('0') { "1" } else { "0" };
        let wrong = format!("{}{last}", &key[..key.len() - 1]);
        let refused = call(&gate, rpc, showing(&wrong, ())).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated, "{rpc}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_counts_in_its_workspaces_alone() {
    let platform = Platform::new().await;
    let (ours, theirs) = people(&platform).await;
    let start = "2026-03-01T00:00:00Z".parse().unwrap();
    platform
        .store(&facts::executions(1, 10, &[ours], start, 5))
        .await;
    platform
        .store(&facts::executions(2, 20, &[theirs], start, 5))
        .await;
    let view = [Permission::ViewAnalytics];
    let here = Workspaces::Some([ours].into());
    let one = put_key(&platform.database, view, here).await;
    let all = put_key(&platform.database, view, Workspaces::All).await;
    let question = |workspaces: &[Uuid]| -> QueryRequest {
        let executions = selection("a", &["executions"], Granularity::Total);
        request(
            range("2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z", ""),
            workspaces,
            vec![executions],
        )
    };
    let mut client = platform.client.clone();
    for (key, asked, counted) in [
        (&one, vec![], 10),
        (&one, vec![ours], 10),
        (&all, vec![], 30),
        (&all, vec![theirs], 20),
    ] {
        let answer = client.query(showing(key, question(&asked))).await.unwrap();
        assert_eq!(first(&answer.into_inner()), counted, "{asked:?}");
    }
    for asked in [vec![theirs], vec![ours, theirs]] {
        let status = client.query(showing(&one, question(&asked))).await;
        assert_eq!(status.unwrap_err().code(), Code::NotFound, "{asked:?}");
    }
    let list = client
        .list_workspaces(showing(&one, ListWorkspacesRequest::default()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(list.workspaces.len(), 1);
    assert_eq!(list.workspaces[0].workspace_id, ours.to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_of_others_and_one_that_is_not_there_are_the_same_answer() {
    let platform = Platform::new().await;
    let (ours, theirs) = people(&platform).await;
    let start = "2026-03-01T00:00:00Z".parse().unwrap();
    platform
        .store(&facts::executions(1, 10, &[ours], start, 5))
        .await;
    platform
        .store(&facts::executions(2, 20, &[theirs], start, 5))
        .await;
    let nowhere = Uuid::from_u128(99);
    let question = |workspaces: &[Uuid]| -> QueryRequest {
        let executions = selection("a", &["executions"], Granularity::Total);
        request(
            range("2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z", ""),
            workspaces,
            vec![executions],
        )
    };
    let mut client = platform.client.clone();
    for person in ["owner", "admin", "member", "viewer"] {
        for asked in [vec![theirs], vec![nowhere], vec![ours, theirs]] {
            let status = client
                .query(from(person, question(&asked)))
                .await
                .unwrap_err();
            let reason = status.get_details_error_info().unwrap().reason;
            assert_eq!(
                (status.code(), reason.as_str()),
                (Code::NotFound, "WORKSPACE_NOT_FOUND"),
                "{person} {asked:?}"
            );
        }
        let answer = client
            .query(from(person, question(&[])))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(first(&answer), 10, "{person}");
        // One workspace's own zone, where none is named.
        let zone = &answer.results[0]
            .provenance
            .as_ref()
            .unwrap()
            .effective_range
            .as_ref()
            .unwrap()
            .zone;
        assert_eq!(zone, "Asia/Kolkata");
    }
    for person in ["executive", "engineer"] {
        let answer = client
            .query(from(person, question(&[])))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(first(&answer), 30, "{person}");
        let zone = &answer.results[0]
            .provenance
            .as_ref()
            .unwrap()
            .effective_range
            .as_ref()
            .unwrap()
            .zone;
        assert_eq!(zone, "UTC");
        let theirs = client
            .query(from(person, question(&[theirs])))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(first(&theirs), 20, "{person}");
        let status = client
            .query(from(person, question(&[ours, nowhere])))
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{person}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_learns_what_they_may_do() {
    let platform = Platform::new().await;
    let (ours, _) = people(&platform).await;
    for (person, platform_role, count) in [
        ("owner", "", 1),
        ("viewer", "", 1),
        ("stranger", "", 0),
        ("executive", "executive", 2),
        ("engineer", "engineer", 2),
    ] {
        let mut client = client(
            &platform.database,
            shadow_storage::cache::Cache::new(None, 1).unwrap(),
        );
        let viewer = client
            .get_viewer(from(person, GetViewerRequest {}))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(
            (viewer.subject.as_str(), viewer.name.as_str()),
            (person, person)
        );
        assert_eq!(
            (viewer.platform_role.as_str(), viewer.workspace_count),
            (platform_role, count)
        );
        assert_eq!(
            viewer.permissions.contains(&"view_executive".to_owned()),
            person == "executive"
        );
        let list = client
            .list_workspaces(from(person, ListWorkspacesRequest::default()))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(list.workspaces.len(), count as usize, "{person}");
        if person == "owner" {
            let workspace = &list.workspaces[0];
            assert_eq!(
                (&workspace.workspace_id, workspace.role.as_str()),
                (&ours.to_string(), "owner")
            );
            assert!(
                workspace
                    .permissions
                    .contains(&"manage_workspace".to_owned())
            );
        }
    }
}

/// Every RPC of ours, from the API's own description.
fn rpcs() -> Vec<String> {
    let files = prost_types::FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
    let of_file = |file: &prost_types::FileDescriptorProto| -> Vec<String> {
        let services = file.service.iter().flat_map(|service| {
            service.method.iter().map(move |method| {
                format!("{}.{}/{}", file.package(), service.name(), method.name())
            })
        });
        services.filter(|rpc| rpc.starts_with("shadow.")).collect()
    };
    let mut rpcs: Vec<String> = files.file.iter().flat_map(of_file).collect();
    rpcs.sort();
    rpcs
}

/// An empty message to any RPC: what the gate lets in fails later, or not at all.
async fn call(gate: &Guarded, rpc: &str, request: Request<()>) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(gate.clone());
    client.ready().await.unwrap();
    let path = format!("/{rpc}").parse().unwrap();
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    client.unary(request, path, codec).await.map(|_| ())
}
