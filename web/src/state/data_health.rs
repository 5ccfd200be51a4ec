//! Data health: what is asked for, and what is read in the answer.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_proto::{
    metrics::v1::{GetDataHealthRequest, GetDataHealthResponse, Identity, IdentityHealth},
    streaming::v1::RefusalReason,
};

use super::query::instant;

/// How many days of history are shown.
pub const DAYS: u32 = 7;

/// Asks about a workspace, or about every one that the person may see.
pub fn request(workspace: Option<&str>) -> GetDataHealthRequest {
    GetDataHealthRequest {
        workspace_ids: workspace.map(str::to_owned).into_iter().collect(),
        days: DAYS,
    }
}

/// The UTC days of the history, the first instant of each.
pub fn days(response: &GetDataHealthResponse) -> Vec<DateTime<Utc>> {
    let range = response
        .provenance
        .as_ref()
        .and_then(|from| from.effective_range.as_ref());
    let start = range.and_then(|range| instant(range.start.as_ref()));
    start.map_or_else(Vec::new, |start| {
        (0..DAYS)
            .map(|day| start + TimeDelta::days(day.into()))
            .collect()
    })
}

/// What must hold: in two words, and as it is written in the catalogue of what must hold.
pub fn words(identity: Identity) -> (&'static str, &'static str) {
    match identity {
        Identity::ActiveUsers => ("Active users", "DAU ≤ WAU ≤ MAU, on each day"),
        Identity::Durations => ("Durations", "p50 ≤ p95 ≤ p99 ≤ max, on each day"),
        Identity::Outcomes => (
            "Outcomes",
            "completed + failed + timed out + cancelled + unknown = ended",
        ),
        Identity::Keys => (
            "Keys",
            "Σ over the keys of a dimension, unknown included = total",
        ),
        Identity::Quarters => (
            "Quarter-hours",
            "Σ over quarter-hours = day, Σ over days = range",
        ),
        Identity::Workspaces => ("Workspaces", "Σ over workspaces = all of them together"),
        Identity::Revenue => (
            "Revenue bridge",
            "start + new + reactivation + expansion − contraction − churn = end = Σ over plans",
        ),
        Identity::Credits => (
            "Credits",
            "left before + came − went = left, booked = consumed",
        ),
        Identity::Retention => ("Revenue retention", "GRR ≤ NRR"),
        Identity::Openings => ("Openings", "one execution is opened at one time"),
        Identity::Platform => (
            "Platform",
            "what was merged of all workspaces = the merge of their pages",
        ),
        Identity::Summaries => (
            "Summaries",
            "what was summed up of a day = what its facts amount to",
        ),
        Identity::Unspecified => ("Another", "known to a later version"),
    }
}

/// Why events were refused.
pub fn reason(reason: RefusalReason) -> &'static str {
    match reason {
        RefusalReason::Missing => "Missing",
        RefusalReason::Malformed => "Malformed",
        RefusalReason::OutOfRange => "Out of range",
        RefusalReason::Conflict => "Conflict",
        RefusalReason::NotPermitted => "Not permitted",
        RefusalReason::TooOld => "Too old",
        RefusalReason::Unstorable => "Unstorable",
        RefusalReason::Unspecified => "Another reason",
    }
}

/// How an identity stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Whatever was compared holds.
    Holds,
    /// So many numbers do not.
    Broken(u64),
    /// There was nothing to compare.
    Nothing,
    /// It was not checked.
    Unchecked,
}

/// How an identity stands over the days of the history.
pub fn standing(health: &IdentityHealth) -> Standing {
    match (health.last_check_time, health.compared, health.broken) {
        (None, ..) => Standing::Unchecked,
        (_, _, broken @ 1..) => Standing::Broken(broken),
        (_, 0, _) => Standing::Nothing,
        _ => Standing::Holds,
    }
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;

    use super::*;

    #[test]
    fn what_was_not_looked_at_does_not_hold() {
        let health = |checked: bool, compared, broken| IdentityHealth {
            last_check_time: checked.then(Timestamp::default),
            compared,
            broken,
            ..IdentityHealth::default()
        };
        assert_eq!(standing(&health(false, 0, 0)), Standing::Unchecked);
        assert_eq!(standing(&health(true, 0, 0)), Standing::Nothing);
        assert_eq!(standing(&health(true, 9, 0)), Standing::Holds);
        assert_eq!(standing(&health(true, 9, 2)), Standing::Broken(2));
    }

    #[test]
    fn each_identity_has_words_of_its_own() {
        let mut names: Vec<_> = (0..=10)
            .filter_map(|code| Identity::try_from(code).ok())
            .map(|one| words(one).0)
            .collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 11);
    }

    #[test]
    fn one_workspace_is_asked_about_or_all() {
        assert_eq!(request(Some("w1")).workspace_ids, ["w1"]);
        assert!(request(None).workspace_ids.is_empty());
    }
}
