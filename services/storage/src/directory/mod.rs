//! Who and what the numbers are about: workspaces, people, roles, agents, service keys.

mod keys;
mod read;
mod write;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use keys::{KeyRecord, MAX_KEYS, keys_in_force, list_keys, put_key, revoke_key};
pub use read::{agent, agent_names, viewer, workspace_names, workspaces, zones};
pub use write::{
    create_workspace, put_agent, put_membership, put_platform_role, put_user, put_workspace,
};

/// A workspace of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its id.
    pub workspace_id: Uuid,
    /// What people call it; its id where it has no name.
    pub name: String,
    /// The IANA time zone in which its people think.
    pub zone: String,
    /// The latest event time of what is compacted.
    pub last_event_at: Option<DateTime<Utc>>,
}

/// Where a page of a list of workspaces begins: after this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// Its name, as it was answered.
    pub name: String,
    /// Its id.
    pub workspace_id: Uuid,
}
