//! What a campaign says to people.

use std::fmt;
use std::time::Duration;

use crate::campaign::Plan;
use crate::check::Findings;
use crate::fault::Fault;

/// What happened, and what was found after it.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) plan: Plan,
    /// How many faults there were.
    pub(crate) struck: u64,
    /// How many of each.
    pub(crate) faults: Vec<(Fault, u64)>,
    /// Events that were acknowledged.
    pub(crate) events: u64,
    /// What they told of.
    pub(crate) subjects: u64,
    /// How many people were erased.
    pub(crate) erased: u64,
    /// What all watchers were told.
    pub(crate) told: u64,
    /// How often they went on with a cursor of their own choice.
    pub(crate) resumed: u64,
    /// How often they were too slow.
    pub(crate) lagged: u64,
    pub(crate) findings: Findings,
    pub(crate) took: Duration,
}

impl Report {
    /// Whether everything was as it must be, and there was something to look at.
    pub(crate) fn is_clean(&self) -> bool {
        self.findings.are_none() && self.events > 0 && self.told > 0
    }

    /// Whether what was found is what a broken program had to be caught as.
    pub(crate) fn is_caught(&self) -> bool {
        self.plan
            .broken
            .is_some_and(|rule| self.findings.catch(rule))
    }

    /// What was found of a broken variant, in one line.
    pub(crate) fn caught(&self) -> String {
        let Self {
            plan,
            struck,
            findings,
            took,
            ..
        } = self;
        let name = plan.broken.map_or("as it is", |rule| rule.name());
        let how = if self.is_caught() {
            "caught"
        } else {
            "NOT CAUGHT"
        };
        let seconds = took.as_secs_f64();
        format!("{name:<30} {how} after {struck} kill points, {seconds:.0} s: {findings}")
    }

    fn postgres_share(&self) -> f64 {
        let postgres: u64 = self
            .faults
            .iter()
            .filter(|(fault, _)| fault.is_postgres())
            .map(|(_, count)| count)
            .sum();
        100.0 * postgres as f64 / self.struck.max(1) as f64
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed          {}", self.plan.seed)?;
        let seconds = self.took.as_secs_f64();
        write!(f, "kill points   {} in {seconds:.0} s", self.struck)?;
        if self.struck < self.plan.kills && self.findings.are_none() {
            write!(
                f,
                ", of {} that were asked for: the time was over",
                self.plan.kills
            )?;
        }
        writeln!(f)?;
        for (fault, count) in &self.faults {
            writeln!(f, "  {count:>5}  {}", fault.name())?;
        }
        writeln!(f, "  PostgreSQL's share is {:.0} %", self.postgres_share())?;
        writeln!(
            f,
            "events        {} acknowledged, of {} executions and facts beside them",
            self.events, self.subjects
        )?;
        writeln!(f, "erased        {} people", self.erased)?;
        writeln!(
            f,
            "watchers      told {} times, resumed {} times, lagged {} times",
            self.told, self.resumed, self.lagged
        )?;
        writeln!(f, "{}", self.findings)?;
        for text in &self.findings.examples {
            writeln!(f, "  {text}")?;
        }
        Ok(())
    }
}
