//! A clock for ages on the screen.

use chrono::{DateTime, Utc};
use gloo::timers::callback::Interval;
use yew::prelude::*;

use crate::browser;

/// The time, again every so many milliseconds.
#[hook]
pub fn use_clock(every_millis: u32) -> DateTime<Utc> {
    let now = use_state_eq(browser::now);
    use_effect_with(every_millis, {
        let set = now.setter();
        move |every| {
            let interval = Interval::new(*every, move || set.set(browser::now()));
            move || drop(interval)
        }
    });
    *now
}
