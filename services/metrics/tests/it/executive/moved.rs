//! Who moved and why, by plain SQL over facts, while compaction runs.

use std::collections::BTreeMap;

use shadow_proto::{
    common::v1::TimeRange,
    metrics::v1::{Mover, MoverOutcomes},
};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::{ask, executions, people, question, workspaces};
use crate::{facts, oracle, platform::Platform, worker::Worker};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mover_equals_its_recomputation_from_facts() {
    let platform = Platform::new().await;
    people(&platform).await;
    let executions = executions(2);
    let batches = facts::batches(2, &executions, 150);
    let start = "2026-01-25T00:00:00Z".parse().unwrap();
    let activities = facts::activities(3, 1_000, &workspaces(), start, 52);
    let mut activities = activities.chunks(500);
    let worker = Worker::start(&platform.database);
    let facts = platform.owner().await;
    for part in batches.chunks(batches.len().div_ceil(2)) {
        for batch in part {
            platform.store(batch).await;
        }
        platform.store_facts(activities.next().unwrap()).await;
        for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
            for asked in [&[][..], &workspaces()[2..8], &workspaces()[..1]] {
                compare(&platform, &facts, zone, asked).await;
            }
        }
    }
    assert!(worker.stop().await > 0, "compaction had nothing to do");
    compare(&platform, &facts, "America/New_York", &[]).await;
}

/// Two weeks with a change of daylight saving in New York, and the two weeks before.
async fn compare(platform: &Platform, facts: &Client, zone: &str, asked: &[Uuid]) {
    let day = |date: &str| format!("2026-{date} 00:00:00 {zone}");
    let (before, start, end) = (day("02-15"), day("03-01"), day("03-15"));
    let range = TimeRange {
        start: Some(oracle::instant(facts, &start).await),
        end: Some(oracle::instant(facts, &end).await),
        zone: zone.to_owned(),
    };
    let by = if asked.len() == 1 {
        "agent"
    } else {
        "workspace"
    };
    let all = workspaces();
    let among: Vec<String> = if asked.is_empty() { &all } else { asked }
        .iter()
        .map(Uuid::to_string)
        .collect();
    let expect = async |by: &str, among: &[String]| -> BTreeMap<String, Row> {
        let sql = include_str!("../movers.sql");
        let rows = facts
            .query(sql, &[&among, &before, &start, &end, &by])
            .await;
        let named = |row: Row| (row.get("subject"), row);
        rows.unwrap().into_iter().map(named).collect()
    };
    let expected = expect(by, &among).await;
    let answer = ask(platform, "eve", question(range, asked)).await.unwrap();
    let movers = answer.movers.unwrap();
    let at = format!("by {by} in {zone}");
    let total = movers.total.as_ref().unwrap();
    same(total, &expect("", &among).await[""], total.change, &at);
    // The largest, in their order.
    let key = |subject: &str, change: i64| (-change.abs(), subject.to_owned());
    let mut order: Vec<_> = expected
        .iter()
        .map(|(subject, row)| key(subject, row.get("change")))
        .filter(|(change, _)| *change != 0)
        .collect();
    order.sort();
    let name = |one: &Mover| one.agent_id.clone().unwrap_or(one.workspace_id.clone());
    let found: Vec<_> = movers
        .movers
        .iter()
        .map(|one| key(&name(one), one.change))
        .collect();
    assert_eq!(found, order[..order.len().min(4)], "{at}");
    for one in &movers.movers {
        same(one, &expected[&name(one)], total.change, &at);
        let Some(leading) = &one.leading else {
            assert_eq!(by, "agent", "a workspace has agents, {at}");
            continue;
        };
        let agents = expect("agent", std::slice::from_ref(&one.workspace_id)).await;
        let most = agents
            .iter()
            .map(|(agent, row)| (agent, row.get::<_, i64>("change")))
            .filter(|(_, change)| change.signum() == one.change.signum())
            .min_by_key(|(agent, change)| (-change.abs(), *agent));
        assert_eq!(most, Some((&leading.agent_id, leading.change)), "{at}");
    }
    // Movers and the rest are the whole.
    let others = movers.others.as_ref().unwrap();
    assert_eq!(movers.other_subjects as usize, expected.len() - 4, "{at}");
    let parts = movers.movers.iter().chain([others]);
    let sum = |of: fn(&Mover) -> i64| parts.clone().map(of).sum::<i64>();
    assert_eq!(sum(|one| one.change), total.change, "{at}");
    assert_eq!(sum(|one| one.executions as i64), total.executions as i64);
    let whole = outcomes(total.outcomes.as_ref().unwrap());
    for (index, part) in whole.iter().enumerate() {
        let sum = parts
            .clone()
            .map(|one| outcomes(one.outcomes.as_ref().unwrap())[index]);
        assert_eq!(sum.sum::<i64>(), *part, "{at}");
    }
    let active = |column: &str, users: &str| {
        let did = |row: &&Row| row.get::<_, i64>(column) > 0 || row.get::<_, i64>(users) > 0;
        (by == "workspace").then(|| expected.values().filter(did).count() as u64)
    };
    assert_eq!(
        answer.active_workspaces,
        active("executions", "users"),
        "{at}"
    );
    assert_eq!(
        answer.previous_active_workspaces,
        active("previous", "previous_users"),
        "{at}"
    );
}

fn same(found: &Mover, expected: &Row, total: i64, at: &str) {
    let at = format!("{} {:?} {at}", found.workspace_id, found.agent_id);
    let count = |column: &str| expected.get::<_, i64>(column);
    let change = count("change");
    assert_eq!(
        (
            found.executions as i64,
            found.previous_executions as i64,
            found.change
        ),
        (count("executions"), count("previous"), change),
        "{at}"
    );
    assert_eq!(
        (found.active_users, found.previous_active_users),
        (
            Some(count("users") as u64),
            Some(count("previous_users") as u64)
        ),
        "{at}"
    );
    let outcomes = outcomes(found.outcomes.as_ref().unwrap());
    assert_eq!(
        outcomes.to_vec(),
        expected.get::<_, Vec<i64>>("outcomes"),
        "{at}"
    );
    assert_eq!(outcomes.iter().sum::<i64>(), change, "{at}");
    if let Some(by_users) = expected.get::<_, Option<i64>>("by_users") {
        let why = found.why.unwrap();
        assert_eq!(why.users_change, by_users, "{at}");
        assert_eq!(why.users_change + why.per_user_change, change, "{at}");
    }
    if let Some(share) = found.share {
        assert_eq!(share, change as f64 / total as f64, "{at}");
    }
}

fn outcomes(of: &MoverOutcomes) -> [i64; 6] {
    [
        of.completed_change,
        of.failed_change,
        of.timed_out_change,
        of.cancelled_change,
        of.unknown_change,
        of.open_change,
    ]
}
