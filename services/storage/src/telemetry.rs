//! What is measured of the database and the cache, for Prometheus.

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use crate::database::POOLS;
use crate::summaries::List;

/// Describes what this crate measures, and makes it appear before anything has happened.
pub fn describe() {
    describe_gauge!(
        "shadow_database_connections",
        "Connections to PostgreSQL, by pool (app, jobs, readiness) and state (used, idle)."
    );
    describe_gauge!(
        "shadow_database_connections_limit",
        "The most connections that a pool may have, by pool."
    );
    describe_histogram!(
        "shadow_database_checkout_seconds",
        "Time until it was somebody's turn and a connection of a pool was free, by pool; those that were given up are included."
    );
    describe_histogram!(
        "shadow_database_commit_seconds",
        "Time that COMMIT took, by pool; readers of the app pool commit too, at no cost."
    );
    for pool in POOLS {
        for state in ["used", "idle"] {
            gauge!("shadow_database_connections", "pool" => pool, "state" => state).increment(0.0);
        }
        gauge!("shadow_database_connections_limit", "pool" => pool).increment(0.0);
        drop(histogram!("shadow_database_checkout_seconds", "pool" => pool));
        drop(histogram!("shadow_database_commit_seconds", "pool" => pool));
    }
    describe_counter!(
        "shadow_cache_requests_total",
        "Requests to Redis, by operation (get, put, ping) and outcome (hit, miss, kept, failed, slow)."
    );
    for (operation, outcome) in [
        ("get", "hit"),
        ("get", "miss"),
        ("get", "failed"),
        ("put", "kept"),
    ] {
        counter!("shadow_cache_requests_total", "operation" => operation, "outcome" => outcome)
            .increment(0);
    }
    describe_counter!(
        "shadow_platform_days_read_total",
        "Days that were read for all workspaces together, by source (folded, workspaces)."
    );
    for source in ["folded", "workspaces"] {
        counter!("shadow_platform_days_read_total", "source" => source).increment(0);
    }
    describe_counter!(
        "shadow_summary_days_read_total",
        "Days of workspaces that lists were read of, by list (users, errors) and source (summary, facts)."
    );
    for list in List::ALL.map(List::name) {
        for source in ["summary", "facts"] {
            counter!("shadow_summary_days_read_total", "list" => list, "source" => source)
                .increment(0);
        }
    }
}
