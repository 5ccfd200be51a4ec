//! What is open: pages say in which quarter-hours, facts say what.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Binary, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_domain::cell::{Dimension, Page};
use shadow_domain::execution::limits::EARLIEST_SECONDS;
use shadow_domain::partial::{Partial, Reader, Sections};
use shadow_domain::time::{QuarterHour, Range};
use uuid::Uuid;

use super::{Known, known};
use crate::error::While;
use crate::row::{Columns, Row};
use crate::statement::statement;
use crate::{Error, Snapshot};

statement!(
    OpenDays<'a> = "open_days.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        dimension: i16 as SmallInt,
        limit: i64 as BigInt,
    ) -> (SqlUuid, Binary, BigInt)
);

statement!(
    Open<'a> = "open.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        starts: [DateTime<Utc>] as Array<Timestamptz>,
        limit: i64 as BigInt,
    ) -> (Columns, Text)
);

/// Where something is open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenQuarters {
    /// How many executions are open in all.
    pub open: u64,
    /// Quarter-hours of opening in which some are, the earliest first, each with its workspace and how many.
    quarters: BTreeMap<(QuarterHour, Uuid), i64>,
}

impl Snapshot {
    /// In which quarter-hours something is open, by pages and what waits; those of at most `limit` days, the earliest
    /// first, but for what waits.
    pub async fn open_quarters(&mut self, limit: i64) -> Result<OpenQuarters, Error> {
        let (connection, workspaces) = self.parts();
        let days = OpenDays {
            workspaces,
            dimension: &Dimension::Total.code(),
            limit: &limit,
        };
        let rows = days
            .load::<(Uuid, Vec<u8>, i64)>(connection)
            .await
            .doing("asking what is open")?;
        let mut open = rows.as_slice().first().map_or(0, |(.., open)| *open);
        let mut quarters = BTreeMap::<(QuarterHour, Uuid), i64>::new();
        let mut reader = Reader::new(Sections::RUNS);
        for (workspace, bytes, _) in &rows {
            let read = Page::read_quarters(bytes, &mut reader, |quarter, partial| {
                *quarters.entry((quarter, *workspace)).or_default() += opened_less_ended(partial);
            });
            read.map_err(|error| Error::malformed("a page", error))?;
        }
        for (workspace, delta) in self.pending(&ever()).await? {
            for (cell, partial) in &delta.0 {
                if cell.dimension == Dimension::Total {
                    let more = opened_less_ended(partial);
                    open += more;
                    *quarters.entry((cell.quarter, workspace)).or_default() += more;
                }
            }
        }
        quarters.retain(|_, open| *open > 0);
        Ok(OpenQuarters {
            open: u64::try_from(open).unwrap_or_default(),
            quarters,
        })
    }

    /// What is open of these quarter-hours, the earliest opened first; at most `limit`.
    pub async fn open_executions(
        &mut self,
        found: &OpenQuarters,
        limit: i64,
    ) -> Result<Vec<Known>, Error> {
        let mut counted = 0;
        let (mut workspaces, mut starts) = (Vec::new(), Vec::new());
        for ((quarter, workspace), open) in &found.quarters {
            if counted >= limit {
                break;
            }
            counted += open;
            workspaces.push(*workspace);
            starts.push(quarter.start());
        }
        let (connection, _) = self.parts();
        let open = Open {
            workspaces: &workspaces,
            starts: &starts,
            limit: &limit,
        };
        let rows = open
            .load::<(Row, String)>(connection)
            .await
            .doing("listing what is open")?;
        rows.into_iter().map(known).collect()
    }
}

fn opened_less_ended(partial: &Partial) -> i64 {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    count(partial.opened) - count(partial.ended())
}

/// From the earliest time that is taken in until long after the latest.
fn ever() -> Range {
    let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    Range {
        start: at(EARLIEST_SECONDS),
        end: at(EARLIEST_SECONDS * 10),
    }
}
