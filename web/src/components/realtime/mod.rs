//! What happens now.

mod feed_table;
mod indicator;
mod live_filters;

pub use feed_table::FeedTable;
pub use indicator::LiveIndicator;
pub use live_filters::LiveFilters;
