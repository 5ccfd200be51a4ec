//! What must hold of numbers, whatever was counted, and what comparing live data with it came to.

use crate::execution::coded;

coded! {
    /// What must hold.
    Identity {
        /// Who was active on a day was in its week, and who was in its week in its month.
        ActiveUsers = 1, "active_users";
        /// Percentiles of durations are in order, and none is above the longest.
        Durations = 2, "durations";
        /// Executions that ended, by outcome, add up to those that ended.
        Outcomes = 3, "outcomes";
        /// What the keys of a dimension have, unknown included, adds up to the total.
        Keys = 4, "keys";
        /// A day is what its quarter-hours add up to, and a range what its days do.
        Quarters = 5, "quarters";
        /// Workspaces add up to what they have together.
        Workspaces = 6, "workspaces";
        /// Revenue at the start of a month and how it moved make revenue at its end, which is what plans amount to.
        Revenue = 7, "revenue";
        /// What was left of credits, what came and what went make what is left; runs consumed what was booked.
        Credits = 8, "credits";
        /// No more is kept of revenue without what was won than with it.
        Retention = 9, "retention";
        /// An execution opens at one time.
        Openings = 10, "openings";
        /// What was merged of all workspaces is what they have.
        Platform = 11, "platform";
        /// What was summed up of a day is what its facts amount to.
        Summaries = 12, "summaries";
    }
}

impl Identity {
    /// Whether it is of several workspaces together, and so says nothing of one.
    pub fn is_of_all(self) -> bool {
        matches!(self, Identity::Workspaces | Identity::Platform)
    }
}

/// How long an example may be, in bytes.
pub const MAX_EXAMPLE_BYTES: usize = 300;

/// What comparing came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// How much was compared.
    pub compared: u64,
    /// Of that, what does not hold.
    pub broken: u64,
    /// The first that does not, in words; there is one where anything is broken.
    pub example: Option<String>,
}

impl Tally {
    /// Notes whether something holds; `words` says what was found where it does not.
    pub fn note(&mut self, holds: bool, words: impl FnOnce() -> String) {
        self.compared += 1;
        if holds {
            return;
        }
        self.broken += 1;
        if self.example.is_none() {
            let mut words = words();
            words.truncate(words.floor_char_boundary(MAX_EXAMPLE_BYTES));
            self.example = Some(words);
        }
    }

    /// Two sums that must be one.
    pub fn equal(&mut self, of: &str, found: i128, expected: i128) {
        self.note(found == expected, || {
            format!("{of}: {found}, not {expected}")
        });
    }

    /// Values none of which is below the one before it; what is not known is left out.
    pub fn ascending(&mut self, of: &str, values: &[(&str, Option<f64>)]) {
        let known: Vec<(&str, f64)> = values
            .iter()
            .filter_map(|(name, value)| Some((*name, (*value)?)))
            .collect();
        for pair in known.windows(2) {
            let ((smaller, low), (larger, high)) = (pair[0], pair[1]);
            self.note(low <= high, || {
                format!("{of}: {smaller} {low} is above {larger} {high}")
            });
        }
    }

    /// A value that only grows, between what it was before and what it is after.
    pub fn between(&mut self, of: &str, before: i128, found: i128, after: i128) {
        self.note((before..=after).contains(&found), || {
            format!("{of}: {found}, not from {before} to {after}")
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_is_counted_and_what_does_not_is_told() {
        let mut tally = Tally::default();
        tally.equal("executions", 3, 3);
        tally.ascending(
            "1 May",
            &[("dau", Some(1.0)), ("wau", None), ("mau", Some(1.0))],
        );
        tally.between("credits", 1, 2, 2);
        assert_eq!(
            (tally.compared, tally.broken, &tally.example),
            (3, 0, &None)
        );
        tally.ascending("1 May", &[("p50", Some(2.0)), ("p95", Some(1.0))]);
        tally.equal("executions", 3, 4);
        tally.between("credits", 1, 3, 2);
        assert_eq!((tally.compared, tally.broken), (6, 3));
        let first = "1 May: p50 2 is above p95 1";
        assert_eq!(tally.example.as_deref(), Some(first));
    }

    #[test]
    fn an_example_is_cut_on_the_border_of_a_character() {
        let mut tally = Tally::default();
        tally.equal(&"ü".repeat(200), 1, 2);
        let example = tally.example.unwrap();
        assert!(example.len() <= MAX_EXAMPLE_BYTES && example.chars().all(|it| it == 'ü'));
    }

    #[test]
    fn codes_and_names_are_told_apart() {
        for one in Identity::ALL {
            assert_eq!(Identity::from_code(one.code()), Some(*one));
            assert_eq!(Identity::from_name(one.name()), Some(*one));
        }
    }
}
