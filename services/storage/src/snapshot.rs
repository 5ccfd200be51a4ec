//! One state of everything that a scope may see.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, Bool, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use shadow_auth::{Scope, Workspaces};
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::While;
use crate::partials::FoldedDaysSeen;
use crate::statement::statement;
use crate::{Database, Error};

statement!(
    Opened<'a> = "snapshot.sql",
    (all: bool as Bool, workspaces: [Uuid] as Array<SqlUuid>)
        -> (Timestamptz, Array<SqlUuid>, Nullable<Timestamptz>)
);

/// A read-only transaction that sees one state, however many questions it is asked. Dropping it is safe; finishing it
/// saves the connection.
pub struct Snapshot {
    transaction: Transaction,
    /// Whether the scope is every workspace, and not a list of them.
    everything: bool,
    workspaces: Vec<Uuid>,
    folded_days: FoldedDaysSeen,
    time: DateTime<Utc>,
    last_event_at: Option<DateTime<Utc>>,
}

impl Database {
    /// Opens a snapshot of what the scope may see. No statement in it takes longer than `deadline`.
    pub async fn snapshot(
        &self,
        scope: &Scope,
        deadline: Option<Duration>,
    ) -> Result<Snapshot, Error> {
        let mut transaction = self.read(scope, deadline).await?;
        let (all, some): (bool, Vec<Uuid>) = match scope.workspaces() {
            Workspaces::All => (true, Vec::new()),
            Workspaces::Some(some) => (false, some.iter().copied().collect()),
        };
        let opened = Opened {
            all: &all,
            workspaces: &some,
        };
        let (time, workspaces, last_event_at) = opened
            .get_result::<(DateTime<Utc>, Vec<Uuid>, Option<DateTime<Utc>>)>(
                transaction.connection(),
            )
            .await
            .doing("opening a snapshot")?;
        Ok(Snapshot {
            transaction,
            everything: all,
            workspaces,
            folded_days: FoldedDaysSeen::default(),
            time,
            last_event_at,
        })
    }
}

impl Snapshot {
    /// When it was taken, by the database's clock.
    pub fn snapshot_time(&self) -> DateTime<Utc> {
        self.time
    }

    /// The time of the latest event in it, pending deltas included; `None` where there are none.
    pub fn last_event_at(&self) -> Option<DateTime<Utc>> {
        self.last_event_at
    }

    /// The workspaces in it that exist, in order of their ids.
    pub fn workspaces(&self) -> &[Uuid] {
        &self.workspaces
    }

    /// Whether it was opened for every workspace, so that what was merged of all of them may be read.
    pub fn sees_everything(&self) -> bool {
        self.everything
    }

    /// Ends it and gives its connection back.
    pub async fn finish(self) -> Result<(), Error> {
        self.transaction.commit().await
    }

    pub(crate) fn parts(&mut self) -> (&mut AsyncPgConnection, &[Uuid]) {
        (self.transaction.connection(), &self.workspaces)
    }

    pub(crate) fn folded_days(&mut self) -> &mut FoldedDaysSeen {
        &mut self.folded_days
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Snapshot")
            .field("time", &self.time)
            .field("workspaces", &self.workspaces.len())
            .finish_non_exhaustive()
    }
}
