//! The directory.

use shadow_auth::{Permission, PlatformRole, Role};
use shadow_storage::directory::*;
use shadow_storage::{Database, Error};
use uuid::Uuid;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn roles_come_from_the_directory() {
    on_each_server(async |stage| {
        let db = &stage.db;
        let stranger = viewer(db, "zoe").await.unwrap();
        assert_eq!(
            (stranger.name.as_str(), stranger.memberships.len()),
            ("zoe", 0)
        );
        let one = create_workspace(db, "One", "Asia/Kolkata").await.unwrap();
        let two = create_workspace(db, "Two", "UTC").await.unwrap();
        put_user(db, "ada", Some("Ada")).await.unwrap();
        put_membership(db, one, "ada", Role::Viewer).await.unwrap();
        put_membership(db, one, "ada", Role::Owner).await.unwrap();
        put_membership(db, two, "ada", Role::Viewer).await.unwrap();
        put_user(db, "eve", None).await.unwrap();
        put_platform_role(db, "eve", PlatformRole::Engineer)
            .await
            .unwrap();
        let ada = viewer(db, "ada").await.unwrap();
        assert_eq!((ada.name.as_str(), ada.platform), ("Ada", None));
        assert_eq!(
            ada.memberships,
            [(one, Role::Owner), (two, Role::Viewer)].into()
        );
        let eve = viewer(db, "eve").await.unwrap();
        assert_eq!(
            (eve.name.as_str(), eve.platform),
            ("eve", Some(PlatformRole::Engineer))
        );
        assert!(eve.permissions_in(one).contains(&Permission::PublishEvents));
        let nowhere = put_membership(db, Uuid::from_u128(9), "ada", Role::Owner).await;
        assert!(matches!(nowhere, Err(Error::Query(..))));
        // The connection is of use after the refusal.
        assert!(db.ping().await.is_ok());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workspaces_are_listed_by_name_page_by_page() {
    on_each_server(async |stage| {
        let db: &Database = &stage.db;
        let mut ids = Vec::new();
        for name in ["delta", "Alpha_1", "beta", "alpha%2"] {
            ids.push(create_workspace(db, name, "UTC").await.unwrap());
        }
        // Known from an event alone.
        put(db, &[whole(WORKSPACE, 1)]).await;
        let names = |listed: &[Workspace]| -> Vec<String> {
            listed.iter().map(|w| w.name.clone()).collect()
        };
        let all = workspaces(db, &everything(), "", None, 100).await.unwrap();
        let mut sorted = names(&all);
        sorted.sort();
        assert_eq!(names(&all), sorted);
        assert_eq!(all.len(), 5);
        assert!(names(&all).contains(&WORKSPACE.to_string()));
        let mut paged = Vec::new();
        let mut after = None;
        loop {
            let page = workspaces(db, &everything(), "", after.as_ref(), 2)
                .await
                .unwrap();
            let Some(last) = page.last() else { break };
            after = Some(After {
                name: last.name.clone(),
                workspace_id: last.workspace_id,
            });
            paged.extend(page);
        }
        assert_eq!(paged, all);
        let found = workspaces(db, &everything(), "ALPHA", None, 100)
            .await
            .unwrap();
        assert_eq!(found.len(), 2);
        let found = workspaces(db, &everything(), "%", None, 100).await.unwrap();
        assert_eq!(names(&found), ["alpha%2"]);
        let scope = everything().within([ids[0]]);
        assert_eq!(
            names(&workspaces(db, &scope, "", None, 100).await.unwrap()),
            ["delta"]
        );
        put_workspace(db, WORKSPACE, "named", "Europe/Berlin")
            .await
            .unwrap();
        put_agent(db, WORKSPACE, "billing", "Billing")
            .await
            .unwrap();
        let mut snapshot = db
            .snapshot(&everything().within([WORKSPACE]), None)
            .await
            .unwrap();
        assert_eq!(
            zones(&mut snapshot).await.unwrap()[&WORKSPACE],
            "Europe/Berlin"
        );
        let wanted = [
            (WORKSPACE, "billing".to_owned()),
            (WORKSPACE, "unknown".to_owned()),
        ];
        let named = agent_names(&mut snapshot, &wanted).await.unwrap();
        assert_eq!(
            named.into_iter().collect::<Vec<_>>(),
            [(wanted[0].clone(), "Billing".to_owned())]
        );
        assert_eq!(
            snapshot.last_event_at(),
            whole(WORKSPACE, 1).feedback.map(|said| said.given_at)
        );
    })
    .await;
}
