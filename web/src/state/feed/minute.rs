//! What happened in the last minute, counted from what the stream said. What was not seen is absent: a minute that was
//! watched for ten seconds knows ten seconds.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

/// How far back it counts.
pub const WINDOW_SECONDS: i64 = 60;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Executions that were seen for the first time of all.
    pub new: u64,
    /// Executions that came to their end, whichever.
    pub ended: u64,
    /// Those of them that failed or timed out.
    pub failed: u64,
    /// Credits that the ended ones are known to have consumed, in millionths.
    pub credits_micro: i64,
}

impl Tally {
    /// Adds another one.
    pub fn add(&mut self, other: Self) {
        self.new += other.new;
        self.ended += other.ended;
        self.failed += other.failed;
        self.credits_micro = self.credits_micro.saturating_add(other.credits_micro);
    }
}

/// The last minute by second, of the server's clock.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Minute {
    /// Since when nothing was left out; absent before the first snapshot.
    since: Option<DateTime<Utc>>,
    seconds: BTreeMap<i64, Tally>,
}

/// The last minute as it is read at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// How many of its seconds were watched.
    pub seen_seconds: i64,
    /// All that was seen in them.
    pub total: Tally,
    /// By second, the latest last; absent where nobody watched.
    pub by_second: Vec<Option<Tally>>,
}

impl Minute {
    /// Begins to watch; what came before is unknown.
    pub fn begin(&mut self, at: DateTime<Utc>) {
        self.since = Some(at);
        self.seconds.clear();
    }

    /// Counts what was stored then.
    pub fn note(&mut self, stored: DateTime<Utc>, tally: Tally) {
        self.seconds
            .entry(stored.timestamp())
            .or_default()
            .add(tally);
        if let Some((latest, _)) = self.seconds.last_key_value() {
            let oldest = latest - WINDOW_SECONDS + 1;
            self.seconds = self.seconds.split_off(&oldest);
        }
    }

    /// Reads it by the server's clock; what happened after `until` is not known.
    pub fn read(&self, now: DateTime<Utc>, until: DateTime<Utc>) -> Reading {
        let Some(since) = self.since else {
            return Reading::default();
        };
        let first = now - TimeDelta::seconds(WINDOW_SECONDS - 1);
        let by_second: Vec<Option<Tally>> = (first.timestamp()..=now.timestamp())
            .map(|second| {
                let seen = (since.timestamp()..=until.timestamp()).contains(&second);
                seen.then(|| self.seconds.get(&second).copied().unwrap_or_default())
            })
            .collect();
        let mut total = Tally::default();
        for tally in by_second.iter().flatten() {
            total.add(*tally);
        }
        Reading {
            seen_seconds: by_second.iter().flatten().count() as i64,
            total,
            by_second,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000 + second, 0).unwrap()
    }

    fn one(new: u64, ended: u64) -> Tally {
        Tally {
            new,
            ended,
            ..Tally::default()
        }
    }

    #[test]
    fn nothing_is_known_before_it_is_watched() {
        let mut minute = Minute::default();
        minute.note(at(3), one(1, 0));
        assert_eq!(minute.read(at(4), at(4)), Reading::default());
    }

    #[test]
    fn only_what_was_watched_is_claimed() {
        let mut minute = Minute::default();
        minute.begin(at(100));
        minute.note(at(103), one(2, 1));
        let reading = minute.read(at(109), at(109));
        assert_eq!(reading.seen_seconds, 10);
        assert_eq!(reading.total, one(2, 1));
        assert_eq!(reading.by_second.len(), 60);
        assert_eq!(reading.by_second[49], None);
        assert_eq!(reading.by_second[50], Some(Tally::default()));
        assert_eq!(reading.by_second[53], Some(one(2, 1)));
        let later = minute.read(at(163), at(163));
        assert_eq!((later.seen_seconds, later.total), (60, Tally::default()));
    }

    #[test]
    fn a_break_is_a_gap_until_it_is_mended() {
        let mut minute = Minute::default();
        minute.begin(at(0));
        minute.note(at(70), one(1, 0));
        let broken = minute.read(at(100), at(80));
        assert_eq!((broken.seen_seconds, broken.total), (40, one(1, 0)));
        assert_eq!(broken.by_second[39..41], [Some(Tally::default()), None]);
        // The stream goes on from its cursor: what was stored meanwhile arrives.
        minute.note(at(90), one(2, 0));
        let mended = minute.read(at(101), at(101));
        assert_eq!((mended.seen_seconds, mended.total), (60, one(3, 0)));
    }

    proptest! {
        /// In any order, as replicas and clocks may have it.
        #[test]
        fn it_is_the_sum_of_what_was_stored_in_the_window(
            stored in proptest::collection::vec((0..200_i64, 1..5_u64), 0..300),
            later in 0..100_i64,
        ) {
            let mut minute = Minute::default();
            minute.begin(at(-1_000));
            for (second, new) in &stored {
                minute.note(at(*second), one(*new, 0));
            }
            prop_assert!(minute.seconds.len() <= 60);
            let now = stored.iter().map(|(second, _)| *second).max().unwrap_or_default() + later;
            let mut expected = 0;
            let mut latest = i64::MIN;
            for (second, new) in &stored {
                latest = latest.max(*second);
                // What is a minute older than what is known is past, whatever clock reads it.
                if *second > latest - 60 && *second > now - 60 {
                    expected += new;
                }
            }
            prop_assert_eq!(minute.read(at(now), at(now)).total.new, expected);
        }
    }
}
