//! The shell around every page.

mod header;
mod shell;
mod sidebar;
mod user_menu;

pub use shell::{PageSkeleton, Shell, ShellSkeleton};
pub(crate) use sidebar::pages;
