//! How fresh the page is, for the indicator in the top bar: a page says it, the bar shows it.

use chrono::{DateTime, Utc};
use yew::prelude::*;

use crate::state::connection::Connection;

/// How fresh the page is.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Pulse {
    /// The page has nothing that could be fresh.
    #[default]
    None,
    /// Answers of a query.
    Answer {
        /// When the data was read.
        as_of: DateTime<Utc>,
        /// Whether the range reaches to now and is asked again.
        follows: bool,
        /// Whether the last attempt to ask again failed.
        failing: bool,
    },
    /// A stream of changes.
    Stream(Connection),
}

#[derive(Clone, PartialEq)]
struct Setter(Callback<Pulse>);

/// Properties of [`PulseProvider`].
#[derive(Properties, PartialEq)]
pub struct PulseProviderProps {
    /// What says or shows how fresh it is.
    pub children: Html,
}

/// Carries the pulse from the page to the bar.
#[component]
pub fn PulseProvider(props: &PulseProviderProps) -> Html {
    let pulse = use_state_eq(Pulse::default);
    let set = {
        let setter = pulse.setter();
        use_callback((), move |pulse, ()| setter.set(pulse))
    };
    html! {
        <ContextProvider<Setter> context={Setter(set)}>
            <ContextProvider<Pulse> context={(*pulse).clone()}>{ props.children.clone() }</ContextProvider<Pulse>>
        </ContextProvider<Setter>>
    }
}

/// How fresh the page is.
#[hook]
pub fn use_pulse() -> Pulse {
    use_context::<Pulse>().unwrap_or_default()
}

/// Says how fresh the page is, for as long as the page is there.
#[hook]
pub fn use_set_pulse(pulse: Pulse) {
    let set = use_context::<Setter>().map_or_else(Callback::noop, |setter| setter.0);
    use_effect_with(pulse, {
        let set = set.clone();
        move |pulse| set.emit(pulse.clone())
    });
    use_effect_with((), move |()| move || set.emit(Pulse::None));
}
