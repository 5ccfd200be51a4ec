//! What a refused event is told.

use chrono::{DateTime, SecondsFormat, Utc};
use shadow_domain::execution::Execution;
use shadow_domain::fact;
use shadow_proto::streaming::v1::RefusalReason;

use crate::validate::{Need, Refused, Said};

/// Which kind of event an execution was read from; it decides where in the event a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Opened,
    Started,
    Ended,
    Feedback,
    Step,
}

impl Kind {
    /// The kind of the one event that `execution` was read from.
    pub(crate) fn of(execution: &Execution) -> Self {
        match (&execution.end, execution.started_at, &execution.feedback) {
            (Some(_), _, _) => Self::Ended,
            (None, Some(_), _) => Self::Started,
            (None, None, Some(_)) => Self::Feedback,
            (None, None, None) => Self::Opened,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Opened => "execution_opened",
            Self::Started => "execution_started",
            Self::Ended => "execution_ended",
            Self::Feedback => "execution_feedback",
            Self::Step => "execution_step",
        }
    }

    /// Where an event of this kind has what the domain calls `field`.
    fn path(self, field: &str) -> String {
        let event = self.name();
        match (field, self) {
            ("identity", _) => format!("{event}.identity"),
            ("timeout_micros", _) => format!("{event}.identity.timeout"),
            (
                "workspace_id" | "execution_id" | "opened_at" | "agent_id" | "agent_version"
                | "trigger" | "environment" | "user_id",
                _,
            ) => format!("{event}.identity.{field}"),
            ("started_at", Self::Step) => format!("{event}.step.started_at"),
            ("started_at", Self::Ended) => format!("{event}.end.started_at"),
            ("started_at" | "ended_at" | "given_at", _) => "occurred_at".to_owned(),
            ("given_by", _) => format!("{event}.feedback.user_id"),
            ("rating" | "comment", _) => format!("{event}.feedback.{field}"),
            ("end", _) => format!("{event}.end"),
            ("duration_micros", _) => format!("{event}.end.duration"),
            (field, Self::Step) => format!("{event}.step.{field}"),
            (field, _) => format!("{event}.end.{field}"),
        }
    }
}

/// The event says something else than what is known already.
pub(crate) fn conflict(kind: Kind, field: &str) -> Refused {
    Refused {
        field: kind.path(field),
        reason: RefusalReason::Conflict,
        description: "contradicts what is known of this execution, which stays as it is".to_owned(),
    }
}

/// The database refused what the workspace had in a transaction, and stored the others' parts.
pub(crate) fn unstorable() -> Refused {
    Refused {
        field: String::new(),
        reason: RefusalReason::Unstorable,
        description: "the database refused something of this workspace; the server's log says what"
            .to_owned(),
    }
}

/// A fact of this name is known, and says something else.
pub(crate) fn known(kind: fact::Kind, field: &str) -> Refused {
    if kind == fact::Kind::Step {
        return conflict(Kind::Step, field);
    }
    Refused {
        field: format!("{}.{field}", kind.name()),
        reason: RefusalReason::Conflict,
        description:
            "contradicts what is known under this event_id and occurred_at, which stays as it is"
                .to_owned(),
    }
}

/// Another event of the batch says when the execution started or ended, and the two do not fit.
pub(crate) fn ends_before_start() -> Refused {
    Refused {
        field: "occurred_at".to_owned(),
        reason: RefusalReason::OutOfRange,
        description:
            "an execution must not end before it started, as another event of the batch says"
                .to_owned(),
    }
}

/// Facts of its time are no longer kept, so that it could not be told from one that is known.
pub(crate) fn too_old(said: &Said, refused_before: DateTime<Utc>) -> Refused {
    let field = match said {
        Said::Execution(execution) => Kind::of(execution).path("opened_at"),
        Said::Fact(fact) if fact.content.kind() == fact::Kind::Step => Kind::Step.path("opened_at"),
        Said::Fact(_) => "occurred_at".to_owned(),
    };
    Refused {
        field,
        reason: RefusalReason::TooOld,
        description: format!(
            "must not be before {}: what is older is no longer kept",
            refused_before.to_rfc3339_opts(SecondsFormat::Secs, true)
        ),
    }
}

/// The caller may publish into the workspace, but not this. Only roles and erasures ask for more.
pub(crate) fn missing(need: Need) -> Refused {
    let (field, description) = match need {
        Need::Here(permission) => (
            "membership_changed.role",
            format!(
                "a role is a privilege: changing one needs the permission {permission} beside publish_events"
            ),
        ),
        Need::Everywhere(permission) => (
            "user_erased.user_id",
            format!(
                "a person is erased in every workspace: that needs the permission {permission} in all of them, beside publish_events"
            ),
        ),
    };
    Refused {
        field: field.to_owned(),
        reason: RefusalReason::NotPermitted,
        description,
    }
}

/// The caller may not publish into the workspace, or there is none: the same answer for both.
pub(crate) fn not_permitted() -> Refused {
    Refused {
        field: "workspace_id".to_owned(),
        reason: RefusalReason::NotPermitted,
        description: "no workspace of this id that you may publish into".to_owned(),
    }
}
