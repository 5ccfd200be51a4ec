//! Groups of errors as they travel: what the three RPCs about them have in common.

use shadow_domain::{
    catalogue,
    error_group::{State, pattern},
    provenance,
    time::Zone,
};
use shadow_proto::{common::v1 as common, metrics::v1 as proto};
use shadow_query::{
    Invalid,
    error_groups::{ErrorBucket, Source, SpikingGroup},
};
use shadow_storage::error_group::{GroupKey, Impact, Said, Standing};
use tonic::Status;
use uuid::Uuid;

use crate::reply::{self, timestamp};

/// The group that a request names.
pub(crate) fn key(
    workspace_id: &str,
    error_group_id: &str,
    wrong: &mut Vec<Invalid>,
) -> Option<GroupKey> {
    let mut id = |text: &str, field: &str| {
        let id = Uuid::parse_str(text).ok().filter(|id| !id.is_nil());
        if id.is_none() {
            wrong.push(Invalid::new(field, "must be a UUID"));
        }
        id
    };
    let workspace_id = id(workspace_id, "workspace_id");
    let fingerprint = id(error_group_id, "error_group_id");
    Some(GroupKey {
        workspace_id: workspace_id?,
        fingerprint: fingerprint?,
    })
}

/// The state of a code. The codes of the domain are those of the API.
pub(crate) fn state(code: i32) -> Option<State> {
    State::from_code(i16::try_from(code).ok()?)
}

/// A group with what it amounts to in a range.
pub(crate) fn group(group: &SpikingGroup) -> Result<proto::ErrorGroup, Status> {
    Ok(proto::ErrorGroup {
        impact: Some(impact(&group.group.impact)?),
        spike_hours: group.spikes.iter().copied().map(timestamp).collect(),
        ..standing(&group.group.standing)
    })
}

/// A group whatever the range.
pub(crate) fn standing(standing: &Standing) -> proto::ErrorGroup {
    proto::ErrorGroup {
        workspace_id: standing.key.workspace_id.to_string(),
        error_group_id: standing.key.fingerprint.to_string(),
        kind: standing.kind.clone(),
        pattern: standing.message.as_deref().map(pattern),
        latest_message: standing.message.clone(),
        first_seen_at: Some(timestamp(standing.first_seen_at)),
        last_seen_at: Some(timestamp(standing.last_seen_at)),
        state: standing.state().code().into(),
        regressed: standing.is_regression(),
        latest_change: standing.said.as_ref().map(change),
        impact: None,
        spike_hours: Vec::new(),
    }
}

pub(crate) fn change(said: &Said) -> proto::ErrorGroupChange {
    proto::ErrorGroupChange {
        state: said.state.code().into(),
        changed_at: Some(timestamp(said.at)),
        changed_by: said.by.clone(),
        changed_by_name: said.name.clone().unwrap_or_else(|| said.by.clone()),
        note: said.note.clone(),
    }
}

pub(crate) fn impact(impact: &Impact) -> Result<proto::ErrorImpact, Status> {
    Ok(proto::ErrorImpact {
        occurrences: impact.occurrences,
        users: impact.users,
        agents: impact.agents,
        credits_lost_micro: impact.lost_micro.map(reply::narrow).transpose()?,
    })
}

pub(crate) fn timeline(timeline: &[ErrorBucket]) -> Vec<proto::ErrorBucket> {
    let bucket = |bucket: &ErrorBucket| proto::ErrorBucket {
        start: Some(timestamp(bucket.range.start)),
        end: Some(timestamp(bucket.range.end)),
        occurrences: bucket.occurrences,
        spike_hours: bucket.spikes,
    };
    timeline.iter().map(bucket).collect()
}

/// What is still open may yet fail.
pub(crate) fn provenance(
    source: &Source,
    zone: &dyn Zone,
    now: chrono::DateTime<chrono::Utc>,
) -> common::Provenance {
    common::Provenance {
        snapshot_time: Some(timestamp(source.snapshot_time)),
        last_event_time: source.last_event_time.map(timestamp),
        effective_range: Some(reply::time_range(&source.range, zone.name())),
        definition_version: catalogue::VERSION,
        open_executions: source.open_executions,
        complete: provenance::is_complete(&source.range, source.open_executions, now),
        age: None,
        other_currencies: Vec::new(),
    }
}
