//! Who may see what of a board, how it is searched, ordered and cut, and what is wrong to ask.

use crate::ask::range;
use crate::platform::{from, wrong_fields};
use shadow_domain::fact::{Content, Fact, Plan};
use shadow_proto::metrics::v1::{
    GetWorkspaceRequest, GetWorkspaceResponse, ListWorkspacesRequest, WorkspaceList,
};
use tonic::Code;
use uuid::Uuid;

use super::stage::{at, list, question, stage, standing, workspaces};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_paid_is_for_those_who_may_see_it() {
    let platform = stage().await;
    let team = Fact {
        workspace_id: workspaces()[0],
        occurred_at: at("2026-02-01T00:00:00Z"),
        event_id: Uuid::from_u128(1),
        content: Content::Plan(Plan {
            plan_id: "team".to_owned(),
            name: Some("Team".to_owned()),
            listed: None,
            deleted: false,
        }),
    };
    platform.store_facts(&[team]).await;
    let march = || question(range("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z", ""));
    for (who, count, financial) in [("eve", 5, true), ("olga", 2, true), ("vera", 2, false)] {
        let answer = list(&platform, who, march()).await;
        assert_eq!(answer.workspaces.len(), count, "{who}");
        assert_eq!(answer.counts.unwrap().workspaces, count as u32, "{who}");
        for workspace in &answer.workspaces {
            let bill = &standing(workspace).bill;
            assert_eq!(bill.is_some(), financial, "{who}");
            // A plan is called something where the workspace says so.
            let ours = workspace.workspace_id == workspaces()[0].to_string();
            for one in bill.iter().flat_map(|bill| &bill.subscriptions) {
                assert_eq!(one.plan_name.as_deref(), ours.then_some("Team"));
            }
        }
    }
    // That it pays is not told either.
    let quiet = |who: &str, request: ListWorkspacesRequest| {
        let platform = &platform;
        let who = who.to_owned();
        async move { list(platform, &who, request).await }
    };
    let slipping = ListWorkspacesRequest {
        lists: vec![WorkspaceList::Slipping.into()],
        ..march()
    };
    assert_eq!(
        quiet("olga", slipping.clone()).await.matching_workspaces,
        Some(1)
    );
    let hidden = quiet("vera", slipping).await;
    assert_eq!(hidden.matching_workspaces, Some(0));
    assert!(
        hidden
            .counts
            .unwrap()
            .lists
            .iter()
            .all(|one| { one.list() == WorkspaceList::ReadyToExpand || one.workspaces == 0 })
    );

    let mut client = platform.client.clone();
    let of = |id: Uuid| GetWorkspaceRequest {
        range: Some(range("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z", "")),
        workspace_id: id.to_string(),
        ..GetWorkspaceRequest::default()
    };
    let ours: GetWorkspaceResponse = client
        .get_workspace(from("vera", of(workspaces()[0])))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(standing(ours.workspace.as_ref().unwrap()).bill, None);
    for (who, id) in [
        ("vera", workspaces()[1]),
        ("vera", Uuid::from_u128(99)),
        ("eve", Uuid::from_u128(99)),
    ] {
        let status = client.get_workspace(from(who, of(id))).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{who} {id}");
    }
    let status = client
        .list_workspaces(from("stranger", march()))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn boards_are_searched_ordered_and_cut() {
    let platform = stage().await;
    let march = || question(range("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z", ""));
    let all = list(&platform, "eve", march()).await;
    let names: Vec<&str> = all.workspaces.iter().map(|one| one.name.as_str()).collect();
    assert!(names.is_sorted(), "{names:?}");
    for order in [
        "name",
        "health",
        "members",
        "seats",
        "credit_balance",
        "runway",
        "last_event",
        "executions",
        "success_rate",
    ] {
        for reversed in [false, true] {
            let request = ListWorkspacesRequest {
                order_by: order.to_owned(),
                reversed,
                page_size: 2,
                ..march()
            };
            let (mut found, mut token) = (Vec::new(), String::new());
            loop {
                let page = list(
                    &platform,
                    "eve",
                    ListWorkspacesRequest {
                        page_token: token,
                        ..request.clone()
                    },
                )
                .await;
                assert_eq!(page.matching_workspaces, Some(5));
                found.extend(page.workspaces);
                token = page.next_page_token;
                if token.is_empty() {
                    break;
                }
            }
            let mut ids: Vec<_> = found.iter().map(|one| one.workspace_id.clone()).collect();
            if order == "members" {
                let members: Vec<_> = found.iter().map(|one| standing(one).members).collect();
                let sorted = if reversed {
                    members.is_sorted()
                } else {
                    members.iter().rev().is_sorted()
                };
                assert!(sorted, "{members:?}");
            }
            if order == "seats" {
                // Who has none comes last either way.
                assert_eq!(standing(found.last().unwrap()).seats, None);
            }
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), 5, "{order}, {reversed}");
        }
    }
    let bands = all.workspaces.iter();
    let band = bands
        .filter_map(|one| standing(one).health.unwrap().band)
        .max()
        .unwrap();
    let banded = list(
        &platform,
        "eve",
        ListWorkspacesRequest {
            bands: vec![band],
            ..march()
        },
    )
    .await;
    assert!(
        banded
            .workspaces
            .iter()
            .all(|one| standing(one).health.unwrap().band == Some(band))
    );
    let counted = banded.counts.unwrap().bands;
    let counted = counted
        .iter()
        .find(|one| one.band == band)
        .unwrap()
        .workspaces;
    assert_eq!(banded.matching_workspaces, Some(counted));
    let searched = list(
        &platform,
        "eve",
        ListWorkspacesRequest {
            name_contains: "SPACE 7".to_owned(),
            ..march()
        },
    )
    .await;
    assert_eq!(searched.matching_workspaces, Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_named() {
    let platform = stage().await;
    let mut client = platform.client.clone();
    let march = range("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z", "");
    let token = list(
        &platform,
        "eve",
        ListWorkspacesRequest {
            page_size: 1,
            ..question(march.clone())
        },
    )
    .await
    .next_page_token;
    let wrong: Vec<(ListWorkspacesRequest, &[&str])> = vec![
        (
            ListWorkspacesRequest {
                comparison: Some(1),
                currency: "USD".to_owned(),
                order_by: "health".to_owned(),
                reversed: true,
                lists: vec![1],
                bands: vec![1],
                ..ListWorkspacesRequest::default()
            },
            &[
                "comparison",
                "currency",
                "order_by",
                "reversed",
                "lists",
                "bands",
            ],
        ),
        (
            ListWorkspacesRequest {
                page_size: 201,
                name_contains: "x".repeat(101),
                currency: "dollars".to_owned(),
                comparison: Some(7),
                order_by: "dau".to_owned(),
                lists: vec![0, 9],
                bands: vec![5],
                page_token: "none".to_owned(),
                ..question(march.clone())
            },
            &[
                "page_size",
                "name_contains",
                "currency",
                "comparison",
                "order_by",
                "lists[0]",
                "lists[1]",
                "bands[0]",
                "page_token",
            ],
        ),
        (
            ListWorkspacesRequest {
                page_token: token,
                order_by: "health".to_owned(),
                ..question(march.clone())
            },
            &["page_token"],
        ),
        (
            question(range(
                "2010-03-01T00:00:00Z",
                "2026-03-15T00:00:00Z",
                "Mars",
            )),
            &["range.zone"],
        ),
        (
            question(range("2010-03-01T00:00:00Z", "2026-03-15T00:00:00Z", "")),
            &["range.end"],
        ),
    ];
    for (request, fields) in wrong {
        let status = client
            .list_workspaces(from("eve", request))
            .await
            .unwrap_err();
        assert_eq!(wrong_fields(&status), fields);
    }
    let request = GetWorkspaceRequest {
        workspace_id: "x".to_owned(),
        ..GetWorkspaceRequest::default()
    };
    let status = client
        .get_workspace(from("eve", request))
        .await
        .unwrap_err();
    assert_eq!(wrong_fields(&status), ["range", "workspace_id"]);
}
