//! Compaction: deltas become pages. And the other way to the same pages, from facts, which proves them.

mod audit;
mod compact;
mod put;
mod rebuild;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use shadow_domain::cell::{Delta, Dimension, Page};
use shadow_domain::time::UtcDay;
use uuid::Uuid;

pub use audit::{audit, audits, pick, trim_audits};
pub use compact::{compact, pending_workspaces};
pub use rebuild::rebuild;

/// What one compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compacted {
    /// It merged so many deltas into so many pages; no deltas means there was nothing to do.
    Done {
        /// Deltas that are gone.
        deltas: usize,
        /// Pages that were written.
        pages: usize,
    },
    /// Another worker is compacting this workspace.
    Busy,
}

/// What one audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audited {
    /// The pages are right now.
    Done {
        /// How many pages the facts amount to.
        pages: usize,
        /// Those that were not as the facts have it.
        repaired: Vec<PageKey>,
    },
    /// The workspace was being compacted, or too much of it waited to be.
    Busy,
}

/// What is kept of an audit of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// The workspace.
    pub workspace_id: Uuid,
    /// The day.
    pub day: UtcDay,
    /// When its pages were compared.
    pub audited_at: DateTime<Utc>,
    /// How many pages the facts amount to.
    pub pages: i32,
    /// How many pages were put right.
    pub repaired: i32,
    /// When a page of the day was first changed after this, by compaction or by an audit that repaired it.
    pub changed_at: Option<DateTime<Utc>>,
}

/// A workspace that has something to compact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingWorkspace {
    /// The workspace.
    pub workspace_id: Uuid,
    /// How many deltas wait.
    pub deltas: i64,
}

/// Names a page within a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PageKey {
    /// The day.
    pub day: UtcDay,
    /// What it is keyed by.
    pub dimension: Dimension,
    /// The key.
    pub key: String,
}

/// The pages that a delta alone amounts to.
fn pages(delta: Delta) -> BTreeMap<PageKey, Page> {
    let mut pages: BTreeMap<PageKey, Page> = BTreeMap::new();
    for (cell, partial) in delta.0 {
        let key = PageKey {
            day: cell.quarter.day(),
            dimension: cell.dimension,
            key: cell.key,
        };
        pages
            .entry(key)
            .or_default()
            .merge_quarter(cell.quarter, partial);
    }
    pages
}
