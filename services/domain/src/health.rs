//! How a workspace does: a health from 0 to 100 and its components, and rules for the lists of those to look at.
//!
//! Each component is a share from 0 to 1. One that nothing is known of leaves, and the weights of the others are scaled
//! up to the whole.

use chrono::{DateTime, Utc};

use crate::statistics::Proportion;

/// Days over which members are active.
pub const ACTIVE_DAYS: u64 = 7;
/// Days over which everything else is judged.
pub const JUDGED_DAYS: u64 = 28;
/// Active days of [`JUDGED_DAYS`] from which on a member is wholly engaged.
pub const ENGAGED_DAYS: f64 = 20.0;
/// Days without a completed run after which a paying workspace is a zombie.
pub const ZOMBIE_DAYS: u64 = 30;
/// The share of seats from which on more may be wanted.
pub const SEATS_SHARE: f64 = 0.8;

/// Activity, engagement, efficiency, reliability.
const WEIGHTS: [f64; 4] = [0.3, 0.3, 0.2, 0.2];

/// What is known of a workspace at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Evidence {
    /// Its members.
    pub members: u64,
    /// Members that were active in the last [`ACTIVE_DAYS`] days.
    pub active_members: u64,
    /// Members that were active in the last [`JUDGED_DAYS`] days.
    pub engaged_members: u64,
    /// Their active days of those, added up.
    pub engaged_days: u64,
    /// Credits that runs of those days consumed, in millionths; nothing where none is known.
    pub consumed_micro: u128,
    /// Of them, by runs that failed or timed out.
    pub wasted_micro: u128,
    /// Runs of those days that completed, of those that completed, failed or timed out.
    pub success: Proportion,
}

/// The health of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Health {
    /// Active members of 7 days ÷ members.
    pub activity: Option<f64>,
    /// Mean active days of active members in 28 days ÷ 20, at most 1.
    pub engagement: Option<f64>,
    /// 1 − wasted ÷ consumed credits of 28 days.
    pub efficiency: Option<f64>,
    /// Success rate of 28 days.
    pub reliability: Option<f64>,
}

/// What a health amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// Under 40.
    Critical,
    /// From 40 on.
    Weak,
    /// From 60 on.
    Fair,
    /// From 80 on.
    Healthy,
}

/// What decides about lists.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Signs {
    /// Whether it pays.
    pub paying: bool,
    /// Distinct active users of the last [`ACTIVE_DAYS`] days.
    pub active_users: u64,
    /// Distinct active users of the [`JUDGED_DAYS`] days before those.
    pub active_users_before: u64,
    /// Runs of the last [`ZOMBIE_DAYS`] days that completed.
    pub completed: u64,
    /// Its members.
    pub members: u64,
    /// Seats that it has; absent where it has no subscription.
    pub seats: Option<u64>,
    /// When its credits are gone; absent where nothing is consumed, or too little is known.
    pub exhausted_at: Option<DateTime<Utc>>,
    /// When its period ends; absent where it has no subscription.
    pub period_ends_at: Option<DateTime<Utc>>,
}

/// A list of workspaces to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// It pays, and its active users of 7 days are at most half of a quarter of those of the 28 days before.
    Slipping,
    /// It pays, and no run completed in 30 days.
    Zombie,
    /// More than 80 % of its seats are taken, or its credits are gone before its period ends.
    ReadyToExpand,
}

impl Health {
    /// The health that evidence speaks for.
    pub fn of(evidence: &Evidence) -> Health {
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let engaged = share(evidence.engaged_days, evidence.engaged_members);
        let (consumed, wasted) = (evidence.consumed_micro, evidence.wasted_micro);
        Health {
            activity: share(evidence.active_members, evidence.members),
            engagement: engaged.map(|days| (days / ENGAGED_DAYS).min(1.0)),
            efficiency: (consumed > 0).then(|| 1.0 - wasted as f64 / consumed as f64),
            reliability: evidence.success.share(),
        }
    }

    /// Activity, engagement, efficiency, reliability.
    pub fn components(&self) -> [Option<f64>; 4] {
        [
            self.activity,
            self.engagement,
            self.efficiency,
            self.reliability,
        ]
    }

