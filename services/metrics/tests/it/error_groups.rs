//! Groups of errors equal a recomputation from facts by plain SQL: whom they hit, since when, and when they spike.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use prost_types::Timestamp;
use shadow_auth::PlatformRole;
use shadow_domain::execution::{Execution, Outcome};
use shadow_proto::common::v1::TimeRange;
use shadow_proto::metrics::v1::{
    ErrorGroup, GetErrorGroupRequest, ListErrorGroupsRequest, ListErrorGroupsResponse,
};
use shadow_storage::directory;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::facts;
use crate::oracle;
use crate::platform::{Platform, from};
use crate::worker::{Worker, catch_up};

/// What is known of a group: occurrences, users, agents, credits lost, first and last seen, how many spikes and the first.
type Known = (i64, i64, i64, Option<i64>, i64, i64, i64, Option<i64>);

/// By the name of the group.
type Expected = BTreeMap<String, Known>;

/// Messages of three classes, with all that a pattern leaves out; and some that say nothing.
pub(crate) fn with_messages(executions: &mut [Execution]) {
    for execution in executions {
        let id = execution.identity.execution_id;
        let number = id.as_u128();
        let Some(end) = &mut execution.end else {
            continue;
        };
        if end.error_kind.is_none() && !end.outcome.is_failure() {
            continue;
        }
        end.error_message = match number % 5 {
            0 => None,
            1 => Some(format!(
                "class alpha: \"{number}\" is gone after {} s",
                number % 77
            )),
            2 => Some(format!(
                "class beta: run {id} of 10.0.{}.7:80",
                number % 256
            )),
            3 => Some(format!(
                "class beta: run {id} of 10.1.{}.9:443",
                number % 256
            )),
            _ => Some(format!(
                "class gamma:\n\t'{number}' of sk_{number:x}_9z8y7x is {number}"
            )),
        };
    }
}

/// Failures at the same hour of each day, and far more of them on some.
fn bursts(workspace_id: Uuid, start: DateTime<Utc>) -> Vec<Execution> {
    let mut burst = facts::executions(77, 900, &[workspace_id], start, 1);
    for (index, execution) in burst.iter_mut().enumerate() {
        let (day, of_day) = match index {
            // Four a day for thirty days, then what is left on two days.
            0..120 => (index / 4, index % 4),
            120..420 => (24, index - 120),
            420..435 => (27, index - 420),
            _ => (index % 30, index),
        };
        let hour = if index < 435 { 13 } else { (index % 24) as i64 };
        let opened_at = start
            + TimeDelta::days(day as i64)
            + TimeDelta::hours(hour)
            + TimeDelta::seconds(3 * (of_day % 900) as i64);
        execution.identity.opened_at = opened_at;
        execution.started_at = None;
        execution.feedback = None;
        let Some(end) = &mut execution.end else {
            continue;
        };
        end.ended_at = opened_at + TimeDelta::seconds(2);
        end.outcome = Outcome::Failed;
        end.error_kind = Some("burst".to_owned());
    }
    burst
}

