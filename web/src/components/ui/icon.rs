//! Line icons on a 24 × 24 grid, drawn in the colour of the text beside them.

use yew::prelude::*;

/// The icons there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbol {
    /// A bar chart.
    Chart,
    /// A building.
    Workspace,
    /// A pulse.
    Activity,
    /// A face with an antenna.
    Agent,
    /// A calendar.
    Calendar,
    /// Two arrows, against each other.
    Compare,
    /// A tip downwards.
    Down,
    /// A hook.
    Check,
    /// Two bars.
    Pause,
    /// An arrow to the right.
    Play,
    /// A triangle with a mark.
    Warning,
    /// An empty box.
    Box,
    /// A door.
    Leave,
    /// A table.
    Table,
    /// A person.
    Person,
    /// A cross.
    Close,
    /// Coins on each other.
    Coins,
    /// A banknote.
    Money,
    /// A looking glass.
    Search,
    /// Three steps, the middle one the highest.
    Podium,
    /// A shield with a hook.
    Shield,
}

impl Symbol {
    /// Every icon.
    pub const ALL: [Self; 21] = [
        Self::Chart,
        Self::Workspace,
        Self::Activity,
        Self::Agent,
        Self::Calendar,
        Self::Compare,
        Self::Down,
        Self::Check,
        Self::Pause,
        Self::Play,
        Self::Warning,
        Self::Box,
        Self::Leave,
        Self::Table,
        Self::Person,
        Self::Close,
        Self::Coins,
        Self::Money,
        Self::Search,
        Self::Podium,
        Self::Shield,
    ];

    fn path(self) -> &'static str {
        match self {
            Self::Chart => "M4 20V10M10 20V4M16 20v-7M21 20H3",
            Self::Workspace => {
                "M4 21V5l8-2v18M12 21h8V9l-8-2M8 9h.01M8 13h.01M8 17h.01M16 13h.01M16 17h.01"
            }
            Self::Activity => "M3 12h4l3 8 4-16 3 8h4",
            Self::Agent => "M5 9h14v11H5zM12 9V5M12 5h.01M9 14h.01M15 14h.01M2 13v3M22 13v3",
            Self::Calendar => "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4",
            Self::Compare => "M7 8h13l-4-4M17 16H4l4 4",
            Self::Down => "M6 9l6 6 6-6",
            Self::Check => "M5 12l5 5 9-10",
            Self::Pause => "M8 5v14M16 5v14",
            Self::Play => "M7 5l12 7-12 7z",
            Self::Warning => "M12 4l9 16H3zM12 10v4M12 17h.01",
            Self::Box => "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
            Self::Leave => "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
            Self::Table => "M4 5h16v14H4zM4 10h16M4 15h16M10 5v14",
            Self::Close => "M6 6l12 12M18 6L6 18",
            Self::Coins => {
                "M4 7c0-4 16-4 16 0s-16 4-16 0zM4 7v5c0 4 16 4 16 0V7M4 12v5c0 4 16 4 16 0v-5"
            }
            Self::Money => "M3 6h18v12H3zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM6 9v.01M18 15v.01",
            Self::Search => "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L21 21",
            Self::Podium => "M9 20V5h6v15M3 20v-9h6M15 14h6v6M2 20h20",
            Self::Shield => "M12 3l8 3v6c0 4-3 7-8 9-5-2-8-5-8-9V6zM8.5 12l2.5 2.5 4.5-5",
            Self::Person => "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c0-4 4-6 8-6s8 2 8 6",
        }
    }
}

/// Properties of [`Icon`].
#[derive(Properties, PartialEq)]
pub struct IconProps {
    /// Which one.
    pub symbol: Symbol,
}

/// An icon; it says nothing that the text beside it does not say.
#[component]
pub fn Icon(props: &IconProps) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d={props.symbol.path()} />
        </svg>
    }
}
