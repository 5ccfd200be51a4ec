//! Closed sets of values, each with the code that is stored and the name that is shown.

macro_rules! coded {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal, $name:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $type {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $type {
            /// Every value, by code.
            pub const ALL: &'static [$type] = &[$($type::$variant),*];

            /// The code that is stored and sent.
            pub fn code(self) -> i16 {
                match self { $($type::$variant => $code),* }
            }

            /// The value of a code.
            pub fn from_code(code: i16) -> Option<$type> {
                match code { $($code => Some($type::$variant),)* _ => None }
            }

            /// The name, in lower case with underscores.
            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $name),* }
            }

            /// The value of a name.
            pub fn from_name(name: &str) -> Option<$type> {
                match name { $($name => Some($type::$variant),)* _ => None }
            }
        }
    };
}

pub(crate) use coded;

coded! {
    /// What asked for an execution.
    Trigger {
        /// A person, who counts as active.
        User = 1, "user";
        /// A timer.
        Schedule = 2, "schedule";
        /// A program.
        Api = 3, "api";
        /// Another agent.
        Agent = 4, "agent";
    }
}

coded! {
    /// How an execution ended.
    Outcome {
        /// It did what it was asked for.
        Completed = 1, "completed";
        /// It ended with an error.
        Failed = 2, "failed";
        /// Somebody stopped it.
        Cancelled = 3, "cancelled";
        /// It took longer than its timeout.
        TimedOut = 4, "timed_out";
        /// It ended, and the producer does not know how.
        Unknown = 5, "unknown";
    }
}

coded! {
    /// How far an execution has come.
    Status {
        /// Opened and not started.
        Queued = 1, "queued";
        /// Started and not ended.
        Running = 2, "running";
        /// Ended, completed.
        Completed = 3, "completed";
        /// Ended, failed.
        Failed = 4, "failed";
        /// Ended, cancelled.
        Cancelled = 5, "cancelled";
        /// Ended, timed out.
        TimedOut = 6, "timed_out";
        /// Ended, outcome unknown.
        Unknown = 7, "unknown";
    }
}

impl Outcome {
    /// The status of an execution that ended so.
    pub fn status(self) -> Status {
        match self {
            Outcome::Completed => Status::Completed,
            Outcome::Failed => Status::Failed,
            Outcome::Cancelled => Status::Cancelled,
            Outcome::TimedOut => Status::TimedOut,
            Outcome::Unknown => Status::Unknown,
        }
    }

    /// Failed and timed out: ended without what was asked for, and nobody wanted that.
    pub fn is_failure(self) -> bool {
        matches!(self, Outcome::Failed | Outcome::TimedOut)
    }
}

impl Status {
    /// Whether nothing more is to come.
    pub fn is_ended(self) -> bool {
        !matches!(self, Status::Queued | Status::Running)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_lead_back() {
        for status in Status::ALL {
            assert_eq!(Status::from_code(status.code()), Some(*status));
            assert_eq!(Status::from_name(status.name()), Some(*status));
        }
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_code(outcome.code()), Some(*outcome));
            assert_eq!(outcome.status().name(), outcome.name());
        }
        assert_eq!(Trigger::from_name("schedule"), Some(Trigger::Schedule));
        assert_eq!((Trigger::from_code(0), Trigger::from_code(5)), (None, None));
    }
}
