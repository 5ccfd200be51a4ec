//! Numbers with what belongs to them: change, sparkline, explanation.

mod card;
mod change;
mod interval;
mod overview;
mod overview_charts;
mod overview_empty;
mod overview_skeleton;
mod sparkline;

pub use card::{CardSize, MetricCard};
pub use change::Change;
pub use interval::{IntervalBar, words as interval_words};
pub use overview::Overview;
pub(crate) use overview_charts::Source;
pub use overview_empty::OverviewEmpty;
pub use overview_skeleton::{OverviewSkeleton, numbers_skeleton};
pub use sparkline::Sparkline;
