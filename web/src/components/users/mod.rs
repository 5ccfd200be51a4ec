//! What the pages of users are made of: how many are new, what they do, who comes back.

mod definitions;
mod facts;
mod figures;
mod list;
mod one;
mod paths;
mod triangle;
mod visits;

pub use definitions::{Term, definition, term_card};
pub use facts::{Facts, TERMS};
pub use figures::{ActiveDays, Curves, Lifecycle, UserDays};
pub use list::UserTable;
pub use one::{agents, features, recent};
pub use paths::Paths;
pub use triangle::Triangle;
pub use visits::{Features, Visits};
