//! What people say of groups of errors: who may, what may follow what, and what lists say of it.

use chrono::{TimeDelta, Utc};
use shadow_auth::Role;
use shadow_domain::execution::{Execution, Outcome};
use shadow_proto::common::v1::TimeRange;
use shadow_proto::metrics::v1::{
    ErrorGroup, ErrorGroupState as State, GetErrorGroupRequest, GetErrorGroupResponse,
    ListErrorGroupsRequest, SetErrorGroupStateRequest, SetErrorGroupStateResponse,
};
use shadow_storage::directory;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::ask::{instant, range};
use crate::error_groups::{all, stage};
use crate::facts;
use crate::platform::{Platform, from, wrong_fields};

const OURS: Uuid = Uuid::from_u128(1);

fn question() -> ListErrorGroupsRequest {
    ListErrorGroupsRequest {
        range: Some(range("2026-02-10T00:00:00Z", "2026-03-20T00:00:00Z", "UTC")),
        workspace_ids: vec![OURS.to_string()],
        ..ListErrorGroupsRequest::default()
    }
}

async fn stored() -> (Platform, Vec<ErrorGroup>) {
    let (platform, _, executions) = stage().await;
    platform.store(&executions).await;
    let (groups, _) = all(&platform, &question()).await;
    (platform, groups)
}

async fn set(
    platform: &Platform,
    who: &str,
    group: &ErrorGroup,
    state: State,
    note: Option<&str>,
) -> Result<ErrorGroup, Status> {
    let request = SetErrorGroupStateRequest {
        workspace_id: group.workspace_id.clone(),
        error_group_id: group.error_group_id.clone(),
        state: state.into(),
        note: note.map(str::to_owned),
    };
    let mut client = platform.client.clone();
    let answer = client.set_error_group_state(from(who, request)).await?;
    let SetErrorGroupStateResponse { group } = answer.into_inner();
    Ok(group.unwrap())
}

async fn get(platform: &Platform, who: &str, group: &ErrorGroup) -> GetErrorGroupResponse {
    let request = GetErrorGroupRequest {
        workspace_id: group.workspace_id.clone(),
        error_group_id: group.error_group_id.clone(),
        range: question().range,
    };
    let mut client = platform.client.clone();
    let answer = client.get_error_group(from(who, request)).await;
    answer.unwrap().into_inner()
}

