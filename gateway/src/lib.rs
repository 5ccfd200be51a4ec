//! The browsers' door.
