//! From the domain's changes to those of the API.

use chrono::{DateTime, Utc};
use shadow_domain::execution::Execution;
use shadow_proto::streaming::v1 as proto;
use shadow_rpc::wire;

/// A committed change.
pub(crate) fn change(
    execution_after: &Execution,
    agent_name: &str,
    revision: i32,
    committed_at: DateTime<Utc>,
) -> proto::ExecutionChange {
    proto::ExecutionChange {
        execution: Some(wire::execution(execution_after, agent_name, revision)),
        commit_time: Some(wire::timestamp(committed_at)),
    }
}
