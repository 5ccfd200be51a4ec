//! The year has the promised size and its incidents, and people come and go as people do.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use shadow_demo::{Demo, Scale};
use shadow_proto::streaming::v1::{Event, Outcome, event};

const SEED: u64 = 2026;

fn end() -> DateTime<Utc> {
    "2026-11-23T10:20:30Z".parse().expect("an instant")
}

fn day(demo: &Demo, day: i64) -> impl Iterator<Item = Event> + '_ {
    let from = demo.start() + TimeDelta::days(day);
    demo.events(from, from + TimeDelta::days(1)).flatten()
}

#[test]
fn a_year_has_the_promised_size() {
    let demo = Demo::new(SEED, Scale::Year, end());
    let directory = demo.directory();
    assert_eq!(
        (
            directory.workspaces.len(),
            directory.users.len(),
            directory.agents.len()
        ),
        (40, 2_000, 200)
    );
    let names: BTreeSet<_> = directory.users.iter().map(|user| &user.name).collect();
    assert_eq!(names.len(), 2_000);
    let agents: BTreeSet<_> = directory
        .agents
        .iter()
        .map(|agent| (agent.workspace_id, &agent.agent_id))
        .collect();
    assert_eq!(agents.len(), 200);

    // Each 13th day stands for those around it: 13 is no multiple of a week.
    let (mut executions, mut activities) = (0, 0);
    let mut people = BTreeSet::new();
    for of_year in (6..365).step_by(13) {
        for event in day(&demo, of_year) {
            match event.event.expect("an event") {
                event::Event::ExecutionEnded(_) => executions += 1,
                event::Event::Activity(activity) => {
                    activities += 1;
                    people.insert(activity.user_id);
                }
                _ => {}
            }
        }
    }
    let of_year = |count: i32| count * 365 / 28;
    assert!(
        (1_800_000..2_200_000).contains(&of_year(executions)),
        "{}",
        of_year(executions)
    );
    assert!(
        (400_000..1_200_000).contains(&of_year(activities)),
        "{}",
        of_year(activities)
    );
    assert!(people.len() > 1_200, "{}", people.len());
}

#[test]
fn the_provider_is_down_for_an_afternoon_and_a_version_is_rolled_back() {
    let demo = Demo::new(SEED, Scale::Small, end());
    let first = demo.directory().workspaces[0].workspace_id.to_string();
    let mut outage = BTreeSet::new();
    let mut versions = BTreeMap::<String, (i32, i32, i64, i64)>::new();
    let from = demo.end() - TimeDelta::days(60);
    for event in demo.events(from, demo.end()).flatten() {
        let at = event.occurred_at.expect("a time").seconds;
        let Some(event::Event::ExecutionEnded(ended)) = event.event else {
            continue;
        };
        let (identity, end) = (ended.identity.expect("one"), ended.end.expect("an end"));
        if end.error_kind.as_deref() == Some("provider_unavailable") {
            outage.insert(at / 86_400);
        }
        if event.workspace_id != first || identity.agent_id != "shipment-assistant" {
            continue;
        }
        let of_version = versions
            .entry(identity.agent_version.unwrap_or_default())
            .or_insert((0, 0, at, at));
        of_version.0 += i32::from(end.outcome() == Outcome::Completed);
        of_version.1 += i32::from(end.outcome() == Outcome::Failed);
        (of_version.2, of_version.3) = (of_version.2.min(at), of_version.3.max(at));
    }
    assert_eq!(outage.len(), 1, "days with an outage");
    let (bad, good): (Vec<_>, Vec<_>) = versions
        .iter()
        .filter(|(name, _)| !name.is_empty())
        .partition(|(name, _)| name.ends_with(".3"));
    assert_eq!(bad.len(), 1, "{versions:?}");
    let (completed, failed, begun, over) = *bad[0].1;
    assert!(failed * 3 > completed && failed > 100, "{versions:?}");
    // The versions before it and after it are the same again, and do not fail so.
    let around = good.iter().find(|(_, of)| of.2 < begun && over < of.3);
    let (_, (completed, failed, ..)) = around.expect("a version that was rolled back to");
    assert!(failed * 6 < *completed, "{versions:?}");
}

#[test]
fn an_error_comes_back_after_weeks() {
    let demo = Demo::new(SEED, Scale::Small, end());
    let mut days = BTreeMap::<i64, BTreeSet<String>>::new();
    for event in demo.events(demo.start(), demo.end()).flatten() {
        let at = event.occurred_at.expect("a time").seconds;
        if let Some(event::Event::ExecutionEnded(ended)) = event.event
            && let Some(end) = ended.end
            && end.error_kind.as_deref() == Some("storage_error")
        {
            let message = end.error_message.expect("a message");
            days.entry(at / 86_400).or_default().insert(message);
        }
    }
    let all: Vec<_> = days.keys().copied().collect();
    let gaps = all.windows(2).filter(|pair| pair[1] - pair[0] > 21).count();
    assert_eq!(gaps, 1, "{all:?}");
    let messages: usize = days.values().map(BTreeSet::len).sum();
    assert!(messages > 100, "they differ: {messages}");
}

#[test]
fn people_stay_go_and_come_back() {
    let demo = Demo::new(SEED, Scale::Small, end());
    let mut weeks = vec![BTreeSet::<String>::new(); 12];
    for event in demo.events(demo.start(), demo.end()).flatten() {
        let at = event.occurred_at.expect("a time").seconds - demo.start().timestamp();
        if let Some(event::Event::Activity(activity)) = event.event
            && let Some(week) = weeks.get_mut((at / (7 * 86_400)) as usize)
        {
            week.insert(activity.user_id);
        }
    }
    let share =
        |after: usize| weeks[0].intersection(&weeks[after]).count() as f64 / weeks[0].len() as f64;
    assert!((0.6..0.99).contains(&share(1)), "{}", share(1));
    assert!(share(11) < share(1) && share(11) > 0.3, "{}", share(11));
    let back = weeks[11]
        .iter()
        .filter(|user| !weeks[9].contains(*user) && !weeks[10].contains(*user))
        .filter(|user| weeks[..9].iter().any(|week| week.contains(*user)))
        .count();
    assert!(back > 1, "{back}");
}

#[test]
fn some_workspaces_are_quiet() {
    let demo = Demo::new(SEED, Scale::Year, end());
    let directory = demo.directory();
    let runs = |name: &str, of_year: i64| {
        let workspace = directory.workspaces.iter().find(|w| w.name == name);
        let id = workspace.expect("it is there").workspace_id.to_string();
        day(&demo, of_year)
            .filter(|event| matches!(event.event, Some(event::Event::ExecutionEnded(_))))
            .filter(|event| event.workspace_id == id)
            .count()
    };
    // One fell silent more than 30 days ago, one is leaving, one was made and never used.
    assert!(runs("Harrow Estates", 310) > 20);
    assert_eq!(runs("Harrow Estates", 330), 0);
    assert_eq!(runs("Harrow Estates", 364), 0);
    assert!(runs("Fjordline Travel", 364) * 2 < runs("Fjordline Travel", 350));
    assert_eq!(runs("Newfield Labs", 364), 0);
    // One comes in the course of the year.
    assert_eq!(runs("Heron Surveys", 326), 0);
    assert!(runs("Heron Surveys", 360) > 5);
}
