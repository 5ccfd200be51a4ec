//! Which time of a range summaries cover.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{Array, Date, SmallInt, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_domain::time::{QuarterHour, Range, UtcDay};
use uuid::Uuid;

use super::DEFINITION;
use crate::error::While;
use crate::statement::statement;
use crate::{Error, Snapshot};

/// How many quarter-hours a UTC day has.
const QUARTERS: i32 = 96;

statement!(
    /// Of some days those of which facts have to be read.
    Uncovered<'a> = "uncovered.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        first: NaiveDate as Date,
        last: NaiveDate as Date,
        definition: i16 as SmallInt,
    ) -> (SqlUuid, Date)
);

/// A list that is read from summaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Of users.
    Users,
    /// Of groups of errors.
    Errors,
}

impl List {
    /// Every one.
    pub(crate) const ALL: [List; 2] = [Self::Users, Self::Errors];

    /// As it is called where it is measured.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Errors => "errors",
        }
    }
}

/// What of a range is read from summaries, and what from facts; of one snapshot. As columns, for statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The whole UTC days of the range; the last lies before the first where there are none.
    pub(crate) first: NaiveDate,
    pub(crate) last: NaiveDate,
    /// How many these are, of all workspaces together.
    days: usize,
    /// Those of them that are not covered, by workspace.
    pub(crate) uncovered_workspace: Vec<Uuid>,
    pub(crate) uncovered_day: Vec<NaiveDate>,
    /// What of the range lies before its whole days, and after them.
    pub(crate) start: DateTime<Utc>,
    pub(crate) head_end: DateTime<Utc>,
    pub(crate) tail_start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
    /// Within which time the gaps lie.
    pub(crate) inner_start: DateTime<Utc>,
    pub(crate) inner_end: DateTime<Utc>,
    /// Stretches of whole days that are not covered.
    pub(crate) gap_workspace: Vec<Uuid>,
    pub(crate) gap_start: Vec<DateTime<Utc>>,
    pub(crate) gap_end: Vec<DateTime<Utc>>,
    /// Of each whole UTC day, which of the days that are asked about it begins in, and before which of its quarter-hours the
    /// next one begins, and the one after that.
    pub(crate) day: Vec<NaiveDate>,
    pub(crate) number: Vec<i32>,
    pub(crate) first_cut: Vec<i32>,
    pub(crate) second_cut: Vec<i32>,
}

impl Snapshot {
    /// Which time of a range summaries cover, for a list. The edges are the starts of the days that are told apart.
    pub async fn coverage(
        &mut self,
        list: List,
        range: &Range,
        edges: &[DateTime<Utc>],
    ) -> Result<Coverage, Error> {
        let (connection, workspaces) = self.parts();
        let mut coverage = Coverage::of_days(range, edges).unwrap_or_else(|| Coverage::none(range));
        if !coverage.day.is_empty() {
            let rows = Uncovered {
                workspaces,
                first: &coverage.first,
                last: &coverage.last,
                definition: &DEFINITION,
            };
            let rows = rows
                .load::<(Uuid, NaiveDate)>(connection)
                .await
                .doing("looking for summaries")?;
            let mut uncovered: BTreeMap<Uuid, BTreeSet<UtcDay>> = BTreeMap::new();
            for (workspace, day) in rows {
                let days = uncovered.entry(workspace).or_default();
                days.insert(UtcDay::of_date(day));
            }
            for (workspace, days) in uncovered {
                coverage.leave_out(workspace, &days);
            }
        }
        coverage.days = coverage.day.len() * workspaces.len();
        let count = |source: &'static str, days: usize| {
            metrics::counter!("shadow_summary_days_read_total", "list" => list.name(), "source" => source)
                .increment(days as u64);
        };
        count("facts", coverage.uncovered_day.len());
        count("summary", coverage.covered());
        Ok(coverage)
    }
}

impl Coverage {
    /// How many days of workspaces are read from summaries.
    pub(crate) fn covered(&self) -> usize {
        self.days - self.uncovered_day.len()
    }

    /// Nothing is covered.
    fn none(range: &Range) -> Self {
        Self {
            start: range.start,
            head_end: range.end,
            tail_start: range.end,
            end: range.end,
            inner_start: range.end,
            inner_end: range.end,
            first: UtcDay(1).date(),
            last: UtcDay(0).date(),
            days: 0,
            uncovered_workspace: Vec::new(),
            uncovered_day: Vec::new(),
            gap_workspace: Vec::new(),
            gap_start: Vec::new(),
            gap_end: Vec::new(),
            day: Vec::new(),
            number: Vec::new(),
            first_cut: Vec::new(),
            second_cut: Vec::new(),
        }
    }

