//! Tests of partials.
