//! What a workspace pays on a day: its subscription, and credits when it needs them. Like everything of a day it is drawn
//! from the seed, the workspace and the day alone: a renewal tells all terms, so none before it has to be known.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use shadow_domain::time::UtcDay;
use shadow_proto::common::v1::Money;
use shadow_proto::streaming::v1::{
    BillingInterval, CreditEntry, CreditKind, Event, SubscriptionChange, SubscriptionChanged,
    SubscriptionTerms, event,
};

use crate::execution::{timestamp, uuid};
use crate::random::Random;
use crate::workspaces::Profile;

/// Name, and the price of a seat and month in whole units.
const PLANS: [(&str, i64); 3] = [("starter", 19), ("team", 39), ("enterprise", 79)];

/// What a credit costs, in millionths of a unit.
const CREDIT_MICROS: f64 = 9_000.0;

/// Credits that a workspace of middling size buys for a month.
const MONTHLY_CREDITS: f64 = 72_000.0;

/// How likely a workspace gives up in a month, until it thinks better of it at the next renewal.
const LEAVES: f64 = 0.12;

/// What happens on a day, in the order of time.
pub(crate) fn events(seed: u64, workspace: &Profile, day: UtcDay) -> Vec<(DateTime<Utc>, Event)> {
    // No month lacks these days, and each workspace has one of its own.
    let renewal = 2 + 2 * workspace.number as u32;
    let date = day.date();
    let mut random = Random::new(seed, [7, workspace.number as i64, i64::from(day.0)]);
    let month = i64::from(date.year()) * 12 + i64::from(date.month0());
    let mut events = Vec::new();
    let mut tell = |after: TimeDelta, event: event::Event| {
        let at = day.start() + after + TimeDelta::milliseconds((random.unit() * 6e5) as i64);
        let event_id = uuid(at, random.bytes()).to_string();
        let event = Event {
            event_id,
            workspace_id: workspace.id.to_string(),
            occurred_at: Some(timestamp(at)),
            event: Some(event),
        };
        events.push((at, event));
    };
    if date.day() == renewal {
        let change = if leaves(seed, workspace, month - 1) {
            SubscriptionChange::Reactivated
        } else {
            SubscriptionChange::Changed
        };
        tell(
            TimeDelta::hours(8),
            subscription(change, Some(terms(seed, workspace, month))),
        );
        tell(TimeDelta::hours(9), purchase(workspace));
        tell(TimeDelta::hours(10), grant(workspace));
    }
    if date.day() == renewal + 3 && leaves(seed, workspace, month) {
        tell(
            TimeDelta::hours(15),
            subscription(SubscriptionChange::Cancelled, None),
        );
    }
    events
}

/// Whether a workspace gives up in a month.
fn leaves(seed: u64, workspace: &Profile, month: i64) -> bool {
    Random::new(seed, [8, workspace.number as i64, month]).chance(LEAVES)
}

/// Seats come and go with the slow wave of the workspace; a new plan comes with the year.
fn terms(seed: u64, workspace: &Profile, month: i64) -> SubscriptionTerms {
    let mut random = Random::new(seed, [9, workspace.number as i64, month]);
    let wave = libm::sin(month as f64 * 0.9 + workspace.phase);
    let seats = workspace.people.len() as f64 * (1.0 + 0.25 * wave + random.between(-0.05, 0.1));
    let plan = usize::from(workspace.weight > 0.5) + usize::from(workspace.weight > 1.4);
    let (plan_id, price) = PLANS[plan];
    let quantity = (libm::round(seats) as u32).max(1);
    SubscriptionTerms {
        plan_id: plan_id.to_owned(),
        price: Some(Money {
            currency: "USD".to_owned(),
            micros: price * 1_000_000,
        }),
        interval: BillingInterval::Month.into(),
        interval_count: 1,
        quantity,
        // Whoever has many seats has them for less.
        recurring_discount_micros: i64::from(quantity / 20) * price * 1_000_000,
    }
}

fn subscription(change: SubscriptionChange, terms: Option<SubscriptionTerms>) -> event::Event {
    event::Event::SubscriptionChanged(SubscriptionChanged {
        subscription_id: "main".to_owned(),
        change: change.into(),
        terms,
        ends_at: None,
    })
}

fn purchase(workspace: &Profile) -> event::Event {
    let credits = libm::round(MONTHLY_CREDITS * workspace.weight);
    event::Event::CreditEntry(CreditEntry {
        kind: CreditKind::Purchase.into(),
        amount_micro: credits as i64 * 1_000_000,
        price: Some(Money {
            currency: "USD".to_owned(),
            micros: (credits * CREDIT_MICROS) as i64,
        }),
        note: None,
    })
}

/// What comes with the seats.
fn grant(workspace: &Profile) -> event::Event {
    event::Event::CreditEntry(CreditEntry {
        kind: CreditKind::Grant.into(),
        amount_micro: workspace.people.len() as i64 * 50_000_000,
        price: None,
        note: Some("Included in the plan".to_owned()),
    })
}
