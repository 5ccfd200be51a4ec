//! Entries of credit ledgers.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_domain::fact::{Content, CreditEntry};
use uuid::Uuid;

use super::table::{Keyed, Keys, Table};
use crate::Error;
use crate::database::Transaction;
use crate::error::While;
use crate::row::{CreditColumns, CreditRow, Key};
use crate::statement::statement;

statement!(
    Store<'a> = "store_credits.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        occurred_at: [DateTime<Utc>] as Array<Timestamptz>,
        event_id: [Uuid] as Array<SqlUuid>,
        kind: [i16] as Array<SmallInt>,
        amount_micro: [i64] as Array<BigInt>,
        price_currency: [Option<&'a str>] as Array<Nullable<Text>>,
        price_micros: [Option<i64>] as Array<Nullable<BigInt>>,
        note: [Option<&'a str>] as Array<Nullable<Text>>,
    ) -> (SqlUuid, Timestamptz, SqlUuid)
);

statement!(
    /// What is stored under some keys.
    Stored<'a> = "stored_credits.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        occurred_at: [DateTime<Utc>] as Array<Timestamptz>,
        event_id: [Uuid] as Array<SqlUuid>,
    ) -> CreditColumns
);

impl Table for CreditEntry {
    fn of(content: &Content) -> Option<&Self> {
        match content {
            Content::Credit(entry) => Some(entry),
            _ => None,
        }
    }

    async fn insert(
        transaction: &mut Transaction,
        facts: &[Keyed<'_, Self>],
    ) -> Result<HashSet<Key>, Error> {
        let keys = Keys::of(facts.iter().map(|(key, _)| *key));
        let entries = || facts.iter().map(|(_, entry)| *entry);
        let store = Store {
            workspace_id: &keys.workspace_id,
            occurred_at: &keys.occurred_at,
            event_id: &keys.event_id,
            kind: &entries().map(|e| e.kind.code()).collect::<Vec<_>>(),
            amount_micro: &entries().map(|e| e.amount_micro).collect::<Vec<_>>(),
            price_currency: &entries()
                .map(|e| e.price.as_ref().map(|price| price.currency.as_str()))
                .collect::<Vec<_>>(),
            price_micros: &entries()
                .map(|e| e.price.map(|price| price.micros))
                .collect::<Vec<_>>(),
            note: &entries().map(|e| e.note.as_deref()).collect::<Vec<_>>(),
        };
        let rows = store
            .load::<Key>(transaction.connection())
            .await
            .doing("storing credits")?;
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
            .load::<CreditRow>(transaction.connection())
            .await
            .doing("reading what is stored of credits")?;
        rows.into_iter()
            .map(|row| {
                let (key, entry) = row.entry()?;
                Ok((key, Content::Credit(entry)))
            })
            .collect()
    }
}
