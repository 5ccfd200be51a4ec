//! What happens on a platform beside executions while somebody looks on: credits, subscriptions, and what is made and
//! renamed. Memberships are no part of it: a key that may publish need not be one that may give roles.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_proto::common::v1::Money;
use shadow_proto::streaming::v1::{
    AgentChanged, CreditEntry, CreditKind, Event, SubscriptionChange, UserChanged,
    WorkspaceChanged, event,
};

use crate::execution::{span, timestamp, uuid};
use crate::random::Random;
use crate::scale::World;
use crate::subscriptions;
use crate::workspaces::Profile;

/// How often something of each kind comes, for each execution.
const CREDITS: f64 = 0.004;
const SUBSCRIPTIONS: f64 = 0.002;
const DIRECTORY: f64 = 0.002;

/// What a credit costs, in millionths of a unit.
const CREDIT_MICROS: i64 = 9_000;

/// What happens beside an execution that is opened at an instant, in the workspace of that.
pub(super) fn events(
    world: &World,
    workspace: &Profile,
    at: DateTime<Utc>,
    random: &mut Random,
) -> Vec<(DateTime<Utc>, Event)> {
    let mut told = Vec::new();
    if random.chance(CREDITS) {
        told.push((at, event::Event::CreditEntry(credits(random))));
    }
    if random.chance(SUBSCRIPTIONS) {
        told.extend(seats(world, workspace, at, random).map(|event| (at, event)));
    }
    if random.chance(DIRECTORY) {
        told.extend(directory(workspace, at, random));
    }
    told.into_iter()
        .map(|(at, event)| {
            let event = Event {
                event_id: uuid(at, random.bytes()).to_string(),
                workspace_id: workspace.id.to_string(),
                occurred_at: Some(timestamp(at)),
                event: Some(event),
            };
            (at, event)
        })
        .collect()
}

/// Mostly a purchase; little against what a workspace has.
fn credits(random: &mut Random) -> CreditEntry {
    let kinds = [
        CreditKind::Purchase,
        CreditKind::Grant,
        CreditKind::Refund,
        CreditKind::Adjustment,
    ];
    let kind = kinds[random.weighted([0.6, 0.2, 0.12, 0.08].into_iter())];
    let credits = match kind {
        CreditKind::Purchase => 500 * (1 + random.below(6) as i64),
        CreditKind::Adjustment => -(1 + random.below(20) as i64),
        _ => 10 * (1 + random.below(10) as i64),
    };
    CreditEntry {
        kind: kind.into(),
        amount_micro: credits * 1_000_000,
        price: (kind == CreditKind::Purchase).then(|| Money {
            currency: "USD".to_owned(),
            micros: credits * CREDIT_MICROS,
        }),
        note: (kind == CreditKind::Adjustment).then(|| "Corrected by support".to_owned()),
    }
}

/// Some seats more or fewer than the story has; none where nothing is subscribed to.
fn seats(
    world: &World,
    workspace: &Profile,
    at: DateTime<Utc>,
    random: &mut Random,
) -> Option<event::Event> {
    let changes = subscriptions::changes(world, workspace);
    let before = |change: &&subscriptions::Change| change.at <= at && change.terms.is_some();
    let mut last = changes.iter().rfind(before)?.clone();
    let terms = last.terms.as_mut()?;
    // What is left of each seat after discounts stays what it is.
    let (had, more) = (terms.quantity, random.below(5) as u32);
    let quantity = (had + more).saturating_sub(2).max(1);
    terms.recurring_discount_micros =
        terms.recurring_discount_micros / i64::from(had.max(1)) * i64::from(quantity);
    terms.quantity = quantity;
    last.change = SubscriptionChange::Changed;
    last.event(workspace, [0; 10]).event
}

/// What a person is called for a while, after the name.
pub(super) const ON_CALL: &str = " (on call)";

/// The workspace says what it is, or somebody makes an agent, which is given up some minutes later, or is called otherwise for
/// as long.
fn directory(
    workspace: &Profile,
    at: DateTime<Utc>,
    random: &mut Random,
) -> Vec<(DateTime<Utc>, event::Event)> {
    if random.chance(0.5) {
        let changed = WorkspaceChanged {
            name: Some(workspace.name.to_owned()),
            zone: workspace.zone_name.to_owned(),
            deleted: false,
        };
        return vec![(at, event::Event::WorkspaceChanged(changed))];
    }
    let later = at + TimeDelta::seconds(20) + span(random.lognormal(240.0, 0.6).min(3_600.0));
    if random.chance(0.5) && !workspace.people.is_empty() {
        let person = &workspace.people[random.below(workspace.people.len())];
        let called = |name: String| UserChanged {
            user_id: person.id.clone(),
            name: Some(name),
            email: Some(person.id.clone()),
            deleted: false,
        };
        let for_a_while = called(format!("{}{ON_CALL}", person.name));
        return vec![
            (at, event::Event::UserChanged(for_a_while)),
            (
                later,
                event::Event::UserChanged(called(person.name.clone())),
            ),
        ];
    }
    let number = random.below(900) + 100;
    let made = AgentChanged {
        agent_id: format!("draft-{number}"),
        name: Some(format!("Draft {number}")),
        deleted: false,
    };
    let given_up = AgentChanged {
        deleted: true,
        ..made.clone()
    };
    vec![
        (at, event::Event::AgentChanged(made)),
        (later, event::Event::AgentChanged(given_up)),
    ]
}