pub(crate) async fn stage() -> (Platform, Vec<Uuid>, Vec<Execution>) {
    let platform = Platform::new().await;
    directory::put_user(&platform.database, "eve", Some("Eve"))
        .await
        .unwrap();
    directory::put_platform_role(&platform.database, "eve", PlatformRole::Engineer)
        .await
        .unwrap();
    let workspaces: Vec<Uuid> = (1..=3).map(Uuid::from_u128).collect();
    let start = "2026-02-10T00:00:00Z".parse().unwrap();
    let mut executions = facts::executions(5, 3_000, &workspaces, start, 34);
    executions.extend(bursts(workspaces[0], start));
    with_messages(&mut executions);
    (platform, workspaces, executions)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_group_equals_its_recomputation_from_facts() {
    let (platform, workspaces, executions) = stage().await;
    let worker = Worker::start(&platform.database);
    let facts = platform.owner().await;
    let batches = facts::batches(6, &executions, 150);
    for part in batches.chunks(batches.len().div_ceil(2)) {
        for batch in part {
            platform.store(batch).await;
        }
        for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
            compare(&platform, &facts, zone, &workspaces).await;
        }
    }
    worker.stop().await;
    compare(&platform, &facts, "America/New_York", &workspaces[1..]).await;
    // Once every day is summed up, and once some days of some workspaces are not.
    catch_up(&platform.database).await;
    let some = "UPDATE analytics.user_day_made SET version = 0 WHERE day::text || workspace_id LIKE '%1-%'";
    for change in ["SELECT 1", some] {
        facts.execute(change, &[]).await.unwrap();
        for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
            compare(&platform, &facts, zone, &workspaces).await;
        }
    }
    // It is summaries that are read: what they say is believed.
    catch_up(&platform.database).await;
    facts
        .execute("DELETE FROM analytics.error_day", &[])
        .await
        .unwrap();
    let day = |day: &str| Some(day.parse::<Timestamp>().unwrap());
    let request = ListErrorGroupsRequest {
        range: Some(TimeRange {
            start: day("2026-03-01T00:00:00Z"),
            end: day("2026-03-15T00:00:00Z"),
            zone: "UTC".to_owned(),
        }),
        page_size: 4,
        ..ListErrorGroupsRequest::default()
    };
    let (groups, answer) = all(&platform, &request).await;
    assert_eq!((groups, answer.timeline.len()), (Vec::new(), 336));
}

/// The groups of a fortnight with a change of daylight saving in New York.
async fn compare(platform: &Platform, facts: &Client, zone: &str, workspaces: &[Uuid]) {
    let names: Vec<String> = workspaces.iter().map(Uuid::to_string).collect();
    let (from_day, to_day) = (
        format!("2026-03-01 00:00:00 {zone}"),
        format!("2026-03-15 00:00:00 {zone}"),
    );
    let range = TimeRange {
        start: Some(oracle::instant(facts, &from_day).await),
        end: Some(oracle::instant(facts, &to_day).await),
        zone: zone.to_owned(),
    };
    let request = ListErrorGroupsRequest {
        range: Some(range.clone()),
        workspace_ids: names.clone(),
        page_size: 4,
        ..ListErrorGroupsRequest::default()
    };
    let (groups, answer) = all(platform, &request).await;
    let expected = expected(facts, &names, &from_day, &to_day, zone).await;
    let found: Expected = groups.iter().map(known).collect();
    assert_eq!(found, expected, "{zone}");
    assert_eq!(found.len(), groups.len(), "one name, one group");
    let counts = groups.iter().map(|group| group.impact.unwrap().occurrences);
    assert!(counts.clone().is_sorted_by(|a, b| a >= b));
    // The whole: nobody counts twice.
    let whole = "SELECT count(*), count(DISTINCT user_id), count(DISTINCT (workspace_id, agent_id)),
            (sum(credits_micro) FILTER (WHERE outcome IN (2, 4)))::bigint
        FROM analytics.execution
        WHERE workspace_id::text = ANY ($1) AND (outcome IN (2, 4) OR error_kind IS NOT NULL OR error_message IS NOT NULL)
          AND opened_at >= $2::text::timestamptz AND opened_at < $3::text::timestamptz";
    let row = facts
        .query_one(whole, &[&names, &from_day, &to_day])
        .await
        .unwrap();
    let impact = answer.impact.unwrap();
    assert_eq!(impact.occurrences as i64, row.get::<_, i64>(0));
    assert_eq!(impact.users as i64, row.get::<_, i64>(1));
    assert_eq!(impact.agents as i64, row.get::<_, i64>(2));
    assert_eq!(impact.credits_lost_micro, row.get(3));
    assert_eq!(counts.sum::<u64>(), impact.occurrences);
    let timeline = answer.timeline.iter().map(|bucket| bucket.occurrences);
    assert_eq!(timeline.sum::<u64>(), impact.occurrences);
    // Fourteen days of hours, one of which is skipped in New York.
    let hours = if zone == "America/New_York" { 335 } else { 336 };
    assert_eq!(answer.timeline.len(), hours, "{zone}");
    for group in &groups {
        one(platform, group, &range).await;
    }
    if workspaces.len() == 3 {
        assert!(
            groups.iter().any(|group| !group.spike_hours.is_empty()),
            "{zone}"
        );
    }
}

