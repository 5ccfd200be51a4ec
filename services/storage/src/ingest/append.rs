//! What a batch appends beside its facts: a delta and a feed entry for each workspace.

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Binary, Integer, SmallInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use futures_util::try_join;
use shadow_domain::cell::Delta;
use shadow_domain::execution::Seen;
use uuid::Uuid;

use super::tallies::Tallies;
use super::{Attempt, Change};
use crate::broken::{self, Broken};
use crate::database::Transaction;
use crate::erasure;
use crate::error::While;
use crate::ordinals::Numbers;
use crate::row::seen_code;
use crate::statement::statement;
use crate::{Database, Error};

statement!(
    AppendDeltas<'a> = "append_deltas.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        first_quarter: [DateTime<Utc>] as Array<Timestamptz>,
        last_quarter: [DateTime<Utc>] as Array<Timestamptz>,
        last_event_at: [DateTime<Utc>] as Array<Timestamptz>,
        cells: [Vec<u8>] as Array<Binary>,
    ) -> ()
);

statement!(
    AppendFeed<'a> = "append_feed.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        first: [i32] as Array<Integer>,
        last: [i32] as Array<Integer>,
        opened_at: [DateTime<Utc>] as Array<Timestamptz>,
        execution_id: [Uuid] as Array<SqlUuid>,
        revision: [i32] as Array<Integer>,
        seen: [i16] as Array<SmallInt>,
        committed_at: DateTime<Utc> as Timestamptz,
        users: [i32] as Array<Integer>,
        open_change: [i32] as Array<Integer>,
        opened: [i32] as Array<Integer>,
        started: [i32] as Array<Integer>,
        ended: [i32] as Array<Integer>,
        failed: [i32] as Array<Integer>,
        credits_micro: [i64] as Array<BigInt>,
        first_user: [i32] as Array<Integer>,
        last_user: [i32] as Array<Integer>,
    ) -> ()
);

const DOING: &str = "appending partials and the feed";

/// Appends what the changes, sorted by key, amount to.
pub(super) async fn all(
    db: &Database,
    transaction: &mut Transaction,
    changes: &[Change<'_>],
    it: &Attempt<'_>,
) -> Result<(), Error> {
    let (numbers, now) = (it.numbers, it.now);
    let deltas = Deltas::of(changes, numbers)?;
    let identities = || changes.iter().map(|change| &change.execution.identity);
    let parts = Parts::of(changes)?;
    let tallies = Tallies::of(by_workspace(changes), numbers, now)?;
    let opened_at: Vec<DateTime<Utc>> = identities().map(|id| id.opened_at).collect();
    let execution_id: Vec<Uuid> = identities().map(|id| id.execution_id).collect();
    let revision: Vec<i32> = changes.iter().map(|change| change.revision).collect();
    let seen: Vec<i16> = changes
        .iter()
        .map(|change| seen_code(change.seen))
        .collect();
    let feed = AppendFeed {
        workspace_id: &parts.workspace_id,
        first: &parts.first,
        last: &parts.last,
        opened_at: &opened_at,
        execution_id: &execution_id,
        revision: &revision,
        seen: &seen,
        committed_at: &now,
        users: &tallies.users,
        open_change: &tallies.open_change,
        opened: &tallies.opened,
        started: &tallies.started,
        ended: &tallies.ended,
        failed: &tallies.failed,
        credits_micro: &tallies.credits_micro,
        first_user: &tallies.first_user,
        last_user: &tallies.last_user,
    };
    let delta = AppendDeltas {
        workspace_id: &deltas.workspace_id,
        first_quarter: &deltas.first_quarter,
        last_quarter: &deltas.last_quarter,
        last_event_at: &deltas.last_event_at,
        cells: &deltas.cells,
    };
    if broken::is(Broken::PartialsOutsideTransaction) {
        let mut apart = broken::apart(db, &parts.workspace_id).await?;
        let appended = delta.execute(apart.connection()).await.doing(DOING);
        apart.end(appended).await?;
        feed.execute(transaction.connection()).await.doing(DOING)?;
        return Ok(());
    }
    // All are on their way before the first is answered.
    let connection = &*transaction.connection();
    let (mut one, mut other) = (connection, connection);
    try_join!(
        async { delta.execute(&mut one).await.doing(DOING) },
        async { feed.execute(&mut other).await.doing(DOING) },
        erasure::check(connection, it.erased),
    )?;
    Ok(())
}

/// Where the changes of each workspace lie among those of the batch, counted from 1 as the server does.
#[derive(Default)]
struct Parts {
    workspace_id: Vec<Uuid>,
    first: Vec<i32>,
    last: Vec<i32>,
}

impl Parts {
    fn of(changes: &[Change<'_>]) -> Result<Self, Error> {
        let mut parts = Self::default();
        let mut end = 0;
        for group in by_workspace(changes) {
            let first = end + 1;
            end += i32::try_from(group.len())
                .map_err(|error| Error::malformed("the changes of a batch", error))?;
            parts.workspace_id.push(workspace(&group[0]));
            parts.first.push(first);
            parts.last.push(end);
        }
        Ok(parts)
    }
}

fn workspace(change: &Change<'_>) -> Uuid {
    change.execution.identity.workspace_id
}

/// The changes, which are sorted by key, workspace by workspace.
fn by_workspace<'c, 'a>(changes: &'c [Change<'a>]) -> impl Iterator<Item = &'c [Change<'a>]> {
    changes.chunk_by(|a, b| workspace(a) == workspace(b))
}

/// One delta per workspace, as columns.
#[derive(Default)]
struct Deltas {
    workspace_id: Vec<Uuid>,
    first_quarter: Vec<DateTime<Utc>>,
    last_quarter: Vec<DateTime<Utc>>,
    last_event_at: Vec<DateTime<Utc>>,
    cells: Vec<Vec<u8>>,
}

impl Deltas {
    fn of(changes: &[Change<'_>], numbers: &Numbers) -> Result<Self, Error> {
        let mut deltas = Self::default();
        for group in by_workspace(changes) {
            let mut delta = Delta::default();
            for change in group {
                let (agent, user) = numbers.of(change.execution)?;
                delta.add(change.execution, change.new, agent, user);
            }
            let Some((first, last)) = delta.quarters() else {
                continue;
            };
            deltas.workspace_id.push(workspace(&group[0]));
            deltas.first_quarter.push(first.start());
            deltas.last_quarter.push(last.start());
            deltas
                .last_event_at
                .extend(group.iter().map(last_event).max());
            deltas.cells.push(delta.encode());
        }
        Ok(deltas)
    }
}

/// The latest event time among what was new.
fn last_event(change: &Change<'_>) -> DateTime<Utc> {
    let execution = change.execution;
    let started = execution
        .started_at
        .filter(|_| change.new.contains(Seen::STARTED));
    let ended = execution
        .end
        .as_ref()
        .filter(|_| change.new.contains(Seen::ENDED))
        .map(|end| end.ended_at);
    let rated = execution
        .feedback
        .as_ref()
        .filter(|_| change.new.contains(Seen::FEEDBACK))
        .map(|feedback| feedback.given_at);
    [started, ended, rated]
        .into_iter()
        .flatten()
        .fold(execution.identity.opened_at, DateTime::max)
}
