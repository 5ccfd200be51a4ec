//! What executions do, one thing after the other.

use chrono::{DateTime, Utc};

use crate::execution::coded;

/// One thing that an execution did; it ended when its fact occurred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its number within the execution, from 1.
    pub number: i32,
    /// What it did.
    pub kind: StepKind,
    /// The model, tool or source.
    pub name: Option<String>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
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
