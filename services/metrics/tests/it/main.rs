//! The metrics service against a real PostgreSQL and a real Redis, behind the gate that every request passes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod agent;
mod agents;
mod ask;
mod bad_input;
mod cache;
mod catalogue;
mod cohorts;
mod compare;
mod credits;
mod crowd;
mod data_health;
mod directory;
mod error_groups;
mod error_states;
mod executions;
mod executive;
mod executive_page;
mod facts;
mod leaderboard;
mod open_executions;
mod oracle;
mod paths;
mod platform;
mod retention;
mod revenue;
mod roles;
mod throughput;
mod unchanged;
mod users;
mod visitors;
mod worker;
mod workspace_board;
mod workspaces;
