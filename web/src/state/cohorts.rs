//! How retention is looked at: the part of the address that only its page has.

use chrono::TimeDelta;
use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{CohortStart, GetRetentionRequest, GetRetentionResponse, RetentionMode},
};

use super::query::Question;

/// What can be chosen of each: the word in the address, and what a person reads. The first is the default.
pub const MODES: [(&str, &str); 3] = [
    ("exact", "In that interval"),
    ("on_or_after", "Then or later"),
    ("streak", "In every one so far"),
];
/// Lengths of intervals.
pub const INTERVALS: [(&str, &str); 3] = [("week", "Weeks"), ("day", "Days"), ("month", "Months")];
/// What begins a cohort.
pub const STARTS: [(&str, &str); 3] = [
    ("active", "First active"),
    ("run", "First run"),
    ("activity", "First visit"),
];

/// So many intervals after its own are shown of each cohort.
const SHOWN: u32 = 24;

/// How retention is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cohorts {
    mode: usize,
    interval: usize,
    start: usize,
}

impl Cohorts {
    /// The words of the mode, the interval and the start.
    pub fn words(&self) -> [&'static str; 3] {
        [
            MODES[self.mode].0,
            INTERVALS[self.interval].0,
            STARTS[self.start].0,
        ]
    }

    /// The same with another choice, where the word is one of a key; else its default.
    pub fn with(mut self, key: &str, word: &str) -> Self {
        let at = |choices: &[(&str, &str)]| {
            let found = choices.iter().position(|(known, _)| *known == word);
            found.unwrap_or_default()
        };
        match key {
            "mode" => self.mode = at(&MODES),
            "interval" => self.interval = at(&INTERVALS),
            "start" => self.start = at(&STARTS),
            _ => {}
        }
        self
    }

    /// Adds its pairs to an address.
    pub(super) fn write(&self, pairs: &mut Vec<(&str, String)>) {
        let chosen = [self.mode, self.interval, self.start];
        for ((key, word), chosen) in ["mode", "interval", "start"]
            .into_iter()
            .zip(self.words())
            .zip(chosen)
        {
            if chosen > 0 {
                pairs.push((key, word.to_owned()));
            }
        }
    }

    /// The length of an interval.
    pub fn granularity(&self) -> Granularity {
        match INTERVALS[self.interval].0 {
            "day" => Granularity::Day,
            "month" => Granularity::Month,
            _ => Granularity::Week,
        }
    }

    /// Asks who came back. A range of more intervals than are answered is cut at its beginning.
    pub fn request(&self, question: &Question) -> GetRetentionRequest {
        let mode = match MODES[self.mode].0 {
            "on_or_after" => RetentionMode::OnOrAfter,
            "streak" => RetentionMode::Streak,
            _ => RetentionMode::Exact,
        };
        let start = match STARTS[self.start].0 {
            "run" => CohortStart::Run,
            "activity" => CohortStart::Activity,
            _ => CohortStart::Active,
        };
        let days = match self.granularity() {
            Granularity::Day => 90,
            Granularity::Week => 90 * 7,
            _ => 90 * 30,
        };
        let cut = last_days(question, days);
        GetRetentionRequest {
            range: Some(cut.time_range()),
            workspace_ids: cut.workspace.into_iter().collect(),
            mode: mode.into(),
            interval: self.granularity().into(),
            intervals: SHOWN,
            start: Some(start.into()),
            agent_id: String::new(),
        }
    }
}

/// The question of at most so many days up to its end.
pub(super) fn last_days(question: &Question, days: i64) -> Question {
    let mut cut = question.clone();
    cut.range.start = cut.range.start.max(cut.range.end - TimeDelta::days(days));
    cut
}

/// Leaves out the cohorts before the first one that has anybody: nobody was there yet.
pub fn begun(mut response: GetRetentionResponse) -> GetRetentionResponse {
    let empty = response
        .cohorts
        .iter()
        .take_while(|cohort| cohort.users == 0)
        .count();
    // Where nobody ever was, that is what there is to see.
    if empty < response.cohorts.len() {
        response.cohorts.drain(..empty);
    }
    response
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::RetentionCohort;

    use super::*;
    use crate::state::view::{Compare, View};

    #[test]
    fn every_choice_survives_the_address() {
        for (mode, _) in MODES {
            for (interval, _) in INTERVALS {
                for (start, _) in STARTS {
                    let cohorts = Cohorts::default()
                        .with("mode", mode)
                        .with("interval", interval)
                        .with("start", start);
                    assert_eq!(cohorts.words(), [mode, interval, start]);
                    let view = View {
                        cohorts,
                        ..View::default()
                    };
                    assert_eq!(View::parse(&view.query()), view);
                }
            }
        }
        assert_eq!(View::parse("mode=none&interval=hour").query(), "");
    }

    #[test]
    fn a_long_range_is_cut_at_its_beginning() {
        let question = Question {
            workspace: Some("w1".to_owned()),
            range: shadow_domain::time::Range {
                start: "2020-01-01T00:00:00Z".parse().unwrap(),
                end: "2026-11-24T00:00:00Z".parse().unwrap(),
            },
            zone: "Asia/Kolkata".to_owned(),
            compare: Compare::Off,
        };
        let days = Cohorts::default().with("interval", "day");
        let request = days.request(&question);
        let range = request.range.unwrap();
        let seconds = range.end.unwrap().seconds - range.start.unwrap().seconds;
        assert_eq!(seconds, 90 * 86_400);
        assert_eq!(request.interval, i32::from(Granularity::Day));
        assert_eq!(request.workspace_ids, ["w1"]);
    }

    #[test]
    fn cohorts_begin_with_the_first_user() {
        let cohort = |users| RetentionCohort {
            users,
            ..RetentionCohort::default()
        };
        let response = |users: &[u64]| GetRetentionResponse {
            cohorts: users.iter().map(|users| cohort(*users)).collect(),
            ..GetRetentionResponse::default()
        };
        assert_eq!(begun(response(&[0, 0, 3, 0])), response(&[3, 0]));
        assert_eq!(begun(response(&[0, 0])), response(&[0, 0]));
    }
}
