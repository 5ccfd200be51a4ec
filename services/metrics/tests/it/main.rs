//! The metrics service against a real PostgreSQL and a real Redis, behind the gate that every request passes.

mod ask;
mod bad_input;
mod cache;
mod catalogue;
mod executive_page;
mod facts;
mod oracle;
mod platform;
mod roles;
mod workspaces;
