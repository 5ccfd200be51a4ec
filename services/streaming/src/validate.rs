//! Events are parsed here, once: what comes out needs no further check. The clock is an argument.

mod execution;
mod number;
mod text;
mod time;

use chrono::{DateTime, Utc};
use shadow_domain::execution::Execution;
use shadow_proto::streaming::v1 as proto;
use shadow_proto::streaming::v1::RefusalReason;
use uuid::Uuid;

pub(crate) use time::duration;
pub(crate) use time::to_duration;
pub(crate) use time::to_timestamp;

/// Why one event cannot be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The field at fault, as a path from the event.
    pub field: String,
    /// What a program can act on.
    pub reason: RefusalReason,
    /// For a person, with the limit where there is one.
    pub description: String,
}

/// What is wrong with a value, before it is known where the value was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    reason: RefusalReason,
    pub(crate) description: String,
}

impl Fault {
    fn missing(description: impl Into<String>) -> Self {
        Self {
            reason: RefusalReason::Missing,
            description: description.into(),
        }
    }

    fn malformed(description: impl Into<String>) -> Self {
        Self {
            reason: RefusalReason::Malformed,
            description: description.into(),
        }
    }

    fn out_of_range(description: impl Into<String>) -> Self {
        Self {
            reason: RefusalReason::OutOfRange,
            description: description.into(),
        }
    }

    fn at(self, path: impl Into<String>) -> Refused {
        Refused {
            field: path.into(),
            reason: self.reason,
            description: self.description,
        }
    }
}

/// Reads an event as what it says about its execution. `event_id` is taken separately because the caller keeps it for
/// its answer; the event's own copy is not looked at.
pub fn parse(
    event_id: &str,
    event: proto::Event,
    now: DateTime<Utc>,
) -> Result<Execution, Refused> {
    uuid(event_id).map_err(|fault| fault.at("event_id"))?;
    let workspace_id = uuid(&event.workspace_id).map_err(|fault| fault.at("workspace_id"))?;
    let occurred_at =
        time::required(event.occurred_at.as_ref(), now).map_err(|fault| fault.at("occurred_at"))?;
    let Some(event) = event.event else {
        return Err(Fault::missing(
            "one of the events is required; this server may be older than the producer",
        )
        .at("event"));
    };
    execution::parse(workspace_id, occurred_at, event, now)
}

/// Reads a UUID that is not nil.
pub(crate) fn uuid(text: &str) -> Result<Uuid, Fault> {
    if text.is_empty() {
        return Err(Fault::missing("a UUID is required"));
    }
    let uuid = Uuid::try_parse(text).map_err(|_| Fault::malformed("must be a UUID"))?;
    if uuid.is_nil() {
        return Err(Fault::missing("must not be the nil UUID"));
    }
    Ok(uuid)
}

#[cfg(test)]
mod tests;
