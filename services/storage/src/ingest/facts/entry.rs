//! What producers say of workspaces, memberships and agents: three kinds in one table, and what the directory makes of it.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, Bool, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_domain::fact::{Agent, Content, Fact, MemberRole, Membership, Workspace};
use uuid::Uuid;

use super::table::{Keyed, Keys, Table};
use crate::Error;
use crate::database::Transaction;
use crate::error::While;
use crate::row::Key;
use crate::statement::statement;

const WORKSPACE: i16 = 1;
const MEMBERSHIP: i16 = 2;
const AGENT: i16 = 3;

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

/// An entry as columns.
struct Columns<'a> {
    subject: &'a str,
    name: Option<&'a str>,
    zone: Option<&'a str>,
    role: Option<i16>,
    deleted: bool,
}

/// A stored entry.
#[derive(diesel::Queryable)]
struct Row {
    workspace_id: Uuid,
    occurred_at: DateTime<Utc>,
    event_id: Uuid,
    subject: String,
    name: Option<String>,
    zone: Option<String>,
    role: Option<i16>,
    deleted: bool,
}

/// A kind of entry.
trait Entry: Sized {
    const KIND: i16;

    fn of(content: &Content) -> Option<&Self>;

    fn columns(&self) -> Columns<'_>;

    fn content(row: Row) -> Result<Content, Error>;
}

impl Entry for Workspace {
    const KIND: i16 = WORKSPACE;

    fn of(content: &Content) -> Option<&Self> {
        match content {
            Content::Workspace(workspace) => Some(workspace),
            _ => None,
        }
    }

    fn columns(&self) -> Columns<'_> {
        Columns {
            subject: "",
            name: self.name.as_deref(),
            zone: Some(&self.zone),
            role: None,
            deleted: self.deleted,
        }
    }

    fn content(row: Row) -> Result<Content, Error> {
        Ok(Content::Workspace(Workspace {
            name: row.name,
            zone: row
                .zone
                .ok_or_else(|| Error::malformed("a workspace", "it has no zone"))?,
            deleted: row.deleted,
        }))
    }
}

impl Entry for Membership {
    const KIND: i16 = MEMBERSHIP;

    fn of(content: &Content) -> Option<&Self> {
        match content {
            Content::Membership(membership) => Some(membership),
            _ => None,
        }
    }

    fn columns(&self) -> Columns<'_> {
        Columns {
            subject: &self.user_id,
            name: None,
            zone: None,
            role: self.role.map(MemberRole::code),
            deleted: self.role.is_none(),
        }
    }

    fn content(row: Row) -> Result<Content, Error> {
        let role = |code| {
            MemberRole::from_code(code)
                .ok_or_else(|| Error::malformed("a role", "the code is not known"))
        };
        Ok(Content::Membership(Membership {
            user_id: row.subject,
            role: row.role.map(role).transpose()?,
        }))
    }
}

impl Entry for Agent {
    const KIND: i16 = AGENT;

    fn of(content: &Content) -> Option<&Self> {
        match content {
            Content::Agent(agent) => Some(agent),
            _ => None,
        }
    }

    fn columns(&self) -> Columns<'_> {
        Columns {
            subject: &self.agent_id,
            name: self.name.as_deref(),
            zone: None,
            role: None,
            deleted: self.deleted,
        }
    }

    fn content(row: Row) -> Result<Content, Error> {
        Ok(Content::Agent(Agent {
            agent_id: row.subject,
            name: row.name,
            deleted: row.deleted,
        }))
    }
}

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
pub(super) async fn apply(transaction: &mut Transaction, new: &[&Fact]) -> Result<(), Error> {
    const DOING: &str = "keeping the directory";
    let mut workspaces = BTreeSet::new();
    let (mut members, mut agents) = (BTreeSet::new(), BTreeSet::new());
    let mut touched = BTreeSet::new();
    for fact in new {
        let workspace = fact.workspace_id;
        match &fact.content {
            Content::Workspace(_) => workspaces.insert(workspace),
            Content::Membership(it) => members.insert((workspace, it.user_id.as_str())),
            Content::Agent(it) => agents.insert((workspace, it.agent_id.as_str())),
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
    Ok(())
}
