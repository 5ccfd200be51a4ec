//! What people did.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_domain::fact::{Activity, Content};
use uuid::Uuid;

use super::table::{Keyed, Keys, Table};
use crate::Error;
use crate::database::Transaction;
use crate::error::While;
use crate::row::{ActivityColumns, ActivityRow, Key};
use crate::statement::statement;

statement!(
    Store<'a> = "store_activities.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        occurred_at: [DateTime<Utc>] as Array<Timestamptz>,
        event_id: [Uuid] as Array<SqlUuid>,
        user_id: [&'a str] as Array<Text>,
        activity_type: [i16] as Array<SmallInt>,
        session_id: [Option<&'a str>] as Array<Nullable<Text>>,
        name: [Option<&'a str>] as Array<Nullable<Text>>,
        path: [Option<&'a str>] as Array<Nullable<Text>>,
        device: [Option<&'a str>] as Array<Nullable<Text>>,
    ) -> (SqlUuid, Timestamptz, SqlUuid)
);

statement!(
    /// What is stored under some keys.
    Stored<'a> = "stored_activities.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        occurred_at: [DateTime<Utc>] as Array<Timestamptz>,
        event_id: [Uuid] as Array<SqlUuid>,
    ) -> ActivityColumns
);

impl Table for Activity {
    fn of(content: &Content) -> Option<&Self> {
        match content {
            Content::Activity(activity) => Some(activity),
            _ => None,
        }
    }

    async fn insert(
        transaction: &mut Transaction,
        facts: &[Keyed<'_, Self>],
    ) -> Result<HashSet<Key>, Error> {
        let keys = Keys::of(facts.iter().map(|(key, _)| *key));
        let activities = || facts.iter().map(|(_, activity)| *activity);
        let texts = |text: fn(&Activity) -> Option<&str>| -> Vec<Option<&str>> {
            activities().map(text).collect()
        };
        let store = Store {
            workspace_id: &keys.workspace_id,
            occurred_at: &keys.occurred_at,
            event_id: &keys.event_id,
            user_id: &activities().map(|a| a.user_id.as_str()).collect::<Vec<_>>(),
            activity_type: &activities()
                .map(|a| a.activity_type.code())
                .collect::<Vec<_>>(),
            session_id: &texts(|a| a.session_id.as_deref()),
            name: &texts(|a| a.name.as_deref()),
            path: &texts(|a| a.path.as_deref()),
            device: &texts(|a| a.device.as_deref()),
        };
        let rows = store
            .load::<Key>(transaction.connection())
            .await
            .doing("storing activities")?;
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
            .load::<ActivityRow>(transaction.connection())
            .await
            .doing("reading what is stored of activities")?;
        rows.into_iter()
            .map(|row| {
                let fact = row.fact()?;
                let key = (fact.workspace_id, fact.occurred_at, fact.event_id);
                Ok((key, fact.content))
            })
            .collect()
    }
}
