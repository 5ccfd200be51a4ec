//! An execution: what is known of it, as a join of its events.
//!
//! Events may come in any order and any number of times; joining what each of them says gives the
//! same execution. What a producer does not know stays absent and is never zero.

mod join;
pub mod limits;
mod money;
mod names;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use join::{Conflict, Seen};
pub use money::{Currency, Money, NotACurrency};
pub(crate) use names::coded;
pub use names::{Outcome, Status, Trigger};

/// What every event of an execution repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The workspace that it belongs to.
    pub workspace_id: Uuid,
    /// Its id, unique within the workspace.
    pub execution_id: Uuid,
    /// When it was asked for. All that it contributes belongs to the cell of this instant.
    pub opened_at: DateTime<Utc>,
    /// The agent that runs, an id within the workspace.
    pub agent_id: String,
    /// The agent's version.
    pub agent_version: Option<String>,
    /// What asked for it.
    pub trigger: Trigger,
    /// Where it runs, such as "production".
    pub environment: Option<String>,
    /// On whose behalf it runs.
    pub user_id: Option<String>,
    /// After how long the producer gives up, in microseconds.
    pub timeout_micros: Option<i64>,
}

/// What is known when an execution has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it worked, without the time in the queue, in microseconds.
    pub duration_micros: Option<i64>,
    /// The model that was used.
    pub model: Option<String>,
    /// Who served the model.
    pub provider: Option<String>,
    /// Tokens that the model read.
    pub input_tokens: Option<i64>,
    /// Tokens that the model wrote.
    pub output_tokens: Option<i64>,
    /// Credits consumed, in millionths of a credit.
    pub credits_micro: Option<i64>,
    /// What the provider charges.
    pub cost: Option<Money>,
    /// A short class of the error.
    pub error_kind: Option<String>,
    /// What the error said.
    pub error_message: Option<String>,
}

/// What a person said of an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// When it was said; that may be long after the end.
    pub given_at: DateTime<Utc>,
    /// From 1, bad, to 5, good.
    pub rating: i16,
    /// In the person's words.
    pub comment: Option<String>,
    /// Who said it.
    pub given_by: Option<String>,
}

/// An execution as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// What every event repeats.
    pub identity: Identity,
    /// When it began to run.
    pub started_at: Option<DateTime<Utc>>,
    /// Its end.
    pub end: Option<End>,
    /// What a person said of it, which is of few.
    pub feedback: Option<Box<Feedback>>,
    /// The events, of start and end, that say when it began: an end that does is taken together with it or not at all.
    /// Nothing where that does not matter, as for what is stored.
    pub start_named_by: Seen,
}

impl Execution {
    /// An execution of which nothing is known but that it was opened.
    pub fn opened(identity: Identity) -> Self {
        Self {
            identity,
            started_at: None,
            end: None,
            feedback: None,
            start_named_by: Seen::NONE,
        }
    }

    /// The transitions that are known. An execution that is known at all was opened.
    pub fn seen(&self) -> Seen {
        let mut seen = Seen::OPENED;
        if self.started_at.is_some() {
            seen = seen.union(Seen::STARTED);
        }
        if self.end.is_some() {
            seen = seen.union(Seen::ENDED);
        }
        if self.feedback.is_some() {
            seen = seen.union(Seen::FEEDBACK);
        }
        seen
    }

    /// How far it has come.
    pub fn status(&self) -> Status {
        match (&self.end, self.started_at) {
            (Some(end), _) => end.outcome.status(),
            (None, Some(_)) => Status::Running,
            (None, None) => Status::Queued,
        }
    }

    /// The execution as it was when only these transitions were known.
    pub fn masked(&self, seen: Seen) -> Execution {
        Execution {
            identity: self.identity.clone(),
            started_at: self.started_at.filter(|_| seen.contains(Seen::STARTED)),
            end: self
                .end
                .as_ref()
                .filter(|_| seen.contains(Seen::ENDED))
                .cloned(),
            feedback: self
                .feedback
                .as_ref()
                .filter(|_| seen.contains(Seen::FEEDBACK))
                .cloned(),
            start_named_by: self.start_named_by,
        }
    }
}
