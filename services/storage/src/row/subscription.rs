//! Rows of changes of subscriptions.

use chrono::{DateTime, Utc};
use diesel::Queryable;
use diesel::sql_types::{BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use shadow_domain::fact::{BillingInterval, SubscriptionChange, SubscriptionChanged, Terms};
use uuid::Uuid;

use super::{Key, money};
use crate::Error;

/// What every statement that reads changes of subscriptions selects, in this order.
pub(crate) type Columns = (
    SqlUuid,
    Timestamptz,
    SqlUuid,
    Text,
    SmallInt,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<SmallInt>,
    Nullable<Integer>,
    Nullable<Integer>,
    Nullable<BigInt>,
    Nullable<Timestamptz>,
);

/// A row with the columns of [`Columns`].
#[derive(Debug, Queryable)]
pub(crate) struct Row {
    workspace_id: Uuid,
    occurred_at: DateTime<Utc>,
    event_id: Uuid,
    subscription_id: String,
    change: i16,
    plan_id: Option<String>,
    currency: Option<String>,
    price_micros: Option<i64>,
    billing_interval: Option<i16>,
    interval_count: Option<i32>,
    quantity: Option<i32>,
    discount_micros: Option<i64>,
    ends_at: Option<DateTime<Utc>>,
}

impl Row {
    /// The change and its key; an error where a code is not one that this version knows.
    pub(crate) fn changed(self) -> Result<(Key, SubscriptionChanged), Error> {
        let unknown = |column: &'static str| Error::malformed(column, "the code is not known");
        let key = (self.workspace_id, self.occurred_at, self.event_id);
        let change = SubscriptionChange::from_code(self.change)
            .ok_or_else(|| unknown("a change of a subscription"))?;
        let price = money(self.currency.as_deref(), self.price_micros)?;
        let terms = match (
            self.plan_id,
            price,
            self.billing_interval,
            self.interval_count,
            self.quantity,
            self.discount_micros,
        ) {
            (
                Some(plan_id),
                Some(price),
                Some(interval),
                Some(interval_count),
                Some(quantity),
                Some(recurring_discount_micros),
            ) => Some(Terms {
                plan_id,
                price,
                interval: BillingInterval::from_code(interval)
                    .ok_or_else(|| unknown("a billing interval"))?,
                interval_count,
                quantity,
                recurring_discount_micros,
            }),
            _ => None,
        };
        let changed = SubscriptionChanged {
            subscription_id: self.subscription_id,
            change,
            terms,
            ends_at: self.ends_at,
        };
        Ok((key, changed))
    }
}
