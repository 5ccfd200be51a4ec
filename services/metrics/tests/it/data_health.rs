//! GetDataHealth: what is known of the health of the data, within what the caller may see.

use shadow_auth::{PlatformRole, Role};
use shadow_domain::data_health::{Identity as Known, Tally};
use shadow_proto::metrics::v1::{GetDataHealthRequest, Identity};
use shadow_storage::data_health::{Found, note};
use shadow_storage::directory;
use tonic::Code;
use uuid::Uuid;

use crate::facts;
use crate::platform::{Platform, from, wrong_fields};

const OURS: Uuid = Uuid::from_u128(0xA);
const THEIRS: Uuid = Uuid::from_u128(0xB);

fn broken(workspace_id: Option<Uuid>, identity: Known) -> Found {
    Found {
        workspace_id,
        identity,
        tally: Tally {
            compared: 5,
            broken: 1,
            example: Some("4, not 5".to_owned()),
        },
    }
}

async fn stage() -> Platform {
    let platform = Platform::new().await;
    let database = &platform.database;
    directory::put_user(database, "eve", None).await.unwrap();
    directory::put_platform_role(database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    let start = "2026-02-01T00:00:00Z".parse().unwrap();
    let executions = facts::executions(1, 50, &[OURS, THEIRS], start, 2);
    platform.store(&executions).await;
    directory::put_user(database, "olivia", None).await.unwrap();
    directory::put_membership(database, OURS, "olivia", Role::Owner)
        .await
        .unwrap();
    let found = [
        broken(Some(OURS), Known::Quarters),
        broken(Some(THEIRS), Known::Keys),
        broken(None, Known::Workspaces),
    ];
    note(database, &found).await.unwrap();
    platform
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_sees_the_health_of_its_own() {
    let platform = stage().await;
    let mut client = platform.client.clone();
    let all = client
        .get_data_health(from("eve", GetDataHealthRequest::default()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(all.identities.len(), 12);
    assert_eq!(all.broken_identities.len(), 3);
    let fresh = all.freshness.unwrap();
    assert_eq!((fresh.pending_deltas, fresh.unnumbered_entries), (2, 2));
    assert!(fresh.pending_deltas_age.is_some() && fresh.last_event_time.is_some());

    let ours = client
        .get_data_health(from("olivia", GetDataHealthRequest::default()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(ours.freshness.unwrap().pending_deltas, 1);
    assert_eq!(
        ours.identities.len(),
        10,
        "what all have together is no one's"
    );
    let wrong: Vec<_> = ours
        .broken_identities
        .iter()
        .map(|one| (one.identity(), one.workspace_id.clone()))
        .collect();
    assert_eq!(wrong, [(Identity::Quarters, OURS.to_string())]);
    for health in &ours.identities {
        let checked = health.identity() == Identity::Quarters;
        assert_eq!(health.last_check_time.is_some(), checked);
        assert_eq!(
            (health.compared, health.broken),
            if checked { (5, 1) } else { (0, 0) }
        );
        assert_eq!(health.days.len(), usize::from(checked));
    }
    // Who sees everything and asks about one is told of one.
    let one = GetDataHealthRequest {
        workspace_ids: vec![OURS.to_string()],
        days: 0,
    };
    let one = client.get_data_health(from("eve", one)).await.unwrap();
    let one = one.into_inner();
    assert_eq!(one.broken_identities, ours.broken_identities);
    assert_eq!(one.identities.len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_questions_name_their_fields_and_others_workspaces_do_not_exist() {
    let platform = stage().await;
    let mut client = platform.client.clone();
    let wrong = GetDataHealthRequest {
        workspace_ids: vec!["x".to_owned()],
        days: 31,
    };
    let status = client.get_data_health(from("eve", wrong)).await;
    let fields = wrong_fields(&status.unwrap_err());
    assert_eq!(fields, ["workspace_ids[0]", "days"]);
    let theirs = GetDataHealthRequest {
        workspace_ids: vec![THEIRS.to_string()],
        days: 1,
    };
    let status = client.get_data_health(from("olivia", theirs)).await;
    assert_eq!(status.unwrap_err().code(), Code::NotFound);
}
