//! What components do over time: ask, watch, tick.

mod awake;
mod clock;
mod page_query;
mod pulse;
mod watch;

pub use awake::use_awake;
pub use clock::use_clock;
pub use page_query::{Asked, Loaded, use_page_query};
pub use pulse::{Pulse, PulseProvider, use_pulse, use_set_pulse};
pub use watch::{Watched, use_watch};
