//! Reading what people ran and did, from facts; when they were active at all is in pages.

mod runs;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{
    Array, BigInt, Bool, Date, Double, Integer, Nullable, SmallInt, Text, Timestamptz,
    Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_domain::fact::ActivityType;
use shadow_domain::time::{Range, UtcDay};
use shadow_domain::users::SILENCE_MICROS;
use uuid::Uuid;

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
    Board<'a> = "board.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        edges: [DateTime<Utc>] as Array<Timestamptz>,
        contains: str as Text,
        order: i32 as Integer,
        reversed: bool as Bool,
        after_place: Option<f64> as Nullable<Double>,
        after_id: str as Text,
        limit: i64 as BigInt,
    ) -> (
        Text,
        Timestamptz,
        BigInt,
        BigInt,
        BigInt,
        BigInt,
        BigInt,
        BigInt,
        BigInt,
        Nullable<BigInt>,
        BigInt,
        Double,
        BigInt,
    )
);

statement!(
    FirstPage<'a> = "first_page.sql",
    (workspaces: [Uuid] as Array<SqlUuid>) -> Nullable<Date>
);

statement!(
    UserOrdinals<'a> = "ordinals.sql",
    (users: [String] as Array<Text>) -> (Text, Integer)
);

statement!(
    Visits<'a> = "visits.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        users: [String] as Array<Text>,
        silence: i64 as BigInt,
    ) -> (Text, BigInt)
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

/// What users are ordered by: the largest first, the id alone in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserOrder {
    /// When they were last active.
    LastSeen,
    /// On how many days they were.
    ActiveDays,
    /// What they ran.
    Runs,
    /// How it went.
    SuccessRate,
    /// What it consumed.
    Credits,
    /// What else they did.
    Activities,
    /// Their ids.
    Id,
}

/// Which users to list.
#[derive(Debug, Clone, PartialEq)]
pub struct UserSearch {
    /// A text that the id has, in lower case; any where it is empty.
    pub contains: String,
    /// How they are ordered.
    pub order: UserOrder,
    /// Whether the order is turned around.
    pub reversed: bool,
    /// The last user before the page.
    pub after: Option<UserKey>,
}

/// Names a user in an order.
#[derive(Debug, Clone, PartialEq)]
pub struct UserKey {
    /// Where the order has the user; of one order and direction.
    pub place: f64,
    /// The user.
    pub user_id: String,
}

/// What a user did in a time.
#[derive(Debug, Clone, PartialEq)]
pub struct UserRow {
    /// Names the user in the order that was asked for.
    pub key: UserKey,
    /// When the user was last active.
    pub last_seen_at: DateTime<Utc>,
    /// On how many days.
    pub active_days: u32,
    /// What the user ran.
    pub runs: Runs,
    /// What else the user did.
    pub activities: u64,
}

impl UserOrder {
    /// Every order, by its number in the statement.
    const ALL: [UserOrder; 7] = [
        Self::LastSeen,
        Self::ActiveDays,
        Self::Runs,
        Self::SuccessRate,
        Self::Credits,
        Self::Activities,
        Self::Id,
    ];

    fn number(self) -> i32 {
        Self::ALL
            .iter()
            .zip(1..)
            .find_map(|(order, number)| (*order == self).then_some(number))
            .unwrap_or_default()
    }
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

    /// How many visits some users made in a range; nothing of those who made none.
    pub async fn visits(
        &mut self,
        range: &Range,
        users: &[String],
    ) -> Result<HashMap<String, u64>, Error> {
        let (connection, workspaces) = self.parts();
        let visits = Visits {
            workspaces,
            start: &range.start,
            end: &range.end,
            users,
            silence: &SILENCE_MICROS,
        };
        let rows = visits
            .load::<(String, i64)>(connection)
            .await
            .doing("counting visits")?;
        let counted = rows.into_iter();
        Ok(counted
            .map(|(user, visits)| (user, visits.unsigned_abs()))
            .collect())
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

    /// At most `limit` of the users who were active in a range, and how many there are. The edges are the starts of days.
    pub async fn user_board(
        &mut self,
        range: &Range,
        edges: &[DateTime<Utc>],
        search: &UserSearch,
        limit: i64,
    ) -> Result<(Vec<UserRow>, u64), Error> {
        let (connection, workspaces) = self.parts();
        let board = Board {
            workspaces,
            start: &range.start,
            end: &range.end,
            edges,
            contains: &search.contains,
            order: &search.order.number(),
            reversed: &search.reversed,
            after_place: &search.after.as_ref().map(|after| after.place),
            after_id: search.after.as_ref().map_or("", |after| &after.user_id),
            limit: &limit,
        };
        type Row = (
            String,
            DateTime<Utc>,
            i64,
            i64,
            i64,
            i64,
            i64,
            i64,
            i64,
            Option<i64>,
            i64,
            f64,
            i64,
        );
        let rows = board.load::<Row>(connection).await.doing("listing users")?;
        let matching = rows
            .as_slice()
            .first()
            .map_or(0, |row| row.12.unsigned_abs());
        let row = |row: Row| UserRow {
            key: UserKey {
                user_id: row.0,
                place: row.11,
            },
            last_seen_at: row.1,
            active_days: u32::try_from(row.2).unwrap_or(u32::MAX),
            runs: Runs {
                opened: row.3.unsigned_abs(),
                outcomes: [row.4, row.5, row.6, row.7, row.8].map(i64::unsigned_abs),
                credits_micro: row.9,
                last_at: None,
            },
            activities: row.10.unsigned_abs(),
        };
        Ok((rows.into_iter().map(row).collect(), matching))
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
