//! Reading partials: pages, and the deltas that are not yet in them, from one snapshot.

mod folded;
mod stored;
mod version;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Date, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use shadow_domain::cell::{Delta, Dimension, Page};
use shadow_domain::time::{Range, UtcDay};
use uuid::Uuid;

use crate::error::While;
use crate::statement::statement;
use crate::{Error, Snapshot};

pub(crate) use folded::FoldedDaysSeen;
pub use stored::StoredPage;
pub use version::Names;

type PageColumns = (SqlUuid, Date, Text, Nullable<Binary>, Nullable<Binary>);

statement!(
    ByKeys<'a> = "by_keys.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        dimension: i16 as SmallInt,
        first: NaiveDate as Date,
        last: NaiveDate as Date,
        keys: [String] as Array<Text>,
        quarters: bool as Bool,
        of: [NaiveDate] as Array<Date>,
    ) -> PageColumns
);

statement!(
    ByPrefix<'a> = "by_prefix.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        dimension: i16 as SmallInt,
        first: NaiveDate as Date,
        last: NaiveDate as Date,
        prefix: str as Text,
        quarters: bool as Bool,
        of: [NaiveDate] as Array<Date>,
    ) -> PageColumns
);

statement!(
    Opened<'a> = "opened.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        dimension: i16 as SmallInt,
        first: NaiveDate as Date,
        last: NaiveDate as Date,
        starts: [NaiveDate] as Array<Date>,
    ) -> (SqlUuid, Date, Text, BigInt)
);

statement!(
    Totals<'a> = "totals.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        dimension: i16 as SmallInt,
        first: NaiveDate as Date,
        last: NaiveDate as Date,
        prefix: str as Text,
    ) -> (Text, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt)
);

statement!(
    Pending<'a> = "pending.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
    ) -> (SqlUuid, Binary)
);

/// Which pages to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// What they are keyed by.
    pub dimension: Dimension,
    /// Which of the keys.
    pub keys: Keys,
    /// The first and the last day.
    pub days: (UtcDay, UtcDay),
    /// Of which days the quarter-hours are needed; without them `Page::quarters` stays empty. `Page::day` is always there.
    pub quarters: Quarters,
}

/// Days of which the quarter-hours are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quarters {
    /// None of them.
    None,
    /// All that are loaded.
    All,
    /// These among them.
    Of(Vec<UtcDay>),
}

/// Which keys of a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keys {
    /// Every key.
    All,
    /// Exactly these.
    Exact(Vec<String>),
    /// Those that begin so: `agent␟` for everything of one agent in a pair.
    Prefix(String),
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRow {
    /// Its workspace; nil where it is of all workspaces together.
    pub workspace_id: Uuid,
    /// Its day.
    pub day: UtcDay,
    /// Its key.
    pub key: String,
    /// What it holds, as far as it was asked for.
    pub page: Page,
}

/// The additive columns of pages, summed over days and workspaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTotals {
    /// The key.
    pub key: String,
    /// Executions opened.
    pub opened: i64,
    /// Those that have ended.
    pub ended: i64,
    /// Those that completed.
    pub completed: i64,
    /// Those that failed.
    pub failed: i64,
    /// Those that timed out.
    pub timed_out: i64,
    /// Millionths of a credit that they consumed.
    pub credits_micro: i64,
}

impl Snapshot {
    /// The pages of the snapshot's workspaces, by workspace, day and key.
    pub async fn load_pages(&mut self, load: &Load) -> Result<Vec<PageRow>, Error> {
        let mut pages = self.stored_pages(load).await?;
        pages.sort_unstable_by(|one, other| one.place().cmp(&other.place()));
        pages.into_iter().map(StoredPage::decoded).collect()
    }

    /// The same as they are stored, in no order: whoever merges needs none, and the database would write what it sorts to
    /// files, quarter-hours included.
    pub async fn stored_pages(&mut self, load: &Load) -> Result<Vec<StoredPage>, Error> {
        let (connection, workspaces) = self.parts();
        stored_pages(connection, workspaces, load).await
    }

    /// The same of some workspaces; of those that are not the snapshot's there are none.
    pub async fn stored_pages_of(
        &mut self,
        workspaces: &[Uuid],
        load: &Load,
    ) -> Result<Vec<StoredPage>, Error> {
        if workspaces.is_empty() {
            return Ok(Vec::new());
        }
        stored_pages(self.parts().0, workspaces, load).await
    }

