//! Errors that a version before has stored have no group: an upgrade brings them one.

use std::time::Duration;

use anyhow::{Context, Result};
use shadow_storage::{Database, error_group};

use super::Outcome;

/// Gives errors without a group theirs.
#[derive(Clone, Debug)]
pub struct ErrorNaming {
    /// In how long it is due again where nothing is left to do.
    pub every: Duration,
    /// About how many errors of each workspace one run names.
    pub most: usize,
}

impl Default for ErrorNaming {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(300),
            most: 10_000,
        }
    }
}

impl ErrorNaming {
    /// The name of its row.
    pub const NAME: &str = "error_naming";

    pub(super) async fn run(&self, db: &Database) -> Result<Outcome> {
        let named = error_group::name(db, self.most)
            .await
            .context("naming groups of errors")?;
        Ok(Outcome {
            summary: format!("named {named} errors"),
            // What one run has not reached the next one does.
            due_in: if named == 0 {
                self.every
            } else {
                Duration::ZERO
            },
        })
    }
}
