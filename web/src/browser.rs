//! The little that the application needs from the browser besides the server: its clock, its address, its theme.

use chrono::{DateTime, Utc};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Window};

/// The browser's window; there is always one where this code runs.
pub fn window() -> Option<Window> {
    #[cfg(target_arch = "wasm32")]
    return web_sys::window();
    #[cfg(not(target_arch = "wasm32"))]
    None
}

/// The clock.
pub fn now() -> DateTime<Utc> {
    #[cfg(target_arch = "wasm32")]
    let millis = js_sys::Date::now() as i64;
    #[cfg(not(target_arch = "wasm32"))]
    let millis = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0));
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

/// A number in 0..1.
pub fn random() -> f64 {
    #[cfg(target_arch = "wasm32")]
    return js_sys::Math::random();
    #[cfg(not(target_arch = "wasm32"))]
    0.5
}

/// Scheme, host and port of this page.
pub fn origin() -> String {
    window()
        .and_then(|window| window.location().origin().ok())
        .unwrap_or_default()
}

/// The path of this page.
pub fn path() -> String {
    window()
        .and_then(|window| window.location().pathname().ok())
        .unwrap_or_default()
}

/// The query of this page, with its question mark.
pub fn query() -> String {
    window()
        .and_then(|window| window.location().search().ok())
        .unwrap_or_default()
}

/// Loads everything again.
pub fn reload() {
    if let Some(window) = window() {
        // A browser that refuses leaves the page as it is.
        let _ = window.location().reload();
    }
}

/// Whether the tab is hidden.
pub fn is_hidden() -> bool {
    window()
        .and_then(|window| window.document())
        .is_some_and(|document| document.hidden())
}

/// Whether the browser believes that it has a network.
pub fn is_online() -> bool {
    window().is_none_or(|window| window.navigator().on_line())
}

/// Shows a text as the title of the tab.
pub fn set_title(page: &str) {
    if let Some(document) = window().and_then(|window| window.document()) {
        document.set_title(&format!("{page} · Shadow Analytics"));
    }
}

/// Gives the focus to an element, where there is one.
pub fn focus(css: &str) {
    let element = window()
        .and_then(|window| window.document())
        .and_then(|document| document.query_selector(css).ok().flatten());
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // Without the focus the page works all the same.
        let _ = element.focus();
    }
}

/// Scrolls an element of an id into view, where there is one.
pub fn bring_into_view(id: &str) {
    let document = window().and_then(|window| window.document());
    if let Some(element) = document.and_then(|document| document.get_element_by_id(id)) {
        element.scroll_into_view_with_bool(false);
    }
}

/// Goes to the top of a page that was gone to.
pub fn begin_page() {
    if let Some(window) = window() {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
    focus("#content");
}

/// How the page is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system is.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    const KEY: &str = "shadow-theme";

    /// Every choice.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The word that is remembered.
    pub fn id(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// What a person reads.
    pub fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// The choice that this browser remembers. It is a preference of the person at this screen, so it is not in the
    /// address.
    pub fn remembered() -> Self {
        let stored = storage().and_then(|storage| storage.get_item(Self::KEY).ok().flatten());
        Self::ALL
            .into_iter()
            .find(|theme| Some(theme.id()) == stored.as_deref())
            .unwrap_or_default()
    }

    /// Applies and remembers the choice.
    pub fn choose(self) {
        if let Some(storage) = storage() {
            // A browser that refuses to remember still shows the theme.
            let _ = match self {
                Self::System => storage.remove_item(Self::KEY),
                _ => storage.set_item(Self::KEY, self.id()),
            };
        }
        if let Some(root) = window()
            .and_then(|window| window.document())
            .and_then(|document| document.document_element())
        {
            let _ = match self {
                Self::System => root.remove_attribute("data-theme"),
                _ => root.set_attribute("data-theme", self.id()),
            };
        }
    }
}

fn storage() -> Option<web_sys::Storage> {
    window()?.local_storage().ok().flatten()
}
