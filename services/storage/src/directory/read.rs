//! Looking things up.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_auth::{PlatformRole, Role, Scope, Viewer, Workspaces};
use uuid::Uuid;

use super::{After, Workspace};
use crate::database::Transaction;
use crate::error::While;
use crate::schema::{agent, app_user, membership, platform_role, workspace};
use crate::statement::statement;
use crate::{Database, Error, Snapshot};

statement!(
    List<'a> = "workspaces.sql",
    (
        all: bool as Bool,
        workspaces: [Uuid] as Array<SqlUuid>,
        name_contains: str as Text,
        after_name: Option<String> as Nullable<Text>,
        after_id: Uuid as SqlUuid,
        limit: i64 as BigInt,
    ) -> (SqlUuid, Text, Text, Nullable<Timestamptz>)
);

statement!(
    AgentNames<'a> = "agent_names.sql",
    (workspace_id: [Uuid] as Array<SqlUuid>, agent_id: [String] as Array<Text>)
        -> (SqlUuid, Text, Text)
);

/// A person with all roles. Somebody who is not in the directory has none; the name is the id where there is no other.
pub async fn viewer(db: &Database, subject: &str) -> Result<Viewer, Error> {
    // Whose workspaces they are is the very question, so the wall cannot stand here yet.
    let mut transaction = db.read(&Scope::system("roles of a viewer"), None).await?;
    let found = find_viewer(&mut transaction, subject).await;
    transaction.end(found).await
}

async fn find_viewer(transaction: &mut Transaction, subject: &str) -> Result<Viewer, Error> {
    const DOING: &str = "looking up a viewer's roles";
    let connection = transaction.connection();
    let person = app_user::table
        .left_join(platform_role::table.on(platform_role::user_id.eq(app_user::user_id)))
        .filter(app_user::user_id.eq(subject))
        .select((app_user::name, platform_role::role.nullable()))
        .get_result::<(Option<String>, Option<String>)>(connection)
        .await
        .optional()
        .doing(DOING)?;
    let Some((name, platform)) = person else {
        return Ok(Viewer::new(subject, None, None, BTreeMap::new()));
    };
    let rows = membership::table
        .filter(membership::user_id.eq(subject))
        .select((membership::workspace_id, membership::role))
        .load::<(Uuid, String)>(connection)
        .await
        .doing(DOING)?;
    let unknown = |role: &str| Error::malformed("a role", format!("{role:?} is not known"));
    let platform = platform
        .map(|role| PlatformRole::parse(&role).ok_or_else(|| unknown(&role)))
        .transpose()?;
    let memberships = rows
        .into_iter()
        .map(|(workspace, role)| Ok((workspace, Role::parse(&role).ok_or_else(|| unknown(&role))?)))
        .collect::<Result<BTreeMap<Uuid, Role>, Error>>()?;
    Ok(Viewer::new(subject, name, platform, memberships))
}

/// At most `limit` workspaces of the scope whose name contains a text (any, where it is empty), by name, then id.
pub async fn workspaces(
    db: &Database,
    scope: &Scope,
    name_contains: &str,
    after: Option<&After>,
    limit: i64,
) -> Result<Vec<Workspace>, Error> {
    let (all, some): (bool, Vec<Uuid>) = match scope.workspaces() {
        Workspaces::All => (true, Vec::new()),
        Workspaces::Some(some) => (false, some.iter().copied().collect()),
    };
    let after_name = after.map(|after| after.name.clone());
    let list = List {
        all: &all,
        workspaces: &some,
        name_contains,
        after_name: &after_name,
        after_id: &after.map_or(Uuid::nil(), |after| after.workspace_id),
        limit: &limit,
    };
    let mut transaction = db.read(scope, None).await?;
    let rows = list
        .load::<(Uuid, String, String, Option<DateTime<Utc>>)>(transaction.connection())
        .await
        .doing("listing workspaces");
    let rows = transaction.end(rows).await?;
    Ok(rows
        .into_iter()
        .map(|(workspace_id, name, zone, last_event_at)| Workspace {
            workspace_id,
            name,
            zone,
            last_event_at,
        })
        .collect())
}

/// The zone of each workspace of the snapshot.
pub async fn zones(snapshot: &mut Snapshot) -> Result<BTreeMap<Uuid, String>, Error> {
    let (connection, workspaces) = snapshot.parts();
    let rows = workspace::table
        .filter(workspace::workspace_id.eq_any(workspaces))
        .select((workspace::workspace_id, workspace::zone))
        .load::<(Uuid, String)>(connection)
        .await
        .doing("looking up zones")?;
    Ok(rows.into_iter().collect())
}

/// The names of those of the snapshot's workspaces that have one.
pub async fn workspace_names(snapshot: &mut Snapshot) -> Result<BTreeMap<Uuid, String>, Error> {
    let (connection, workspaces) = snapshot.parts();
    let rows = workspace::table
        .filter(workspace::workspace_id.eq_any(workspaces))
        .filter(workspace::name.is_not_null())
        .select((workspace::workspace_id, workspace::name.assume_not_null()))
        .load::<(Uuid, String)>(connection)
        .await
        .doing("looking up workspaces' names")?;
    Ok(rows.into_iter().collect())
}

/// What people call an agent, its id where it has no name; nothing where the snapshot has no such agent.
pub async fn agent(
    snapshot: &mut Snapshot,
    workspace_id: Uuid,
    agent_id: &str,
) -> Result<Option<String>, Error> {
    let (connection, _) = snapshot.parts();
    let name = agent::table
        .find((workspace_id, agent_id))
        .select(agent::name)
        .get_result::<Option<String>>(connection)
        .await
        .optional()
        .doing("looking up an agent")?;
    Ok(name.map(|name| name.unwrap_or_else(|| agent_id.to_owned())))
}

/// The names of those of the agents that have one.
pub async fn agent_names(
    snapshot: &mut Snapshot,
    agents: &[(Uuid, String)],
) -> Result<HashMap<(Uuid, String), String>, Error> {
    let (workspace_id, agent_id): (Vec<Uuid>, Vec<String>) = agents.iter().cloned().unzip();
    let (connection, _) = snapshot.parts();
    let names = AgentNames {
        workspace_id: &workspace_id,
        agent_id: &agent_id,
    };
    let rows = names
        .load::<(Uuid, String, String)>(connection)
        .await
        .doing("looking up agents' names")?;
    Ok(rows
        .into_iter()
        .map(|(workspace, agent, name)| ((workspace, agent), name))
        .collect())
}
