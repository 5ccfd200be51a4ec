//! What the page of data health is made of.

mod audits;
mod freshness;
mod identities;
mod losses;
mod panel;

pub use audits::Audits;
pub use freshness::Freshness;
pub use identities::Identities;
pub use losses::{Refused, Twins};