/// One more run with the error of another, opened at an instant.
async fn again(platform: &Platform, like: &ErrorGroup, opened_at: chrono::DateTime<Utc>) {
    let mut more: Vec<Execution> = facts::executions(9, 40, &[OURS], opened_at, 1)
        .into_iter()
        .filter(|execution| execution.end.is_some())
        .take(1)
        .collect();
    for execution in &mut more {
        execution.identity.opened_at = opened_at;
        execution.started_at = None;
        execution.feedback = None;
        let end = execution.end.as_mut().unwrap();
        end.ended_at = opened_at + TimeDelta::seconds(1);
        end.outcome = Outcome::Failed;
        end.error_kind.clone_from(&like.kind);
        end.error_message.clone_from(&like.latest_message);
    }
    platform.store(&more).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_goes_through_its_states_and_each_is_kept() {
    let (platform, groups) = stored().await;
    let group = &groups[0];
    assert_eq!(
        (group.state(), group.latest_change.clone()),
        (State::New, None)
    );
    let changed = set(
        &platform,
        "eve",
        group,
        State::Acknowledged,
        Some(" on it "),
    )
    .await
    .unwrap();
    let change = changed.latest_change.clone().unwrap();
    assert_eq!(changed.state(), State::Acknowledged);
    assert_eq!(
        (change.changed_by.as_str(), change.changed_by_name.as_str()),
        ("eve", "Eve")
    );
    assert_eq!(change.note.as_deref(), Some("on it"));
    // Said again, nothing happens, whatever the note.
    let same = set(&platform, "eve", group, State::Acknowledged, Some("twice"))
        .await
        .unwrap();
    assert_eq!(same, changed);
    set(&platform, "eve", group, State::Ignored, None)
        .await
        .unwrap();
    let refused = set(&platform, "eve", group, State::Resolved, None)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let reason = refused.get_details_error_info().unwrap().reason;
    assert_eq!(reason, "STATE_TRANSITION");
    set(&platform, "eve", group, State::New, None)
        .await
        .unwrap();
    set(&platform, "eve", group, State::Resolved, None)
        .await
        .unwrap();

    let one = get(&platform, "eve", group).await;
    let states: Vec<State> = one.changes.iter().map(|change| change.state()).collect();
    let (resolved, new, ignored) = (State::Resolved, State::New, State::Ignored);
    assert_eq!(states, [resolved, new, ignored, State::Acknowledged]);
    assert!(one.can_set_state);
    assert!(!one.group.as_ref().unwrap().regressed);

    // It comes again, opened before it was resolved and then after.
    again(&platform, group, Utc::now() - TimeDelta::hours(1)).await;
    assert!(!get(&platform, "eve", group).await.group.unwrap().regressed);
    again(&platform, group, Utc::now() + TimeDelta::seconds(2)).await;
    assert!(get(&platform, "eve", group).await.group.unwrap().regressed);
    let regressed = ListErrorGroupsRequest {
        regressed_only: true,
        ..question()
    };
    let (found, answer) = all(&platform, &regressed).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].error_group_id, group.error_group_id);
    let mut impact = group.impact.unwrap();
    impact.users = answer.impact.unwrap().users;
    assert_eq!(answer.impact, Some(impact), "what came is not of the range");
    let states = ListErrorGroupsRequest {
        states: vec![State::New.into(), State::Ignored.into()],
        ..question()
    };
    assert_eq!(all(&platform, &states).await.0.len(), groups.len() - 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_say_something_at_once_are_all_heard_or_refused() {
    let (platform, groups) = stored().await;
    let group = &groups[0];
    let said = [
        State::Acknowledged,
        State::Resolved,
        State::Ignored,
        State::Acknowledged,
    ];
    let all = said.map(|state| set(&platform, "eve", group, state, None));
    for result in futures_util::future::join_all(all).await {
        if let Err(status) = result {
            assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
        }
    }
    let one = get(&platform, "eve", group).await;
    let numbers: i64 = platform
        .owner()
        .await
        .query_one(
            "SELECT count(*) FROM analytics.error_group_state WHERE number <= 4",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(one.changes.len() as i64, numbers);
    assert_eq!(one.group.unwrap().state, one.changes[0].state);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_look_may_not_say_and_others_groups_do_not_exist() {
    let (platform, groups) = stored().await;
    let group = &groups[0];
    for (person, role) in [("mia", Role::Member), ("ada", Role::Admin)] {
        directory::put_user(&platform.database, person, None)
            .await
            .unwrap();
        directory::put_membership(&platform.database, OURS, person, role)
            .await
            .unwrap();
    }
    assert!(!get(&platform, "mia", group).await.can_set_state);
    let refused = set(&platform, "mia", group, State::Resolved, None).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    let changed = set(&platform, "ada", group, State::Resolved, None)
        .await
        .unwrap();
    assert_eq!(changed.latest_change.unwrap().changed_by_name, "ada");

    let theirs = ErrorGroup {
        workspace_id: Uuid::from_u128(2).to_string(),
        ..group.clone()
    };
    let nowhere = ErrorGroup {
        error_group_id: Uuid::from_u128(9).to_string(),
        ..group.clone()
    };
    for other in [theirs, nowhere] {
        let refused = set(&platform, "ada", &other, State::Resolved, None).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        let request = GetErrorGroupRequest {
            workspace_id: other.workspace_id,
            error_group_id: other.error_group_id,
            range: question().range,
        };
        let mut client = platform.client.clone();
        let refused = client.get_error_group(from("ada", request)).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    }
    let theirs = ListErrorGroupsRequest {
        workspace_ids: vec![Uuid::from_u128(2).to_string()],
        ..question()
    };
    let mut client = platform.client.clone();
    let refused = client.list_error_groups(from("ada", theirs)).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_are_filtered_searched_and_ordered() {
    let (platform, groups) = stored().await;
    let kind = |kinds: &[&str]| ListErrorGroupsRequest {
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        ..question()
    };
    let (burst, answer) = all(&platform, &kind(&["burst"])).await;
    assert!(
        burst
            .iter()
            .all(|group| group.kind.as_deref() == Some("burst"))
    );
    let sum: u64 = burst
        .iter()
        .map(|group| group.impact.unwrap().occurrences)
        .sum();
    assert_eq!(answer.impact.unwrap().occurrences, sum);
    let (kindless, _) = all(&platform, &kind(&[""])).await;
    assert!(!kindless.is_empty() && kindless.iter().all(|group| group.kind.is_none()));
    let contains = ListErrorGroupsRequest {
        contains: "CLASS Beta".to_owned(),
        ..question()
    };
    let (beta, _) = all(&platform, &contains).await;
    assert!(!beta.is_empty() && beta.len() < groups.len());
    assert!(
        beta.iter()
            .all(|group| group.pattern.as_ref().unwrap().starts_with("class beta"))
    );
    let agent = ListErrorGroupsRequest {
        agent_ids: vec!["agent-3".to_owned()],
        ..question()
    };
    let (of_agent, answer) = all(&platform, &agent).await;
    assert_eq!(answer.impact.unwrap().agents, 1);
    assert!(
        of_agent
            .iter()
            .all(|group| group.impact.unwrap().agents == 1)
    );
    type By = fn(&ErrorGroup) -> Option<i64>;
    let by: [(&str, By); 4] = [
        ("occurrences", |group| {
            Some(group.impact?.occurrences as i64)
        }),
        ("users", |group| Some(group.impact?.users as i64)),
        ("credits_lost", |group| group.impact?.credits_lost_micro),
        ("last_seen", |group| Some(group.last_seen_at?.seconds)),
    ];
    for (order_by, value) in by {
        for reversed in [false, true] {
            let request = ListErrorGroupsRequest {
                order_by: order_by.to_owned(),
                reversed,
                page_size: 3,
                ..question()
            };
            let (found, _) = all(&platform, &request).await;
            assert_eq!(found.len(), groups.len());
            let values: Vec<i64> = found.iter().filter_map(value).collect();
            let sorted = values.is_sorted_by(|a, b| if reversed { a <= b } else { a >= b });
            assert!(sorted, "{order_by} {reversed}: {values:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_questions_name_their_fields() {
    let platform = stage().await.0;
    let mut client = platform.client.clone();
    let wrong = ListErrorGroupsRequest {
        range: Some(TimeRange {
            start: Some(instant("2026-03-05T00:00:00Z")),
            end: Some(instant("2026-03-05T00:00:00Z")),
            zone: "Mars".to_owned(),
        }),
        workspace_ids: vec!["x".to_owned()],
        agent_ids: vec!["a".to_owned(), String::new()],
        kinds: vec!["\0".to_owned()],
        states: vec![0, 5],
        contains: "x".repeat(101),
        order_by: "size".to_owned(),
        page_size: 201,
        page_token: "x".to_owned(),
        ..ListErrorGroupsRequest::default()
    };
    let status = client
        .list_error_groups(from("eve", wrong))
        .await
        .unwrap_err();
    let fields = [
        "range.end",
        "range.zone",
        "workspace_ids[0]",
        "agent_ids[1]",
        "kinds[0]",
        "states[0]",
        "states[1]",
        "contains",
        "order_by",
        "page_size",
        "page_token",
    ];
    assert_eq!(wrong_fields(&status), fields);
    let long = ListErrorGroupsRequest {
        range: Some(range("2025-01-05T00:00:00Z", "2026-03-08T00:00:00Z", "")),
        ..ListErrorGroupsRequest::default()
    };
    let status = client
        .list_error_groups(from("eve", long))
        .await
        .unwrap_err();
    assert_eq!(wrong_fields(&status), ["range"]);
    let status = client
        .get_error_group(from("eve", GetErrorGroupRequest::default()))
        .await
        .unwrap_err();
    assert_eq!(
        wrong_fields(&status),
        ["range", "workspace_id", "error_group_id"]
    );
    let wrong = SetErrorGroupStateRequest {
        note: Some("x".repeat(1_025)),
        ..SetErrorGroupStateRequest::default()
    };
    let status = client
        .set_error_group_state(from("eve", wrong))
        .await
        .unwrap_err();
    assert_eq!(
        wrong_fields(&status),
        ["workspace_id", "error_group_id", "state", "note"]
    );
    // An empty time has no group, and says so.
    let nothing = ListErrorGroupsRequest {
        range: Some(range("2026-01-05T00:00:00Z", "2026-01-08T00:00:00Z", "")),
        ..ListErrorGroupsRequest::default()
    };
    let answer = client
        .list_error_groups(from("eve", nothing))
        .await
        .unwrap();
    let answer = answer.into_inner();
    assert_eq!((answer.groups.len(), answer.matching_groups), (0, 0));
    assert_eq!(answer.impact.unwrap().credits_lost_micro, None);
    assert!(answer.provenance.unwrap().complete);
}
