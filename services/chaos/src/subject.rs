//! What the producers tell of, by kind. A new kind of fact is drawn in `fact.rs`, which says its event; another kind is a
//! variant here and a file beside `execution.rs`, which also compares what was acknowledged with what is stored.

pub(crate) mod execution;
pub(crate) mod fact;

use chrono::{DateTime, Utc};
use shadow_domain::fact::Fact;
use shadow_proto::streaming::v1 as proto;
use uuid::Uuid;

use crate::random::Random;

use execution::Run;

/// How many in a hundred subjects are executions; the others are facts beside them.
const EXECUTIONS_PERCENT: u64 = 60;

/// Names a subject: its workspace and its id.
pub(crate) type Key = (Uuid, Uuid);

/// Something that events tell of.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// The lifecycle of an execution, and its steps.
    Execution(Box<Run>),
    /// Something beside executions, of which one event tells.
    Fact(Fact),
}

impl Subject {
    /// Draws one that was over before a time.
    pub(crate) fn draw(random: &mut Random, workspaces: &[Uuid], before: DateTime<Utc>) -> Self {
        if random.percent(EXECUTIONS_PERCENT) {
            Self::Execution(Box::new(execution::draw(random, workspaces, before)))
        } else {
            Self::Fact(fact::draw(random, workspaces, before))
        }
    }

    /// Its name.
    pub(crate) fn key(&self) -> Key {
        match self {
            Self::Execution(run) => execution::key(&run.execution),
            Self::Fact(fact) => (fact.workspace_id, fact.event_id),
        }
    }

    /// How many events tell of it, at most 8.
    pub(crate) fn parts(&self) -> u8 {
        match self {
            Self::Execution(run) => execution::parts(run),
            Self::Fact(_) => 1,
        }
    }

    /// One of its events; the same again whenever it is asked for.
    pub(crate) fn event(&self, part: u8) -> proto::Event {
        match self {
            Self::Execution(run) => execution::event(run, part),
            Self::Fact(fact) => fact::event(fact),
        }
    }
}

/// How many in a hundred who are named may be erased.
const LEAVING_PERCENT: u64 = 40;

/// How many people may be erased.
const LEAVERS: u64 = 60;

/// How the ids begin of those who may be; nothing else that is sent is like it, so that what is left of them is found.
const LEAVER: &str = "leaver-";

/// Somebody.
fn person(random: &mut Random) -> String {
    if random.percent(LEAVING_PERCENT) {
        leaver(random)
    } else {
        format!("person-{}", random.below(40))
    }
}

/// Somebody who may be erased. No id is the beginning of another.
fn leaver(random: &mut Random) -> String {
    format!("{LEAVER}{:03}", random.below(LEAVERS))
}

/// Whether it is somebody who may be erased.
fn leaves(user_id: &str) -> bool {
    user_id.starts_with(LEAVER)
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
