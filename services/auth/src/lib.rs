//! Who is asking and what they may do: tokens, service keys, roles, the table of RPC × permission, and [`Scope`].
//!
//! This crate is pure. It never reads the clock, the environment, a file or the network, and writes no log: keys,
//! memberships and the time are handed to it. It must never know a protobuf type, a table or a header.

pub mod key;
mod permission;
mod role;
mod scope;
pub mod table;
pub mod token;
mod viewer;

pub use permission::Permission;
pub use role::{PlatformRole, Role};
pub use scope::{Scope, Workspaces};
pub use viewer::{Denied, Viewer};
