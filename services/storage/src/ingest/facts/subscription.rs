//! Changes of subscriptions.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_domain::fact::{Content, SubscriptionChanged, Terms};
use uuid::Uuid;

use super::table::{Keyed, Keys, Table};
use crate::Error;
use crate::database::Transaction;
use crate::error::While;
use crate::row::Key;
use crate::row::subscription::{Columns, Row};
use crate::statement::statement;

statement!(
    Store<'a> = "store_subscriptions.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        occurred_at: [DateTime<Utc>] as Array<Timestamptz>,
        event_id: [Uuid] as Array<SqlUuid>,
        subscription_id: [&'a str] as Array<Text>,
        change: [i16] as Array<SmallInt>,
        plan_id: [Option<&'a str>] as Array<Nullable<Text>>,
        currency: [Option<&'a str>] as Array<Nullable<Text>>,
        price_micros: [Option<i64>] as Array<Nullable<BigInt>>,
        billing_interval: [Option<i16>] as Array<Nullable<SmallInt>>,
        interval_count: [Option<i32>] as Array<Nullable<Integer>>,
        quantity: [Option<i32>] as Array<Nullable<Integer>>,
        discount_micros: [Option<i64>] as Array<Nullable<BigInt>>,
        ends_at: [Option<DateTime<Utc>>] as Array<Nullable<Timestamptz>>,
    ) -> (SqlUuid, Timestamptz, SqlUuid)
);

statement!(
    /// What is stored under some keys.
    Stored<'a> = "stored_subscriptions.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        occurred_at: [DateTime<Utc>] as Array<Timestamptz>,
        event_id: [Uuid] as Array<SqlUuid>,
    ) -> Columns
);

impl Table for SubscriptionChanged {
    fn of(content: &Content) -> Option<&Self> {
        match content {
            Content::Subscription(changed) => Some(changed),
            _ => None,
        }
    }

    async fn insert(
        transaction: &mut Transaction,
        facts: &[Keyed<'_, Self>],
    ) -> Result<HashSet<Key>, Error> {
        let keys = Keys::of(facts.iter().map(|(key, _)| *key));
        let changes = || facts.iter().map(|(_, changed)| *changed);
        let terms = || changes().map(|changed| changed.terms.as_ref());
        let count = |of: fn(&Terms) -> i32| -> Vec<Option<i32>> {
            terms().map(|terms| terms.map(of)).collect()
        };
        let micros = |of: fn(&Terms) -> i64| -> Vec<Option<i64>> {
            terms().map(|terms| terms.map(of)).collect()
        };
        let text = |of: fn(&Terms) -> &str| -> Vec<Option<&str>> {
            terms().map(|terms| terms.map(of)).collect()
        };
        let store = Store {
            workspace_id: &keys.workspace_id,
            occurred_at: &keys.occurred_at,
            event_id: &keys.event_id,
            subscription_id: &changes()
                .map(|changed| changed.subscription_id.as_str())
                .collect::<Vec<_>>(),
            change: &changes()
                .map(|changed| changed.change.code())
                .collect::<Vec<_>>(),
            plan_id: &text(|terms| terms.plan_id.as_str()),
            currency: &text(|terms| terms.price.currency.as_str()),
            price_micros: &micros(|terms| terms.price.micros),
            billing_interval: &terms()
                .map(|terms| terms.map(|terms| terms.interval.code()))
                .collect::<Vec<_>>(),
            interval_count: &count(|terms| terms.interval_count),
            quantity: &count(|terms| terms.quantity),
            discount_micros: &micros(|terms| terms.recurring_discount_micros),
            ends_at: &changes().map(|changed| changed.ends_at).collect::<Vec<_>>(),
        };
        let rows = store
            .load::<Key>(transaction.connection())
            .await
            .doing("storing changes of subscriptions")?;
        Ok(rows.into_iter().collect())
    }

    async fn load(
        transaction: &mut Transaction,
        keys: &Keys,
    ) -> Result<HashMap<Key, Content>, Error> {
        let stored = Stored {
            workspace_id: &keys.workspace_id,
            occurred_at: &keys.occurred_at,
            event_id: &keys.event_id,
        };
        let rows = stored
            .load::<Row>(transaction.connection())
            .await
            .doing("reading what is stored of subscriptions")?;
        rows.into_iter()
            .map(|row| {
                let (key, changed) = row.changed()?;
                Ok((key, Content::Subscription(changed)))
            })
            .collect()
    }
}
