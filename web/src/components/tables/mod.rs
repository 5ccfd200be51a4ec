//! Tables.

mod data;
mod file;
mod top;

pub use data::{DataCell, DataColumn, DataRow, DataTable};
pub use file::file_link;
pub use top::{
    AgentErrors, AgentModels, AgentTable, CreditAgents, CreditModels, ModelTable, agent_link,
};
