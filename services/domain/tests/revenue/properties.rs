//! What must hold for any events.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::sample::select;
use shadow_domain::execution::{Currency, Money};
use shadow_domain::fact::SubscriptionChange::{self, *};
use shadow_domain::fact::Terms;
use shadow_domain::revenue::{
    Dated, GRACE, Ledger, Movement, MovementKind, READ_AS_ONE, Retention, Waterfall, mrr_micros,
};
use uuid::Uuid;

use crate::support::{at, event, mrr_at};

/// Events at multiples of so many minutes.
fn any_events(minutes: i64) -> impl Strategy<Value = Vec<Dated>> {
    let one = (
        0i64..400,
        select(vec!["a", "b", "c"]),
        select(SubscriptionChange::ALL.to_vec()),
        (1i64..5, 1i32..4, select(vec!["USD", "EUR"]), 0i64..30),
    );
    let one = one.prop_map(
        move |(step, id, change, (units, quantity, currency, more))| {
            let occurred_at = at(0) + TimeDelta::minutes(step * minutes);
            let mut event = event(occurred_at, id, change, units);
            if let Some(terms) = &mut event.changed.terms {
                terms.quantity = quantity;
                terms.price.currency = Currency::parse(currency).unwrap();
            }
            let ends_at = occurred_at + TimeDelta::minutes(more * minutes);
            event.changed.ends_at = (change == CancelAtPeriodEnd).then_some(ends_at);
            event
        },
    );
    prop::collection::vec(one, 0..24).prop_map(|mut events| {
        for (index, event) in events.iter_mut().enumerate() {
            event.event_id = Uuid::from_u128(index as u128);
        }
        events
    })
}

