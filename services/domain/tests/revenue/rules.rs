//! The golden numbers, and the rules one by one.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::execution::Currency;
use shadow_domain::fact::SubscriptionChange::*;
use shadow_domain::revenue::{
    Dated, GRACE, Ledger, Movement, MovementKind, Retention, Status, Waterfall, arpa_micros,
    ltv_micros,
};

use crate::support::{days, event, mrr_at};

fn ending(mut event: Dated, ends_at: DateTime<Utc>) -> Dated {
    event.changed.ends_at = Some(ends_at);
    event
}

/// Kinds, times and what is paid after, in whole units.
fn moved(events: &[Dated]) -> Vec<(MovementKind, DateTime<Utc>, i64)> {
    let movements = Ledger::of(events).movements;
    let shown = |m: &Movement| (m.kind, m.at, m.after_micros / 1_000_000);
    movements.iter().map(shown).collect()
}

fn close(value: Option<f64>, expected: f64) {
    let value = value.unwrap();
    assert!(
        (value - expected).abs() < 0.000_05,
        "{value}, not {expected}"
    );
}

/// What a month was like.
#[derive(Default)]
struct Month {
    waterfall: Waterfall,
    retention: Retention,
    end_micros: i128,
    reactivated_micros: i128,
    paying: u64,
}

/// February, as customers went through it.
fn february(customers: &[Vec<Dated>]) -> Month {
    let (start, end) = (days(31), days(59));
    let mut month = Month::default();
    for events in customers {
        let ledger = Ledger::of(events);
        let before = mrr_at(&ledger.intervals, Currency::USD, start);
        let after = mrr_at(&ledger.intervals, Currency::USD, end);
        month.waterfall.start_micros += before;
        let within = |m: &&Movement| start <= m.at && m.at < end;
        for movement in ledger.movements.iter().filter(within) {
            month.waterfall.add(movement);
        }
        month.retention.add(before as i64, after as i64);
        month.end_micros += after;
        month.paying += u64::from(after > 0);
        if before == 0 && ledger.movements.iter().any(|m| m.at < start) {
            month.reactivated_micros += after;
        }
    }
    month
}

fn began(units: i64) -> Dated {
    event(days(1), "s", Started, units)
}

fn golden() -> Vec<Vec<Dated>> {
    let then = |change, units| event(days(40), "s", change, units);
    vec![
        vec![began(100)],
        vec![began(50), then(Changed, 80)],
        vec![began(40), then(Changed, 25)],
        vec![began(30), then(Cancelled, 0)],
        vec![then(Started, 60)],
        vec![
            began(10),
            event(days(20), "s", Cancelled, 0),
            then(Reactivated, 20),
        ],
    ]
}

fn moves(waterfall: &Waterfall) -> [i128; 5] {
    let kinds = [
        waterfall.new_micros,
        waterfall.reactivation_micros,
        waterfall.expansion_micros,
        waterfall.contraction_micros,
        waterfall.churn_micros,
    ];
    kinds.map(units)
}

fn units(micros: i128) -> i128 {
    micros / 1_000_000
}

#[test]
fn the_golden_numbers() {
    let month = february(&golden());
    let (waterfall, retention) = (&month.waterfall, &month.retention);
    let (start, end) = (waterfall.start_micros, month.end_micros);
    assert_eq!((units(start), units(end)), (220, 285));
    assert_eq!(waterfall.end_micros(), end);
    assert_eq!(moves(waterfall), [60, 20, 30, 15, 30]);
    close(retention.nrr(), 0.9318);
    close(retention.grr(), 0.7955);
    close(retention.gross_churn(), 0.2045);
    close(retention.net_churn(), 0.0682);
    let again = month.reactivated_micros;
    close(retention.net_churn_with_reactivation(again), -0.0227);
    close(retention.logo_churn(), 0.25);
    close(waterfall.quick_ratio(), 2.0);
    close(waterfall.quick_ratio_with_reactivation(), 2.4444);
    let arpa = arpa_micros(end, month.paying).unwrap();
    assert_eq!(arpa, 57_000_000);
    assert_eq!(ltv_micros(arpa, 0.8, 0.25), Some(182_400_000));
}

#[test]
fn who_leaves_and_comes_back_within_the_month_is_at_both_ends_of_it() {
    let mut customers = golden();
    customers.push(vec![
        began(100),
        event(days(35), "s", Cancelled, 0),
        event(days(45), "s", Reactivated, 100),
    ]);
    let month = february(&customers);
    let (waterfall, retention) = (&month.waterfall, &month.retention);
    assert_eq!(waterfall.end_micros(), month.end_micros);
    // It moved twice, and is neither lost nor won.
    assert_eq!(moves(waterfall), [60, 120, 30, 15, 130]);
    close(retention.nrr(), 305.0 / 320.0);
    close(retention.grr(), 275.0 / 320.0);
    close(retention.net_churn(), 15.0 / 320.0);
    let again = month.reactivated_micros;
    close(retention.net_churn_with_reactivation(again), -5.0 / 320.0);
    close(retention.logo_churn(), 0.2);
}

#[test]
fn what_has_no_denominator_is_absent() {
    let (waterfall, retention) = (Waterfall::default(), Retention::default());
    assert_eq!(waterfall.quick_ratio(), None);
    let rates = [retention.nrr(), retention.grr(), retention.logo_churn()];
    assert_eq!(rates, [None; 3]);
    assert_eq!(arpa_micros(0, 0), None);
    assert_eq!(ltv_micros(1, 0.8, 0.0), None);
}

