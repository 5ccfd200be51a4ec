//! How much pages take beside the facts, and how long the demo loads.

use anyhow::Result;

use crate::data::{Platform, count};
use crate::report::{Figure, Target, number};
use crate::rounds::Estimate;

/// Rows and bytes of pages per execution.
pub(crate) async fn per_execution(platform: &Platform<'_>) -> Result<Vec<Figure>> {
    let owner = &platform.owner;
    let executions = count(owner, "SELECT count(*) FROM analytics.execution").await? as f64;
    let rows = count(owner, "SELECT count(*) FROM analytics.partial_page").await? as f64;
    let stored = "SELECT pg_total_relation_size('analytics.partial_page')";
    let blobs =
        "SELECT sum(length(whole_day) + length(quarters))::bigint FROM analytics.partial_page";
    let facts = "SELECT sum(pg_total_relation_size(inhrelid))::bigint FROM pg_inherits
                 WHERE inhparent = 'analytics.execution'::regclass";
    let stored = count(owner, stored).await? as f64;
    let blobs = count(owner, blobs).await? as f64;
    let facts = count(owner, facts).await? as f64;
    let seconds = platform.loaded_in.as_secs_f64();
    Ok(vec![
        Figure::alone("rows of pages per execution", "", one(rows / executions))
            .beside("rows", number(rows))
            .beside("executions", number(executions)),
        Figure::alone(
            "bytes of pages per execution",
            "B",
            one(stored / executions),
        )
        .beside("of blobs before compression", number(blobs / executions))
        .beside("of facts with indexes", number(facts / executions)),
        Figure::alone("demo of 90 days loaded", "s", one(seconds))
            .must(Target::AtMost(30.0))
            .beside("executions a second", number(executions / seconds)),
    ])
}

fn one(value: f64) -> Estimate {
    Estimate::of(&[value])
}
