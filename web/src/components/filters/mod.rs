//! What narrows the view: workspace, range and zone, comparison.

mod comparison;
mod range_picker;
mod workspace_switch;
mod zone_select;

pub use comparison::ComparisonSwitch;
pub use range_picker::RangePicker;
pub use workspace_switch::WorkspaceSwitch;
pub use zone_select::ZoneSelect;