    /// How many executions were opened by workspace and key, as pages of nothing else: of each stretch of the days, which
    /// begin at `starts`, one page for its first day that there is anything of.
    pub async fn stored_openings(
        &mut self,
        dimension: Dimension,
        (first, last): (UtcDay, UtcDay),
        starts: &[UtcDay],
    ) -> Result<Vec<StoredPage>, Error> {
        let (connection, workspaces) = self.parts();
        let opened = Opened {
            workspaces,
            dimension: &dimension.code(),
            first: &first.date(),
            last: &last.date(),
            starts: &starts.iter().map(|day| day.date()).collect::<Vec<_>>(),
        };
        let rows = opened
            .load::<(Uuid, NaiveDate, String, i64)>(connection)
            .await
            .doing("summing openings")?;
        Ok(rows.into_iter().map(StoredPage::of_openings).collect())
    }

    /// What pages of whole days amount to by key, without decoding any: to see which keys are worth loading. Pending
    /// deltas are not in it.
    pub async fn key_totals(&mut self, load: &Load) -> Result<Vec<KeyTotals>, Error> {
        let (connection, workspaces) = self.parts();
        let totals = Totals {
            workspaces,
            dimension: &load.dimension.code(),
            first: &load.days.0.date(),
            last: &load.days.1.date(),
            prefix: load.keys.prefix(),
        };
        let rows = totals
            .load::<(String, i64, i64, i64, i64, i64, i64)>(connection)
            .await
            .doing("summing pages")?;
        Ok(rows.into_iter().map(key_totals).collect())
    }

    /// The deltas that are not in pages yet and touch the range; each may also touch other times.
    pub async fn pending(&mut self, range: &Range) -> Result<Vec<(Uuid, Delta)>, Error> {
        let (connection, workspaces) = self.parts();
        let pending = Pending {
            workspaces,
            start: &range.start,
            end: &range.end,
        };
        let rows = pending
            .load::<(Uuid, Vec<u8>)>(connection)
            .await
            .doing("loading pending deltas")?;
        rows.into_iter()
            .map(|(workspace, cells)| Ok((workspace, decode_delta(&cells)?)))
            .collect()
    }
}

/// The pages of some workspaces, as far as the connection's transaction may see them.
async fn stored_pages(
    connection: &mut AsyncPgConnection,
    workspaces: &[Uuid],
    load: &Load,
) -> Result<Vec<StoredPage>, Error> {
    let dimension = load.dimension.code();
    let (first, last) = (load.days.0.date(), load.days.1.date());
    let (quarters, of) = load.quarters.columns();
    let rows = match &load.keys {
        Keys::Exact(keys) => {
            let statement = ByKeys {
                workspaces,
                dimension: &dimension,
                first: &first,
                last: &last,
                keys,
                quarters: &quarters,
                of: &of,
            };
            statement.load::<Columns>(connection).await
        }
        Keys::All | Keys::Prefix(_) => {
            let statement = ByPrefix {
                workspaces,
                dimension: &dimension,
                first: &first,
                last: &last,
                prefix: load.keys.prefix(),
                quarters: &quarters,
                of: &of,
            };
            statement.load::<Columns>(connection).await
        }
    };
    let rows = rows.doing("loading pages")?;
    Ok(rows.into_iter().map(StoredPage::of).collect())
}

impl Quarters {
    /// Whether those of all days are needed, else of which.
    fn columns(&self) -> (bool, Vec<NaiveDate>) {
        match self {
            Self::None => (false, Vec::new()),
            Self::All => (true, Vec::new()),
            Self::Of(days) => (false, days.iter().map(|day| day.date()).collect()),
        }
    }
}

impl Keys {
    fn prefix(&self) -> &str {
        match self {
            Self::Prefix(prefix) => prefix,
            Self::All | Self::Exact(_) => "",
        }
    }
}

pub(crate) type Columns = (Uuid, NaiveDate, String, Option<Vec<u8>>, Option<Vec<u8>>);

pub(crate) fn decode_page(day: Option<&[u8]>, quarters: Option<&[u8]>) -> Result<Page, Error> {
    let malformed = |error| Error::malformed("a page", error);
    let mut page = Page::default();
    if let Some(bytes) = day {
        page.day = Page::decode_day(bytes).map_err(malformed)?;
    }
    if let Some(bytes) = quarters {
        page.quarters = Page::decode_quarters(bytes).map_err(malformed)?;
    }
    Ok(page)
}

pub(crate) fn decode_delta(cells: &[u8]) -> Result<Delta, Error> {
    Delta::decode(cells).map_err(|error| Error::malformed("a delta", error))
}

fn key_totals(row: (String, i64, i64, i64, i64, i64, i64)) -> KeyTotals {
    let (key, opened, ended, completed, failed, timed_out, credits_micro) = row;
    KeyTotals {
        key,
        opened,
        ended,
        completed,
        failed,
        timed_out,
        credits_micro,
    }
}
