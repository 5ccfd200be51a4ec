//! What producers report beside the transitions of executions: each fact has a name of its own and is stored once.
//!
//! Facts may come in any order and any number of times; the state is the same.

mod activity;
mod feedback;
mod step;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::execution::Identity;

pub use activity::{Activity, ActivityType};
pub use feedback::Feedback;
pub use step::{Step, StepKind, StepStatus};

/// A fact and what names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The workspace that it belongs to.
    pub workspace_id: Uuid,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// The producer's id of the event.
    pub event_id: Uuid,
    /// What happened.
    pub content: Content,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A step of an execution ended.
    Step(Box<Identity>, Step),
    /// A person rated an execution. Its name is that of the execution, which has one feedback.
    Feedback(Box<Identity>, Feedback),
    /// A person did something.
    Activity(Activity),
}

impl Content {
    /// The execution that it is about; it was opened, whatever else is known of it.
    pub fn execution(&self) -> Option<&Identity> {
        match self {
            Content::Step(identity, _) | Content::Feedback(identity, _) => Some(identity),
            _ => None,
        }
    }
}
