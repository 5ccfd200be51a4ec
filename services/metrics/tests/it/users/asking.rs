//! Who may see what of users, how they are searched, and what is wrong to ask.

use shadow_auth::Role;
use shadow_proto::metrics::v1::{GetUserRequest, ListUsersRequest};
use shadow_storage::directory;
use tonic::Code;

use super::{all, platform};
use crate::{
    ask::range,
    platform::{from, wrong_fields},
    visitors,
};

/// An owner sees what people did in its own workspace, and whom it does not know it does not find.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sees_what_people_do_elsewhere() {
    let (platform, _) = platform().await;
    let database = &platform.database;
    let ours = directory::create_workspace(database, "ours", "UTC")
        .await
        .unwrap();
    let theirs = directory::create_workspace(database, "theirs", "UTC")
        .await
        .unwrap();
    directory::put_user(database, "olga", None).await.unwrap();
    directory::put_membership(database, ours, "olga", Role::Owner)
        .await
        .unwrap();
    let start = "2026-03-01T00:00:00Z".parse().unwrap();
    platform
        .store(&visitors::executions(1, 300, &[ours], start, 9))
        .await;
    platform
        .store_facts(&visitors::visits(2, 100, &[ours], start, 9))
        .await;
    let only_theirs = visitors::visits(4, 900, &[theirs], start, 9);
    platform.store_facts(&only_theirs).await;
    let asked = range("2026-03-01T00:00:00Z", "2026-03-10T00:00:00Z", "UTC");
    let question = ListUsersRequest {
        range: Some(asked.clone()),
        ..ListUsersRequest::default()
    };
    let known = all(&platform, "olga", &question).await;
    let facts = platform.owner().await;
    let names = vec![ours.to_string()];
    let (start, end) = ("2026-03-01 00:00:00 UTC", "2026-03-10 00:00:00 UTC");
    let rows = facts
        .query(
            include_str!("../users.sql"),
            &[&names, &start, &end, &"UTC"],
        )
        .await
        .unwrap();
    let activities: i64 = rows.iter().map(|row| row.get::<_, i64>("activities")).sum();
    assert_eq!(
        known.iter().map(|user| user.activities as i64).sum::<i64>(),
        activities
    );
    let everybody = all(&platform, "eve", &question).await;
    let stranger = everybody
        .iter()
        .find(|user| known.iter().all(|one| one.user_id != user.user_id))
        .unwrap();
    let mut client = platform.client.clone();
    for (user_id, workspaces) in [
        (stranger.user_id.as_str(), vec![]),
        ("nobody", vec![]),
        (known[0].user_id.as_str(), vec![theirs.to_string()]),
    ] {
        let question = GetUserRequest {
            range: Some(asked.clone()),
            workspace_ids: workspaces,
            user_id: user_id.to_owned(),
        };
        let status = client.get_user(from("olga", question)).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{user_id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_searched_and_wrong_fields_are_named() {
    let (platform, workspaces) = platform().await;
    let start = "2026-03-01T00:00:00Z".parse().unwrap();
    platform
        .store(&visitors::executions(1, 400, &workspaces, start, 9))
        .await;
    let question = ListUsersRequest {
        range: Some(range("2026-03-01T00:00:00Z", "2026-03-10T00:00:00Z", "UTC")),
        contains: "SON-1".to_owned(),
        ..ListUsersRequest::default()
    };
    let found = all(&platform, "eve", &question).await;
    assert!(
        found.len() > 1
            && found
                .iter()
                .all(|user| user.user_id.starts_with("person-1"))
    );
    let nobody = ListUsersRequest {
        contains: "nobody".to_owned(),
        ..question.clone()
    };
    assert_eq!(all(&platform, "eve", &nobody).await, []);
    let mut client = platform.client.clone();
    let page = ListUsersRequest {
        page_size: 1,
        ..question.clone()
    };
    let page = client
        .list_users(from("eve", page))
        .await
        .unwrap()
        .into_inner();
    type Change<'a> = Box<dyn Fn(&mut ListUsersRequest) + 'a>;
    let wrong: [(Change<'_>, &[&str]); 6] = [
        (Box::new(|r| r.page_size = 201), &["page_size"]),
        (Box::new(|r| r.contains = "x".repeat(101)), &["contains"]),
        (
            Box::new(|r| r.order_by = "height".to_owned()),
            &["order_by"],
        ),
        (Box::new(|r| r.page_token = "x".to_owned()), &["page_token"]),
        (
            Box::new(|r| {
                r.page_token = page.next_page_token.clone();
                r.reversed = true;
            }),
            &["page_token"],
        ),
        (
            Box::new(|r| {
                r.range = Some(range("2024-03-02T00:00:00Z", "2026-03-09T00:00:00Z", "UTC"))
            }),
            &["range"],
        ),
    ];
    for (change, fields) in wrong {
        let mut wrong = question.clone();
        change(&mut wrong);
        let status = client.list_users(from("eve", wrong)).await.unwrap_err();
        assert_eq!(wrong_fields(&status), fields, "{}", status.message());
    }
    let unnamed = GetUserRequest {
        range: question.range,
        ..GetUserRequest::default()
    };
    let status = client.get_user(from("eve", unnamed)).await.unwrap_err();
    assert_eq!(wrong_fields(&status), ["user_id"]);
}
