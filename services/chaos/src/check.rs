//! What must be true after faults: of the rows, of who was erased, of the pages, of the feed, and of what each watcher was
//! told.

pub(crate) mod erased;
pub(crate) mod executions;
pub(crate) mod facts;
pub(crate) mod feed;
pub(crate) mod pages;

use std::fmt;

use anyhow::Result;
use shadow_auth::Scope;
use shadow_storage::Database;
use shadow_storage::broken::Broken;
use shadow_storage::feed::{Filter, Recent, snapshot};

/// More rows than any campaign makes.
const ALL_ROWS: usize = 100_000_000;

/// How many examples are kept.
const EXAMPLES: usize = 12;

/// What was found; all zero is right.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    /// Acknowledged events that are not stored as they were sent.
    pub(crate) lost: u64,
    /// Events that are stored, or were answered to be new, more than once; and what nobody sent.
    pub(crate) twice: u64,
    /// Pages that are not what the facts amount to.
    pub(crate) drift: u64,
    /// Changes that a watcher was not told, told twice or told out of order; and breaks in the feed itself.
    pub(crate) gaps: u64,
    /// Rows that name somebody who was erased.
    pub(crate) traces: u64,
    /// Events that were refused though nothing of them was wrong.
    pub(crate) refused: u64,
    /// Some of them, for people.
    pub(crate) examples: Vec<String>,
}

impl Findings {
    /// Whether there is nothing to find fault with.
    pub(crate) fn are_none(&self) -> bool {
        self.lost + self.twice + self.drift + self.gaps + self.traces + self.refused == 0
    }

    /// Whether a program that breaks a rule is caught as what that rule is there for. What else is found may follow from it,
    /// and may not.
    pub(crate) fn catch(&self, rule: Broken) -> bool {
        let of_its_kind = match rule {
            Broken::AcknowledgeBeforeCommit => self.lost,
            Broken::NoConflictClause => self.twice,
            Broken::PartialsOutsideTransaction
            | Broken::CompactionWithoutDelete
            | Broken::TwoCompactors => self.drift,
            Broken::NumberingBeforeCommit | Broken::CursorOffByOne | Broken::RelayWithoutLease => {
                self.gaps
            }
            Broken::EraseWithoutCheck => self.traces,
        };
        of_its_kind > 0
    }

    /// Whether there is no need to look any further.
    pub(crate) fn are_enough(&self, broken: Option<Broken>) -> bool {
        broken.map_or(!self.are_none(), |rule| self.catch(rule))
    }

    pub(crate) fn lost(&mut self, example: String) {
        self.lost += 1;
        self.example(example);
    }

    pub(crate) fn twice(&mut self, example: String) {
        self.twice += 1;
        self.example(example);
    }

    pub(crate) fn drift(&mut self, example: String) {
        self.drift += 1;
        self.example(example);
    }

    pub(crate) fn gap(&mut self, example: String) {
        self.gaps += 1;
        self.example(example);
    }

    pub(crate) fn traces(&mut self, rows: u64, example: String) {
        self.traces += rows;
        self.example(example);
    }

    pub(crate) fn refused(&mut self, example: String) {
        self.refused += 1;
        self.example(example);
    }

    /// Takes over what was found elsewhere.
    pub(crate) fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.twice += other.twice;
        self.drift += other.drift;
        self.gaps += other.gaps;
        self.traces += other.traces;
        self.refused += other.refused;
        for text in other.examples {
            self.example(text);
        }
    }

    fn example(&mut self, text: String) {
        if self.examples.len() < EXAMPLES {
            self.examples.push(text);
        }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            lost,
            twice,
            drift,
            gaps,
            traces,
            refused,
            ..
        } = self;
        write!(
            f,
            "{lost} lost, {twice} twice, {drift} drift, {gaps} gaps, {traces} traces"
        )?;
        if *refused > 0 {
            write!(f, ", {refused} refused without a reason")?;
        }
        Ok(())
    }
}

/// The rows of all executions.
pub(crate) async fn rows(db: &Database) -> Result<Vec<Recent>> {
    let (_, rows) = snapshot(db, &scope(), &Filter::default(), ALL_ROWS).await?;
    Ok(rows)
}

fn scope() -> Scope {
    Scope::system("checks after faults")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_is_caught_by_findings_of_one_kind_only() {
        let each: [fn(&mut Findings, String); 6] = [
            Findings::lost,
            Findings::twice,
            Findings::drift,
            Findings::gap,
            |findings, example| findings.traces(1, example),
            Findings::refused,
        ];
        let findings = each.map(|find| {
            let mut findings = Findings::default();
            find(&mut findings, String::new());
            findings
        });
        for rule in Broken::ALL {
            let catching = findings.iter().filter(|some| some.catch(rule)).count();
            assert_eq!(catching, 1, "{rule:?}");
            assert!(!findings[5].are_enough(Some(rule)));
        }
        assert!(findings.iter().all(|some| some.are_enough(None)));
        assert!(!Findings::default().are_enough(None));
        assert!(findings[0].catch(Broken::AcknowledgeBeforeCommit));
    }
}
