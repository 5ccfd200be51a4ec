//! The pages, one file each.

mod agent;
mod agents;
mod components;
mod executions;
mod executive;
mod login;
mod not_found;
mod start;
mod workspace;

pub use agent::Agent;
pub use agents::Agents;
pub use components::Components;
pub use executions::Executions;
pub use executive::Executive;
pub use login::Login;
pub use not_found::NotFound;
pub use start::Start;
pub use workspace::Workspace;
