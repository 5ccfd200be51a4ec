//! Numbers with what belongs to them: change, sparkline, explanation.

mod card;
mod change;
mod overview;
mod overview_charts;
mod overview_empty;
mod overview_skeleton;
mod sparkline;

pub use card::{CardSize, MetricCard};
pub use change::Change;
pub use overview::Overview;
pub use overview_skeleton::OverviewSkeleton;
pub use sparkline::Sparkline;