    /// The whole UTC days of a range. None where a day that is asked about begins within a quarter-hour, or a third one
    /// within a UTC day: summaries do not tell these apart.
    fn of_days(range: &Range, edges: &[DateTime<Utc>]) -> Option<Self> {
        let first = UtcDay::of(range.start);
        let first = UtcDay(first.0 + i32::from(first.start() < range.start));
        let last = UtcDay(UtcDay::of(range.end).0 - 1);
        let mut coverage = Self {
            first: first.date(),
            last: last.date(),
            head_end: first.start(),
            tail_start: last.end(),
            ..Self::none(range)
        };
        for day in (first.0..=last.0).map(UtcDay) {
            let number = edges.iter().filter(|edge| **edge <= day.start()).count();
            let within: Vec<_> = edges
                .iter()
                .filter(|edge| **edge > day.start() && **edge < day.end())
                .map(|edge| QuarterHour::of(*edge))
                .collect();
            if within.len() > 2
                || (edges.iter()).any(|edge| QuarterHour::of(*edge).start() != *edge)
            {
                return None;
            }
            let cut = |number: usize| {
                let start = QuarterHour::of(day.start());
                (within.get(number)).map_or(QUARTERS, |quarter| (quarter.0 - start.0) as i32)
            };
            coverage.day.push(day.date());
            coverage.number.push(i32::try_from(number).ok()?);
            coverage.first_cut.push(cut(0));
            coverage.second_cut.push(cut(1));
        }
        (first <= last).then_some(coverage)
    }

    /// Has some of the whole days of a workspace read from facts, in as few stretches as there are.
    fn leave_out(&mut self, workspace: Uuid, days: &BTreeSet<UtcDay>) {
        let mut open: Option<(UtcDay, UtcDay)> = None;
        for day in days.iter().copied() {
            self.uncovered_workspace.push(workspace);
            self.uncovered_day.push(day.date());
            open = match open {
                Some((first, last)) if last.0 + 1 == day.0 => Some((first, day)),
                Some(stretch) => {
                    self.gap(workspace, stretch);
                    Some((day, day))
                }
                None => Some((day, day)),
            };
        }
        if let Some(stretch) = open {
            self.gap(workspace, stretch);
        }
    }

    fn gap(&mut self, workspace: Uuid, (first, last): (UtcDay, UtcDay)) {
        let (start, end) = (first.start(), last.end());
        let bounds = match self.gap_workspace.is_empty() {
            true => (start, end),
            false => (self.inner_start.min(start), self.inner_end.max(end)),
        };
        (self.inner_start, self.inner_end) = bounds;
        self.gap_workspace.push(workspace);
        self.gap_start.push(start);
        self.gap_end.push(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn range(start: &str, end: &str) -> Range {
        Range {
            start: at(start),
            end: at(end),
        }
    }

    #[test]
    fn whole_days_are_covered_and_the_ends_are_not() {
        let range = range("2026-03-07T05:00:00Z", "2026-03-10T04:00:00Z");
        // New York, over the change of daylight saving.
        let edges = [
            at("2026-03-07T05:00:00Z"),
            at("2026-03-08T05:00:00Z"),
            at("2026-03-09T04:00:00Z"),
        ];
        let mut coverage = Coverage::of_days(&range, &edges).unwrap();
        let days: Vec<String> = coverage.day.iter().map(ToString::to_string).collect();
        assert_eq!(days, ["2026-03-08", "2026-03-09"]);
        assert_eq!(coverage.number, [1, 2]);
        assert_eq!(coverage.first_cut, [20, 16]);
        assert_eq!(coverage.second_cut, [96, 96]);
        let ends = [coverage.head_end, coverage.tail_start];
        assert_eq!(
            ends,
            [at("2026-03-08T00:00:00Z"), at("2026-03-10T00:00:00Z")]
        );
        assert_eq!([coverage.start, coverage.end], [range.start, range.end]);
        // One stretch of facts where days lie side by side.
        let day = |number| UtcDay(UtcDay::of(range.start).0 + number);
        coverage.leave_out(Uuid::nil(), &BTreeSet::from([day(1), day(2), day(5)]));
        assert_eq!(coverage.gap_start, [day(1).start(), day(5).start()]);
        assert_eq!(coverage.gap_end, [day(2).end(), day(5).end()]);
        let bounds = [coverage.inner_start, coverage.inner_end];
        assert_eq!(bounds, [day(1).start(), day(5).end()]);
    }

    #[test]
    fn what_summaries_cannot_tell_apart_is_read_from_facts() {
        let range = range("2026-03-01T00:00:00Z", "2026-03-03T00:00:00Z");
        assert!(Coverage::of_days(&range, &[at("2026-03-01T00:00:00Z")]).is_some());
        assert!(Coverage::of_days(&range, &[at("2026-03-01T00:05:00Z")]).is_none());
        let edges = ["01", "02", "03"].map(|hour| at(&format!("2026-03-01T{hour}:00:00Z")));
        assert!(Coverage::of_days(&range, &edges).is_none());
        let within = Range {
            start: at("2026-03-01T06:00:00Z"),
            end: at("2026-03-02T06:00:00Z"),
        };
        assert!(Coverage::of_days(&within, &[within.start]).is_none());
    }
}
