//! Answers that may be given again for as long as nothing that they depend on has changed.
//!
//! An answer depends on the cells of its days, on names where it has any, and on the time. The time no longer matters once
//! every period is over: no bucket becomes complete by itself, no comparison "so far" moves, no day begins. Only then an
//! answer has a version, and where the version is still the same, computing it anew would give the same numbers.

use std::time::Duration;

use chrono::{DateTime, Utc};
use shadow_auth::Scope;
use shadow_domain::{cell::Part, time::UtcDay};
use shadow_storage::{Database, Snapshot, partials::Names};

use crate::{
    answer::Answer,
    execute::{Error, Read},
    plan::{Plan, plan},
    request::Request,
    turn::Turn,
};

/// Names the state of everything that an answer depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(
    /// As it is kept.
    pub String,
);

/// What has changed all the same in an answer whose version has not: when it was right, and what else has come meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// Everything acknowledged before is in it.
    pub snapshot_time: DateTime<Utc>,
    /// The latest time of any event of the scope.
    pub last_event_time: Option<DateTime<Utc>>,
}

/// Answers like [`crate::answer`], with the version of what the answers depend on; there is none where time alone may change
/// them.
pub async fn versioned_answer(
    db: &Database,
    scope: &Scope,
    request: &Request,
    now: DateTime<Utc>,
    deadline: Option<Duration>,
) -> Result<(Vec<Answer>, Option<Version>), Error> {
    let plan = plan(request, now).map_err(Error::Invalid)?;
    let turn = Turn::wait(deadline).await?;
    let mut snapshot = db.snapshot(scope, turn.left()).await?;
    let version = version(&mut snapshot, request, &plan, now).await?;
    let read = Read::of(&mut snapshot, request, plan).await?;
    snapshot.finish().await?;
    let answers = turn.merge(move || read.answers(now)).await??;
    Ok((answers, version))
}

/// Whether answers to a request that had this version are still right, and since when that is known.
pub async fn confirm(
    db: &Database,
    scope: &Scope,
    request: &Request,
    known: &Version,
    now: DateTime<Utc>,
    deadline: Option<Duration>,
) -> Result<Option<Confirmed>, Error> {
    let plan = plan(request, now).map_err(Error::Invalid)?;
    let mut snapshot = db.snapshot(scope, deadline).await?;
    let version = version(&mut snapshot, request, &plan, now).await?;
    let confirmed = Confirmed {
        snapshot_time: snapshot.snapshot_time(),
        last_event_time: snapshot.last_event_at(),
    };
    snapshot.finish().await?;
    Ok((version.as_ref() == Some(known)).then_some(confirmed))
}

async fn version(
    snapshot: &mut Snapshot,
    request: &Request,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Result<Option<Version>, Error> {
    let Some(range) = plan.range().filter(|_| is_over(plan, now)) else {
        return Ok(None);
    };
    let groups = |part: Part| {
        let selections = request.selections.iter();
        selections
            .flat_map(|one| &one.group_by)
            .any(|by| *by == part)
    };
    let names = Names {
        agents: groups(Part::Agent),
        workspaces: groups(Part::Workspace),
    };
    let days = (UtcDay::of(range.start), UtcDay(UtcDay::of(range.end).0 - 1));
    let version = snapshot.data_version(days, names).await?;
    Ok(Some(Version(version)))
}

/// Whether no period of a plan goes on.
fn is_over(plan: &Plan, now: DateTime<Utc>) -> bool {
    let periods = plan.selections.iter().flat_map(|one| one.periods());
    periods.map(|period| period.range.end).all(|end| end <= now)
}
