//! Reading credit ledgers, and what was booked of them.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{Array, BigInt, Date, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_domain::fact::{CreditEntry, CreditKind};
use shadow_domain::time::{Range, UtcDay};
use uuid::Uuid;

use crate::error::While;
use crate::row::{CreditColumns, CreditRow};
use crate::statement::statement;
use crate::{Error, Snapshot};

statement!(
    Ledger<'a> = "ledger.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
    ) -> (SmallInt, Text)
);

statement!(
    Quarters<'a> = "quarters.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
    ) -> (Timestamptz, SmallInt, Text)
);

statement!(
    BookedBefore<'a> = "booked.sql",
    (workspaces: [Uuid] as Array<SqlUuid>, day: NaiveDate as Date) -> (Text, Text, Text)
);

statement!(
    Entries<'a> = "entries.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        start: DateTime<Utc> as Timestamptz,
        before_occurred_at: DateTime<Utc> as Timestamptz,
        before_workspace: Uuid as SqlUuid,
        before_id: Uuid as SqlUuid,
        limit: i64 as BigInt,
    ) -> CreditColumns
);

/// Sums over pages, in millionths of a credit; what waits to be compacted is not in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Booked {
    /// Consumed by runs that ended before the day.
    pub before_micro: i128,
    /// Consumed by runs that ever ended, by the time of their end.
    pub ever_micro: i128,
    /// The same by the time of their opening: another sum of the same runs.
    pub opened_ever_micro: i128,
}

/// Names an entry of a ledger, in the order in which entries are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryKey {
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// The workspace.
    pub workspace_id: Uuid,
    /// The producer's id of the event.
    pub event_id: Uuid,
}

impl EntryKey {
    /// Comes after every entry before an instant.
    pub fn end(at: DateTime<Utc>) -> Self {
        Self {
            occurred_at: at,
            workspace_id: Uuid::nil(),
            event_id: Uuid::nil(),
        }
    }
}

impl Snapshot {
    /// What the entries of a time amount to, by kind.
    pub async fn credit_totals(&mut self, range: &Range) -> Result<Vec<(CreditKind, i128)>, Error> {
        let (connection, workspaces) = self.parts();
        let ledger = Ledger {
            workspaces,
            start: &range.start,
            end: &range.end,
        };
        let rows = ledger
            .load::<(i16, String)>(connection)
            .await
            .doing("summing credits")?;
        rows.into_iter()
            .map(|(code, sum)| Ok((kind(code)?, whole(&sum)?)))
            .collect()
    }

    /// The same by the quarter-hours of the time, each named by its start.
    pub async fn credit_quarters(
        &mut self,
        range: &Range,
    ) -> Result<Vec<(DateTime<Utc>, CreditKind, i128)>, Error> {
        let (connection, workspaces) = self.parts();
        let quarters = Quarters {
            workspaces,
            start: &range.start,
            end: &range.end,
        };
        let rows = quarters
            .load::<(DateTime<Utc>, i16, String)>(connection)
            .await
            .doing("summing credits by time")?;
        rows.into_iter()
            .map(|(at, code, sum)| Ok((at, kind(code)?, whole(&sum)?)))
            .collect()
    }

    /// What pages say was booked, before a day and ever.
    pub async fn booked(&mut self, day: UtcDay) -> Result<Booked, Error> {
        let (connection, workspaces) = self.parts();
        let booked = BookedBefore {
            workspaces,
            day: &day.date(),
        };
        let (before, ever, opened_ever) = booked
            .get_result::<(String, String, String)>(connection)
            .await
            .doing("summing booked credits")?;
        Ok(Booked {
            before_micro: whole(&before)?,
            ever_micro: whole(&ever)?,
            opened_ever_micro: whole(&opened_ever)?,
        })
    }

    /// At most `limit` entries from an instant on and before an entry, the latest first.
    pub async fn credit_entries(
        &mut self,
        start: DateTime<Utc>,
        before: &EntryKey,
        limit: i64,
    ) -> Result<Vec<(EntryKey, CreditEntry)>, Error> {
        let (connection, workspaces) = self.parts();
        let entries = Entries {
            workspaces,
            start: &start,
            before_occurred_at: &before.occurred_at,
            before_workspace: &before.workspace_id,
            before_id: &before.event_id,
            limit: &limit,
        };
        let rows = entries
            .load::<CreditRow>(connection)
            .await
            .doing("listing credits")?;
        rows.into_iter()
            .map(|row| {
                let ((workspace_id, occurred_at, event_id), entry) = row.entry()?;
                let key = EntryKey {
                    occurred_at,
                    workspace_id,
                    event_id,
                };
                Ok((key, entry))
            })
            .collect()
    }
}

fn kind(code: i16) -> Result<CreditKind, Error> {
    CreditKind::from_code(code)
        .ok_or_else(|| Error::malformed("a kind of credits", "the code is not known"))
}

/// A sum as text.
fn whole(sum: &str) -> Result<i128, Error> {
    sum.parse()
        .map_err(|error| Error::malformed("a sum of credits", error))
}
