//! The demo is what it says: the same for a seed, of the promised size, and no different however it is cut.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hasher};

use chrono::{DateTime, TimeDelta, Utc};
use prost::Message;
use shadow_demo::{Demo, Scale};
use shadow_proto::streaming::v1::{
    Event, ExecutionEnd, ExecutionIdentity, Outcome, Trigger, event,
};

const SEED: u64 = 42;

fn end() -> DateTime<Utc> {
    "2026-11-23T10:20:30Z".parse().expect("an instant")
}

/// What is known of an execution after all its events.
#[derive(Debug, PartialEq)]
struct Known {
    workspace_id: String,
    identity: ExecutionIdentity,
    started_at: Option<prost_types::Timestamp>,
    ended: Option<(prost_types::Timestamp, ExecutionEnd)>,
}

fn join(batches: impl Iterator<Item = Vec<Event>>) -> BTreeMap<String, Known> {
    let mut executions = BTreeMap::<String, Known>::new();
    for event in batches.flatten() {
        let at = event.occurred_at.expect("a time");
        let (identity, started_at, ended) = match event.event.expect("an event") {
            event::Event::ExecutionOpened(opened) => (opened.identity, None, None),
            event::Event::ExecutionStarted(started) => (started.identity, Some(at), None),
            event::Event::ExecutionEnded(ended) => {
                let end = ended.end.expect("an end");
                (ended.identity, end.started_at, Some((at, end)))
            }
            _ => continue,
        };
        let identity = identity.expect("an identity");
        let known = executions
            .entry(identity.execution_id.clone())
            .or_insert_with(|| Known {
                workspace_id: event.workspace_id.clone(),
                identity: identity.clone(),
                started_at: None,
                ended: None,
            });
        assert_eq!(known.identity, identity);
        assert_eq!(known.workspace_id, event.workspace_id);
        if known.started_at.is_some() && started_at.is_some() {
            assert_eq!(known.started_at, started_at);
        }
        known.started_at = known.started_at.or(started_at);
        assert!(known.ended.is_none(), "ended twice");
        known.ended = ended;
    }
    executions
}

/// The credits that came and went otherwise than by consumption, in the order of time.
fn credits(batches: impl Iterator<Item = Vec<Event>>) -> Vec<Event> {
    let mut events: Vec<Event> = batches
        .flatten()
        .filter(|event| matches!(event.event, Some(event::Event::CreditEntry(_))))
        .collect();
    events.sort_by_key(|event| {
        let at = event.occurred_at.expect("a time");
        (at.seconds, at.nanos, event.event_id.clone())
    });
    events
}

fn outcome(known: &Known) -> Option<Outcome> {
    known.ended.as_ref().map(|(_, end)| end.outcome())
}

#[test]
fn ninety_days_have_the_promised_size() {
    let demo = Demo::new(SEED, Scale::Small, end());
    let executions = join(demo.events(demo.start(), demo.end()));
    let count =
        |wanted: Option<Outcome>| executions.values().filter(|k| outcome(k) == wanted).count();
    let counts = [
        executions.len(),
        count(Some(Outcome::Completed)),
        count(Some(Outcome::Failed)),
        count(Some(Outcome::Cancelled)),
        count(Some(Outcome::TimedOut)),
        count(Some(Outcome::Unknown)),
        count(None),
    ];
    assert_eq!(counts, [308_798, 284_870, 17_849, 3_871, 322, 1_846, 40]);

    let agents: BTreeSet<_> = executions
        .values()
        .map(|known| (&known.workspace_id, &known.identity.agent_id))
        .collect();
    assert_eq!(agents.len(), 60);
    let users: BTreeSet<_> = executions
        .values()
        .filter(|known| known.identity.trigger() == Trigger::User)
        .filter_map(|known| known.identity.user_id.as_ref())
        .collect();
    // Of 200 people, some only look at pages, and some are gone before the ninety days begin.
    assert_eq!(users.len(), 133);
    let incident = executions
        .values()
        .filter_map(|known| known.ended.as_ref())
        .filter(|(_, end)| end.error_kind.as_deref() == Some("provider_unavailable"))
        .map(|(at, _)| at.seconds / 86_400)
        .collect::<BTreeSet<_>>();
    assert_eq!(incident.len(), 1, "days with an incident");
}

#[test]
fn times_are_in_order_and_in_the_span() {
    let demo = Demo::new(SEED, Scale::Small, end());
    let (from, to) = (demo.end() - TimeDelta::days(3), demo.end());
    let nanos =
        |at: &prost_types::Timestamp| i128::from(at.seconds) * 1_000_000_000 + i128::from(at.nanos);
    let instant = |at: DateTime<Utc>| i128::from(at.timestamp_micros()) * 1_000;
    let mut seen = 0;
    for event in demo.events(from, to).flatten() {
        let at = nanos(&event.occurred_at.expect("a time"));
        assert!((instant(from)..instant(to)).contains(&at));
    }
    for known in join(demo.events(from, to)).values() {
        let opened = nanos(known.identity.opened_at.as_ref().expect("a time"));
        let started = known.started_at.as_ref().map(nanos);
        let ended = known.ended.as_ref().map(|(at, _)| nanos(at));
        assert!(started.is_none_or(|started| opened <= started));
        assert!(ended.is_none_or(|ended| started.unwrap_or(opened) <= ended));
        seen += 1;
    }
    assert!(seen > 5_000, "{seen}");
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let bytes = |seed| {
        let demo = Demo::new(seed, Scale::Small, end());
        let mut hasher = DefaultHasher::new();
        for event in demo
            .events(demo.end() - TimeDelta::days(5), demo.end())
            .flatten()
        {
            hasher.write(&event.encode_to_vec());
        }
        hasher.finish()
    };
    assert_eq!(bytes(SEED), bytes(SEED));
    assert_ne!(bytes(SEED), bytes(SEED + 1));
}

