//! Answers a query of the catalogue, one path for charts, exports, alerts and forecasts.
//!
//! A [`Request`] is planned without looking at any data, what the plan needs is read in one snapshot, and the answers are
//! put together from merged partials by the catalogue's formulas, each with where it comes from.
//!
//! This crate must never know a protobuf type, a table, a clock, or what a metric means: formulas are the domain's,
//! data is storage's, and `now` is an argument.

mod active;
mod answer;
mod cells;
mod check;
mod compute;
pub mod credits;
pub mod data_health;
pub mod error_groups;
mod execute;
pub mod executions;
mod folded;
mod grouping;
pub mod leaderboard;
pub mod limits;
mod open;
pub mod paths;
mod period;
mod plan;
mod rank;
mod request;
pub mod retention;
pub mod revenue;
pub mod throughput;
mod timeline;
mod together;
mod totals;
mod turn;
pub mod user;
pub mod users;
mod version;
mod windows;
pub mod workspaces;

pub use answer::{Answer, Bucket, Group, Key, Number, Provenance, Series};
pub use execute::{Error, answer};
pub use grouping::{GroupKey, Grouping};
pub use period::{Period, Trailing};
pub use plan::{Invalid, Plan, Planned, Source, plan};
pub use request::{Bounds, Filter, Request, Selection, Top};
pub use timeline::Timeline;
pub use version::{Confirmed, Version, confirm, versioned_answer};
