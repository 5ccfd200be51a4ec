//! What pages are made of. Components are thin: what they show is computed elsewhere.

pub mod agents;
pub mod charts;
pub mod credits;
pub mod data_health;
pub mod errors;
pub mod executions;
pub mod executive;
pub mod filters;
pub mod layout;
pub mod metrics;
pub mod palette;
pub mod realtime;
pub mod revenue;
pub mod side_by_side;
pub mod tables;
pub mod ui;
pub mod users;
pub mod workspaces;
