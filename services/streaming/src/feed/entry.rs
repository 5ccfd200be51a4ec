//! A change in the form in which it is sent.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use prost::Message;
use shadow_domain::execution::Status;
use shadow_proto::streaming::v1 as proto;
use shadow_storage::feed::Change;
use uuid::Uuid;

use crate::{convert, cursor};

/// A change, encoded once for all watches; beside it is what they look at to see whether they want it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) position: i64,
    pub(crate) workspace_id: Uuid,
    pub(crate) execution_id: Uuid,
    pub(crate) agent_id: String,
    pub(crate) status: Status,
    /// Known from the end on.
    pub(crate) model: Option<String>,
    pub(crate) duration_micros: Option<i64>,
    pub(crate) revision: i32,
    pub(crate) committed_at: DateTime<Utc>,
    /// A [`proto::WatchResponse`] with its cursor.
    pub(crate) message: Bytes,
}

impl From<Change> for Entry {
    fn from(change: Change) -> Self {
        let Change {
            position,
            execution,
            agent_name,
            revision,
            committed_at,
        } = change;
        let sent = convert::change(&execution, &agent_name, revision, committed_at);
        let message = proto::WatchResponse {
            cursor: cursor::encode(position),
            message: Some(proto::watch_response::Message::Change(sent)),
        };
        let status = execution.status();
        let (model, duration_micros) = execution
            .end
            .map(|end| (end.model, end.duration_micros))
            .unwrap_or_default();
        Self {
            position,
            workspace_id: execution.identity.workspace_id,
            execution_id: execution.identity.execution_id,
            agent_id: execution.identity.agent_id,
            status,
            model,
            duration_micros,
            revision,
            committed_at,
            message: message.encode_to_vec().into(),
        }
    }
}
