//! The pages, one file each.

mod agent;
mod agents;
mod areas;
mod compare;
mod components;
mod credits;
mod data_health;
mod executions;
mod executive;
mod leaderboards;
mod login;
mod not_found;
mod page;
mod revenue;
mod start;
mod workspace;
mod workspaces;

pub use agent::Agent;
pub use agents::Agents;
pub(crate) use areas::Area;
pub use compare::Compare;
pub use components::Components;
pub use credits::Credits;
pub use data_health::DataHealth;
pub use executions::Executions;
pub use executive::Executive;
pub use leaderboards::Leaderboards;
pub use login::Login;
pub use not_found::NotFound;
pub use page::Page;
pub use revenue::Revenue;
pub use start::Start;
pub use workspace::Workspace;
pub use workspaces::Workspaces;
