//! Whether it makes sense to ask the server: the tab is seen, and there is a network.

use gloo::events::EventListener;
use yew::prelude::*;

use crate::browser;

/// What the browser says about the tab and the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awake {
    /// The tab is seen.
    pub visible: bool,
    /// There is a network.
    pub online: bool,
}

impl Awake {
    fn now() -> Self {
        Self {
            visible: !browser::is_hidden(),
            online: browser::is_online(),
        }
    }

    /// Whether to ask.
    pub fn asks(self) -> bool {
        self.visible && self.online
    }
}

/// Follows the tab and the network.
#[hook]
pub fn use_awake() -> Awake {
    let awake = use_state_eq(Awake::now);
    use_effect_with((), {
        let set = awake.setter();
        move |()| {
            let listeners = browser::window().map(|window| {
                let listen = |name: &'static str| {
                    let set = set.clone();
                    EventListener::new(&window, name, move |_| set.set(Awake::now()))
                };
                let visibility = window.document().map(|document| {
                    let set = set.clone();
                    EventListener::new(&document, "visibilitychange", move |_| {
                        set.set(Awake::now())
                    })
                });
                (listen("online"), listen("offline"), visibility)
            });
            move || drop(listeners)
        }
    });
    *awake
}
