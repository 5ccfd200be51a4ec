//! What comes live is the same for a seed, in order, and as much as was asked for.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use shadow_demo::{Demo, Scale};
use shadow_proto::streaming::v1::{Event, ExecutionIdentity, Outcome, event};

const RATE: f64 = 5.0;

fn begin() -> DateTime<Utc> {
    "2026-11-23T10:20:30Z".parse().expect("an instant")
}

fn hour(seed: u64) -> Vec<(DateTime<Utc>, Event)> {
    let demo = Demo::new(42, Scale::Small, begin());
    let end = begin() + TimeDelta::hours(1);
    demo.live(seed, begin(), RATE)
        .take_while(|(at, _)| *at < end)
        .collect()
}

/// The identity, and which of the three steps of its life it is; none for what goes along with it.
fn step(event: &Event) -> Option<(ExecutionIdentity, usize)> {
    let (identity, step) = match event.event.as_ref().expect("an event") {
        event::Event::ExecutionOpened(opened) => (&opened.identity, 0),
        event::Event::ExecutionStarted(started) => (&started.identity, 1),
        event::Event::ExecutionEnded(ended) => (&ended.identity, 2),
        _ => return None,
    };
    Some((identity.clone().expect("an identity"), step))
}

#[test]
fn a_seed_gives_the_same_and_another_one_something_else() {
    assert_eq!(hour(1), hour(1));
    assert_ne!(hour(1)[0], hour(2)[0]);
}

#[test]
fn executions_open_start_and_end_in_order() {
    let events = hour(1);
    assert!(events.is_sorted_by_key(|(at, _)| *at));
    assert!(events.iter().all(|(at, _)| *at > begin()));
    let ids: BTreeSet<_> = events.iter().map(|(_, event)| &event.event_id).collect();
    assert_eq!(ids.len(), events.len());

    let mut steps = BTreeMap::<String, Vec<(usize, DateTime<Utc>)>>::new();
    let mut workspaces = BTreeSet::new();
    for (at, event) in &events {
        workspaces.insert(event.workspace_id.clone());
        let Some((identity, step)) = step(event) else {
            continue;
        };
        steps
            .entry(identity.execution_id)
            .or_default()
            .push((step, *at));
    }
    assert_eq!(workspaces.len(), 12);
    let opened = steps.len() as f64;
    assert!((opened / (RATE * 3_600.0) - 1.0).abs() < 0.05, "{opened}");
    let mut ended = 0;
    for steps in steps.values() {
        assert_eq!(steps[0].0, 0);
        assert!(steps.is_sorted_by(|before, after| before.0 < after.0));
        if let Some((2, at)) = steps.last() {
            assert!(*at > steps[0].1);
            ended += 1;
        }
    }
    // What goes on for long is still open.
    assert!((0.9..1.0).contains(&(f64::from(ended) / opened)), "{ended}");
}

#[test]
fn what_is_open_is_cancelled_and_nothing_else() {
    let demo = Demo::new(42, Scale::Small, begin());
    let mut live = demo.live(1, begin(), RATE);
    let mut open = BTreeMap::new();
    let mut now = begin();
    for (at, event) in live.by_ref().take(8_000) {
        let Some((identity, step)) = step(&event) else {
            continue;
        };
        match step {
            2 => drop(open.remove(&identity.execution_id)),
            _ => drop(open.insert(identity.execution_id.clone(), (step, event.event_id))),
        }
        now = at;
    }
    assert!(open.len() > 10);
    let mut left = open.clone();
    for event in live.cancel(now) {
        if let Some(event::Event::AgentChanged(agent)) = &event.event {
            assert!(
                agent.deleted,
                "an agent that was made for a while is given up"
            );
            continue;
        }
        if let Some(event::Event::UserChanged(user)) = &event.event {
            let name = user.name.as_deref().expect("a name");
            assert!(!name.contains("on call"), "{name} is called as before");
            continue;
        }
        let (identity, _) = step(&event).expect("an end");
        let (last, _) = left.remove(&identity.execution_id).expect("it is open");
        let Some(event::Event::ExecutionEnded(ended)) = event.event else {
            panic!("no end");
        };
        let end = ended.end.expect("an end");
        assert_eq!(end.outcome(), Outcome::Cancelled);
        if last == 0 {
            assert_eq!((end.started_at, end.duration), (None, None));
        }
        let started = end.started_at.map(|at| (at.seconds, at.nanos));
        let at = event.occurred_at.expect("a time");
        assert!(started.is_none_or(|started| started <= (at.seconds, at.nanos)));
    }
    // Of a few nobody ever hears again.
    assert!(left.len() <= 2, "{left:?}");
}

#[test]
fn every_kind_comes_and_steps_come_while_their_execution_is_open() {
    let mut kinds = BTreeMap::<&str, usize>::new();
    let mut open = BTreeSet::new();
    for (_, event) in hour(1) {
        let lifecycle = step(&event);
        let kind = match event.event.expect("an event") {
            event::Event::ExecutionStep(step) => {
                let id = step.identity.expect("an identity").execution_id;
                assert!(open.contains(&id), "a step of what is not open");
                "step"
            }
            event::Event::ExecutionFeedback(_) => "feedback",
            event::Event::Activity(_) => "activity",
            event::Event::CreditEntry(entry) => {
                assert_ne!(entry.amount_micro, 0);
                "credits"
            }
            event::Event::SubscriptionChanged(changed) => {
                let terms = changed.terms.expect("terms");
                let price = terms.price.expect("a price").micros;
                let whole = price * i64::from(terms.quantity);
                assert!((0..=whole).contains(&terms.recurring_discount_micros));
                "subscription"
            }
            event::Event::WorkspaceChanged(_) => "workspace",
            event::Event::AgentChanged(_) => "agent",
            event::Event::UserChanged(user) => {
                assert!(user.name.is_some());
                "user"
            }
            _ => {
                let (identity, step) = lifecycle.expect("an event of an execution");
                match step {
                    2 => drop(open.remove(&identity.execution_id)),
                    _ => drop(open.insert(identity.execution_id)),
                }
                "execution"
            }
        };
        *kinds.entry(kind).or_default() += 1;
    }
    let names: Vec<&str> = kinds.keys().copied().collect();
    assert_eq!(
        names,
        [
            "activity",
            "agent",
            "credits",
            "execution",
            "feedback",
            "step",
            "subscription",
            "user",
            "workspace"
        ]
    );
}
