//! Workspaces side by side, and one of them: every number by plain SQL over facts, memberships and books.

mod asking;
mod stage;

use crate::ask::range;
use crate::executive_page::same;
use crate::oracle::{self, Question};
use crate::platform::from;
use chrono::DateTime;
use shadow_proto::common::v1::{Comparison, TimeRange};
use shadow_proto::metrics::v1::{
    GetWorkspaceRequest, ListWorkspacesRequest, WorkspaceHealth, WorkspaceList, value::Number,
};
use std::collections::BTreeMap;
use uuid::Uuid;

use self::stage::{
    EMPTY, QUIET, active, at, health, list, lists, question, same_health, stage, standing,
    workspaces,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_standing_equals_its_recomputation_from_facts() {
    let platform = stage().await;
    let facts = platform.owner().await;
    let ids: Vec<String> = workspaces().iter().map(Uuid::to_string).collect();
    for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
        let day = |date: &str| format!("2026-{date} 00:00:00 {zone}");
        let (before, from_day, to_day) = (day("02-15"), day("03-01"), day("03-15"));
        let asked = TimeRange {
            start: Some(oracle::instant(&facts, &from_day).await),
            end: Some(oracle::instant(&facts, &to_day).await),
            zone: zone.to_owned(),
        };
        let end = DateTime::from_timestamp(asked.end.unwrap().seconds, 0).unwrap();
        let request = ListWorkspacesRequest {
            comparison: Some(Comparison::PreviousPeriod.into()),
            ..question(asked)
        };
        let answer = list(&platform, "eve", request).await;
        assert_eq!(answer.workspaces.len(), 5);
        assert!(answer.provenance.unwrap().definition_version > 0);
        let expected = health(&facts, end).await;
        let current = Question {
            workspaces: &ids,
            start: &from_day,
            end: &to_day,
            zone,
            currency: "USD",
        };
        let previous = Question {
            start: &before,
            end: &from_day,
            ..current
        };
        let now = oracle::table(&facts, &current, "workspace", None).await;
        let then = oracle::table(&facts, &previous, "workspace", None).await;
        for workspace in &answer.workspaces {
            let at = format!("{} in {zone}", workspace.name);
            let (one, row) = (standing(workspace), &expected[&workspace.workspace_id]);
            let counts = [one.members, one.active_members, one.agents].map(i64::from);
            let columns =
                ["members", "active_members", "agents"].map(|column| row.get::<_, i64>(column));
            assert_eq!(counts, columns, "{at}");
            assert_eq!(
                one.seats.map(|seats| seats as i64),
                row.get::<_, Option<i64>>("seats"),
                "{at}"
            );
            assert_eq!(
                one.credit_balance_micro,
                row.get::<_, i64>("balance"),
                "{at}"
            );
            same_health(one.health.as_ref().unwrap(), row, &at);
            let monthly: Option<i64> = row.get("monthly");
            let bills = one.bill.as_ref().unwrap().subscriptions.iter();
            let billed: i64 = bills
                .map(|bill| bill.monthly.as_ref().unwrap().micros)
                .sum();
            assert_eq!(billed, monthly.unwrap_or_default(), "{at}");
            let (lately, earlier): (i64, i64) =
                (row.get("active_users"), row.get("active_users_before"));
            let pays = monthly.unwrap_or_default() > 0;
            let on = lists(workspace);
            let slipping = pays && earlier > 0 && lately * 8 <= earlier;
            assert_eq!(on.contains(&WorkspaceList::Slipping), slipping, "{at}");
            let zombie = pays && row.get::<_, i64>("completed") == 0;
            assert_eq!(on.contains(&WorkspaceList::Zombie), zombie, "{at}");
            let key = (workspace.workspace_id.clone(), None);
            // The table of executions has no row for who ran nothing; people may have done something all the same.
            let silent = [now.get(&key), then.get(&key)].contains(&None);
            for series in &one.series {
                let at = format!("{at}, {}", series.metric);
                if silent && series.metric == "active_users" {
                    let days = [(&from_day, &to_day), (&before, &from_day)];
                    for (value, (from, to)) in
                        [series.total, series.previous_total].iter().zip(days)
                    {
                        let active = active(&facts, &workspace.workspace_id, from, to).await;
                        assert_eq!(value.unwrap().number, Some(Number::Integer(active)), "{at}");
                    }
                    continue;
                }
                same(series, series.total.as_ref(), now.get(&key), &at);
                same(
                    series,
                    series.previous_total.as_ref(),
                    then.get(&key),
                    &format!("{at} before"),
                );
            }
        }
        let on = |index: usize| {
            let id = workspaces()[index].to_string();
            lists(
                answer
                    .workspaces
                    .iter()
                    .find(|one| one.workspace_id == id)
                    .unwrap(),
            )
        };
        assert!(
            on(QUIET).starts_with(&[WorkspaceList::Slipping, WorkspaceList::Zombie]),
            "{:?}",
            on(QUIET)
        );
        assert!(
            on(0).contains(&WorkspaceList::ReadyToExpand),
            "more than 80 % of the seats"
        );
        assert_eq!(on(EMPTY), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_workspace_has_its_members_and_its_health_over_time() {
    let platform = stage().await;
    let facts = platform.owner().await;
    // Without a zone it is that of the workspace, which changes its clocks in between.
    let new_york = workspaces()[2];
    let request = GetWorkspaceRequest {
        range: Some(range("2026-03-01T05:00:00Z", "2026-03-15T04:00:00Z", "")),
        workspace_id: new_york.to_string(),
        ..GetWorkspaceRequest::default()
    };
    let mut client = platform.client.clone();
    let answer = client
        .get_workspace(from("eve", request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.history.len(), 14);
    for point in &answer.history {
        let time = DateTime::from_timestamp(point.time.unwrap().seconds, 0).unwrap();
        let row = &health(&facts, time).await[&new_york.to_string()];
        same_health(point.health.as_ref().unwrap(), row, &time.to_string());
    }
    let workspace = answer.workspace.as_ref().unwrap();
    assert_eq!(
        answer.history.last().unwrap().health,
        standing(workspace).health
    );
    let row = &health(&facts, at("2026-03-15T04:00:00Z")).await[&new_york.to_string()];
    let expected: Vec<String> = row.get("days");
    let days: BTreeMap<&str, u32> = answer
        .members
        .iter()
        .map(|member| (member.user_id.as_str(), member.active_days))
        .collect();
    let found: Vec<String> = days
        .iter()
        .map(|(user, days)| format!("{user}: {days}"))
        .collect();
    assert_eq!(found, expected);
    assert!(
        answer
            .members
            .is_sorted_by(|a, b| a.active_days >= b.active_days)
    );
    let lately = answer
        .members
        .iter()
        .filter(|member| member.active_lately)
        .count();
    assert_eq!(lately as u32, standing(workspace).active_members);
    let period = standing(workspace).bill.as_ref().unwrap().subscriptions[0].period_ends_at;
    assert_eq!(
        period.unwrap().seconds,
        at("2026-03-31T09:00:00Z").timestamp()
    );

    // Nothing was ever recorded of it, and it has neither members nor a subscription.
    let nothing = GetWorkspaceRequest {
        range: Some(range("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z", "")),
        workspace_id: workspaces()[EMPTY].to_string(),
        ..GetWorkspaceRequest::default()
    };
    let answer = client
        .get_workspace(from("eve", nothing))
        .await
        .unwrap()
        .into_inner();
    let one = standing(answer.workspace.as_ref().unwrap());
    assert_eq!(
        (one.members, one.seats, one.last_event_time),
        (0, None, None)
    );
    assert_eq!(one.health, Some(WorkspaceHealth::default()));
}
