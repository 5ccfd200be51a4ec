//! What the pages about errors are made of.

mod change;
mod executions;
mod history;
mod impact;
mod parts;
mod state;
mod timeline;

pub use change::{StateChange, StateChanges};
pub use executions::ErrorExecutions;
pub use history::StateHistory;
pub use impact::Impact;
pub use parts::{ErrorModels, ErrorVersions};
pub use state::StateBadges;
pub use timeline::ErrorTimeline;
