//! What is paid on the platform: nobody runs out of credits, and revenue moves in every way.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Utc};
use shadow_demo::{Demo, Scale};
use shadow_domain::execution::{Currency, Money};
use shadow_domain::fact::{self, Terms};
use shadow_domain::revenue::{Dated, Ledger, Status};
use shadow_proto::streaming::v1::{CreditKind, Event, SubscriptionChanged, event};
use uuid::Uuid;

const SEED: u64 = 2026;

fn end() -> DateTime<Utc> {
    "2026-11-23T10:20:30Z".parse().expect("an instant")
}

fn instant(at: &prost_types::Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp(at.seconds, at.nanos.cast_unsigned()).expect("an instant")
}

/// The balance of each workspace at the end of each day, in millionths of a credit, and what was consumed on it.
fn balances(demo: &Demo) -> BTreeMap<String, BTreeMap<i64, (i64, i64)>> {
    let mut days = BTreeMap::<String, BTreeMap<i64, (i64, i64)>>::new();
    for event in demo.events(demo.start(), demo.end()).flatten() {
        let day = event.occurred_at.expect("a time").seconds / 86_400;
        let (amount, consumed) = match event.event.expect("an event") {
            event::Event::CreditEntry(entry) => {
                assert!(entry.amount_micro != 0);
                let sign = if entry.kind() == CreditKind::Expiry {
                    -1
                } else {
                    1
                };
                (sign * entry.amount_micro, 0)
            }
            event::Event::ExecutionEnded(ended) => {
                let credits = ended.end.and_then(|end| end.credits_micro).unwrap_or(0);
                (-credits, credits)
            }
            _ => continue,
        };
        let of_day = days
            .entry(event.workspace_id)
            .or_default()
            .entry(day)
            .or_default();
        of_day.0 += amount;
        of_day.1 += consumed;
    }
    for days in days.values_mut() {
        let mut balance = 0;
        for (amount, _) in days.values_mut() {
            balance += *amount;
            *amount = balance;
        }
    }
    days
}

#[test]
fn nobody_is_long_without_credits_and_everybody_has_some_for_weeks() {
    // All of the year: whoever leaves in the course of it must not leave with debts.
    let demo = Demo::new(SEED, Scale::Year, end());
    let names: BTreeMap<_, _> = demo
        .directory()
        .workspaces
        .iter()
        .map(|workspace| (workspace.workspace_id.to_string(), workspace.name))
        .collect();
    let mut runways = Vec::new();
    for (workspace, days) in balances(&demo) {
        let name = names[&workspace];
        let below = days.values().filter(|(balance, _)| *balance < 0).count();
        assert!(below <= 3, "{name} is below zero on {below} days");
        let (balance, _) = days.values().last().expect("days");
        let last: Vec<i64> = days
            .values()
            .rev()
            .take(28)
            .map(|(_, used)| *used)
            .collect();
        let burn = last.iter().sum::<i64>() / last.len() as i64;
        runways.push(balance / burn.max(1));
    }
    assert_eq!(runways.len(), 39);
    let weeks = runways.iter().filter(|days| (7..=90).contains(*days));
    assert!(weeks.count() >= 30, "{runways:?}");
}

fn money(money: &shadow_proto::common::v1::Money) -> Money {
    Money {
        currency: Currency::parse(&money.currency).expect("a currency"),
        micros: money.micros,
    }
}

fn dated(event: &Event) -> Dated {
    let Some(event::Event::SubscriptionChanged(changed)) = &event.event else {
        panic!("no subscription: {event:?}");
    };
    Dated {
        occurred_at: instant(event.occurred_at.as_ref().expect("a time")),
        event_id: Uuid::parse_str(&event.event_id).expect("an id"),
        changed: fact(changed),
    }
}

fn fact(changed: &SubscriptionChanged) -> fact::SubscriptionChanged {
    let change = fact::SubscriptionChange::from_code(i32::from(changed.change()) as i16);
    fact::SubscriptionChanged {
        subscription_id: changed.subscription_id.clone(),
        change: change.expect("a change"),
        terms: changed.terms.as_ref().map(|terms| Terms {
            plan_id: terms.plan_id.clone(),
            price: money(terms.price.as_ref().expect("a price")),
            interval: fact::BillingInterval::from_code(i32::from(terms.interval()) as i16)
                .expect("an interval"),
            interval_count: terms.interval_count as i32,
            quantity: terms.quantity as i32,
            recurring_discount_micros: terms.recurring_discount_micros,
        }),
        ends_at: changed.ends_at.as_ref().map(instant),
    }
}

