//! Tables.

mod data;
mod top;

pub use data::{DataCell, DataColumn, DataRow, DataTable};
pub use top::{
    AgentErrors, AgentModels, AgentTable, CreditAgents, CreditModels, ModelTable, agent_link,
};
