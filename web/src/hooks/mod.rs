//! What components do over time: ask, watch, tick.

mod answer;
mod awake;
mod choices;
mod clock;
mod live;
mod page_query;
mod pulse;

pub use answer::{Answered, Fresh, use_answer};
pub use awake::use_awake;
pub use choices::use_choices;
pub use clock::use_clock;
pub use live::{Live, LiveProvider, use_connection, use_going_on, use_live};
pub use page_query::{Asked, Loaded, use_asked, use_page_query};
pub use pulse::{Pulse, PulseProvider, use_pulse, use_set_pulse};
