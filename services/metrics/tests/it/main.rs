//! The metrics service against a real PostgreSQL and a real Redis, behind the gate that every request passes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod agent;
mod agents;
mod ask;
mod bad_input;
mod cache;
mod catalogue;
mod compare;
mod credits;
mod data_health;
mod directory;
mod executive_page;
mod facts;
mod leaderboard;
mod oracle;
mod platform;
mod revenue;
mod roles;
mod worker;
mod workspace_board;
mod workspaces;
