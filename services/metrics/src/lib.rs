//! The metrics service.
