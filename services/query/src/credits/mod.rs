//! Credits: what was left when, how fast they go, and whether the ledger and the runs agree.

mod consumed;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use shadow_auth::Scope;
use shadow_domain::credits::{Account, Burn, Runway, WINDOW_DAYS};
use shadow_domain::execution::limits::EARLIEST_SECONDS;
use shadow_domain::fact::CreditEntry;
use shadow_domain::time::{
    Granularity, IanaZone, QuarterHour, Range, UtcDay, buckets, local_date, snap_outwards,
};
use shadow_storage::credits::EntryKey;
use shadow_storage::{Database, Snapshot};

use crate::execute::Error;
use crate::limits::MAX_CREDIT_DAYS;
use crate::plan::Invalid;
use crate::turn::Turn;
use consumed::Stored;

/// What is asked.
#[derive(Debug, Clone)]
pub struct CreditsQuestion {
    /// About which time.
    pub range: Range,
    /// Whose days.
    pub zone: IanaZone,
    /// How many entries of the ledger.
    pub entries: i64,
    /// Before which entry; the latest of the range where there is none.
    pub before: Option<EntryKey>,
}

/// What there is to say of the credits of a scope.
#[derive(Debug, Clone, PartialEq)]
pub struct Credits {
    /// The range that was answered.
    pub range: Range,
    /// What was left at its start.
    pub opening_micro: i128,
    /// What came and went in it.
    pub account: Account,
    /// Of what was consumed, by runs that failed or timed out.
    pub wasted_micro: i128,
    /// The days of the range.
    pub days: Vec<CreditDay>,
    /// How fast credits went by the end of the range, or by now; absent where too little is known.
    pub burn: Option<Burn>,
    /// How long the balance at that time lasts.
    pub runway: Option<Runway>,
    /// When it is gone at that rate.
    pub exhausted_at: Option<DateTime<Utc>>,
    /// What runs ever consumed, as it was booked.
    pub booked_micro: i128,
    /// The same by the runs' own cells.
    pub consumed_micro: i128,
    /// Entries of the ledger, the latest first; one more than were asked for, where there are.
    pub entries: Vec<(EntryKey, CreditEntry)>,
    /// When the data was read.
    pub snapshot_time: DateTime<Utc>,
    /// The latest event that was counted.
    pub last_event_time: Option<DateTime<Utc>>,
}

/// A day, or the part of it that lies in the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditDay {
    /// The day.
    pub range: Range,
    /// What was consumed.
    pub consumed_micro: i128,
    /// What was left at its end.
    pub balance_micro: i128,
}

/// Answers for every workspace of a scope together, from one snapshot.
pub async fn credits(
    db: &Database,
    scope: &Scope,
    question: &CreditsQuestion,
    now: DateTime<Utc>,
    deadline: Option<Duration>,
) -> Result<Credits, Error> {
    let range = snap_outwards(&question.range);
    let days =
        buckets(&range, Granularity::Day, &question.zone, MAX_CREDIT_DAYS).map_err(|_| {
            let text = format!("must touch at most {MAX_CREDIT_DAYS} days");
            Error::Invalid(vec![Invalid::new("range", text)])
        })?;
    let instant = range.end.min(now).max(range.start);
    // Nothing ended after it, so that the rest of the quarter-hour changes nothing of what is left.
    let as_of = range.end.min(QuarterHour::of(now).end()).max(range.start);
    let window = window(instant, &question.zone);
    let first = UtcDay::of(range.start.min(window.start));
    let timeline = consumed::timeline(
        &[first.start(), as_of, range.end],
        &window,
        &question.zone,
        &days,
    );
    let turn = Turn::wait(deadline).await?;
    let mut snapshot = db.snapshot(scope, turn.left()).await?;
    let stored = Stored::read(&mut snapshot, first, timeline).await?;
    let read = Entries::read(&mut snapshot, &range, question).await?;
    let (snapshot_time, last_event_time) = (snapshot.snapshot_time(), snapshot.last_event_at());
    snapshot.finish().await?;
    let consumed = turn.merge(move || stored.consumed(first)).await??;

    let came = |until| read.balance_micro(until);
    let left = |at: DateTime<Utc>| came(at) - consumed.until(at);
    let spent = consumed.within(&range);
    let burn = Burn::of(&consumed.days(&window, &question.zone));
    let runway = burn.and_then(|burn| burn.runway(left(as_of)));
    let exhausted_at = runway.and_then(|runway| {
        let micros = runway.days * 86_400e6;
        // Whoever has enough for centuries need not know when it ends.
        (micros < 1e16)
            .then(|| instant.checked_add_signed(TimeDelta::microseconds(micros as i64)))?
    });
    Ok(Credits {
        opening_micro: left(range.start),
        account: Account {
            consumed_micro: spent.0,
            ..read.account
        },
        wasted_micro: spent.1,
        days: days
            .into_iter()
            .map(|day| CreditDay {
                range: day,
                consumed_micro: consumed.within(&day).0,
                balance_micro: left(day.end),
            })
            .collect(),
        burn,
        runway,
        exhausted_at,
        booked_micro: consumed.booked.ever_micro,
        consumed_micro: consumed.booked.opened_ever_micro,
        entries: read.entries,
        snapshot_time,
        last_event_time,
        range,
    })
}

