//! What happens now.

mod counter;
pub(crate) mod facts;
mod feed_table;
mod going_on;
mod indicator;
mod latest;
mod live_filters;
mod sheet;

pub(crate) use counter::MinuteCounters;
pub use counter::{LastMinute, LiveCounter};
pub use feed_table::FeedTable;
pub(crate) use going_on::Counted;
pub use going_on::{GoingOnNow, LiveCounters};
pub use indicator::{ConnectionStatus, LiveIndicator, StatusBadge};
pub use latest::LatestExecutions;
pub use live_filters::{LiveFilters, Pause};
pub use sheet::ExecutionSheet;
