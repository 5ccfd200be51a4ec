//! Tables.

mod data;
mod top;

pub use data::{DataCell, DataColumn, DataRow, DataTable};
pub use top::{AgentErrors, AgentModels, AgentTable, ModelTable, agent_link};