/// The complete days before an instant by which the burn is judged.
fn window(instant: DateTime<Utc>, zone: &IanaZone) -> Range {
    let today = local_date(zone, instant);
    let first = today - chrono::Days::new(WINDOW_DAYS as u64);
    let start = |date| QuarterHour::of(shadow_domain::time::day_start(zone, date)).start();
    Range {
        start: start(first),
        end: start(today),
    }
}

/// What the ledger says.
struct Entries {
    range: Range,
    opening_micro: i128,
    account: Account,
    /// By quarter-hour, what entries of the range add to the balance.
    added: BTreeMap<QuarterHour, i128>,
    entries: Vec<(EntryKey, CreditEntry)>,
}

impl Entries {
    async fn read(
        snapshot: &mut Snapshot,
        range: &Range,
        question: &CreditsQuestion,
    ) -> Result<Self, shadow_storage::Error> {
        let before = Range {
            start: ever().start,
            end: range.start,
        };
        let mut opening = Account::default();
        for (kind, sum) in snapshot.credit_totals(&before).await? {
            opening.add(kind, sum);
        }
        let (mut account, mut added) = (Account::default(), BTreeMap::<QuarterHour, i128>::new());
        for (at, kind, sum) in snapshot.credit_quarters(range).await? {
            account.add(kind, sum);
            let mut alone = Account::default();
            alone.add(kind, sum);
            *added.entry(QuarterHour::of(at)).or_default() += alone.balance_micro();
        }
        let last = question.before.unwrap_or(EntryKey::end(range.end));
        let limit = question.entries + 1;
        let entries = snapshot.credit_entries(range.start, &last, limit).await?;
        Ok(Self {
            range: *range,
            opening_micro: opening.balance_micro(),
            account,
            added,
            entries,
        })
    }

    /// What all entries before an instant on the grid, not after the range, add to the balance.
    fn balance_micro(&self, at: DateTime<Utc>) -> i128 {
        let at = at.min(self.range.end);
        let added = self.added.range(..QuarterHour::of(at));
        self.opening_micro + added.map(|(_, micro)| *micro).sum::<i128>()
    }
}

/// From the earliest time that is taken in until long after the latest.
pub(crate) fn ever() -> Range {
    let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    Range {
        start: at(EARLIEST_SECONDS),
        end: at(EARLIEST_SECONDS * 10),
    }
}

fn signed(micro: u128) -> i128 {
    i128::try_from(micro).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_that_has_a_quarter_of_an_hour_left_is_not_complete() {
        let zone = IanaZone::UTC;
        for (instant, end) in [
            ("2026-11-24T23:50:00Z", "2026-11-24T00:00:00Z"),
            ("2026-11-25T00:00:00Z", "2026-11-25T00:00:00Z"),
            ("2026-11-25T00:01:00Z", "2026-11-25T00:00:00Z"),
        ] {
            let window = window(at(instant), &zone);
            assert_eq!(window.end, at(end), "{instant}");
            assert_eq!(window.end - window.start, TimeDelta::days(28));
        }
    }
}
