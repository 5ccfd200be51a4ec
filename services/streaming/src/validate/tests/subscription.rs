//! Changes of subscriptions.

use shadow_domain::execution::limits;
use shadow_domain::fact::{Content, SubscriptionChange};

use super::*;

fn terms() -> proto::SubscriptionTerms {
    proto::SubscriptionTerms {
        plan_id: "team".to_owned(),
        price: Some(Money {
            currency: "USD".to_owned(),
            micros: 10_000_000,
        }),
        interval: proto::BillingInterval::Month.into(),
        interval_count: 1,
        quantity: 3,
        recurring_discount_micros: 0,
    }
}

fn changed(change: impl FnOnce(&mut proto::SubscriptionChanged)) -> proto::Event {
    let mut changed = proto::SubscriptionChanged {
        subscription_id: "main".to_owned(),
        change: proto::SubscriptionChange::Started.into(),
        terms: Some(terms()),
        ends_at: None,
    };
    change(&mut changed);
    event(Kind::SubscriptionChanged(changed))
}

fn with_terms(change: impl FnOnce(&mut proto::SubscriptionTerms)) -> proto::Event {
    changed(|changed| change(changed.terms.get_or_insert_default()))
}

fn leaving(ends_at: Option<Timestamp>) -> proto::Event {
    changed(|changed| {
        changed.change = proto::SubscriptionChange::CancelAtPeriodEnd.into();
        (changed.terms, changed.ends_at) = (None, ends_at);
    })
}

#[test]
fn a_change_is_read_whole() {
    let most = with_terms(|terms| {
        *terms = proto::SubscriptionTerms {
            plan_id: "x".repeat(128),
            price: Some(Money {
                currency: "EUR".to_owned(),
                micros: limits::PERIOD_MICROS / 1_000_000,
            }),
            interval: proto::BillingInterval::Year.into(),
            interval_count: 1_000,
            quantity: 1_000_000,
            recurring_discount_micros: limits::PERIOD_MICROS,
        };
    });
    let Ok(Said::Fact(fact)) = said(most) else {
        panic!("no fact");
    };
    let Content::Subscription(changed) = fact.content else {
        panic!("no subscription");
    };
    assert_eq!(changed.change, SubscriptionChange::Started);
    let terms = changed.terms.unwrap();
    assert_eq!((terms.quantity, terms.interval_count), (1_000_000, 1_000));
    assert_eq!(terms.recurring_discount_micros, limits::PERIOD_MICROS);
    for ends_at in [NOW - 30, NOW - 30 + limits::ENDS_WITHIN_DAYS * 86_400] {
        let Ok(Said::Fact(fact)) = said(leaving(at(ends_at))) else {
            panic!("no fact");
        };
        let Content::Subscription(changed) = fact.content else {
            panic!("no subscription");
        };
        assert_eq!(changed.ends_at, DateTime::from_timestamp(ends_at, 0));
    }
}

#[test]
fn terms_are_there_where_they_change_and_nowhere_else() {
    for change in SubscriptionChange::ALL {
        for given in [None, Some(terms())] {
            let ends_at = (*change == SubscriptionChange::CancelAtPeriodEnd).then(|| at(NOW));
            let (fits, missing) = (change.has_terms() == given.is_some(), given.is_none());
            let answer = said(changed(|changed| {
                changed.change = change.code().into();
                (changed.terms, changed.ends_at) = (given, ends_at.flatten());
            }));
            match answer {
                Ok(_) => assert!(fits, "{change:?}"),
                Err(refused) => {
                    assert!(!fits, "{change:?}: {refused:?}");
                    assert_eq!(refused.field, "subscription_changed.terms");
                    let missing = missing.then_some(RefusalReason::Missing);
                    assert_eq!(refused.reason, missing.unwrap_or(RefusalReason::OutOfRange));
                }
            }
        }
    }
}

#[test]
fn each_field_has_its_limit() {
    use RefusalReason::{Malformed, Missing, OutOfRange};
    let price = |micros| {
        Some(Money {
            currency: "USD".to_owned(),
            micros,
        })
    };
    let most = limits::PERIOD_MICROS;
    let latest = NOW - 30 + limits::ENDS_WITHIN_DAYS * 86_400;
    let table: Vec<(RefusalReason, proto::Event, &str)> = vec![
        (
            Missing,
            changed(|c| c.subscription_id.clear()),
            "subscription_id",
        ),
        (
            OutOfRange,
            changed(|c| c.subscription_id = "x".repeat(129)),
            "subscription_id",
        ),
        (Missing, changed(|c| c.change = 0), "change"),
        (Malformed, changed(|c| c.change = 9), "change"),
        (OutOfRange, changed(|c| c.ends_at = at(NOW)), "ends_at"),
        (Missing, leaving(None), "ends_at"),
        (OutOfRange, leaving(at(NOW - 31)), "ends_at"),
        (OutOfRange, leaving(at(latest + 1)), "ends_at"),
        (Missing, with_terms(|t| t.plan_id.clear()), "terms.plan_id"),
        (
            OutOfRange,
            with_terms(|t| t.plan_id = "x".repeat(129)),
            "terms.plan_id",
        ),
        (Missing, with_terms(|t| t.price = None), "terms.price"),
        (
            Missing,
            with_terms(|t| t.price = Some(Money::default())),
            "terms.price.currency",
        ),
        (
            OutOfRange,
            with_terms(|t| t.price = price(-1)),
            "terms.price.micros",
        ),
        (
            OutOfRange,
            with_terms(|t| t.price = price(most + 1)),
            "terms.price.micros",
        ),
        (
            OutOfRange,
            with_terms(|t| t.price = price(most / 2)),
            "terms.price.micros",
        ),
        (Missing, with_terms(|t| t.interval = 0), "terms.interval"),
        (Malformed, with_terms(|t| t.interval = 6), "terms.interval"),
        (
            Missing,
            with_terms(|t| t.interval_count = 0),
            "terms.interval_count",
        ),
        (
            OutOfRange,
            with_terms(|t| t.interval_count = 1_001),
            "terms.interval_count",
        ),
        (Missing, with_terms(|t| t.quantity = 0), "terms.quantity"),
        (
            OutOfRange,
            with_terms(|t| t.quantity = u32::MAX),
            "terms.quantity",
        ),
        (
            OutOfRange,
            with_terms(|t| t.recurring_discount_micros = -1),
            "terms.recurring_discount_micros",
        ),
        (
            OutOfRange,
            with_terms(|t| t.recurring_discount_micros = 30_000_001),
            "terms.recurring_discount_micros",
        ),
    ];
    for (reason, event, field) in table {
        let refused = said(event).unwrap_err();
        assert_eq!(
            (refused.field, refused.reason),
            (format!("subscription_changed.{field}"), reason)
        );
    }
}
