//! After how long an open execution is stale. A late end always counts, and ends staleness.

use crate::execution::Identity;

/// Over how many days the usual durations of an agent are looked at.
pub const USUAL_DAYS: i64 = 30;
/// From how many durations on there is a usual one.
pub const USUAL_RUNS: u64 = 100;
/// How many times the usual may be taken.
const TIMES: i64 = 3;
/// How long anything else may be open, in microseconds: a day.
const OTHERWISE_MICROS: i64 = 86_400_000_000;

/// What is usual for an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usual {
    /// The p99 of the durations of all its ended runs, in microseconds.
    pub p99_micros: i64,
    /// How many durations that is of.
    pub runs: u64,
}

/// How long an execution may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// In microseconds.
    pub micros: i64,
    /// Why.
    pub rule: Rule,
}

/// Where a limit comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The execution's own timeout.
    Timeout,
    /// What is usual for its agent.
    Agent,
    /// Nothing better is known.
    Otherwise,
}

/// How long an execution may be open: its timeout, else thrice what is usual, else a day.
pub fn limit(identity: &Identity, usual: Option<Usual>) -> Limit {
    if let Some(micros) = identity.timeout_micros {
        return Limit {
            micros,
            rule: Rule::Timeout,
        };
    }
    match usual.filter(|usual| usual.runs >= USUAL_RUNS) {
        Some(usual) => Limit {
            micros: usual.p99_micros.saturating_mul(TIMES),
            rule: Rule::Agent,
        },
        None => Limit {
            micros: OTHERWISE_MICROS,
            rule: Rule::Otherwise,
        },
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::execution::Trigger;

    #[test]
    fn the_first_rule_that_knows_one_decides() {
        let identity = |timeout_micros| Identity {
            workspace_id: Uuid::nil(),
            execution_id: Uuid::nil(),
            opened_at: Default::default(),
            agent_id: "a".to_owned(),
            agent_version: None,
            trigger: Trigger::Api,
            environment: None,
            user_id: None,
            timeout_micros,
        };
        let usual = |runs| {
            Some(Usual {
                p99_micros: 5_000_000,
                runs,
            })
        };
        for (timeout, usual, micros, rule) in [
            (Some(7), usual(100), 7, Rule::Timeout),
            (None, usual(100), 15_000_000, Rule::Agent),
            (None, usual(99), 86_400_000_000, Rule::Otherwise),
            (None, None, 86_400_000_000, Rule::Otherwise),
        ] {
            assert_eq!(limit(&identity(timeout), usual), Limit { micros, rule });
        }
    }
}
