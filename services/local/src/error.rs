//! Why a private server could not be started.

use std::path::PathBuf;

/// A failure to start or stop a private server. Each message says what to do where something can be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process holds the data folder.
    #[error(
        "the data folder {} is in use by another shadow process: stop it, or choose another folder with --data", folder.display()
    )]
    InUse {
        /// The data folder.
        folder: PathBuf,
    },
    /// A server program is not installed.
    #[error(
        "{program} is not installed: run deploy/setup/install.sh, or apt-get install {package}"
    )]
    Missing {
        /// The program that was looked for.
        program: &'static str,
        /// The Debian package that has it.
        package: &'static str,
    },
    /// The data folder was made by a PostgreSQL version that is not installed.
    #[error(
        "the data in {} was made by PostgreSQL {version}, which is not installed: install it, or choose another folder with --data", folder.display()
    )]
    OtherVersion {
        /// The PostgreSQL data folder.
        folder: PathBuf,
        /// Its major version, as `PG_VERSION` has it.
        version: String,
    },
    /// A server came up and went down, or did not come up in time.
    #[error("{program} did not start: {reason}; its log is {}", log.display())]
    DidNotStart {
        /// The program.
        program: &'static str,
        /// The last line of its log, or what was waited for.
        reason: String,
        /// Its log file.
        log: PathBuf,
    },
    /// A command that prepares a server failed.
    #[error("{program} failed: {reason}")]
    Failed {
        /// The program.
        program: &'static str,
        /// What it said.
        reason: String,
    },
    /// A folder for sockets belongs to somebody else.
    #[error("{} belongs to another user: remove it, or set XDG_RUNTIME_DIR", folder.display())]
    Foreign {
        /// The folder.
        folder: PathBuf,
    },
    /// A file or process could not be handled.
    #[error("{context}")]
    Io {
        /// What was being done.
        context: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A private server refused a statement.
    #[error("{context}")]
    Sql {
        /// What was being done.
        context: &'static str,
        /// Why it failed.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The caller's callback could not fill the template database.
    #[error("the template database could not be filled")]
    Template(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Adds what was being done to an I/O error.
pub(crate) trait Context<T> {
    fn context(self, context: impl FnOnce() -> String) -> Result<T, Error>;
}

impl<T> Context<T> for std::io::Result<T> {
    fn context(self, context: impl FnOnce() -> String) -> Result<T, Error> {
        self.map_err(|source| Error::Io {
            context: context(),
            source,
        })
    }
}

/// Says what a statement was for.
pub(crate) fn sql(context: &'static str) -> impl FnOnce(tokio_postgres::Error) -> Error {
    move |source| Error::Sql { context, source }
}
