//! What went wrong, in the words of the person who sees it, and what can be done.

use tonic::{Code, Status};

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Nobody is signed in, or the session has ended.
    SignedOut,
    /// The person may not see this.
    Forbidden,
    /// There is nothing of that id, or it belongs to somebody else.
    NotFound,
    /// The question itself is wrong; the server says how.
    Invalid(String),
    /// The place in the stream is no longer kept.
    CursorExpired,
    /// The server is not reachable or too busy; trying again helps.
    Unavailable,
    /// It took too long.
    TooSlow,
    /// The browser has no network.
    Offline,
    /// Anything else.
    Broken(String),
}

impl Failure {
    /// What happened.
    pub fn title(&self) -> &'static str {
        match self {
            Self::SignedOut => "Your session has ended",
            Self::Forbidden => "You may not see this",
            Self::NotFound => "Nothing here",
            Self::Invalid(_) => "This question has no answer",
            Self::CursorExpired => "Too far behind",
            Self::Unavailable => "The server is not answering",
            Self::TooSlow => "This took too long",
            Self::Offline => "You are offline",
            Self::Broken(_) => "Something went wrong",
        }
    }

    /// What to do next.
    pub fn advice(&self) -> String {
        match self {
            Self::SignedOut => "Sign in again to go on where you were.".to_owned(),
            Self::Forbidden => {
                "Ask an owner of the workspace for access, or choose another workspace.".to_owned()
            }
            Self::NotFound => {
                "Check the address, or choose a workspace from the list above.".to_owned()
            }
            Self::Invalid(why) => format!("{why}. Choose another range and try again."),
            Self::CursorExpired => "Load the page again to see the latest.".to_owned(),
            Self::Unavailable => "It may be restarting. Try again in a moment.".to_owned(),
            Self::TooSlow => "Try a shorter range, or try again.".to_owned(),
            Self::Offline => "Check your connection. What is shown may be old.".to_owned(),
            Self::Broken(why) => {
                format!("Try again. If it happens again, tell your administrator: {why}.")
            }
        }
    }

    /// Whether the same request may succeed later.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unavailable
                | Self::TooSlow
                | Self::Offline
                | Self::CursorExpired
                | Self::Broken(_)
        )
    }
}

impl From<&Status> for Failure {
    fn from(status: &Status) -> Self {
        let said = || status.message().trim_end_matches('.').to_owned();
        match status.code() {
            Code::Unauthenticated => Self::SignedOut,
            Code::PermissionDenied => Self::Forbidden,
            Code::NotFound => Self::NotFound,
            Code::InvalidArgument | Code::OutOfRange => Self::Invalid(said()),
            Code::FailedPrecondition => Self::CursorExpired,
            Code::Unavailable | Code::ResourceExhausted | Code::Aborted => Self::Unavailable,
            Code::DeadlineExceeded => Self::TooSlow,
            // The transport's own errors have no code of gRPC: the network broke before an answer.
            Code::Unknown => Self::Unavailable,
            _ => Self::Broken(said()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_become_words_and_advice() {
        let cases = [
            (Status::unauthenticated(""), Failure::SignedOut, false),
            (Status::permission_denied(""), Failure::Forbidden, false),
            (Status::not_found(""), Failure::NotFound, false),
            (
                Status::invalid_argument("range.end: too far."),
                Failure::Invalid("range.end: too far".to_owned()),
                false,
            ),
            (
                Status::failed_precondition("CURSOR_EXPIRED"),
                Failure::CursorExpired,
                true,
            ),
            (Status::unavailable(""), Failure::Unavailable, true),
            (Status::unknown("fetch failed"), Failure::Unavailable, true),
            (Status::deadline_exceeded(""), Failure::TooSlow, true),
            (
                Status::internal("oops"),
                Failure::Broken("oops".to_owned()),
                true,
            ),
        ];
        for (status, failure, passes) in cases {
            assert_eq!(Failure::from(&status), failure);
            assert_eq!(failure.may_pass(), passes, "{failure:?}");
            assert!(
                !failure.title().is_empty() && failure.advice().ends_with('.'),
                "{failure:?}"
            );
        }
    }
}
