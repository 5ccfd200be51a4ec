//! Drives the dashboard in a real browser: see `tests/dashboard`. It must never reach into the server; what it needs
//! to know, it sees on the page, as a person would.
