//! What boards of workspaces and the page of one are made of.

mod health;
mod history;
mod members;
mod standing;

pub use health::{HealthBadge, HealthParts, health_definition};
pub use history::HealthHistory;
pub use members::Members;
pub use standing::Standing;
pub(crate) use standing::fact;
