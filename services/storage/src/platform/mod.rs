//! The platform: what all workspaces amount to together. Days that are over are merged once, by a job, and read instead
//! of the pages of every workspace for as long as none of those has changed.
//!
//! Every change of a workspace's pages counts up the version of that workspace and day, in its own transaction. A fold
//! notes the sum of a day's versions in the very state that it merges. A reader takes a folded day only where the sum in
//! its own state is the same: versions only ever count up, and a reader that sees a fold sees all that the fold saw, so an
//! equal sum means that no page has changed in between. What waits to be compacted is in neither, and is added to both.

mod check;
mod fold;

use std::time::Duration;

use shadow_domain::cell::Dimension;

pub use check::check;
pub use fold::{Asked, fold, stale};

/// No statement of a fold or of a check takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// The dimensions that are merged: those whose keys mean the same in every workspace. An agent belongs to its workspace.
pub const FOLDED: [Dimension; 6] = [
    Dimension::Total,
    Dimension::Trigger,
    Dimension::Environment,
    Dimension::Model,
    Dimension::Provider,
    Dimension::ErrorKind,
];

/// What a fold of a day did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folded {
    /// The day is merged into so many pages.
    Done {
        /// Pages that were written.
        pages: usize,
    },
    /// Another worker was at it.
    Busy,
}
