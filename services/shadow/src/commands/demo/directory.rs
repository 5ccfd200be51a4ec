//! Who and what the demo consists of, in the database.

use anyhow::Context;
use futures_util::{StreamExt, TryStreamExt, stream};
use shadow_auth::{PlatformRole, Role};
use shadow_demo::Directory;
use shadow_storage::{Database, directory};

/// How much of the directory is written at the same time.
const AT_A_TIME: usize = 6;

/// Whether all of it is there.
pub(super) async fn is_there(database: &Database, known: &Directory) -> anyhow::Result<bool> {
    let Some(role) = known.platform_roles.last() else {
        return Ok(false);
    };
    Ok(directory::viewer(database, &role.user_id)
        .await?
        .platform
        .is_some())
}

/// Stores who and what the demo consists of; the platform roles last, since they tell that all of it is there.
pub(super) async fn put(database: &Database, known: &Directory) -> anyhow::Result<()> {
    let workspaces = stream::iter(&known.workspaces)
        .map(|w| directory::put_workspace(database, w.workspace_id, w.name, w.zone));
    workspaces
        .buffer_unordered(AT_A_TIME)
        .try_collect::<()>()
        .await?;
    let users = stream::iter(&known.users)
        .map(|u| directory::put_user(database, &u.user_id, Some(&u.name)));
    users
        .buffer_unordered(AT_A_TIME)
        .try_collect::<()>()
        .await?;
    let agents = stream::iter(&known.agents)
        .map(|a| directory::put_agent(database, a.workspace_id, &a.agent_id, a.name));
    agents
        .buffer_unordered(AT_A_TIME)
        .try_collect::<()>()
        .await?;
    let memberships = stream::iter(&known.memberships).map(|m| async move {
        let role = Role::parse(m.role)
            .with_context(|| format!("the demo has an unknown role {}", m.role))?;
        anyhow::Ok(directory::put_membership(database, m.workspace_id, &m.user_id, role).await?)
    });
    memberships
        .buffer_unordered(AT_A_TIME)
        .try_collect::<()>()
        .await?;
    for holder in &known.platform_roles {
        let role = PlatformRole::parse(holder.role)
            .with_context(|| format!("the demo has an unknown role {}", holder.role))?;
        directory::put_platform_role(database, &holder.user_id, role).await?;
    }
    Ok(())
}
