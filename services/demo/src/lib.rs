//! The deterministic demo generator.
