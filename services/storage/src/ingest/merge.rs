//! The one statement that merges a batch into the stored executions.

use chrono::{DateTime, Utc};
use diesel::sql_types::{Integer, SmallInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_domain::execution::{Execution, Seen};
use uuid::Uuid;

use super::input::{Executions, Input};
use super::{Change, Stored};
use crate::Error;
use crate::database::Transaction;
use crate::error::While;
use crate::row::{Key, key, seen_from};
use crate::statement::statement;

statement!(
    Merge<'a> = "merge.sql",
    (executions: Input<'a> as Executions) -> (SqlUuid, Timestamptz, SqlUuid, SmallInt, Integer)
);

statement!(
    Insert<'a> = "insert.sql",
    (executions: Input<'a> as Executions) -> ()
);

/// A row that was inserted or changed.
pub(super) struct Merged {
    /// Where it is among the executions that were given.
    pub(super) position: usize,
    /// What was stored before; nothing for a new row.
    pub(super) before: Seen,
    /// The revision that is stored now.
    pub(super) revision: i32,
}

/// Merges executions that are sorted by key; `element` is as in [`Input`]. Those that are missing in the result changed
/// nothing, because all of it was stored or some of it conflicts; their rows are locked.
pub(super) async fn run(
    transaction: &mut Transaction,
    element: u32,
    executions: &[&Execution],
) -> Result<Vec<Merged>, Error> {
    let merge = Merge {
        executions: &Input {
            element,
            executions,
        },
    };
    let rows = merge
        .load::<(Uuid, DateTime<Utc>, Uuid, i16, i32)>(transaction.connection())
        .await
        .doing("merging executions")?;
    rows.into_iter()
        .map(
            |(workspace_id, opened_at, execution_id, before, revision)| {
                Ok(Merged {
                    position: position(executions, (workspace_id, opened_at, execution_id))?,
                    before: seen_from(before)?,
                    revision,
                })
            },
        )
        .collect()
}

/// An execution of the batch that changed nothing: its index in the batch, and itself.
pub(super) type Missing<'a> = (usize, &'a Execution);

/// Merges a sorted batch: what is known of those that changed, those that did not, and the changes.
pub(super) async fn all<'a>(
    transaction: &mut Transaction,
    element: u32,
    executions: &[(usize, &'a Execution)],
) -> Result<(Vec<Stored>, Vec<Missing<'a>>, Vec<Change<'a>>), Error> {
    let given: Vec<&Execution> = executions.iter().map(|(_, execution)| *execution).collect();
    let merged = run(transaction, element, &given).await?;
    let mut missing = vec![true; executions.len()];
    let mut stored = Vec::with_capacity(executions.len());
    let mut changes = Vec::with_capacity(merged.len());
    for row in merged {
        let (index, execution) = executions[row.position];
        missing[row.position] = false;
        let new = execution.seen().difference(row.before);
        stored.push(Stored {
            execution: index,
            new,
            conflicts: Vec::new(),
            revision: row.revision,
        });
        changes.push(Change {
            execution,
            new,
            seen: execution.seen().union(row.before),
            revision: row.revision,
        });
    }
    let missing = executions
        .iter()
        .zip(missing)
        .filter_map(|(execution, missing)| missing.then_some(*execution))
        .collect();
    Ok((stored, missing, changes))
}

/// Inserts a sorted batch of which nothing is stored, likewise. Where anything is, it fails, and nothing is inserted.
pub(super) async fn new<'a>(
    transaction: &mut Transaction,
    element: u32,
    executions: &[(usize, &'a Execution)],
) -> Result<(Vec<Stored>, Vec<Missing<'a>>, Vec<Change<'a>>), Error> {
    const REVISION: i32 = 1;
    let given: Vec<&Execution> = executions.iter().map(|(_, execution)| *execution).collect();
    let insert = Insert {
        executions: &Input {
            element,
            executions: &given,
        },
    };
    insert
        .execute(transaction.connection())
        .await
        .doing("inserting executions")?;
    let stored = executions.iter().map(|(index, execution)| Stored {
        execution: *index,
        new: execution.seen(),
        conflicts: Vec::new(),
        revision: REVISION,
    });
    let changes = given.iter().map(|execution| Change {
        execution,
        new: execution.seen(),
        seen: execution.seen(),
        revision: REVISION,
    });
    Ok((stored.collect(), Vec::new(), changes.collect()))
}

fn position(executions: &[&Execution], wanted: Key) -> Result<usize, Error> {
    executions
        .binary_search_by_key(&wanted, |execution| key(execution))
        .map_err(|_| Error::malformed("a merged row", "its key was not in the batch"))
}
