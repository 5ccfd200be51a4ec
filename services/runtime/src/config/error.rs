//! What is wrong with a variable.

use std::io;

/// A variable that cannot be used. It never repeats a secret.
#[derive(Debug, thiserror::Error)]
#[error("{variable}: {problem}")]
pub struct ConfigError {
    /// The variable's name.
    pub variable: String,
    /// What is wrong with it; its words are in the error's own.
    pub problem: Problem,
}

/// What is wrong with a variable.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It is needed and absent.
    #[error("is not set; {0}")]
    Missing(&'static str),
    /// It cannot be read as what it should be.
    #[error("{value:?} is not {expected}")]
    Invalid {
        /// What it was set to.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// It is set twice, by value and by file.
    #[error("is set, and so is its _FILE; set one of them")]
    Twice,
    /// The file that it names cannot be read.
    #[error("the file it names cannot be read: {0}")]
    Unreadable(io::Error),
    /// It would be unsafe where this runs.
    #[error("{0}")]
    Unsafe(&'static str),
}

impl ConfigError {
    pub(super) fn new(variable: &str, problem: Problem) -> ConfigError {
        ConfigError {
            variable: variable.to_owned(),
            problem,
        }
    }

    pub(super) fn invalid(variable: &str, value: &str, expected: &'static str) -> ConfigError {
        ConfigError::new(
            variable,
            Problem::Invalid {
                value: value.to_owned(),
                expected,
            },
        )
    }
}