#[test]
fn cutting_the_span_changes_nothing() {
    let demo = Demo::new(SEED, Scale::Small, end());
    let (from, to) = (demo.start(), demo.start() + TimeDelta::days(4));
    let whole = join(demo.events(from, to));
    let cuts = [0, 61, 1_440, 1_441, 3_001, 5_000, 5_760].map(|m| from + TimeDelta::minutes(m));
    let pieces = cuts.windows(2).flat_map(|cut| demo.events(cut[0], cut[1]));
    assert_eq!(join(pieces), whole);
    assert!(whole.len() > 5_000, "{}", whole.len());
    // When somebody pays.
    let cuts = [0, 700, 1_441, 5_760].map(|m| from + TimeDelta::minutes(m));
    let pieces = cuts.windows(2).flat_map(|cut| demo.events(cut[0], cut[1]));
    let paid = credits(demo.events(cuts[0], cuts[3]));
    assert!(paid.len() > 3, "{paid:?}");
    assert_eq!(credits(pieces), paid);
}

#[test]
fn the_directory_names_everything_once() {
    let directory = Demo::new(SEED, Scale::Small, end()).directory();
    let unique = |names: Vec<String>| names.iter().collect::<BTreeSet<_>>().len();
    let users: Vec<_> = directory.users.iter().map(|u| u.user_id.clone()).collect();
    let workspaces = &directory.workspaces;
    assert_eq!(
        (workspaces.len(), users.len(), directory.agents.len()),
        (12, 200, 60)
    );
    assert_eq!(unique(users.clone()), 200);
    let names = directory
        .users
        .iter()
        .map(|user| user.name.clone())
        .collect();
    assert_eq!(unique(names), 200);
    let agents = directory
        .agents
        .iter()
        .map(|agent| format!("{} {}", agent.workspace_id, agent.agent_id))
        .collect();
    assert_eq!(unique(agents), 60);
    let memberships: Vec<_> = directory
        .memberships
        .iter()
        .map(|membership| format!("{} {}", membership.workspace_id, membership.user_id))
        .collect();
    assert_eq!(unique(memberships.clone()), memberships.len());

    let role = |workspace: usize, user: &str| {
        directory
            .memberships
            .iter()
            .find(|m| m.workspace_id == workspaces[workspace].workspace_id && m.user_id == user)
            .map(|membership| membership.role)
    };
    assert_eq!(role(0, "owner@demo"), Some("owner"));
    assert_eq!(role(1, "owner@demo"), Some("viewer"));
    assert_eq!(role(0, "admin@demo"), Some("admin"));
    assert_eq!(role(0, "member@demo"), Some("member"));
    assert_eq!(role(0, "viewer@demo"), Some("viewer"));
    assert_eq!(role(1, "viewer@demo"), None);
    assert_eq!(directory.sign_ins.len(), 6);
    for sign_in in &directory.sign_ins {
        assert!(users.contains(&sign_in.user_id));
    }
}

#[test]
fn what_goes_along_with_executions_has_the_promised_size() {
    let demo = Demo::new(SEED, Scale::Small, end());
    let (from, to) = (demo.start(), demo.start() + TimeDelta::days(7));
    let (mut steps, mut traced, mut ratings) = (0, BTreeSet::new(), Vec::new());
    let (mut activities, mut ids) = (0, BTreeSet::new());
    let executions = join(demo.events(from, to));
    for event in demo.events(from, to).flatten() {
        assert!(ids.insert(event.event_id.clone()), "{event:?}");
        let identity = match event.event.expect("an event") {
            event::Event::ExecutionStep(step) => {
                steps += 1;
                traced.insert(step.identity.clone().map(|identity| identity.execution_id));
                step.identity
            }
            event::Event::ExecutionFeedback(given) => {
                ratings.push(given.feedback.expect("feedback").rating);
                given.identity
            }
            event::Event::Activity(activity) => {
                activities += 1;
                assert!(!activity.user_id.is_empty());
                continue;
            }
            _ => continue,
        };
        let identity = identity.expect("an identity");
        assert_eq!(executions[&identity.execution_id].identity, identity);
    }
    let share = |count: usize| count as f64 / executions.len() as f64;
    assert!(
        (0.03..0.05).contains(&share(traced.len())),
        "{}",
        traced.len()
    );
    assert!(
        (2 * traced.len()..6 * traced.len()).contains(&steps),
        "{steps}"
    );
    assert!(
        (0.02..0.12).contains(&share(ratings.len())),
        "{}",
        ratings.len()
    );
    assert!(ratings.iter().all(|rating| (1..=5).contains(rating)));
    assert!(share(activities) > 0.1, "{activities}");
}
