//! What can go wrong.

use tonic::{Code, Status};

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is no URL such as `http://127.0.0.1:50051`.
    #[error("{url:?} is not an address such as http://127.0.0.1:50051")]
    Address {
        /// The address as it was given.
        url: String,
    },
    /// The token holds characters that no token has.
    #[error("the token holds characters that no token has")]
    Token,
    /// Nobody answers at the address.
    #[error("cannot connect to {url}")]
    Connect {
        /// The address.
        url: String,
        /// Why.
        source: tonic::transport::Error,
    },
    /// The server's answer, or the transport's, to the last of so many attempts.
    #[error("{} ({:?}), after {attempts} attempts", .status.message(), .status.code())]
    Exhausted {
        /// How often it was tried.
        attempts: u32,
        /// The last answer.
        status: Box<Status>,
    },
    /// The server's answer, where another attempt would not change it.
    #[error("{} ({:?})", .0.message(), .0.code())]
    Refused(Box<Status>),
    /// The event is larger than a whole batch may be; it was not sent.
    #[error("event {event_id:?} has {bytes} bytes; a batch may have at most {limit}")]
    TooLarge {
        /// Id of the event.
        event_id: String,
        /// How large it is.
        bytes: usize,
        /// How large a batch may be.
        limit: usize,
    },
    /// The publisher ended with its runtime before there was an answer.
    #[error("the publisher ended before there was an answer")]
    Closed,
}

impl Error {
    /// The code of the answer, where there was one.
    pub fn code(&self) -> Option<Code> {
        self.status().map(Status::code)
    }

    /// The answer, where there was one.
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::Exhausted { status, .. } | Self::Refused(status) => Some(status),
            Self::Address { .. }
            | Self::Token
            | Self::Connect { .. }
            | Self::TooLarge { .. }
            | Self::Closed => None,
        }
    }
}
