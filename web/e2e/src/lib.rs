//! Drives the dashboard in a browser.
