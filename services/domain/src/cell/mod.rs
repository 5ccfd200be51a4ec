//! Cells, and the two forms in which they are stored: deltas, which ingest appends, and pages, into
//! which they are merged.
//!
//! A cell is the partial of a quarter-hour, a dimension and a key, within one workspace.

mod delta;
mod dimension;
mod page;
mod quarters;

pub use crate::Malformed;
pub use delta::{CellKey, Delta};
pub use dimension::{Dimension, Part, SEPARATOR};
pub use page::Page;
