//! The board of agents equals a recomputation from facts: values, intervals and ranks of both periods.

use std::collections::BTreeMap;

use shadow_auth::PlatformRole;
use shadow_proto::{
    common::v1::{Comparison, TimeRange},
    metrics::v1::{
        AgentStanding, Dimension, Filter, Interval, ListAgentsRequest, ListAgentsResponse,
        value::Number,
    },
};
use shadow_storage::directory;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    ask::range,
    executive_page::same,
    facts,
    oracle::{self, Question},
    platform::{Platform, from, wrong_fields},
    worker::Worker,
};

/// An agent's lower and upper bound and its rank.
type Standing = (f64, f64, i64);

async fn platform() -> (Platform, Vec<Uuid>) {
    let platform = Platform::new().await;
    directory::put_user(&platform.database, "eve", None)
        .await
        .unwrap();
    directory::put_platform_role(&platform.database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    (platform, (1..=3).map(Uuid::from_u128).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_standing_equals_its_recomputation_from_facts() {
    let (platform, workspaces) = platform().await;
    let start = "2026-02-10T00:00:00Z".parse().unwrap();
    let executions = facts::executions(5, 3_000, &workspaces, start, 34);
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
}

/// The board of two weeks with a change of daylight saving in New York, compared with the two weeks before.
async fn compare(platform: &Platform, facts: &Client, zone: &str, workspaces: &[Uuid]) {
    let names: Vec<String> = workspaces.iter().map(Uuid::to_string).collect();
    let day = |date: &str| format!("2026-{date} 00:00:00 {zone}");
    let (before, from_day, to_day) = (day("02-15"), day("03-01"), day("03-15"));
    let current = Question {
        workspaces: &names,
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
    let request = ListAgentsRequest {
        range: Some(TimeRange {
            start: Some(oracle::instant(facts, &from_day).await),
            end: Some(oracle::instant(facts, &to_day).await),
            zone: zone.to_owned(),
        }),
        workspace_ids: names.clone(),
        comparison: Some(Comparison::PreviousPeriod.into()),
        page_size: 7,
        ..ListAgentsRequest::default()
    };
    let agents = all(platform, &request).await;
    for (question, is_previous) in [(&current, false), (&previous, true)] {
        let table = oracle::table(facts, question, "agent", None).await;
        let standings = standings(facts, question).await;
        for agent in &agents {
            let name = format!("{}/{}", agent.workspace_id, agent.agent_id);
            let at = format!("{name} in {zone}, previous: {is_previous}");
            for series in &agent.series {
                let value = if is_previous {
                    &series.previous_total
                } else {
                    &series.total
                };
                let expected = table.get(&(name.clone(), None));
                same(
                    series,
                    value.as_ref(),
                    expected,
                    &format!("{at}, {}", series.metric),
                );
            }
            let (interval, rank) = if is_previous {
                (agent.previous_success_interval, agent.previous_rank)
            } else {
                (agent.success_interval, agent.rank)
            };
            stands(interval, rank, standings.get(&name), &at);
        }
        let known = |name: &String| {
            agents
                .iter()
                .any(|agent| format!("{}/{}", agent.workspace_id, agent.agent_id) == *name)
        };
        assert!(table.keys().all(|(name, _)| known(name)), "{zone}");
    }
    let lows: Vec<f64> = agents
        .iter()
        .map(|agent| agent.success_interval.map_or(-1.0, |interval| interval.low))
        .collect();
    assert!(lows.is_sorted_by(|a, b| a >= b), "{lows:?}");
}

fn stands(interval: Option<Interval>, rank: Option<u32>, expected: Option<&Standing>, at: &str) {
    match (interval, rank, expected) {
        (None, None, None) => {}
        (Some(found), Some(rank), Some((low, high, expected))) => {
            assert!((found.low - low).abs() < 1e-12, "{at}: {found:?}");
            assert!((found.high - high).abs() < 1e-12, "{at}: {found:?}");
            assert_eq!(i64::from(rank), *expected, "{at}");
        }
        found => panic!("{at}: {found:?}"),
    }
}

async fn standings(facts: &Client, question: &Question<'_>) -> BTreeMap<String, Standing> {
    let Question {
        workspaces,
        start,
        end,
        ..
    } = question;
    let rows = facts
        .query(include_str!("standings.sql"), &[workspaces, start, end])
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            let standing = (row.get("low"), row.get("high"), row.get("rank"));
            (row.get("name"), standing)
        })
        .collect()
}

async fn page(platform: &Platform, request: ListAgentsRequest) -> ListAgentsResponse {
    let mut client = platform.client.clone();
    let answer = client.list_agents(from("eve", request)).await;
    answer.unwrap().into_inner()
}

/// The agents of all pages, of which no two hold the same one.
async fn all(platform: &Platform, request: &ListAgentsRequest) -> Vec<AgentStanding> {
    let (mut request, mut found) = (request.clone(), Vec::new());
    loop {
        let page = page(platform, request.clone()).await;
        assert!(page.agents.len() <= request.page_size as usize);
        let provenance = page.provenance.unwrap();
        assert!(provenance.snapshot_time.is_some() && provenance.definition_version > 0);
        found.extend(page.agents);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            assert_eq!(page.matching_agents as usize, found.len());
            return found;
        }
    }
}

/// A week of a few executions of many agents.
async fn week() -> (Platform, Vec<Uuid>, ListAgentsRequest) {
    let (platform, workspaces) = platform().await;
    let start = "2026-03-01T00:00:00Z".parse().unwrap();
    let executions = facts::executions(9, 800, &workspaces, start, 7);
    for batch in executions.chunks(200) {
        platform.store(batch).await;
    }
    let request = ListAgentsRequest {
        range: Some(range("2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z", "UTC")),
        ..ListAgentsRequest::default()
    };
    (platform, workspaces, request)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_searched_filtered_and_ordered() {
    let (platform, workspaces, week) = week().await;
    directory::put_agent(&platform.database, workspaces[0], "agent-3", "Größe")
        .await
        .unwrap();
    let facts = platform.owner().await;

    let found = page(
        &platform,
        ListAgentsRequest {
            contains: "GRÖ".to_owned(),
            ..week.clone()
        },
    )
    .await;
    let names: Vec<_> = found
        .agents
        .iter()
        .map(|one| one.agent_id.as_str())
        .collect();
    assert_eq!((names, found.matching_agents), (vec!["agent-3"], 1));

    let scheduled = page(
        &platform,
        ListAgentsRequest {
            filters: vec![Filter {
                dimension: Dimension::Trigger.into(),
                keys: vec!["schedule".to_owned()],
            }],
            order_by: "executions".to_owned(),
            page_size: 200,
            min_executions: 2,
            ..week.clone()
        },
    )
    .await;
    let counted = scheduled.agents.iter().map(|agent| {
        let name = format!("{}/{}", agent.workspace_id, agent.agent_id);
        match agent.series[0].total.unwrap().number {
            Some(Number::Integer(count)) => (name, count),
            other => panic!("{name} ran {other:?}"),
        }
    });
    let rows = facts
        .query(
            "SELECT workspace_id || '/' || agent_id, count(*) FROM analytics.execution
             WHERE trigger = 2 GROUP BY workspace_id, agent_id HAVING count(*) >= 2
             ORDER BY count(*) DESC, workspace_id, agent_id COLLATE \"C\"",
            &[],
        )
        .await
        .unwrap();
    let expected: Vec<(String, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(counted.collect::<Vec<_>>(), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_list_is_named() {
    let (platform, _, week) = week().await;
    let token = page(
        &platform,
        ListAgentsRequest {
            page_size: 1,
            ..week.clone()
        },
    )
    .await
    .next_page_token;
    let by_model = Filter {
        dimension: Dimension::Model.into(),
        keys: vec!["model-1".to_owned()],
    };
    let wrong: Vec<(ListAgentsRequest, &[&str])> = vec![
        (ListAgentsRequest::default(), &["range"]),
        (
            ListAgentsRequest {
                page_size: 201,
                contains: "x".repeat(101),
                order_by: "dau".to_owned(),
                page_token: "none".to_owned(),
                ..week.clone()
            },
            &["page_size", "contains", "order_by", "page_token"],
        ),
        (
            ListAgentsRequest {
                page_token: token,
                order_by: "cost".to_owned(),
                ..week.clone()
            },
            &["page_token"],
        ),
        (
            ListAgentsRequest {
                comparison: Some(7),
                currency: "dollars".to_owned(),
                workspace_ids: vec!["mine".to_owned()],
                ..week.clone()
            },
            &["workspace_ids[0]", "currency", "comparison"],
        ),
        (
            ListAgentsRequest {
                filters: vec![by_model],
                ..week.clone()
            },
            &["filters"],
        ),
    ];
    for (request, fields) in wrong {
        let mut client = platform.client.clone();
        let status = client.list_agents(from("eve", request)).await.unwrap_err();
        let mut found = wrong_fields(&status);
        found.dedup();
        assert_eq!(found, fields);
    }
}
