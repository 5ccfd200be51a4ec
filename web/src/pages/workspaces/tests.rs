use shadow_proto::{
    common::v1::Money,
    metrics::v1::{
        BandCount, HealthBand, Series, WorkspaceBill, WorkspaceHealth, WorkspaceList,
        WorkspaceStanding, WorkspaceSubscription,
    },
};

use super::*;
use crate::{rendering, state::answer::tests::integer, zone::Zone};

fn response(bill: bool) -> ListWorkspacesResponse {
    let subscription = WorkspaceSubscription {
        plan_id: "team".to_owned(),
        monthly: Some(Money {
            currency: "USD".to_owned(),
            micros: 240_000_000,
        }),
        ..WorkspaceSubscription::default()
    };
    let standing = WorkspaceStanding {
        members: 12,
        active_members: 5,
        seats: Some(20),
        agents: 3,
        series: vec![Series {
            metric: "executions".to_owned(),
            total: Some(integer(1_234)),
            previous_total: Some(integer(1_000)),
            change: Some(0.234),
            ..Series::default()
        }],
        credit_balance_micro: 7_000_000,
        health: Some(WorkspaceHealth {
            score: Some(38.2),
            band: Some(HealthBand::Critical.into()),
            ..WorkspaceHealth::default()
        }),
        bill: bill.then(|| WorkspaceBill {
            subscriptions: vec![subscription],
        }),
        lists: vec![WorkspaceList::Zombie.into()],
        ..WorkspaceStanding::default()
    };
    ListWorkspacesResponse {
        workspaces: vec![Workspace {
            workspace_id: "w1".to_owned(),
            name: "Halden Freight".to_owned(),
            standing: Some(standing),
            ..Workspace::default()
        }],
        matching_workspaces: Some(1),
        counts: Some(WorkspaceCounts {
            workspaces: 40,
            bands: vec![BandCount {
                band: HealthBand::Critical.into(),
                workspaces: 6,
            }],
            lists: Vec::new(),
        }),
        ..ListWorkspacesResponse::default()
    }
}

async fn board(at: &'static str, response: ListWorkspacesResponse) -> String {
    rendering::signed_in(at, move || {
        let asked = Asked {
            workspace: None,
            span: Default::default(),
            zone: Zone::utc(),
            compare: Compare::Previous,
        };
        let response = Rc::new(response.clone());
        html! { <BoardTable page={Page { asked, response }} /> }
    })
    .await
}

#[tokio::test]
async fn a_workspace_stands_with_its_health_and_its_bill() {
    let html = board("/workspaces", response(true)).await;
    for text in [
        "Halden Freight",
        "/workspaces/w1",
        "38 Critical",
        "Zombie",
        "5 of 12",
        "1.23K",
        "+23.4 %",
        "team",
        "$240",
        "All (40)",
        "Critical (6)",
        "help-workspaces-health",
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
}

#[tokio::test]
async fn who_may_not_see_money_sees_no_column_of_it() {
    let html = board("/workspaces", response(false)).await;
    assert!(
        !html.contains("Per month") && !html.contains("$240"),
        "{html}"
    );
}

#[tokio::test]
async fn nothing_found_says_why() {
    let html = board("/workspaces?only=zombie", ListWorkspacesResponse::default()).await;
    assert!(
        html.contains("No workspace is as the filters want it"),
        "{html}"
    );
    assert!(html.contains("Clear filters"), "{html}");
}
