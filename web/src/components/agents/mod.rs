//! What one agent's page is made of.

mod durations;
mod hours;
mod suggestions;
mod versions;

pub use durations::Durations;
pub use hours::Hours;
pub use suggestions::Suggestions;
pub use versions::Versions;