/// The ledger of each workspace.
fn ledgers(demo: &Demo) -> Vec<Ledger> {
    let mut events = BTreeMap::<String, Vec<Dated>>::new();
    for event in demo.subscriptions(DateTime::UNIX_EPOCH, demo.end()) {
        let dated = dated(&event);
        events.entry(event.workspace_id).or_default().push(dated);
    }
    events.values().map(|events| Ledger::of(events)).collect()
}

#[test]
fn revenue_moves_in_every_way_and_the_bridge_holds_in_every_month() {
    let demo = Demo::new(SEED, Scale::Year, end());
    let ledgers = ledgers(&demo);
    assert_eq!(ledgers.len(), 39, "one workspace never subscribed");
    let mrr = |at: DateTime<Utc>| -> i64 {
        let intervals = ledgers.iter().flat_map(|ledger| &ledger.intervals);
        intervals
            .filter(|interval| interval.contains(at))
            .map(|interval| interval.state.mrr_micros)
            .sum()
    };
    let mut months = Vec::new();
    let mut month = demo.start().date_naive().with_day(1).expect("a day");
    while month < demo.end().date_naive() {
        months.push(month.and_time(chrono::NaiveTime::MIN).and_utc());
        month = month + chrono::Months::new(1);
    }
    let mut seen = BTreeMap::<&str, usize>::new();
    for month in months.windows(2) {
        let within = |at: DateTime<Utc>| month[0] <= at && at < month[1];
        let moved: Vec<_> = ledgers
            .iter()
            .flat_map(|ledger| &ledger.movements)
            .filter(|movement| within(movement.at))
            .collect();
        let change: i64 = moved
            .iter()
            .map(|movement| movement.after_micros - movement.before_micros)
            .sum();
        assert_eq!(mrr(month[0]) + change, mrr(month[1]), "{}", month[0]);
        let kinds: BTreeSet<_> = moved.iter().map(|movement| movement.kind.name()).collect();
        for kind in kinds {
            *seen.entry(kind).or_default() += 1;
        }
    }
    assert_eq!(months.len(), 13);
    for kind in ["new", "reactivation", "expansion", "contraction", "churn"] {
        assert!(seen[kind] >= 7, "{kind} in {seen:?} of 12 months");
    }
    let growth = mrr(demo.end()) as f64 / mrr(demo.start()) as f64;
    assert!((1.1..2.5).contains(&growth), "{growth}");
}

#[test]
fn subscriptions_are_in_every_state_on_four_plans() {
    let demo = Demo::new(SEED, Scale::Year, end());
    let ledgers = ledgers(&demo);
    let now: Vec<_> = ledgers
        .iter()
        .filter_map(|ledger| ledger.intervals.iter().find(|i| i.contains(demo.end())))
        .map(|interval| &interval.state)
        .collect();
    let count = |status| now.iter().filter(|state| state.status == status).count();
    let counts = [
        Status::Active,
        Status::Trial,
        Status::Paused,
        Status::PastDue,
        Status::Cancelled,
    ]
    .map(count);
    assert_eq!(counts, [32, 1, 1, 1, 4]);
    let plans: BTreeSet<_> = now.iter().map(|state| state.plan_id.as_str()).collect();
    assert_eq!(plans.len(), 4, "{plans:?}");
}

#[test]
fn what_is_told_of_subscriptions_in_parts_is_what_is_told_at_once() {
    let demo = Demo::new(SEED, Scale::Small, end());
    let from = DateTime::UNIX_EPOCH;
    let whole = demo.subscriptions(from, demo.end());
    let cut = demo.recent();
    let mut parts = demo.subscriptions(from, cut);
    assert!(!parts.is_empty());
    parts.extend(demo.subscriptions(cut, demo.end()));
    assert_eq!(parts, whole);
}

#[test]
fn whoever_subscribes_has_been_told_what_the_plans_are() {
    let demo = Demo::new(SEED, Scale::Year, end());
    let mut told = BTreeMap::<(String, String), DateTime<Utc>>::new();
    for event in demo.plans(DateTime::UNIX_EPOCH, demo.end()) {
        let at = instant(event.occurred_at.as_ref().expect("a time"));
        let Some(event::Event::PlanChanged(plan)) = event.event else {
            panic!("no plan: {event:?}");
        };
        assert!(plan.name.is_some_and(|name| !name.is_empty()));
        let again = told.insert((event.workspace_id, plan.plan_id), at);
        assert_eq!(again, None, "a workspace is told once");
    }
    let mut seen = BTreeSet::new();
    for event in demo.subscriptions(DateTime::UNIX_EPOCH, demo.end()) {
        let at = instant(event.occurred_at.as_ref().expect("a time"));
        let Some(event::Event::SubscriptionChanged(changed)) = event.event else {
            panic!("no subscription: {event:?}");
        };
        if let Some(terms) = changed.terms {
            assert!(told[&(event.workspace_id, terms.plan_id.clone())] <= at);
            seen.insert(terms.plan_id);
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}
