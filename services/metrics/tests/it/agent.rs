//! One agent equals a recomputation from facts: its standing, its versions, its hours, in any zone.

use shadow_auth::Role;
use shadow_proto::{
    common::v1::{Comparison, TimeRange},
    metrics::v1::{
        GetAgentRequest, GetAgentResponse, Group, ListAgentsRequest, SuggestionRule, Verdict, value,
    },
};
use shadow_storage::directory;
use tokio_postgres::Client;
use tonic::Code;
use uuid::Uuid;

use crate::{
    ask::range,
    executive_page::same,
    facts,
    oracle::{self, Question},
    platform::{Platform, from, wrong_fields},
};

const AGENT: &str = "agent-0";

/// A workspace with five weeks of executions, and one of somebody else.
async fn platform() -> (Platform, Uuid, Uuid) {
    let platform = Platform::new().await;
    let db = &platform.database;
    let ours = directory::create_workspace(db, "ours", "America/New_York")
        .await
        .unwrap();
    let theirs = directory::create_workspace(db, "theirs", "UTC")
        .await
        .unwrap();
    directory::put_user(db, "vera", None).await.unwrap();
    directory::put_membership(db, ours, "vera", Role::Viewer)
        .await
        .unwrap();
    let start = "2026-02-10T00:00:00Z".parse().unwrap();
    let executions = facts::executions(11, 2_500, &[ours, theirs], start, 34);
    for batch in facts::batches(12, &executions, 250) {
        platform.store(&batch).await;
    }
    (platform, ours, theirs)
}

async fn ask(
    platform: &Platform,
    request: GetAgentRequest,
) -> Result<GetAgentResponse, tonic::Status> {
    let mut client = platform.client.clone();
    let answer = client.get_agent(from("vera", request)).await?;
    Ok(answer.into_inner())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_equals_its_recomputation_from_facts() {
    let (platform, ours, _) = platform().await;
    directory::put_agent(&platform.database, ours, AGENT, "Writer")
        .await
        .unwrap();
    let facts = platform.owner().await;
    for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
        compare(&platform, &facts, zone, ours).await;
    }
}

/// Two weeks with a change of daylight saving in New York.
async fn compare(platform: &Platform, facts: &Client, zone: &str, workspace: Uuid) {
    let day = |date: &str| format!("2026-{date} 00:00:00 {zone}");
    let (before, start, end) = (day("02-15"), day("03-01"), day("03-15"));
    let range = TimeRange {
        start: Some(oracle::instant(facts, &start).await),
        end: Some(oracle::instant(facts, &end).await),
        zone: zone.to_owned(),
    };
    let request = GetAgentRequest {
        range: Some(range.clone()),
        workspace_id: workspace.to_string(),
        agent_id: AGENT.to_owned(),
        comparison: Some(Comparison::PreviousPeriod.into()),
        ..GetAgentRequest::default()
    };
    let found = ask(platform, request).await.unwrap();

    let standing = found.standing.as_ref().unwrap();
    assert_eq!(standing.name, "Writer");
    let names = [workspace.to_string()];
    let current = Question {
        workspaces: &names,
        start: &start,
        end: &end,
        zone,
        currency: "USD",
    };
    let previous = Question {
        start: &before,
        end: &start,
        ..current
    };
    let key = (format!("{workspace}/{AGENT}"), None);
    for (question, is_previous) in [(&current, false), (&previous, true)] {
        let table = oracle::table(facts, question, "agent", None).await;
        for series in standing.series.iter().chain(&found.details) {
            let value = if is_previous {
                &series.previous_total
            } else {
                &series.total
            };
            // The oracle has what boards show; the histogram and the like are proven where they are computed.
            if table[&key].contains_key(&series.metric) {
                let at = format!("{} in {zone}, previous: {is_previous}", series.metric);
                same(series, value.as_ref(), table.get(&key), &at);
            }
        }
    }
    let board = ListAgentsRequest {
        range: Some(range),
        workspace_ids: vec![workspace.to_string()],
        contains: "Writer".to_owned(),
        comparison: Some(Comparison::PreviousPeriod.into()),
        ..ListAgentsRequest::default()
    };
    let mut client = platform.client.clone();
    let board = client.list_agents(from("vera", board)).await.unwrap();
    assert_eq!(&board.into_inner().agents[0], standing, "{zone}");

    errors(&found);
    versions(facts, &found, &[&names[0], &start, &end, AGENT]).await;
    hours(facts, &found, &[&names[0], &start, &end, AGENT, zone]).await;
    // Nothing was opened in the last 30 days of whoever runs this later than that.
    let rules: Vec<_> = found.suggestions.iter().map(|one| one.rule()).collect();
    assert!(rules.contains(&SuggestionRule::Failing), "{rules:?}");
    assert!(rules.contains(&SuggestionRule::Costly), "{rules:?}");
}