#[test]
fn trials_pauses_and_arrears() {
    use MovementKind::{Churn, New, Reactivation};
    let trial = [
        event(days(0), "s", TrialStarted, 10),
        event(days(14), "s", Started, 10),
        event(days(20), "s", Paused, 0),
        // What was paused stays so, whatever its terms.
        event(days(25), "s", Changed, 99),
        event(days(30), "s", Reactivated, 12),
    ];
    assert_eq!(
        moved(&trial),
        [
            (New, days(14), 10),
            (Churn, days(20), 0),
            (Reactivation, days(30), 12)
        ]
    );
    // It counts for the grace, and no failure within it makes that longer.
    let due = [
        event(days(0), "s", Started, 10),
        event(days(10), "s", PastDue, 0),
        event(days(20), "s", PastDue, 0),
    ];
    assert_eq!(
        moved(&due),
        [(New, days(0), 10), (Churn, days(10) + GRACE, 0)]
    );
    let states = Ledger::of(&due).intervals;
    let states: Vec<_> = states.iter().map(|i| (i.state.status, i.end)).collect();
    assert_eq!(
        states,
        [
            (Status::Active, Some(days(10))),
            (Status::PastDue, Some(days(24))),
            (Status::PastDue, None)
        ]
    );
    // Who pays within it never left.
    let paid = [&due[..2], &[event(days(23), "s", Reactivated, 10)]].concat();
    assert_eq!(moved(&paid), [(New, days(0), 10)]);
}

#[test]
fn a_cancellation_counts_when_it_takes_effect() {
    use MovementKind::{Churn, New};
    let began = event(days(0), "s", Started, 10);
    let leaves = ending(event(days(5), "s", CancelAtPeriodEnd, 0), days(31));
    let gone = [(New, days(0), 10), (Churn, days(31), 0)];
    assert_eq!(moved(&[began.clone(), leaves.clone()]), gone);
    let intervals = Ledger::of(&[began.clone(), leaves.clone()]).intervals;
    assert_eq!(intervals[0].end, Some(days(31)));
    assert_eq!(intervals[1].state.status, Status::Cancelled);
    // Whoever thinks better of it stays, in time.
    let stays = event(days(20), "s", Reactivated, 10);
    let stayed = [began.clone(), leaves.clone(), stays];
    assert_eq!(moved(&stayed), gone[..1]);
    // What comes after the end finds it ended.
    let late = event(days(40), "s", PastDue, 0);
    assert_eq!(moved(&[began.clone(), leaves.clone(), late]), gone);
    // What ends with the grace ends once.
    let due = event(days(6), "s", PastDue, 0);
    let both = [(New, days(0), 10), (Churn, days(6) + GRACE, 0)];
    assert_eq!(moved(&[began, leaves, due]), both);
}

#[test]
fn changes_within_the_hour_are_read_as_one() {
    use MovementKind::{Churn, Contraction, Expansion, New, Reactivation};
    let minutes = |minutes| days(10) + TimeDelta::minutes(minutes);
    let swap = |apart| {
        [
            event(days(0), "a", Started, 10),
            event(minutes(0), "a", Cancelled, 0),
            event(minutes(apart), "b", Started, 30),
        ]
    };
    let swapped = [(New, days(0), 10), (Expansion, minutes(0), 30)];
    assert_eq!(moved(&swap(60)), swapped);
    let apart = [
        (New, days(0), 10),
        (Churn, minutes(0), 0),
        (Reactivation, minutes(61), 30),
    ];
    assert_eq!(moved(&swap(61)), apart);
    // The new one first: the customer is not counted twice in between.
    let eager = [
        event(days(0), "a", Started, 30),
        event(minutes(0), "b", Started, 10),
        event(minutes(5), "a", Cancelled, 0),
    ];
    let ledger = Ledger::of(&eager);
    assert_eq!(
        moved(&eager),
        [(New, days(0), 30), (Contraction, minutes(0), 10)]
    );
    assert_eq!(
        mrr_at(&ledger.intervals, Currency::USD, minutes(3)),
        10_000_000
    );
    // There and back again is nothing.
    let back = [
        event(days(0), "a", Started, 30),
        event(minutes(0), "a", Changed, 10),
        event(minutes(5), "a", Changed, 30),
    ];
    assert_eq!(moved(&back), [(New, days(0), 30)]);
}

#[test]
fn a_customer_with_another_subscription_contracts() {
    let events = [
        event(days(0), "a", Started, 10),
        event(days(1), "b", Started, 5),
        event(days(2), "a", Cancelled, 0),
    ];
    let kinds = moved(&events).into_iter().map(|(kind, ..)| kind);
    use MovementKind::{Contraction, Expansion, New};
    assert_eq!(kinds.collect::<Vec<_>>(), [New, Expansion, Contraction]);
}

#[test]
fn currencies_move_apart() {
    let mut euros = event(days(5), "s", Changed, 9);
    euros.changed.terms.as_mut().unwrap().price.currency = Currency::parse("EUR").unwrap();
    let movements = Ledger::of(&[event(days(0), "s", Started, 10), euros]).movements;
    let shown = movements.iter().map(|m| (m.currency.as_str(), m.kind));
    use MovementKind::{Churn, New, Reactivation};
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [("USD", New), ("EUR", Reactivation), ("USD", Churn)]
    );
}

#[test]
fn what_is_said_before_anything_is_known_has_no_effect() {
    let events = [
        event(days(0), "s", Paused, 0),
        event(days(1), "s", PastDue, 0),
        event(days(2), "s", Cancelled, 0),
    ];
    assert_eq!(Ledger::of(&events), Ledger::default());
    // A change of what was never told to have begun begins it.
    let changed = [event(days(3), "s", Changed, 7)];
    assert_eq!(moved(&changed), [(MovementKind::New, days(3), 7)]);
}
