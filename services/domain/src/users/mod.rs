//! Who was active when, and what that says: who comes back, who is new, how often people come, and what they do.
//!
//! Sets of users are [`Ordinals`](crate::ordinals::Ordinals) of adjoining intervals, in order; what a person did is a list
//! of events. Nothing here knows where either comes from.

mod days;
mod lifecycle;
mod paths;
mod retention;
mod sessions;

pub use days::by_active_days;
pub use lifecycle::{Lifecycle, lifecycle};
pub use paths::{FIRST_PAGES, Link, OTHER, Paths, Share, Trail, paths};
pub use retention::{Cohort, Mode, Pooled, firsts, pooled, retention};
pub use sessions::{Action, SILENCE_MICROS, Session, Sessions, sessions};
