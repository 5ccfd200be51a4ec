//! What an agent's owner should look at: rules over what is known of it, each with its evidence. No advice without.

use crate::statistics::Proportion;

/// From how many ended runs on anything but silence is remarked upon.
pub const MIN_ENDED: u64 = 20;
/// The success rate that an agent is expected to reach.
pub const EXPECTED_SUCCESS: f64 = 0.9;
/// The p95 of durations, in microseconds, that is still quick.
pub const QUICK_MICROS: u64 = 30_000_000;
/// The tokens of a mean run that are still few.
pub const FEW_TOKENS: f64 = 10_000.0;
/// After how many days without a run an agent is idle.
pub const IDLE_DAYS: i64 = 30;

/// What is known of an agent over a range.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Evidence {
    /// Runs that ended.
    pub ended: u64,
    /// Runs that completed, of those that completed, failed or timed out.
    pub success: Proportion,
    /// The p95 of the durations of completed runs, in microseconds.
    pub duration_p95: Option<u64>,
    /// Tokens per run.
    pub tokens_mean: Option<f64>,
    /// Runs opened in the last [`IDLE_DAYS`] days.
    pub lately: u64,
}

/// One thing to look at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suggestion {
    /// What it is about.
    pub rule: Rule,
    /// The value that broke the rule, in the rule's unit.
    pub value: f64,
    /// What the value should have kept to.
    pub bound: f64,
}

/// What can be wrong with an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Even the upper bound of its success rate is under [`EXPECTED_SUCCESS`].
    Failing,
    /// The p95 of its durations is over [`QUICK_MICROS`].
    Slow,
    /// Its mean tokens are over [`FEW_TOKENS`].
    Costly,
    /// It has not run for [`IDLE_DAYS`] days.
    Idle,
}

/// What is to be said of an agent, the gravest first.
pub fn suggestions(evidence: &Evidence) -> Vec<Suggestion> {
    let mut found = Vec::new();
    let mut say = |rule, value, bound| found.push(Suggestion { rule, value, bound });
    if evidence.ended >= MIN_ENDED {
        if let Some(interval) = evidence.success.wilson()
            && interval.high < EXPECTED_SUCCESS
        {
            say(Rule::Failing, interval.high, EXPECTED_SUCCESS);
        }
        if let Some(p95) = evidence.duration_p95
            && p95 > QUICK_MICROS
        {
            say(Rule::Slow, p95 as f64, QUICK_MICROS as f64);
        }
        if let Some(tokens) = evidence.tokens_mean
            && tokens > FEW_TOKENS
        {
            say(Rule::Costly, tokens, FEW_TOKENS);
        }
    }
    if evidence.lately == 0 {
        say(Rule::Idle, 0.0, IDLE_DAYS as f64);
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rules(evidence: &Evidence) -> Vec<Rule> {
        suggestions(evidence).iter().map(|one| one.rule).collect()
    }

    fn bad() -> Evidence {
        Evidence {
            ended: 20,
            success: Proportion {
                successes: 10,
                trials: 20,
            },
            duration_p95: Some(30_000_001),
            tokens_mean: Some(10_000.5),
            lately: 3,
        }
    }

    #[test]
    fn each_rule_has_its_evidence() {
        let found = suggestions(&bad());
        assert_eq!(rules(&bad()), [Rule::Failing, Rule::Slow, Rule::Costly]);
        assert!(found[0].value < 0.9 && found[0].value > 0.5);
        assert_eq!(
            (found[1].value, found[1].bound),
            (30_000_001.0, 30_000_000.0)
        );
    }

    #[test]
    fn few_runs_are_not_judged_and_silence_always_is() {
        let few = Evidence {
            ended: 19,
            lately: 0,
            ..bad()
        };
        assert_eq!(rules(&few), [Rule::Idle]);
    }

    #[test]
    fn what_keeps_to_its_bound_is_well() {
        // 16 of 20 may still be 90 %; 30 seconds are quick.
        let well = Evidence {
            success: Proportion {
                successes: 16,
                trials: 20,
            },
            duration_p95: Some(30_000_000),
            tokens_mean: Some(10_000.0),
            ..bad()
        };
        assert_eq!(rules(&well), []);
        let unknown = Evidence {
            success: Proportion::default(),
            duration_p95: None,
            tokens_mean: None,
            ..bad()
        };
        assert_eq!(rules(&unknown), []);
    }

    proptest! {
        #[test]
        fn each_rule_speaks_once_and_is_broken(
            ended in 0..200_u64,
            completed in 0..200_u64,
            p95 in prop::option::of(0..90_000_000_u64),
            tokens in prop::option::of(0.0..30_000.0_f64),
            lately in 0..3_u64,
        ) {
            let evidence = Evidence {
                ended,
                success: Proportion { successes: completed.min(ended), trials: ended },
                duration_p95: p95,
                tokens_mean: tokens,
                lately,
            };
            let found = suggestions(&evidence);
            prop_assert!(found.is_sorted_by(|a, b| a.rule < b.rule));
            for one in &found {
                match one.rule {
                    Rule::Slow | Rule::Costly => prop_assert!(one.value > one.bound),
                    Rule::Failing | Rule::Idle => prop_assert!(one.value < one.bound),
                }
            }
        }
    }
}
