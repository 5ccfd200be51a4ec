//! The pages, one file each.

mod agent;
mod agents;
mod areas;
mod components;
mod data_health;
mod executions;
mod executive;
mod login;
mod not_found;
mod page;
mod start;
mod workspace;

pub use agent::Agent;
pub use agents::Agents;
pub(crate) use areas::Area;
pub use components::Components;
pub use data_health::DataHealth;
pub use executions::Executions;
pub use executive::Executive;
pub use login::Login;
pub use not_found::NotFound;
pub use page::Page;
pub use start::Start;
pub use workspace::Workspace;
