//! Users side by side: of days that are over from summaries, of all other time from facts.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{
    Array, BigInt, Bool, Date, Double, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_domain::users::SILENCE_MICROS;
use uuid::Uuid;

use super::Runs;
use crate::error::While;
use crate::statement::statement;
use crate::summaries::Coverage;
use crate::{Error, Snapshot};

statement!(
    Board<'a> = "board.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        first: NaiveDate as Date,
        last: NaiveDate as Date,
        uncovered_workspace: [Uuid] as Array<SqlUuid>,
        uncovered_day: [NaiveDate] as Array<Date>,
        day: [NaiveDate] as Array<Date>,
        number: [i32] as Array<Integer>,
        first_cut: [i32] as Array<Integer>,
        second_cut: [i32] as Array<Integer>,
        start: DateTime<Utc> as Timestamptz,
        head_end: DateTime<Utc> as Timestamptz,
        tail_start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        inner_start: DateTime<Utc> as Timestamptz,
        inner_end: DateTime<Utc> as Timestamptz,
        gap_workspace: [Uuid] as Array<SqlUuid>,
        gap_start: [DateTime<Utc>] as Array<Timestamptz>,
        gap_end: [DateTime<Utc>] as Array<Timestamptz>,
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
    Visits<'a> = "visits.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        first: NaiveDate as Date,
        last: NaiveDate as Date,
        uncovered_workspace: [Uuid] as Array<SqlUuid>,
        uncovered_day: [NaiveDate] as Array<Date>,
        numbered: [i32] as Array<Integer>,
        numbered_users: [String] as Array<Text>,
        users: [String] as Array<Text>,
        start: DateTime<Utc> as Timestamptz,
        head_end: DateTime<Utc> as Timestamptz,
        tail_start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        inner_start: DateTime<Utc> as Timestamptz,
        inner_end: DateTime<Utc> as Timestamptz,
        gap_workspace: [Uuid] as Array<SqlUuid>,
        gap_start: [DateTime<Utc>] as Array<Timestamptz>,
        gap_end: [DateTime<Utc>] as Array<Timestamptz>,
        silence: i64 as BigInt,
    ) -> (Text, BigInt)
);

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
    /// How many visits some users made in a range, of which a coverage says where to read; nothing of those who
    /// made none. Ordinals are the numbers of the users who have one.
    pub async fn visits(
        &mut self,
        coverage: &Coverage,
        users: &[String],
        ordinals: &HashMap<String, u32>,
    ) -> Result<HashMap<String, u64>, Error> {
        let number = |ordinal: u32| {
            i32::try_from(ordinal).map_err(|error| Error::malformed("an ordinal", error))
        };
        let (numbered_users, numbered): (Vec<String>, Vec<i32>) = (ordinals.iter())
            .map(|(user, ordinal)| Ok((user.clone(), number(*ordinal)?)))
            .collect::<Result<Vec<_>, Error>>()?
            .into_iter()
            .unzip();
        let (connection, workspaces) = self.parts();
        let visits = Visits {
            workspaces,
            first: &coverage.first,
            last: &coverage.last,
            uncovered_workspace: &coverage.uncovered_workspace,
            uncovered_day: &coverage.uncovered_day,
            numbered: &numbered,
            numbered_users: &numbered_users,
            users,
            start: &coverage.start,
            head_end: &coverage.head_end,
            tail_start: &coverage.tail_start,
            end: &coverage.end,
            inner_start: &coverage.inner_start,
            inner_end: &coverage.inner_end,
            gap_workspace: &coverage.gap_workspace,
            gap_start: &coverage.gap_start,
            gap_end: &coverage.gap_end,
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

    /// At most `limit` of the users who were active in a range, of which a coverage says where to read, and how many there
    /// are. The edges are the starts of days.
    pub async fn user_board(
        &mut self,
        coverage: &Coverage,
        edges: &[DateTime<Utc>],
        search: &UserSearch,
        limit: i64,
    ) -> Result<(Vec<UserRow>, u64), Error> {
        let (connection, workspaces) = self.parts();
        let board = Board {
            workspaces,
            first: &coverage.first,
            last: &coverage.last,
            uncovered_workspace: &coverage.uncovered_workspace,
            uncovered_day: &coverage.uncovered_day,
            day: &coverage.day,
            number: &coverage.number,
            first_cut: &coverage.first_cut,
            second_cut: &coverage.second_cut,
            start: &coverage.start,
            head_end: &coverage.head_end,
            tail_start: &coverage.tail_start,
            end: &coverage.end,
            inner_start: &coverage.inner_start,
            inner_end: &coverage.inner_end,
            gap_workspace: &coverage.gap_workspace,
            gap_start: &coverage.gap_start,
            gap_end: &coverage.gap_end,
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
}
