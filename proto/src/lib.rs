//! The generated API.
