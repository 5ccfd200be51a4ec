//! What producers say of workspaces, memberships, agents, people and plans: all kinds in one table, and what the directory
//! makes of it.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Bool, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_domain::fact::{Content, Fact, Membership, User};
use uuid::Uuid;

use super::entry_kind::{Columns, Entry, Row};
use super::table::{Keyed, Keys, Table};
use crate::Error;
use crate::database::Transaction;
use crate::erasure::Erased;
use crate::error::While;
use crate::row::Key;
use crate::statement::statement;

statement!(
    Store<'a> = "store_entries.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        occurred_at: [DateTime<Utc>] as Array<Timestamptz>,
        event_id: [Uuid] as Array<SqlUuid>,
        kind: i16 as SmallInt,
        subject: [&'a str] as Array<Text>,
        name: [Option<&'a str>] as Array<Nullable<Text>>,
        zone: [Option<&'a str>] as Array<Nullable<Text>>,
        role: [Option<i16>] as Array<Nullable<SmallInt>>,
        deleted: [bool] as Array<Bool>,
        email: [Option<&'a str>] as Array<Nullable<Text>>,
        price_currency: [Option<&'a str>] as Array<Nullable<Text>>,
        price_micros: [Option<i64>] as Array<Nullable<BigInt>>,
        billing_interval: [Option<i16>] as Array<Nullable<SmallInt>>,
        interval_count: [Option<i32>] as Array<Nullable<Integer>>,
    ) -> (SqlUuid, Timestamptz, SqlUuid)
);

type EntryColumns = (
    SqlUuid,
    Timestamptz,
    SqlUuid,
    Text,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<SmallInt>,
    Bool,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<SmallInt>,
    Nullable<Integer>,
);

statement!(
    /// What is stored under some keys.
    Stored<'a> = "stored_entries.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        occurred_at: [DateTime<Utc>] as Array<Timestamptz>,
        event_id: [Uuid] as Array<SqlUuid>,
        kind: i16 as SmallInt,
    ) -> EntryColumns
);

statement!(
    Lock<'a> = "entries_lock.sql",
    (workspace_id: [Uuid] as Array<SqlUuid>) -> SqlUuid
);

statement!(
    Workspaces<'a> = "entries_workspaces.sql",
    (workspace_id: [Uuid] as Array<SqlUuid>) -> ()
);

statement!(
    Members<'a> = "entries_members.sql",
    (workspace_id: [Uuid] as Array<SqlUuid>, subject: [&'a str] as Array<Text>) -> ()
);

statement!(
    Agents<'a> = "entries_agents.sql",
    (workspace_id: [Uuid] as Array<SqlUuid>, subject: [&'a str] as Array<Text>) -> ()
);

statement!(
    Users<'a> = "entries_users.sql",
    (workspace_id: [Uuid] as Array<SqlUuid>, subject: [&'a str] as Array<Text>) -> ()
);

statement!(
    Plans<'a> = "entries_plans.sql",
    (workspace_id: [Uuid] as Array<SqlUuid>, subject: [&'a str] as Array<Text>) -> ()
);

impl<T: Entry> Table for T {
    fn of(content: &Content) -> Option<&Self> {
        <T as Entry>::of(content)
    }

    async fn insert(
        transaction: &mut Transaction,
        facts: &[Keyed<'_, Self>],
    ) -> Result<HashSet<Key>, Error> {
        let keys = Keys::of(facts.iter().map(|(key, _)| *key));
        let entries: Vec<Columns<'_>> = facts.iter().map(|(_, entry)| entry.columns()).collect();
        let store = Store {
            workspace_id: &keys.workspace_id,
            occurred_at: &keys.occurred_at,
            event_id: &keys.event_id,
            kind: &T::KIND,
            subject: &entries.iter().map(|e| e.subject).collect::<Vec<_>>(),
            name: &entries.iter().map(|e| e.name).collect::<Vec<_>>(),
            zone: &entries.iter().map(|e| e.zone).collect::<Vec<_>>(),
            role: &entries.iter().map(|e| e.role).collect::<Vec<_>>(),
            deleted: &entries.iter().map(|e| e.deleted).collect::<Vec<_>>(),
            email: &entries.iter().map(|e| e.email).collect::<Vec<_>>(),
            price_currency: &entries.iter().map(|e| e.currency()).collect::<Vec<_>>(),
            price_micros: &entries.iter().map(|e| e.micros()).collect::<Vec<_>>(),
            billing_interval: &entries.iter().map(|e| e.interval()).collect::<Vec<_>>(),
            interval_count: &entries
                .iter()
                .map(|e| e.interval_count())
                .collect::<Vec<_>>(),
        };
        let rows = store
            .load::<Key>(transaction.connection())
            .await
            .doing("storing entries of the directory")?;
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
            kind: &T::KIND,
        };
        let rows = stored
            .load::<Row>(transaction.connection())
            .await
            .doing("reading what is stored of the directory")?;
        rows.into_iter()
            .map(|row| {
                let key = (row.workspace_id, row.occurred_at, row.event_id);
                Ok((key, T::content(row)?))
            })
            .collect()
    }
}

/// Has the directory say what the entries there are amount to, for everything that new facts speak of.
///
/// Who was erased is not in the directory, whatever is said.
pub(super) async fn apply(
    transaction: &mut Transaction,
    new: &[&Fact],
    erased: &Erased,
) -> Result<(), Error> {
    const DOING: &str = "keeping the directory";
    let mut workspaces = BTreeSet::new();
    let (mut members, mut agents) = (BTreeSet::new(), BTreeSet::new());
    let (mut users, mut plans) = (BTreeSet::new(), BTreeSet::new());
    let mut touched = BTreeSet::new();
    for fact in new {
        let workspace = fact.workspace_id;
        match &fact.content {
            Content::Workspace(_) => workspaces.insert(workspace),
            Content::Membership(Membership { user_id, .. })
            | Content::User(User { user_id, .. })
                if erased.is_alias(user_id) =>
            {
                continue;
            }
            Content::Membership(it) => members.insert((workspace, it.user_id.as_str())),
            Content::Agent(it) => agents.insert((workspace, it.agent_id.as_str())),
            Content::User(it) => users.insert((workspace, it.user_id.as_str())),
            Content::Plan(it) => plans.insert((workspace, it.plan_id.as_str())),
            _ => continue,
        };
        touched.insert(workspace);
    }
    if touched.is_empty() {
        return Ok(());
    }
    let connection = transaction.connection();
    let touched: Vec<Uuid> = touched.into_iter().collect();
    let lock = Lock {
        workspace_id: &touched,
    };
    lock.load::<Uuid>(connection).await.doing(DOING)?;
    if !workspaces.is_empty() {
        let workspaces: Vec<Uuid> = workspaces.into_iter().collect();
        let put = Workspaces {
            workspace_id: &workspaces,
        };
        put.execute(connection).await.doing(DOING)?;
    }
    if !members.is_empty() {
        let (workspace_id, subject): (Vec<Uuid>, Vec<&str>) = members.into_iter().unzip();
        let put = Members {
            workspace_id: &workspace_id,
            subject: &subject,
        };
        put.execute(connection).await.doing(DOING)?;
    }
    if !agents.is_empty() {
        let (workspace_id, subject): (Vec<Uuid>, Vec<&str>) = agents.into_iter().unzip();
        let put = Agents {
            workspace_id: &workspace_id,
            subject: &subject,
        };
        put.execute(connection).await.doing(DOING)?;
    }
    if !users.is_empty() {
        let (workspace_id, subject): (Vec<Uuid>, Vec<&str>) = users.into_iter().unzip();
        let put = Users {
            workspace_id: &workspace_id,
            subject: &subject,
        };
        put.execute(connection).await.doing(DOING)?;
    }
    if !plans.is_empty() {
        let (workspace_id, subject): (Vec<Uuid>, Vec<&str>) = plans.into_iter().unzip();
        let put = Plans {
            workspace_id: &workspace_id,
            subject: &subject,
        };
        put.execute(connection).await.doing(DOING)?;
    }
    Ok(())
}
