//! What is measured of browsers' requests, for Prometheus.

use metrics::{counter, describe_counter, describe_histogram, histogram};

/// What a request can be.
const KINDS: [&str; 4] = ["health", "session", "rpc", "file"];

/// Describes what this crate measures, and makes it appear before anything has happened.
pub fn describe() {
    describe_counter!(
        "shadow_gateway_requests_total",
        "Requests of browsers, by kind (health, session, rpc, file) and HTTP status."
    );
    describe_histogram!(
        "shadow_gateway_request_seconds",
        "Time until the answer to a browser's request began, by kind (health, session, rpc, file)."
    );
    for kind in KINDS {
        counter!("shadow_gateway_requests_total", "kind" => kind, "status" => "200").increment(0);
        drop(histogram!("shadow_gateway_request_seconds", "kind" => kind));
    }
}
