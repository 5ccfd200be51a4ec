//! Subscriptions of workspaces.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::execution::{Money, limits};
use shadow_domain::fact::{BillingInterval, SubscriptionChange, SubscriptionChanged, Terms};
use shadow_proto::streaming::v1 as proto;

use super::{Fault, Refused, known, money, number, text, time};

/// Reads one change of a subscription.
pub(super) fn parse(
    changed: proto::SubscriptionChanged,
    occurred_at: DateTime<Utc>,
) -> Result<SubscriptionChanged, Refused> {
    let at =
        |field: &'static str| move |fault: Fault| fault.at(format!("subscription_changed.{field}"));
    let subscription_id =
        text::required(changed.subscription_id, limits::ID_BYTES).map_err(at("subscription_id"))?;
    let change = known(changed.change, SubscriptionChange::from_code).map_err(at("change"))?;
    let terms = match (change.has_terms(), changed.terms) {
        (true, Some(given)) => Some(terms(given)?),
        (true, None) => {
            return Err(at("terms")(Fault::missing(
                "what begins or changes has terms",
            )));
        }
        (false, Some(_)) => {
            let fault = Fault::out_of_range("must be absent: this change keeps the terms");
            return Err(at("terms")(fault));
        }
        (false, None) => None,
    };
    let ends_at = match (change, &changed.ends_at) {
        (SubscriptionChange::CancelAtPeriodEnd, given) => {
            Some(ends_at(given.as_ref(), occurred_at).map_err(at("ends_at"))?)
        }
        (_, Some(_)) => {
            let fault =
                Fault::out_of_range("must be absent: only what is cancelled for later has it");
            return Err(at("ends_at")(fault));
        }
        (_, None) => None,
    };
    Ok(SubscriptionChanged {
        subscription_id,
        change,
        terms,
        ends_at,
    })
}

fn terms(terms: proto::SubscriptionTerms) -> Result<Terms, Refused> {
    let at = |field: &'static str| {
        move |fault: Fault| fault.at(format!("subscription_changed.terms.{field}"))
    };
    let price = terms
        .price
        .ok_or_else(|| at("price")(Fault::missing("a price is required; zero is free")))?;
    let path = "subscription_changed.terms.price";
    let price = money::parse(path, price, limits::PERIOD_MICROS)?;
    let quantity = number::from_one(terms.quantity, limits::QUANTITY).map_err(at("quantity"))?;
    let whole = whole(price, quantity).map_err(|fault| fault.at(format!("{path}.micros")))?;
    Ok(Terms {
        plan_id: text::required(terms.plan_id, limits::ID_BYTES).map_err(at("plan_id"))?,
        price,
        interval: known(terms.interval, BillingInterval::from_code).map_err(at("interval"))?,
        interval_count: number::from_one(terms.interval_count, limits::INTERVAL_COUNT)
            .map_err(at("interval_count"))?,
        quantity,
        recurring_discount_micros: number::up_to(terms.recurring_discount_micros, whole)
            .map_err(at("recurring_discount_micros"))?,
    })
}

/// What is paid for a period before discounts.
fn whole(price: Money, quantity: i32) -> Result<i64, Fault> {
    price
        .micros
        .checked_mul(i64::from(quantity))
        .filter(|whole| *whole <= limits::PERIOD_MICROS)
        .ok_or_else(|| {
            let most = limits::PERIOD_MICROS;
            Fault::out_of_range(format!("price × quantity must be at most {most}"))
        })
}

fn ends_at(
    ends_at: Option<&prost_types::Timestamp>,
    occurred_at: DateTime<Utc>,
) -> Result<DateTime<Utc>, Fault> {
    let Some(ends_at) = ends_at else {
        return Err(Fault::missing(
            "what is cancelled for later says when it ends",
        ));
    };
    let latest = occurred_at + TimeDelta::days(limits::ENDS_WITHIN_DAYS);
    let ends_at = time::instant(
        ends_at,
        latest,
        "must not be more than 1,098 days after occurred_at",
    )?;
    if ends_at < occurred_at {
        return Err(Fault::out_of_range("must not be before occurred_at"));
    }
    Ok(ends_at)
}