/// Kinds of errors come by how many executions they ended, by failing or by timing out.
fn errors(found: &GetAgentResponse) {
    let counts: Vec<[i64; 3]> = found.error_kinds.iter().map(counted).collect();
    assert!(counts.len() > 3, "{counts:?}");
    assert!(
        counts.is_sorted_by(|one, next| one[0] >= next[0]),
        "{counts:?}"
    );
    assert!(
        counts
            .iter()
            .all(|[all, failed, timed_out]| *all == failed + timed_out),
        "{counts:?}"
    );
}

fn counted(group: &Group) -> [i64; 3] {
    ["failures", "failed", "timed_out"].map(|metric| {
        let series = group.series.iter().find(|series| series.metric == metric);
        match series.and_then(|series| series.total.as_ref()?.number.as_ref()) {
            Some(value::Number::Integer(count)) => *count,
            other => panic!("{metric}: {other:?}"),
        }
    })
}

async fn versions(facts: &Client, found: &GetAgentResponse, parameters: &[&str; 4]) {
    let [workspace, start, end, agent] = parameters;
    let rows = facts
        .query(
            include_str!("agent_versions.sql"),
            &[workspace, start, end, agent],
        )
        .await
        .unwrap();
    assert_eq!(found.versions.len(), rows.len());
    assert!(rows.len() > 2, "the agent has versions");
    for version in &found.versions {
        let name = version.version.clone().unwrap_or_default();
        let row = rows
            .iter()
            .find(|row| row.get::<_, String>("version") == name)
            .unwrap();
        assert_eq!(
            version.baseline,
            row.get::<_, bool>("is_baseline"),
            "{name}"
        );
        if version.baseline {
            assert_eq!((version.difference, version.verdict), (None, None));
            continue;
        }
        let interval = version.difference_interval.unwrap();
        let (low, high): (f64, f64) = (row.get("low"), row.get("high"));
        let close = |found: f64, expected: f64| (found - expected).abs() < 1e-12;
        assert!(
            close(version.difference.unwrap(), row.get("difference")),
            "{name}"
        );
        assert!(
            close(interval.low, low) && close(interval.high, high),
            "{name}: {interval:?}"
        );
        let expected = match (low > 0.0, high < 0.0) {
            (true, _) => Verdict::Better,
            (_, true) => Verdict::Worse,
            _ => Verdict::NotDistinguishable,
        };
        assert_eq!(version.verdict(), expected, "{name}");
    }
}

async fn hours(facts: &Client, found: &GetAgentResponse, parameters: &[&str; 5]) {
    let [workspace, start, end, agent, zone] = parameters;
    let rows = facts
        .query(
            include_str!("agent_hours.sql"),
            &[workspace, start, end, agent, zone],
        )
        .await
        .unwrap();
    assert_eq!((found.hours.len(), rows.len()), (168, 168));
    for (hour, row) in found.hours.iter().zip(rows) {
        let at = format!("{} {}:00 in {zone}", hour.weekday, hour.hour);
        let (weekday, clock): (i32, i32) = (row.get("weekday"), row.get("hour"));
        assert_eq!((hour.weekday, hour.hour), (weekday as u32, clock as u32));
        let (hours, executions): (i64, i64) = (row.get("hours"), row.get("executions"));
        assert_eq!(
            (i64::from(hour.hours), hour.executions as i64),
            (hours, executions),
            "{at}"
        );
        let rate: Option<f64> = row.get("success_rate");
        assert_eq!(hour.success_rate, rate, "{at}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_and_what_is_not_yours_are_the_same() {
    let (platform, ours, theirs) = platform().await;
    let request = |workspace: String, agent: &str| GetAgentRequest {
        range: Some(range("2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z", "")),
        workspace_id: workspace,
        agent_id: agent.to_owned(),
        ..GetAgentRequest::default()
    };
    for (workspace, agent) in [
        (theirs, AGENT),
        (ours, "nobody"),
        (Uuid::from_u128(9), AGENT),
    ] {
        let refused = ask(&platform, request(workspace.to_string(), agent)).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound, "{agent}");
    }
    // Where no zone is named it is the workspace's own.
    let found = ask(&platform, request(ours.to_string(), AGENT))
        .await
        .unwrap();
    assert_eq!(found.hours_range.unwrap().zone, "America/New_York");

    let wrong = ask(&platform, request("ours".to_owned(), "")).await;
    assert_eq!(
        wrong_fields(&wrong.unwrap_err()),
        ["workspace_id", "agent_id"]
    );
    let wrong = GetAgentRequest {
        comparison: Some(9),
        ..request(ours.to_string(), AGENT)
    };
    let mut fields = wrong_fields(&ask(&platform, wrong).await.unwrap_err());
    fields.dedup();
    assert_eq!(fields, ["comparison"]);
}
