//! Putting things into the directory. Each function makes it so, whatever was there before.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use shadow_auth::{PlatformRole, Role, Scope};
use uuid::Uuid;

use crate::error::While;
use crate::schema::{agent, app_user, membership, platform_role, workspace};
use crate::{Database, Error};

/// Makes a workspace with a new id. The zone is an IANA name that the caller has checked.
pub async fn create_workspace(db: &Database, name: &str, zone: &str) -> Result<Uuid, Error> {
    let workspace_id = Uuid::now_v7();
    put_workspace(db, workspace_id, name, zone).await?;
    Ok(workspace_id)
}

/// Gives a workspace its name and zone.
pub async fn put_workspace(
    db: &Database,
    workspace_id: Uuid,
    name: &str,
    zone: &str,
) -> Result<(), Error> {
    let values = (workspace::name.eq(name), workspace::zone.eq(zone));
    let statement = diesel::insert_into(workspace::table)
        .values((workspace::workspace_id.eq(workspace_id), values))
        .on_conflict(workspace::workspace_id)
        .do_update()
        .set(values);
    let mut transaction = db.write(&directory()).await?;
    let done = statement.execute(transaction.connection()).await;
    transaction.end(done.doing("putting a workspace")).await?;
    Ok(())
}

/// Gives a person a name.
pub async fn put_user(db: &Database, user_id: &str, name: Option<&str>) -> Result<(), Error> {
    let statement = diesel::insert_into(app_user::table)
        .values((app_user::user_id.eq(user_id), app_user::name.eq(name)))
        .on_conflict(app_user::user_id)
        .do_update()
        .set(app_user::name.eq(name));
    let mut transaction = db.write(&directory()).await?;
    let done = statement.execute(transaction.connection()).await;
    transaction.end(done.doing("putting a user")).await?;
    Ok(())
}

/// Gives a person, who must be in the directory, a role in a workspace, which must be there too.
pub async fn put_membership(
    db: &Database,
    workspace_id: Uuid,
    user_id: &str,
    role: Role,
) -> Result<(), Error> {
    let statement = diesel::insert_into(membership::table)
        .values((
            membership::workspace_id.eq(workspace_id),
            membership::user_id.eq(user_id),
            membership::role.eq(role.name()),
        ))
        .on_conflict((membership::workspace_id, membership::user_id))
        .do_update()
        .set(membership::role.eq(role.name()));
    let mut transaction = db.write(&directory()).await?;
    let done = statement.execute(transaction.connection()).await;
    transaction.end(done.doing("putting a membership")).await?;
    Ok(())
}

/// Gives a person, who must be in the directory, a role everywhere.
pub async fn put_platform_role(
    db: &Database,
    user_id: &str,
    role: PlatformRole,
) -> Result<(), Error> {
    let statement = diesel::insert_into(platform_role::table)
        .values((
            platform_role::user_id.eq(user_id),
            platform_role::role.eq(role.name()),
        ))
        .on_conflict(platform_role::user_id)
        .do_update()
        .set(platform_role::role.eq(role.name()));
    let mut transaction = db.write(&directory()).await?;
    let done = statement.execute(transaction.connection()).await;
    transaction
        .end(done.doing("putting a platform role"))
        .await?;
    Ok(())
}

/// Gives an agent a name.
pub async fn put_agent(
    db: &Database,
    workspace_id: Uuid,
    agent_id: &str,
    name: &str,
) -> Result<(), Error> {
    let statement = diesel::insert_into(agent::table)
        .values((
            agent::workspace_id.eq(workspace_id),
            agent::agent_id.eq(agent_id),
            agent::name.eq(name),
        ))
        .on_conflict((agent::workspace_id, agent::agent_id))
        .do_update()
        .set(agent::name.eq(name));
    let mut transaction = db.write(&directory()).await?;
    let done = statement.execute(transaction.connection()).await;
    transaction.end(done.doing("putting an agent")).await?;
    Ok(())
}

fn directory() -> Scope {
    Scope::system("keeping the directory")
}