/// One group says the same as the list, and its parts add up to it.
async fn one(platform: &Platform, group: &ErrorGroup, range: &TimeRange) {
    let request = GetErrorGroupRequest {
        workspace_id: group.workspace_id.clone(),
        error_group_id: group.error_group_id.clone(),
        range: Some(range.clone()),
    };
    let mut client = platform.client.clone();
    let answer = client.get_error_group(from("eve", request)).await;
    let answer = answer.unwrap().into_inner();
    assert_eq!(answer.group.as_ref(), Some(group));
    let occurrences = group.impact.unwrap().occurrences;
    let timeline = &answer.timeline;
    assert_eq!(
        timeline.iter().map(|hour| hour.occurrences).sum::<u64>(),
        occurrences
    );
    let spikes: u32 = timeline.iter().map(|hour| hour.spike_hours).sum();
    assert_eq!(spikes as usize, group.spike_hours.len());
    let versions = answer
        .versions
        .iter()
        .map(|version| version.impact.unwrap());
    assert_eq!(
        versions.map(|impact| impact.occurrences).sum::<u64>(),
        occurrences
    );
    let models = answer.models.iter().map(|model| model.impact.unwrap());
    assert_eq!(
        models.map(|impact| impact.occurrences).sum::<u64>(),
        occurrences
    );
    assert_eq!(answer.executions.len() as u64, occurrences.min(50));
    let opened: Vec<i64> = answer
        .executions
        .iter()
        .map(|one| micros(one.opened_at))
        .collect();
    assert!(opened.is_sorted_by(|a, b| a >= b));
    assert!(answer.can_set_state);
}

/// All pages of a list, and the last answer.
pub(crate) async fn all(
    platform: &Platform,
    request: &ListErrorGroupsRequest,
) -> (Vec<ErrorGroup>, ListErrorGroupsResponse) {
    let mut client = platform.client.clone();
    let (mut request, mut groups) = (request.clone(), Vec::new());
    loop {
        let answer = client.list_error_groups(from("eve", request.clone())).await;
        let mut answer = answer.unwrap().into_inner();
        groups.append(&mut answer.groups);
        if answer.next_page_token.is_empty() {
            assert_eq!(answer.matching_groups as usize, groups.len());
            assert_eq!(answer.left_out_groups, 0);
            return (groups, answer);
        }
        request.page_token.clone_from(&answer.next_page_token);
    }
}

/// A group as the oracle names and counts it.
fn known(group: &ErrorGroup) -> (String, Known) {
    let class = group.pattern.as_deref().map(|pattern| {
        let class = pattern.strip_prefix("class ").unwrap();
        class.split(':').next().unwrap()
    });
    let name = format!(
        "{}/{}/{}",
        group.workspace_id,
        group.kind.as_deref().unwrap_or("-"),
        class.unwrap_or("-"),
    );
    let impact = group.impact.unwrap();
    let known = (
        impact.occurrences as i64,
        impact.users as i64,
        impact.agents as i64,
        impact.credits_lost_micro,
        micros(group.first_seen_at),
        micros(group.last_seen_at),
        group.spike_hours.len() as i64,
        group.spike_hours.first().map(|hour| micros(Some(*hour))),
    );
    (name, known)
}

async fn expected(
    facts: &Client,
    workspaces: &[String],
    start: &str,
    end: &str,
    zone: &str,
) -> Expected {
    let sql = include_str!("error_groups.sql");
    let rows = facts.query(sql, &[&workspaces, &start, &end, &zone]).await;
    let row = |row: tokio_postgres::Row| {
        let known = (
            row.get("occurrences"),
            row.get("users"),
            row.get("agents"),
            row.get("lost"),
            row.get("first_seen"),
            row.get("last_seen"),
            row.get("spikes"),
            row.get("first_spike"),
        );
        (row.get("name"), known)
    };
    rows.unwrap().into_iter().map(row).collect()
}

fn micros(at: Option<Timestamp>) -> i64 {
    let at = at.unwrap();
    at.seconds * 1_000_000 + i64::from(at.nanos) / 1_000
}
