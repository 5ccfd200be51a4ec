//! The small parts.

mod answered;
mod badge;
mod button;
mod help;
mod icon;
mod kinds;
mod menu;
mod notice;
mod select;
mod skeleton;

pub use answered::answered;
pub use badge::{Badge, BadgeTone};
pub use button::{Button, ButtonKind};
pub use help::Help;
pub use icon::{Icon, Symbol};
pub use kinds::Kinds;
pub use menu::{Menu, MenuItem};
pub use notice::{IMPORT_COMMAND, Notice, NoticeKind, NoticeProps};
pub use select::Select;
pub use skeleton::Skeleton;
