//! What there is to do: one file per kind of work.

mod audit;
mod compaction;
mod data_health;
mod erasure;
mod error_naming;
mod feed_trim;
mod partitions;
mod platform_fold;
mod refusal_trim;
mod retention;
mod summaries;

use std::time::Duration;

use anyhow::Result;
use chrono::TimeDelta;
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::Database;

pub use audit::Audit;
pub use compaction::Compaction;
pub use data_health::DataHealth;
pub use erasure::Erasure;
pub use error_naming::ErrorNaming;
pub use feed_trim::FeedTrim;
pub use partitions::Partitions;
pub use platform_fold::PlatformFold;
pub use refusal_trim::RefusalTrim;
pub use retention::Retention;
pub use summaries::Summaries;

/// A kind of work, with its limits.
#[derive(Clone, Debug)]
pub enum Work {
    /// See [`Audit`].
    Audit(Audit),
    /// See [`Compaction`].
    Compaction(Compaction),
    /// See [`DataHealth`].
    DataHealth(DataHealth),
    /// See [`Erasure`].
    Erasure(Erasure),
    /// See [`ErrorNaming`].
    ErrorNaming(ErrorNaming),
    /// See [`FeedTrim`].
    FeedTrim(FeedTrim),
    /// See [`Partitions`].
    Partitions(Partitions),
    /// See [`PlatformFold`].
    PlatformFold(PlatformFold),
    /// See [`RefusalTrim`].
    RefusalTrim(RefusalTrim),
    /// See [`Retention`].
    Retention(Retention),
    /// See [`Summaries`].
    Summaries(Summaries),
}

/// What one run did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// One line for whoever looks.
    pub summary: String,
    /// In how long it is due again.
    pub due_in: Duration,
}

/// Everything there is to do, with its usual limits. `facts` is how long facts are kept; for ever where there is none.
pub fn all(facts: Option<TimeDelta>) -> Vec<Work> {
    vec![
        Work::Audit(Audit::default()),
        Work::Compaction(Compaction::default()),
        Work::DataHealth(DataHealth::default()),
        Work::Erasure(Erasure::default()),
        Work::ErrorNaming(ErrorNaming::default()),
        Work::FeedTrim(FeedTrim::default()),
        Work::Partitions(Partitions::default()),
        Work::PlatformFold(PlatformFold::default()),
        Work::RefusalTrim(RefusalTrim::default()),
        Work::Retention(Retention {
            facts,
            ..Retention::default()
        }),
        Work::Summaries(Summaries::default()),
    ]
}

impl Work {
    /// The name of its row.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Audit(_) => Audit::NAME,
            Self::Compaction(_) => Compaction::NAME,
            Self::DataHealth(_) => DataHealth::NAME,
            Self::Erasure(_) => Erasure::NAME,
            Self::ErrorNaming(_) => ErrorNaming::NAME,
            Self::FeedTrim(_) => FeedTrim::NAME,
            Self::Partitions(_) => Partitions::NAME,
            Self::PlatformFold(_) => PlatformFold::NAME,
            Self::RefusalTrim(_) => RefusalTrim::NAME,
            Self::Retention(_) => Retention::NAME,
            Self::Summaries(_) => Summaries::NAME,
        }
    }

    /// Does it once. It ends early, at a safe point, when stopping is asked for.
    pub async fn run(&self, db: &Database, shutdown: &Shutdown) -> Result<Outcome> {
        match self {
            Self::Audit(work) => work.run(db, shutdown).await,
            Self::Compaction(work) => work.run(db, shutdown).await,
            Self::DataHealth(work) => work.run(db, shutdown).await,
            Self::Erasure(work) => work.run(db, shutdown).await,
            Self::ErrorNaming(work) => work.run(db).await,
            Self::FeedTrim(work) => work.run(db).await,
            Self::Partitions(work) => work.run(db).await,
            Self::PlatformFold(work) => work.run(db, shutdown).await,
            Self::RefusalTrim(work) => work.run(db).await,
            Self::Retention(work) => work.run(db, shutdown).await,
            Self::Summaries(work) => work.run(db, shutdown).await,
        }
    }
}
