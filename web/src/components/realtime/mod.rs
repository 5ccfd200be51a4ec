//! What happens now.

mod counter;
mod facts;
mod feed_table;
mod indicator;
mod latest;
mod live_filters;
mod sheet;

pub(crate) use counter::MinuteCounters;
pub use counter::{LastMinute, LiveCounter};
pub use feed_table::FeedTable;
pub use indicator::{ConnectionStatus, LiveIndicator, StatusBadge};
pub use latest::LatestExecutions;
pub use live_filters::{LiveFilters, Pause};
pub use sheet::ExecutionSheet;
