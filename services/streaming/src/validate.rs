//! Events are parsed here, once: what comes out needs no further check. The clock is an argument.

mod activity;
mod credit;
mod directory;
mod execution;
mod money;
mod number;
mod step;
mod subscription;
mod text;
mod time;

use chrono::{DateTime, Utc};
use shadow_auth::Permission;
use shadow_domain::execution::Execution;
use shadow_domain::fact::{Content, Fact};
use shadow_proto::streaming::v1 as proto;
use shadow_proto::streaming::v1::RefusalReason;
use shadow_proto::streaming::v1::event::Event;
use uuid::Uuid;

pub(crate) use time::duration;

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

/// What an event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// What it says of its execution.
    Execution(Box<Execution>),
    /// A fact beside executions.
    Fact(Fact),
}

/// A permission that is needed beside that to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// In the event's workspace.
    Here(Permission),
    /// In every workspace.
    Everywhere(Permission),
}

impl Said {
    /// The time by which it is decided whether its like is still kept; none for what is kept for ever, as what books add
    /// up to.
    pub fn kept_by(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Execution(execution) => Some(execution.identity.opened_at),
            Self::Fact(fact) => match &fact.content {
                Content::Step(step) => Some(step.identity.opened_at),
                Content::Activity(_) => Some(fact.occurred_at),
                Content::Credit(_)
                | Content::Subscription(_)
                | Content::Workspace(_)
                | Content::Membership(_)
                | Content::Agent(_)
                | Content::User(_)
                | Content::Plan(_)
                | Content::Erasure(_) => None,
            },
        }
    }

    /// What whoever says it needs beside the permission to publish. A role is a privilege: without this a key that is made
    /// for a producer could make anybody an owner. And who is erased is erased everywhere.
    pub fn needs(&self) -> Option<Need> {
        let Self::Fact(fact) = self else {
            return None;
        };
        match fact.content {
            Content::Membership(_) => Some(Need::Here(Permission::Administer)),
            Content::Erasure(_) => Some(Need::Everywhere(Permission::Administer)),
            _ => None,
        }
    }

    /// The same, said by the caller of this name: of an erasure there is a record.
    pub fn said_by(mut self, subject: &str) -> Self {
        if let Self::Fact(fact) = &mut self
            && let Content::Erasure(erasure) = &mut fact.content
        {
            subject.clone_into(&mut erasure.requested_by);
        }
        self
    }

    /// The workspace that it belongs to.
    pub fn workspace_id(&self) -> Uuid {
        match self {
            Self::Execution(execution) => execution.identity.workspace_id,
            Self::Fact(fact) => fact.workspace_id,
        }
    }
}

/// Reads an event. `event_id` is taken separately because the caller keeps it for its answer; the event's own copy is
/// not looked at.
pub fn parse(event_id: &str, event: proto::Event, now: DateTime<Utc>) -> Result<Said, Refused> {
    let event_id = uuid(event_id).map_err(|fault| fault.at("event_id"))?;
    let workspace_id = uuid(&event.workspace_id).map_err(|fault| fault.at("workspace_id"))?;
    let occurred_at =
        time::required(event.occurred_at.as_ref(), now).map_err(|fault| fault.at("occurred_at"))?;
    let Some(event) = event.event else {
        return Err(Fault::missing(
            "one of the events is required; this server may be older than the producer",
        )
        .at("event"));
    };
    let (at, id) = (occurred_at, workspace_id);
    let fact = |content| {
        Said::Fact(Fact {
            workspace_id,
            occurred_at,
            event_id,
            content,
        })
    };
    let execution = |execution| Said::Execution(Box::new(execution));
    match event {
        Event::ExecutionOpened(it) => execution::opened(id, at, it, now).map(execution),
        Event::ExecutionStarted(it) => execution::started(id, at, it, now).map(execution),
        Event::ExecutionEnded(it) => execution::ended(id, at, it, now).map(execution),
        Event::ExecutionFeedback(it) => execution::feedback(id, at, it, now).map(execution),
        Event::ExecutionStep(it) => {
            step::parse(id, at, it, now).map(|step| fact(Content::Step(Box::new(step))))
        }
        Event::Activity(it) => activity::parse(it).map(Content::Activity).map(fact),
        Event::CreditEntry(it) => credit::parse(it).map(Content::Credit).map(fact),
        Event::SubscriptionChanged(it) => subscription::parse(it, at)
            .map(Content::Subscription)
            .map(fact),
        Event::WorkspaceChanged(it) => directory::workspace(it).map(Content::Workspace).map(fact),
        Event::MembershipChanged(it) => {
            directory::membership(it).map(Content::Membership).map(fact)
        }
        Event::AgentChanged(it) => directory::agent(it).map(Content::Agent).map(fact),
        Event::UserChanged(it) => directory::user(it).map(Content::User).map(fact),
        Event::PlanChanged(it) => directory::plan(it).map(Content::Plan).map(fact),
        Event::UserErased(it) => directory::erasure(it).map(Content::Erasure).map(fact),
    }
}

/// Codes of the domain are those of the API, from 1.
fn known<T>(code: i32, from_code: fn(i16) -> Option<T>) -> Result<T, Fault> {
    if code == 0 {
        return Err(Fault::missing("must be specified"));
    }
    i16::try_from(code)
        .ok()
        .and_then(from_code)
        .ok_or_else(|| Fault::malformed(format!("{code} is not a known value")))
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
