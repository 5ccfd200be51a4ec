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
#[derive(Debug, PartialEq)]
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
    /// A [`proto::WatchResponse`] with its cursor; empty in a page, which holds it.
    pub(crate) message: Bytes,
}

impl Entry {
    /// What another replica encoded; `None` where this version cannot read it.
    pub(crate) fn read(position: i64, message: Vec<u8>) -> Option<Self> {
        let response = proto::WatchResponse::decode(message.as_slice()).ok()?;
        let Some(proto::watch_response::Message::Change(change)) = response.message else {
            return None;
        };
        let committed_at = change.commit_time?;
        let committed_at = u32::try_from(committed_at.nanos)
            .ok()
            .and_then(|nanos| DateTime::from_timestamp(committed_at.seconds, nanos))?;
        let execution = change.execution?;
        let identity = execution.identity?;
        let status = i16::try_from(execution.status).ok()?;
        let (model, duration) = execution
            .end
            .map(|end| (end.model, end.duration))
            .unwrap_or_default();
        let duration_micros = duration
            .map(|duration| duration.seconds * 1_000_000 + i64::from(duration.nanos / 1_000));
        let known = Self {
            position,
            workspace_id: execution.workspace_id.parse().ok()?,
            execution_id: identity.execution_id.parse().ok()?,
            agent_id: identity.agent_id,
            status: Status::from_code(status)?,
            model,
            duration_micros,
            revision: i32::try_from(execution.revision).ok()?,
            committed_at,
            message: message.into(),
        };
        (cursor::decode(&response.cursor) == Some(position)).then_some(known)
    }
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

#[cfg(test)]
pub(super) mod tests {
    use shadow_domain::execution::{End, Execution, Feedback, Identity, Outcome, Seen, Trigger};

    use super::*;

    /// An entry whose message is so long and begins with its position.
    pub(in crate::feed) fn entry(position: i64, bytes: usize) -> Entry {
        Entry {
            position,
            message: vec![u8::try_from(position).unwrap(); bytes].into(),
            ..Entry::from(change(Seen::OPENED))
        }
    }

    fn change(seen: Seen) -> Change {
        let opened_at: DateTime<Utc> = "2026-11-20T10:00:00.000001Z".parse().unwrap();
        let execution = Execution {
            start_named_by: Seen::NONE,
            identity: Identity {
                workspace_id: Uuid::from_u128(1),
                execution_id: Uuid::from_u128(2),
                opened_at,
                agent_id: "writer".to_owned(),
                agent_version: None,
                trigger: Trigger::User,
                environment: None,
                user_id: None,
                timeout_micros: None,
            },
            started_at: Some(opened_at),
            end: Some(End {
                ended_at: opened_at,
                outcome: Outcome::TimedOut,
                duration_micros: Some(61_000_007),
                model: Some("large".to_owned()),
                provider: None,
                input_tokens: None,
                output_tokens: None,
                credits_micro: None,
                cost: None,
                error_kind: None,
                error_message: None,
            }),
            feedback: Some(Box::new(Feedback {
                given_at: opened_at,
                rating: 4,
                comment: None,
                given_by: Some("ada".to_owned()),
            })),
        };
        Change {
            position: 7,
            execution: execution.masked(seen),
            agent_name: "Writer".to_owned(),
            revision: 3,
            committed_at: opened_at,
        }
    }

    #[test]
    fn an_entry_is_read_as_it_was_made() {
        for seen in [Seen::OPENED, Seen(3), Seen::ALL] {
            let made = Entry::from(change(seen));
            let read = Entry::read(7, made.message.to_vec());
            assert_eq!(read, Some(made), "{seen:?}");
        }
    }

    #[test]
    fn what_is_no_change_of_its_position_is_not_read() {
        let made = Entry::from(change(Seen::ALL));
        assert_eq!(Entry::read(8, made.message.to_vec()), None);
        let cut = &made.message[..made.message.len() - 1];
        for bytes in [&b""[..], b"not protobuf", cut] {
            assert_eq!(Entry::read(7, bytes.to_vec()), None, "{bytes:?}");
        }
    }
}
