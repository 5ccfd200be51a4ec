//! What can go wrong.

use std::io;
use std::path::PathBuf;

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
    /// The token, or the key, holds characters that none has.
    #[error("the token or key holds characters that none has")]
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
    /// The folder of a spool cannot be used, or what it holds cannot be written.
    #[error("the spool in {} cannot be used", .folder.display())]
    Spool {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another publisher has the folder.
    #[error("another publisher uses the spool in {}", .folder.display())]
    SpoolInUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds as much as it may; the event is not in it.
    #[error("the spool in {} holds {bytes} bytes and may hold {limit}; {wanted} more do not fit", .folder.display())]
    SpoolFull {
        /// The folder.
        folder: PathBuf,
        /// How many bytes it holds.
        bytes: u64,
        /// How many more the event needs.
        wanted: u64,
        /// How many it may hold.
        limit: u64,
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
            | Self::Spool { .. }
            | Self::SpoolInUse { .. }
            | Self::SpoolFull { .. }
            | Self::Closed => None,
        }
    }
}
