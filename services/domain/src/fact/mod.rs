//! What producers report beside executions: each fact has a name of its own and is stored once.
//!
//! Facts may come in any order and any number of times; the state is the same.

mod activity;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use activity::{Activity, ActivityType};

/// A fact and what names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The workspace that it belongs to.
    pub workspace_id: Uuid,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// The producer's id of the event.
    pub event_id: Uuid,
    /// What a person did.
    pub activity: Activity,
}

impl Fact {
    /// What names it: the workspace, when it happened, and the producer's id.
    pub fn key(&self) -> (Uuid, DateTime<Utc>, Uuid) {
        (self.workspace_id, self.occurred_at, self.event_id)
    }

    /// Who was active by it.
    pub fn active_user(&self) -> Option<&str> {
        let active = self.activity.activity_type.is_active();
        active.then_some(self.activity.user_id.as_str())
    }
}
