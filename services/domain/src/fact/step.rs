//! What an execution did, step by step.

use chrono::{DateTime, Utc};

use crate::execution::{Identity, coded};

/// One thing that an execution did, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The execution that it belongs to.
    pub identity: Identity,
    /// Its number within the execution, from 1.
    pub number: i32,
    /// What it did.
    pub kind: StepKind,
    /// The model, tool or source.
    pub name: Option<String>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// How it ended.
    pub status: StepStatus,
    /// Tokens that a model read.
    pub input_tokens: Option<i64>,
    /// Tokens that a model wrote.
    pub output_tokens: Option<i64>,
    /// A short class of the error.
    pub error_kind: Option<String>,
    /// What the error said.
    pub error_message: Option<String>,
}

coded! {
    /// What a step did.
    StepKind {
        /// Asked a model.
        ModelCall = 1, "model_call";
        /// Used a tool.
        ToolCall = 2, "tool_call";
        /// Looked something up.
        Retrieval = 3, "retrieval";
        /// Something else.
        Other = 4, "other";
    }
}

coded! {
    /// How a step ended.
    StepStatus {
        /// It did what it was asked for.
        Completed = 1, "completed";
        /// It ended with an error.
        Failed = 2, "failed";
        /// Somebody stopped it.
        Cancelled = 3, "cancelled";
    }
}

impl Step {
    /// The first field whose content differs, those of the identity first.
    pub fn difference(&self, other: &Step) -> Option<&'static str> {
        if let Err(conflict) = self.identity.agree(&other.identity) {
            return Some(conflict.field);
        }
        [
            ("number", self.number == other.number),
            ("kind", self.kind == other.kind),
            ("name", self.name == other.name),
            ("started_at", self.started_at == other.started_at),
            ("ended_at", self.ended_at == other.ended_at),
            ("status", self.status == other.status),
            ("input_tokens", self.input_tokens == other.input_tokens),
            ("output_tokens", self.output_tokens == other.output_tokens),
            ("error_kind", self.error_kind == other.error_kind),
            ("error_message", self.error_message == other.error_message),
        ]
        .into_iter()
        .find_map(|(field, same)| (!same).then_some(field))
    }
}