    /// From 0 to 100; absent where no component is known.
    pub fn score(&self) -> Option<f64> {
        let known = self.components().into_iter().zip(WEIGHTS);
        let known = known.filter_map(|(component, weight)| Some((component?, weight)));
        let (sum, weights) = known.fold((0.0, 0.0), |(sum, weights), (component, weight)| {
            (sum + component * weight, weights + weight)
        });
        (weights > 0.0).then(|| (100.0 * sum / weights).clamp(0.0, 100.0))
    }

    /// What it amounts to.
    pub fn band(&self) -> Option<Band> {
        self.score().map(Band::of)
    }
}

impl Band {
    /// Every band, the worst first.
    pub const ALL: [Band; 4] = [Band::Critical, Band::Weak, Band::Fair, Band::Healthy];

    /// The band of a score. What a person reads as 80 is 80: a billionth of a point is rounding.
    pub fn of(score: f64) -> Band {
        match score + 1e-9 {
            score if score >= 80.0 => Band::Healthy,
            score if score >= 60.0 => Band::Fair,
            score if score >= 40.0 => Band::Weak,
            _ => Band::Critical,
        }
    }
}

impl List {
    /// Every list.
    pub const ALL: [List; 3] = [List::Slipping, List::Zombie, List::ReadyToExpand];

    /// Whether being on it says that the workspace pays.
    pub fn tells_payment(self) -> bool {
        match self {
            List::Slipping | List::Zombie => true,
            List::ReadyToExpand => false,
        }
    }
}

impl Signs {
    /// The lists that a workspace is on.
    pub fn lists(&self) -> Vec<List> {
        let on = |list: &List| match list {
            List::Slipping => self.is_slipping(),
            List::Zombie => self.paying && self.completed == 0,
            List::ReadyToExpand => self.is_ready_to_expand(),
        };
        List::ALL.into_iter().filter(on).collect()
    }

    fn is_slipping(&self) -> bool {
        let before = self.active_users_before;
        // Half of a quarter, in whole users; whoever had none has nothing to lose.
        self.paying && before > 0 && self.active_users.saturating_mul(8) <= before
    }

