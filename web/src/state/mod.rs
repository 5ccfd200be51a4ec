//! What is seen, as values: the view that the address names, its range of time, the question it asks, the answer, and
//! the live feed. Nothing here touches the browser, so all of it is tested natively.

pub mod agents;
pub mod answer;
pub mod choices;
pub mod cohorts;
pub mod connection;
pub mod counters;
pub mod credits;
pub mod csv;
pub mod data_health;
pub mod errors;
pub mod executions;
pub mod executive;
pub mod failure;
pub mod feed;
pub mod flow;
pub mod list;
pub mod money;
pub mod query;
pub mod range;
pub mod ranking;
pub mod revenue;
pub mod session;
pub mod side_by_side;
pub mod status;
pub mod users;
pub mod view;
pub mod watched;
pub mod workspaces;
