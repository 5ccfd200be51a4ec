//! What the pages of executions are made of.

mod filters;
mod flow;
mod recent;
mod rows;
mod tabs;
mod timeline;

pub use filters::ExecutionFilters;
pub use flow::Flow;
pub use recent::RecentExecutions;
pub(crate) use rows::{cell, execution_link, list_columns, list_row, text_column};
pub use tabs::Tabs;
pub use timeline::StepsTimeline;
