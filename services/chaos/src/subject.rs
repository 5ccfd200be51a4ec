//! What the producers tell of, by kind. A new kind is a variant here and a file beside `execution.rs` that draws it,
//! says its events, and compares what was acknowledged with what is stored.

pub(crate) mod execution;

use chrono::{DateTime, Utc};
use shadow_domain::execution::Execution;
use shadow_proto::streaming::v1 as proto;
use uuid::Uuid;

use crate::random::Random;

/// Names a subject: its workspace and its id.
pub(crate) type Key = (Uuid, Uuid);

/// Something that events tell of.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// The lifecycle of an execution.
    Execution(Execution),
}

impl Subject {
    /// Draws one that was over before a time.
    pub(crate) fn draw(random: &mut Random, workspaces: &[Uuid], before: DateTime<Utc>) -> Self {
        Self::Execution(execution::draw(random, workspaces, before))
    }

    /// Its name.
    pub(crate) fn key(&self) -> Key {
        match self {
            Self::Execution(execution) => execution::key(execution),
        }
    }

    /// How many events tell of it, at most 8.
    pub(crate) fn parts(&self) -> u8 {
        match self {
            Self::Execution(_) => execution::PARTS,
        }
    }

    /// One of its events; the same again whenever it is asked for.
    pub(crate) fn event(&self, part: u8) -> proto::Event {
        match self {
            Self::Execution(execution) => execution::event(execution, part),
        }
    }
}

/// The id of an event: always the same for the same part of the same subject.
fn event_id((workspace_id, id): Key, part: u8) -> String {
    let name = format!("{id}/{part}");
    Uuid::new_v5(&workspace_id, name.as_bytes()).to_string()
}

fn timestamp(at: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos: at.timestamp_subsec_nanos().cast_signed(),
    }
}