    fn is_ready_to_expand(&self) -> bool {
        let full = |seats: u64| self.members as f64 > SEATS_SHARE * seats as f64;
        let runs_out = self
            .exhausted_at
            .zip(self.period_ends_at)
            .is_some_and(|(gone, end)| gone < end);
        self.seats.is_some_and(full) || runs_out
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn whole() -> Evidence {
        Evidence {
            members: 10,
            active_members: 5,
            engaged_members: 8,
            engaged_days: 80,
            consumed_micro: 1_000,
            wasted_micro: 100,
            success: Proportion {
                successes: 95,
                trials: 100,
            },
        }
    }

    #[test]
    fn a_health_is_the_weighted_sum_of_its_components() {
        let health = Health::of(&whole());
        let expected = [Some(0.5), Some(0.5), Some(0.9), Some(0.95)];
        assert_eq!(health.components(), expected);
        // 0.3 × 0.5 + 0.3 × 0.5 + 0.2 × 0.9 + 0.2 × 0.95 = 0.67
        assert!((health.score().unwrap() - 67.0).abs() < 1e-9);
        assert_eq!(health.band(), Some(Band::Fair));
    }

    #[test]
    fn what_is_unknown_leaves_and_the_rest_is_scaled_up() {
        let no_runs = Evidence {
            consumed_micro: 0,
            wasted_micro: 0,
            success: Proportion::default(),
            ..whole()
        };
        let health = Health::of(&no_runs);
        assert_eq!((health.efficiency, health.reliability), (None, None));
        assert!((health.score().unwrap() - 50.0).abs() < 1e-9);
        let nothing = Health::of(&Evidence::default());
        assert_eq!((nothing.score(), nothing.band()), (None, None));
        // Members that do nothing are known to do nothing; how engaged they are when they do is not.
        let idle = Health::of(&Evidence {
            members: 3,
            ..Evidence::default()
        });
        assert_eq!((idle.activity, idle.engagement), (Some(0.0), None));
        assert_eq!(
            (idle.score(), idle.band()),
            (Some(0.0), Some(Band::Critical))
        );
    }

    #[test]
    fn bands_begin_where_they_say() {
        for (score, band) in [
            (100.0, Band::Healthy),
            (80.0, Band::Healthy),
            (79.99, Band::Fair),
            (60.0, Band::Fair),
            (59.99, Band::Weak),
            (40.0, Band::Weak),
            (39.99, Band::Critical),
            (0.0, Band::Critical),
        ] {
            assert_eq!(Band::of(score), band, "{score}");
        }
    }

    fn paying() -> Signs {
        Signs {
            paying: true,
            active_users: 10,
            active_users_before: 40,
            completed: 1,
            members: 8,
            seats: Some(10),
            ..Signs::default()
        }
    }

    #[test]
    fn each_list_has_its_rule() {
        assert_eq!(paying().lists(), []);
        let slipping = Signs {
            active_users: 5,
            ..paying()
        };
        assert_eq!(slipping.lists(), [List::Slipping]);
        let more = Signs {
            active_users: 6,
            ..paying()
        };
        assert_eq!(more.lists(), []);
        let zombie = Signs {
            completed: 0,
            ..paying()
        };
        assert_eq!(zombie.lists(), [List::Zombie]);
        let full = Signs {
            members: 9,
            ..paying()
        };
        assert_eq!(full.lists(), [List::ReadyToExpand]);
        let now = DateTime::UNIX_EPOCH;
        let short = Signs {
            exhausted_at: Some(now),
            period_ends_at: Some(now + TimeDelta::seconds(1)),
            ..paying()
        };
        assert_eq!(short.lists(), [List::ReadyToExpand]);
        let enough = Signs {
            exhausted_at: short.period_ends_at,
            ..short
        };
        assert_eq!(enough.lists(), []);
    }

    #[test]
    fn who_does_not_pay_neither_slips_nor_is_a_zombie() {
        let free = Signs {
            paying: false,
            active_users: 0,
            completed: 0,
            ..paying()
        };
        assert_eq!(free.lists(), []);
        // Nobody was ever active: there was nothing to slip from.
        let new = Signs {
            active_users: 0,
            active_users_before: 0,
            ..paying()
        };
        assert_eq!(new.lists(), []);
    }

    fn evidence() -> impl Strategy<Value = Evidence> {
        let members = (0..40_u64).prop_flat_map(|members| {
            (0..=members).prop_flat_map(move |engaged| {
                (0..=engaged, engaged..=engaged * JUDGED_DAYS)
                    .prop_map(move |(active, days)| (members, engaged, active, days))
            })
        });
        let credits = (0..1_000_u128).prop_flat_map(|all| (Just(all), 0..=all));
        let success = (0..50_u64).prop_flat_map(|trials| (Just(trials), 0..=trials));
        (members, credits, success).prop_map(|(members, credits, success)| Evidence {
            members: members.0,
            engaged_members: members.1,
            active_members: members.2,
            engaged_days: members.3,
            consumed_micro: credits.0,
            wasted_micro: credits.1,
            success: Proportion {
                trials: success.0,
                successes: success.1,
            },
        })
    }

    proptest! {
        #[test]
        fn a_score_lies_between_its_components(evidence in evidence()) {
            let health = Health::of(&evidence);
            let known: Vec<f64> = health.components().into_iter().flatten().collect();
            prop_assert!(known.iter().all(|share| (0.0..=1.0).contains(share)));
            prop_assert_eq!(health.score().is_some(), !known.is_empty());
            prop_assert_eq!(health.band(), health.score().map(Band::of));
            if let Some(score) = health.score() {
                let least = known.iter().copied().fold(1.0, f64::min);
                let most = known.iter().copied().fold(0.0, f64::max);
                prop_assert!(score >= 100.0 * least - 1e-9 && score <= 100.0 * most + 1e-9);
            }
        }

        #[test]
        fn nothing_good_makes_a_health_worse(evidence in evidence()) {
            let score = |evidence: &Evidence| Health::of(evidence).score().unwrap_or_default();
            if evidence.active_members < evidence.members {
                let better = Evidence { active_members: evidence.active_members + 1, ..evidence };
                prop_assert!(score(&better) >= score(&evidence));
            }
            if evidence.wasted_micro > 0 {
                let better = Evidence { wasted_micro: evidence.wasted_micro - 1, ..evidence };
                prop_assert!(score(&better) >= score(&evidence));
            }
            if evidence.success.successes < evidence.success.trials {
                let mut better = evidence;
                better.success.successes += 1;
                prop_assert!(score(&better) >= score(&evidence));
            }
        }
    }
}
