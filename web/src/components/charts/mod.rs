//! Charts: what they show as options that are plain values, a panel around each with the table behind it, and the
//! binding to the library that draws them.

mod binding;
mod drawing;
mod figure;
mod options;
mod panel;

pub use figure::{Bars, Curve, Figure, Plot, Step};
pub use options::chart;
pub use panel::{ChartPanel, Column};
