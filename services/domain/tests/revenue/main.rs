//! Recurring revenue.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod properties;
mod rules;
mod support;
