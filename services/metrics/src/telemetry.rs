//! What is measured of answers to queries, for Prometheus.

use metrics::{counter, describe_counter};

/// Describes what this crate measures, and makes it appear before anything has happened.
pub fn describe() {
    describe_counter!(
        "shadow_query_answers_total",
        "Answers to queries, by where they came from (memory, shared, confirmed, computed)."
    );
    for source in ["memory", "shared", "confirmed", "computed"] {
        counter!("shadow_query_answers_total", "source" => source).increment(0);
    }
}
