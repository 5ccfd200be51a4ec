//! Service keys.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_auth::key::ServiceKey;
use shadow_auth::{Permission, Scope, Workspaces};
use uuid::Uuid;

use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

/// So many keys can be in force at once: servers keep them all in memory, so that guessing asks the database nothing.
pub const MAX_KEYS: i64 = 10_000;

/// What names the lock under which keys are made.
const LOCK: &str = "service_key";

statement!(
    Lock<'a> = "keys_lock.sql",
    (name: str as Text) -> ()
);

statement!(
    Put<'a> = "key_put.sql",
    (
        key_id: Uuid as SqlUuid,
        name: str as Text,
        hash: [u8] as Binary,
        permissions: [&'a str] as Array<Text>,
        workspaces: Option<Vec<Uuid>> as Nullable<Array<SqlUuid>>,
        created_at: DateTime<Utc> as Timestamptz,
        created_by: str as Text,
        expires_at: DateTime<Utc> as Timestamptz,
        limit: i64 as BigInt,
    ) -> ()
);

statement!(
    InForce<'a> = "keys_in_force.sql",
    (now: DateTime<Utc> as Timestamptz, limit: i64 as BigInt)
        -> (SqlUuid, Text, Binary, Array<Text>, Nullable<Array<SqlUuid>>, Timestamptz)
);

statement!(
    List<'a> = "keys_list.sql",
    (
        after_created_at: Option<DateTime<Utc>> as Nullable<Timestamptz>,
        after_id: Uuid as SqlUuid,
        limit: i64 as BigInt,
    ) -> (
        SqlUuid, Text, Array<Text>, Nullable<Array<SqlUuid>>, Timestamptz, Text, Timestamptz,
        Nullable<Timestamptz>, Nullable<Text>
    )
);

statement!(
    Revoke<'a> = "key_revoke.sql",
    (key_id: Uuid as SqlUuid, now: DateTime<Utc> as Timestamptz, by: str as Text) -> ()
);

/// A key as people see it, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its id.
    pub key_id: Uuid,
    /// What people call the program that holds it.
    pub name: String,
    /// Names of what it may do, those that this version does not know included.
    pub permissions: Vec<String>,
    /// Where it may do that.
    pub workspaces: Workspaces,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When somebody ended it, and who did.
    pub revoked: Option<(DateTime<Utc>, String)>,
}

/// Puts a new key in force. It answers false, and does nothing, where there are [`MAX_KEYS`] already.
pub async fn put_key(
    db: &Database,
    key: &ServiceKey,
    by: &str,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let permissions: Vec<&str> = key.permissions.iter().map(|p| p.name()).collect();
    let workspaces = match &key.workspaces {
        Workspaces::All => None,
        Workspaces::Some(some) => Some(some.iter().copied().collect()),
    };
    let put = Put {
        key_id: &key.id,
        name: &key.name,
        hash: &key.hash,
        permissions: &permissions,
        workspaces: &workspaces,
        created_at: &now,
        created_by: by,
        expires_at: &key.expires_at,
        limit: &MAX_KEYS,
    };
    const DOING: &str = "putting a service key";
    let mut transaction = db.write(&keys()).await?;
    let connection = transaction.connection();
    let done = match (Lock { name: LOCK }).execute(connection).await {
        Ok(_) => put.execute(connection).await,
        Err(error) => Err(error),
    };
    Ok(transaction.end(done.doing(DOING)).await? == 1)
}

/// The keys that are neither revoked nor past their end.
pub async fn keys_in_force(db: &Database, now: DateTime<Utc>) -> Result<Vec<ServiceKey>, Error> {
    type Row = (
        Uuid,
        String,
        Vec<u8>,
        Vec<String>,
        Option<Vec<Uuid>>,
        DateTime<Utc>,
    );
    let in_force = InForce {
        now: &now,
        limit: &MAX_KEYS,
    };
    let mut transaction = db.read(&keys(), None).await?;
    let rows = in_force
        .load::<Row>(transaction.connection())
        .await
        .doing("reading the service keys in force");
    let rows = transaction.end(rows).await?;
    rows.into_iter()
        .map(|(id, name, hash, permissions, places, expires_at)| {
            Ok(ServiceKey {
                id,
                name,
                hash: hash.try_into().map_err(|_| {
                    Error::malformed("a service key", "its hash does not have 32 bytes")
                })?,
                permissions: known(&permissions),
                workspaces: workspaces(places),
                expires_at,
            })
        })
        .collect()
}

/// A page of all keys, those that ended included, the newest first: those after this one.
pub async fn list_keys(
    db: &Database,
    after: Option<&KeyRecord>,
    limit: i64,
) -> Result<Vec<KeyRecord>, Error> {
    type Row = (
        Uuid,
        String,
        Vec<String>,
        Option<Vec<Uuid>>,
        DateTime<Utc>,
        String,
        DateTime<Utc>,
        Option<DateTime<Utc>>,
        Option<String>,
    );
    let list = List {
        after_created_at: &after.map(|after| after.created_at),
        after_id: &after.map(|after| after.key_id).unwrap_or_default(),
        limit: &limit,
    };
    let mut transaction = db.read(&keys(), None).await?;
    let rows = list
        .load::<Row>(transaction.connection())
        .await
        .doing("listing service keys");
    let rows = transaction.end(rows).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (key_id, name, permissions, places, created_at, created_by, expires_at, at, by) =
                row;
            KeyRecord {
                key_id,
                name,
                permissions,
                workspaces: workspaces(places),
                created_at,
                created_by,
                expires_at,
                revoked: at.zip(by),
            }
        })
        .collect())
}

/// Ends a key for good; one that was revoked before stays as it is. It answers false where there is no such key.
pub async fn revoke_key(
    db: &Database,
    key_id: Uuid,
    by: &str,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let revoke = Revoke {
        key_id: &key_id,
        now: &now,
        by,
    };
    let mut transaction = db.write(&keys()).await?;
    let done = revoke.execute(transaction.connection()).await;
    let done = transaction.end(done.doing("revoking a service key"));
    Ok(done.await? == 1)
}

/// A name that this version does not know allows nothing.
fn known(permissions: &[String]) -> BTreeSet<Permission> {
    permissions
        .iter()
        .filter_map(|name| Permission::parse(name))
        .collect()
}

fn workspaces(places: Option<Vec<Uuid>>) -> Workspaces {
    places.map_or(Workspaces::All, |some| {
        Workspaces::Some(some.into_iter().collect())
    })
}

fn keys() -> Scope {
    Scope::system("service keys")
}
