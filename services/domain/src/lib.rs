//! The meaning of every number.
