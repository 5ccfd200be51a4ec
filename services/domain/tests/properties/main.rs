//! What must hold for any executions.

mod merging;
mod numbers;
mod support;
