//! Joining what two events say of one execution.

use super::{End, Execution, Feedback, Identity};

/// A set of transitions of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Seen(
    /// The bits, as they are stored.
    pub u8,
);

impl Seen {
    /// No transition.
    pub const NONE: Seen = Seen(0);
    /// It was asked for; any event says so.
    pub const OPENED: Seen = Seen(1);
    /// It began to run.
    pub const STARTED: Seen = Seen(2);
    /// It ended.
    pub const ENDED: Seen = Seen(4);
    /// A person rated it.
    pub const FEEDBACK: Seen = Seen(8);
    /// Every transition.
    pub const ALL: Seen = Seen(15);

    /// The transitions of either.
    pub const fn union(self, other: Seen) -> Seen {
        Seen(self.0 | other.0)
    }

    /// The transitions of this one that the other lacks.
    pub const fn difference(self, other: Seen) -> Seen {
        Seen(self.0 & !other.0)
    }

    /// Whether all transitions of the other are in this one.
    pub const fn contains(self, other: Seen) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Two events say different things of the same fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} differs from what is known")]
pub struct Conflict {
    /// The field that differs, such as "agent_id".
    pub field: &'static str,
}

impl Execution {
    /// Takes in what `other` knows of the same execution and says which transitions were new.
    /// On a conflict nothing changes; an end before its start is one.
    pub fn join(&mut self, other: &Execution) -> Result<Seen, Conflict> {
        self.identity.agree(&other.identity)?;
        if let (Some(mine), Some(theirs)) = (self.started_at, other.started_at)
            && mine != theirs
        {
            return Err(Conflict {
                field: "started_at",
            });
        }
        if let (Some(mine), Some(theirs)) = (&self.end, &other.end) {
            mine.agree(theirs)?;
        }
        if let (Some(mine), Some(theirs)) = (&self.feedback, &other.feedback) {
            mine.agree(theirs)?;
        }
        let new = other.seen().difference(self.seen());
        let started_at = self.started_at.or(other.started_at);
        let ended_at = self
            .end
            .as_ref()
            .or(other.end.as_ref())
            .map(|end| end.ended_at);
        if ended_at
            .zip(started_at)
            .is_some_and(|(ended_at, started_at)| ended_at < started_at)
        {
            let field = if new.contains(Seen::ENDED) {
                "ended_at"
            } else {
                "started_at"
            };
            return Err(Conflict { field });
        }
        if new.contains(Seen::STARTED) {
            self.started_at = other.started_at;
        }
        if new.contains(Seen::ENDED) {
            self.end.clone_from(&other.end);
        }
        if new.contains(Seen::FEEDBACK) {
            self.feedback.clone_from(&other.feedback);
        }
        self.start_named_by = self.start_named_by.union(other.start_named_by);
        Ok(new)
    }
}

macro_rules! agree {
    ($mine:expr, $theirs:expr, $($field:ident),*) => {{
        $(if $mine.$field != $theirs.$field {
            return Err(Conflict { field: stringify!($field) });
        })*
        Ok(())
    }};
}

impl Identity {
    /// Whether two events name the same execution in the same way.
    pub fn agree(&self, other: &Identity) -> Result<(), Conflict> {
        agree!(
            self,
            other,
            workspace_id,
            execution_id,
            opened_at,
            agent_id,
            agent_version,
            trigger,
            environment,
            user_id,
            timeout_micros
        )
    }
}

impl End {
    /// Whether two events say the same of an end.
    pub fn agree(&self, other: &End) -> Result<(), Conflict> {
        agree!(
            self,
            other,
            ended_at,
            outcome,
            duration_micros,
            model,
            provider,
            input_tokens,
            output_tokens,
            credits_micro,
            cost,
            error_kind,
            error_message
        )
    }
}

impl Feedback {
    /// Whether two events say the same of what a person said.
    pub fn agree(&self, other: &Feedback) -> Result<(), Conflict> {
        agree!(self, other, given_at, rating, comment, given_by)
    }
}
