//! The dashboard: a single-page application in the browser.
//!
//! It shows what the server answers and adds nothing of its own: formatting, shapes and state transitions are plain
//! functions that are tested natively, components are thin. It reaches the server through `api` only, keeps no token,
//! and must never know how a metric is computed.

pub mod api;
pub mod app;
pub mod browser;
pub mod catalogue;
pub mod components;
pub mod format;
pub mod hooks;
pub mod navigation;
pub mod pages;
pub mod scales;
pub mod session;
pub mod state;
pub mod zone;

#[cfg(test)]
mod rendering;

pub use app::run;
