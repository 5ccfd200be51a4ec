//! Reading what people ran and did; when they were active at all is in pages.

mod board;
mod runs;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{
    Array, BigInt, Date, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_domain::fact::ActivityType;
use shadow_domain::time::{Range, UtcDay};
use uuid::Uuid;

pub use board::{UserKey, UserOrder, UserRow, UserSearch};
pub use runs::{RecentRun, Runs};

use crate::error::While;
use crate::statement::statement;
use crate::{Error, Snapshot};

statement!(
    Activities<'a> = "activities.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        start: [DateTime<Utc>] as Array<Timestamptz>,
        finish: [DateTime<Utc>] as Array<Timestamptz>,
        users: [String] as Array<Text>,
        limit: i64 as BigInt,
    ) -> (
        SqlUuid,
        Timestamptz,
        SqlUuid,
        Text,
        SmallInt,
        Nullable<Text>,
        Nullable<Text>,
        Nullable<Text>,
    )
);

statement!(
    Beyond<'a> = "beyond.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        many: i64 as BigInt,
    ) -> Timestamptz
);

statement!(
    FirstPage<'a> = "first_page.sql",
    (workspaces: [Uuid] as Array<SqlUuid>) -> Nullable<Date>
);

statement!(
    UserOrdinals<'a> = "ordinals.sql",
    (users: [String] as Array<Text>) -> (Text, Integer)
);

/// Something that a person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Where.
    pub workspace_id: Uuid,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// The producer's id of the event.
    pub event_id: Uuid,
    /// Who.
    pub user_id: String,
    /// What was done.
    pub activity_type: ActivityType,
    /// The visit that it belongs to.
    pub session_id: Option<String>,
    /// The page, feature or custom activity.
    pub name: Option<String>,
    /// The path that was visited.
    pub path: Option<String>,
}

impl Snapshot {
    /// What people did in some ranges, in no order; at most `limit` of it. Of all users where none is named.
    pub async fn activities(
        &mut self,
        ranges: &[Range],
        users: &[String],
        limit: i64,
    ) -> Result<Vec<Done>, Error> {
        let (start, finish) = columns(ranges);
        let (connection, workspaces) = self.parts();
        let activities = Activities {
            workspaces,
            start: &start,
            finish: &finish,
            users,
            limit: &limit,
        };
        type Row = (
            Uuid,
            DateTime<Utc>,
            Uuid,
            String,
            i16,
            Option<String>,
            Option<String>,
            Option<String>,
        );
        let rows = activities
            .load::<Row>(connection)
            .await
            .doing("reading activities")?;
        let done = |row: Row| {
            let unknown = || Error::malformed("a type of activity", "the code is not known");
            Ok(Done {
                workspace_id: row.0,
                occurred_at: row.1,
                event_id: row.2,
                user_id: row.3,
                activity_type: ActivityType::from_code(row.4).ok_or_else(unknown)?,
                session_id: row.5,
                name: row.6,
                path: row.7,
            })
        };
        rows.into_iter().map(done).collect()
    }

    /// The time of the latest activity of a range beyond so many later ones.
    pub async fn activity_beyond(
        &mut self,
        range: &Range,
        many: i64,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let (connection, workspaces) = self.parts();
        let beyond = Beyond {
            workspaces,
            start: &range.start,
            end: &range.end,
            many: &many,
        };
        let rows = beyond
            .load::<DateTime<Utc>>(connection)
            .await
            .doing("counting activities")?;
        Ok(rows.into_iter().next())
    }

    /// The first day of which there are pages; what waits to be compacted may be earlier.
    pub async fn first_page(&mut self) -> Result<Option<UtcDay>, Error> {
        let (connection, workspaces) = self.parts();
        let first = FirstPage { workspaces }
            .get_result::<Option<NaiveDate>>(connection)
            .await
            .doing("looking up the first page")?;
        Ok(first.map(UtcDay::of_date))
    }

    /// The numbers that stand for users in partials; who was never active has none.
    pub async fn user_ordinals(&mut self, users: &[String]) -> Result<HashMap<String, u32>, Error> {
        let (connection, _) = self.parts();
        let rows = UserOrdinals { users }
            .load::<(String, i32)>(connection)
            .await
            .doing("looking up the numbers of users")?;
        let number =
            |ordinal| u32::try_from(ordinal).map_err(|error| Error::malformed("an ordinal", error));
        rows.into_iter()
            .map(|(user, ordinal)| Ok((user, number(ordinal)?)))
            .collect()
    }
}

/// Ranges as columns.
fn columns(ranges: &[Range]) -> (Vec<DateTime<Utc>>, Vec<DateTime<Utc>>) {
    ranges.iter().map(|range| (range.start, range.end)).unzip()
}
