//! What is measured of requests, for Prometheus.

use metrics::{counter, describe_counter, describe_histogram, histogram};
use shadow_auth::table;
use tonic::Code;

use crate::status;

/// Describes what this crate measures, and makes it appear before anything has happened.
pub fn describe() {
    describe_counter!(
        "shadow_rpc_requests_total",
        "Requests that ended, by method and gRPC code. A stream counts when it ends."
    );
    describe_histogram!(
        "shadow_rpc_request_seconds",
        "Time from the first byte of a request to the last of its answer, by method."
    );
    for method in table::paths() {
        let code = status::name(Code::Ok);
        counter!("shadow_rpc_requests_total", "method" => method, "code" => code).increment(0);
        // A handle is enough for it to appear.
        drop(histogram!("shadow_rpc_request_seconds", "method" => method));
    }
}
