//! Tables.

mod top;

pub use top::{AgentTable, ModelTable};
