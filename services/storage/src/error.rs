//! What can go wrong with what is kept.

use chrono::{DateTime, Utc};
use diesel::result::{ConnectionError, DatabaseErrorKind, Error as QueryError};
use diesel_async::pooled_connection::PoolError;
use uuid::Uuid;

/// Why storage did not do what it was asked for. Each one says its own words only; the source says the rest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server does not answer, or refuses the connection.
    #[error("the database cannot be reached")]
    Unreachable(#[source] ConnectionError),
    /// The server did not answer a connection attempt in time.
    #[error("the database did not answer in time")]
    Unresponsive,
    /// Every connection stayed in use.
    #[error("no database connection became free in time")]
    Busy,
    /// The server is older than what is supported.
    #[error("the database server is PostgreSQL {found}; this needs {needed} or newer")]
    TooOld {
        /// Major version of the server.
        found: i32,
        /// Oldest major version that is supported.
        needed: i32,
    },
    /// The schema is not there, or older than this version.
    #[error(
        "the database has no Shadow Analytics schema of this version yet; run `shadow migrate` on it"
    )]
    NotMigrated,
    /// A migration failed; those before it are applied.
    #[error("a migration failed")]
    Migration(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The deadline of the work passed, or a statement took longer than any may.
    #[error("{0} took longer than it may")]
    Timeout(&'static str),
    /// The server went away in the middle.
    #[error("the connection to the database was lost while it did this: {0}")]
    Lost(&'static str, #[source] QueryError),
    /// The server refused a statement.
    #[error("the database refused this: {0}")]
    Query(&'static str, #[source] QueryError),
    /// Stored bytes or codes are not what this version writes.
    #[error("what is stored as {0} cannot be read")]
    Malformed(
        &'static str,
        #[source] Box<dyn std::error::Error + Send + Sync>,
    ),
    /// The caller asked for a workspace outside its scope.
    #[error("workspace {0} is outside the scope")]
    OutOfScope(Uuid),
    /// A person was erased since this process last looked; nothing was stored, and the same works once it has.
    #[error("a person was erased meanwhile")]
    Outdated,
    /// The caller gave the same execution, or the same event that is none of an execution, twice in one batch.
    #[error("execution or event {0} is in the batch twice")]
    Duplicate(Uuid),
    /// Facts of so early a time are no longer kept, so that nothing can be computed from them.
    #[error("facts of before {0} are no longer kept")]
    FactsGone(DateTime<Utc>),
    /// The thing that was to be changed is not there.
    #[error("there is no {0}")]
    NotFound(&'static str),
    /// The address of Redis cannot be read.
    #[error("the address of Redis cannot be read")]
    CacheAddress(#[source] bb8_redis::redis::RedisError),
    /// Redis refused something, or cannot be reached.
    #[error("Redis did not do what it was asked for")]
    Redis(#[source] bb8_redis::redis::RedisError),
    /// Redis did not answer in time.
    #[error("Redis did not answer in time")]
    RedisSilent,
}

impl Error {
    /// Whether the same may work a moment later: the database is away or overloaded.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::Unresponsive
            | Self::Busy
            | Self::Lost(..)
            | Self::Outdated => true,
            Self::Query(_, QueryError::DatabaseError(kind, detail)) => {
                is_about_the_server(kind, detail.message())
            }
            _ => false,
        }
    }

    /// Whether the database refused the data itself, so that other data may still go in.
    pub fn concerns_data(&self) -> bool {
        match self {
            Self::Query(_, QueryError::DatabaseError(kind, detail)) => {
                !is_about_the_server(kind, detail.message())
            }
            Self::Query(..) | Self::Malformed(..) => true,
            _ => false,
        }
    }

    /// Whether somebody else had changed the same meanwhile, so that nothing of it happened.
    pub(crate) fn is_race(&self) -> bool {
        matches!(
            self,
            Self::Query(
                _,
                QueryError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)
            )
        )
    }

    /// Whether a row is there already.
    pub(crate) fn is_repeat(&self) -> bool {
        matches!(
            self,
            Self::Query(
                _,
                QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)
            )
        )
    }

    pub(crate) fn malformed(
        what: &'static str,
        error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Malformed(what, error.into())
    }

    pub(crate) fn pool(error: bb8::RunError<PoolError>) -> Self {
        match error {
            bb8::RunError::User(PoolError::ConnectionError(error)) => Self::Unreachable(error),
            bb8::RunError::User(PoolError::QueryError(error)) => Self::Lost("connecting", error),
            bb8::RunError::TimedOut => Self::Busy,
        }
    }
}

/// Whether a refusal is about the moment and the server, not about what it was given: another transaction was in the
/// way, a standby answers during a failover, or the disk is full. As elsewhere, what has no kind of its own is told by
/// its words.
fn is_about_the_server(kind: &DatabaseErrorKind, message: &str) -> bool {
    matches!(
        kind,
        DatabaseErrorKind::SerializationFailure | DatabaseErrorKind::ReadOnlyTransaction
    ) || message.starts_with("deadlock detected")
        || message.starts_with("could not extend file")
        || message.contains("No space left on device")
}

/// Says what was being done when a statement failed.
pub(crate) trait While<T> {
    /// The result with what was being done; `doing` completes "the database refused this: …".
    fn doing(self, doing: &'static str) -> Result<T, Error>;
}

impl<T> While<T> for Result<T, QueryError> {
    fn doing(self, doing: &'static str) -> Result<T, Error> {
        self.map_err(|error| match &error {
            QueryError::DatabaseError(DatabaseErrorKind::UnableToSendCommand, _)
            | QueryError::DatabaseError(DatabaseErrorKind::ClosedConnection, _)
            | QueryError::BrokenTransactionManager => Error::Lost(doing, error),
            // SQLSTATE does not come this far; 57014 and 57P01 are told by their words, which are always English where
            // the server runs in the C locale.
            QueryError::DatabaseError(_, detail)
                if detail.message().starts_with("canceling statement") =>
            {
                Error::Timeout(doing)
            }
            QueryError::DatabaseError(_, detail)
                if detail.message().starts_with("terminating connection") =>
            {
                Error::Lost(doing, error)
            }
            _ => Error::Query(doing, error),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: DatabaseErrorKind, message: &str) -> Error {
        let error = QueryError::DatabaseError(kind, Box::new(message.to_owned()));
        Err::<(), _>(error).doing("storing").unwrap_err()
    }

    #[test]
    fn what_passes_by_itself_is_told_from_what_is_wrong_with_the_data() {
        use DatabaseErrorKind::{
            ReadOnlyTransaction, SerializationFailure, UniqueViolation, Unknown,
        };
        for (kind, message) in [
            (SerializationFailure, "could not serialize access"),
            (
                ReadOnlyTransaction,
                "cannot execute INSERT in a read-only transaction",
            ),
            (Unknown, "deadlock detected"),
            (
                Unknown,
                "could not extend file \"base/1/2\": No space left on device",
            ),
            (
                Unknown,
                "could not write to file \"pg_wal/xlogtemp.1\": No space left on device",
            ),
        ] {
            let error = refused(kind, message);
            assert!(error.is_transient(), "{message}");
            assert!(!error.concerns_data(), "{message}");
        }
        for (kind, message) in [
            (UniqueViolation, "duplicate key value"),
            (Unknown, "integer out of range"),
        ] {
            let error = refused(kind, message);
            assert!(!error.is_transient(), "{message}");
            assert!(error.concerns_data(), "{message}");
        }
    }
}