/// What a subscription pays at a time, told event by event and without intervals.
fn told(events: &[Dated], id: &str, at: DateTime<Utc>) -> Option<Money> {
    let mut before: Vec<&Dated> = events
        .iter()
        .filter(|event| event.changed.subscription_id == id && event.occurred_at <= at)
        .collect();
    before.sort_by_key(|event| (event.occurred_at, event.event_id));
    let (mut paid, mut terms, mut grace, mut ends, mut over) =
        (false, None::<Terms>, None, None, false);
    let ended = |ends: &Option<DateTime<Utc>>, at| ends.is_some_and(|ends| ends <= at);
    for Dated {
        occurred_at,
        changed,
        ..
    } in before
    {
        over = over || ended(&ends, *occurred_at);
        match changed.change {
            Started | Reactivated => {
                (paid, terms, grace, ends, over) = (true, changed.terms.clone(), None, None, false);
            }
            TrialStarted => {
                (paid, terms, grace, ends, over) =
                    (false, changed.terms.clone(), None, None, false);
            }
            Changed => {
                paid = paid || terms.is_none();
                terms = changed.terms.clone();
            }
            _ if over || terms.is_none() => {}
            Paused => (paid, grace) = (false, None),
            PastDue => grace = grace.or(paid.then(|| *occurred_at + GRACE)),
            CancelAtPeriodEnd => ends = changed.ends_at,
            Cancelled => over = true,
        }
    }
    let terms = terms.filter(|_| paid && !over && !ended(&ends, at) && !ended(&grace, at))?;
    Some(Money {
        currency: terms.price.currency,
        micros: mrr_micros(&terms),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_order_gives_the_same_ledger(events in any_events(7), shuffled in any::<prop::sample::Index>()) {
        let mut other = events.clone();
        let by = shuffled.index(events.len() + 1);
        other.rotate_left(by);
        other.reverse();
        prop_assert_eq!(Ledger::of(&events), Ledger::of(&other));
    }

    #[test]
    fn the_bridge_holds_to_the_micro(events in any_events(7), from in 0i64..3_000, length in 0i64..3_000) {
        let ledger = Ledger::of(&events);
        let (start, end) = (at(0) + TimeDelta::minutes(from), at(0) + TimeDelta::minutes(from + length));
        for currency in ["USD", "EUR"].map(|code| Currency::parse(code).unwrap()) {
            // A movement at the start belongs to the period, so what was before it is the instant before.
            let instant = TimeDelta::microseconds(1);
            let mut waterfall = Waterfall {
                start_micros: mrr_at(&ledger.intervals, currency, start - instant),
                ..Waterfall::default()
            };
            let within = |m: &&Movement| m.currency == currency && start <= m.at && m.at < end;
            ledger.movements.iter().filter(within).for_each(|m| waterfall.add(m));
            prop_assert_eq!(waterfall.end_micros(), mrr_at(&ledger.intervals, currency, end - instant));
        }
    }

    #[test]
    fn movements_follow_each_other(events in any_events(7)) {
        let ledger = Ledger::of(&events);
        let mut paid = BTreeMap::<Currency, i64>::new();
        let (mut ever, mut last) = (false, None::<DateTime<Utc>>);
        for chunk in ledger.movements.chunk_by(|a, b| a.at == b.at) {
            let at = chunk[0].at;
            prop_assert!(last.is_none_or(|last| at - last > READ_AS_ONE), "{at} after {last:?}");
            last = Some(at);
            for movement in chunk {
                let (before, after) = (movement.before_micros, movement.after_micros);
                prop_assert_eq!(paid.insert(movement.currency, after).unwrap_or(0), before);
                let kind = match (before, after) {
                    (0, _) if !ever => MovementKind::New,
                    (0, _) => MovementKind::Reactivation,
                    (_, 0) => MovementKind::Churn,
                    _ if after > before => MovementKind::Expansion,
                    _ => MovementKind::Contraction,
                };
                prop_assert_ne!(before, after);
                prop_assert_eq!(movement.kind, kind);
            }
            ever = true;
        }
    }

    #[test]
    fn intervals_have_neither_gaps_nor_overlaps(events in any_events(7)) {
        let ledger = Ledger::of(&events);
        for chunk in ledger.intervals.chunk_by(|a, b| a.subscription_id == b.subscription_id) {
            for pair in chunk.windows(2) {
                prop_assert_eq!(pair[0].end, Some(pair[1].start));
                prop_assert!(pair[0].start < pair[1].start);
                prop_assert_ne!(&pair[0].state, &pair[1].state);
            }
            prop_assert_eq!(chunk.last().and_then(|last| last.end), None);
        }
    }

    /// More than an hour apart nothing is read as one, and each instant has what the events before it tell.
    #[test]
    fn intervals_say_what_the_events_tell(events in any_events(120), probes in prop::collection::vec(0i64..60_000, 20)) {
        let ledger = Ledger::of(&events);
        let ids: BTreeSet<&str> = events.iter().map(|event| event.changed.subscription_id.as_str()).collect();
        for probe in probes {
            let at = at(0) + TimeDelta::minutes(probe);
            for id in &ids {
                let found = ledger.intervals.iter().find(|i| i.subscription_id == *id && i.contains(at));
                let found = found.filter(|i| i.state.mrr_micros > 0);
                let found = found.map(|i| Money { currency: i.state.currency, micros: i.state.mrr_micros });
                prop_assert_eq!(found, told(&events, id, at), "{} at {}", id, at);
            }
        }
    }

    #[test]
    fn gross_is_never_above_net(customers in prop::collection::vec((0i64..100, 0i64..100), 0..20)) {
        let mut retention = Retention::default();
        customers.iter().for_each(|(start, end)| retention.add(*start, *end));
        if let (Some(nrr), Some(grr)) = (retention.nrr(), retention.grr()) {
            prop_assert!(grr <= nrr && grr <= 1.0, "{grr} and {nrr}");
            prop_assert!((grr + retention.gross_churn().unwrap() - 1.0).abs() < 1e-12);
            prop_assert!((0.0..=1.0).contains(&retention.logo_churn().unwrap()));
        }
    }
}
