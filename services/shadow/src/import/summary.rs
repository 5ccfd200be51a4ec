//! What became of the rows.

use std::fmt;

use shadow_client::Answer;

use super::bad_row::BadRow;

/// How many of the rows that did not go in are told one by one.
const TOLD: usize = 10;

/// Counts of rows, and the first of those that did not go in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Rows that were read and answered for.
    pub(crate) rows: u64,
    /// Rows that are stored now.
    pub(crate) accepted: u64,
    /// Rows that were stored before.
    pub(crate) repeated: u64,
    /// Rows that the server refused.
    pub(crate) refused: u64,
    /// Rows that could not be read.
    pub(crate) skipped: u64,
    /// The line of the last of them: it and every row before it is answered for.
    pub(crate) through: u64,
    told: Vec<String>,
}

impl Summary {
    /// Counts the answer for the row on a line.
    pub(super) fn answered(&mut self, line: u64, answer: &Answer) {
        self.rows += 1;
        self.through = line;
        match answer {
            Answer::Accepted => self.accepted += 1,
            Answer::Repeated => self.repeated += 1,
            Answer::Refused(refusal) => {
                self.refused += 1;
                self.tell(|| {
                    format!(
                        "line {line}: refused: {}: {}",
                        refusal.field, refusal.description
                    )
                });
            }
        }
    }

    /// Counts a row that could not be read.
    pub(super) fn skipped(&mut self, bad: BadRow) {
        self.rows += 1;
        self.skipped += 1;
        self.through = bad.line;
        self.tell(|| bad.to_string());
    }

    fn tell(&mut self, text: impl FnOnce() -> String) {
        if self.told.len() < TOLD {
            self.told.push(text());
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for told in &self.told {
            writeln!(formatter, "{told}")?;
        }
        let rest = (self.refused + self.skipped).saturating_sub(self.told.len() as u64);
        if rest > 0 {
            writeln!(formatter, "and {} more like these", grouped(rest))?;
        }
        let counts = [
            ("rows read", self.rows),
            ("accepted", self.accepted),
            ("repeated", self.repeated),
            ("refused", self.refused),
            ("skipped", self.skipped),
        ];
        for (name, count) in counts {
            writeln!(formatter, "{name:<10}{:>14}", grouped(count))?;
        }
        Ok(())
    }
}

/// 1234567 as 1,234,567.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), expected);
        }
    }

    #[test]
    fn only_the_first_bad_rows_are_told() {
        let mut summary = Summary::default();
        for line in 1..=12 {
            summary.skipped(BadRow::whole(line, "wrong"));
        }
        let text = summary.to_string();
        assert!(
            text.contains("line 10: wrong\nand 2 more like these"),
            "{text}"
        );
        assert_eq!(
            (summary.rows, summary.skipped, summary.through),
            (12, 12, 12)
        );
    }
}
