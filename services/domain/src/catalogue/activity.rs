//! Active agents and users. A user is active by an execution whose trigger is a user, or by what they did on the platform:
//! what a schedule runs, and a token that a program renews, does not make its owner active. Activities belong to no agent.

use super::metric::{
    Additivity, Direction, FAILING, Kind, Metric, OfPartial, TEMPLATE, Unit, Value,
};
use crate::cell::Dimension;
use crate::partial::Sections;

pub(super) const METRICS: &[Metric] = &[
    Metric {
        id: "active_agents",
        name: "Active agents",
        meaning: "Distinct agents that took part in the executions of the bucket.",
        formula: "distinct agents",
        dimensions: FAILING,
        kind: Kind::OfPartial(|p, _| Value::count(p.agents.len())),
        reads: Sections::AGENTS,
        ..DISTINCT
    },
    Metric {
        id: "active_users",
        name: "Active users",
        meaning: "Distinct users who ran an execution or did something on the platform in the bucket.",
        formula: "distinct users of executions with trigger = user and of activities but token refreshes",
        dimensions: FAILING,
        definition_version: 2,
        kind: Kind::OfPartial(USERS),
        ..DISTINCT
    },
    Metric {
        id: "dau",
        name: "Daily active users",
        meaning: "Distinct users who ran an execution or did something on the platform on the bucket's last day.",
        formula: "distinct users of the last day",
        definition_version: 2,
        kind: Kind::Trailing { days: 1, of: USERS },
        ..DISTINCT
    },
    Metric {
        id: "wau",
        name: "Weekly active users",
        meaning: "Distinct users who ran an execution or did something on the platform in the 7 days that end with the bucket's last day.",
        formula: "distinct users of the last 7 days",
        definition_version: 2,
        kind: Kind::Trailing { days: 7, of: USERS },
        ..DISTINCT
    },
    Metric {
        id: "mau",
        name: "Monthly active users",
        meaning: "Distinct users who ran an execution or did something on the platform in the 30 days that end with the bucket's last day.",
        formula: "distinct users of the last 30 days",
        definition_version: 2,
        kind: Kind::Trailing {
            days: 30,
            of: USERS,
        },
        ..DISTINCT
    },
    Metric {
        id: "stickiness",
        name: "Stickiness",
        meaning: "The share of a month's active users who are active on an average day of it.",
        unit: Unit::Ratio,
        formula: "mean daily active users of the last 30 days ÷ monthly active users",
        additivity: Additivity::Ratio,
        definition_version: 2,
        kind: Kind::Stickiness,
        ..DISTINCT
    },
];

const USERS: OfPartial = |p, _| Value::count(p.active_users());

const DISTINCT: Metric = Metric {
    direction: Direction::UpIsGood,
    additivity: Additivity::Distinct,
    reads: Sections::USERS,
    dimensions: &[Dimension::Total, Dimension::Agent],
    ..TEMPLATE
};

/// Stickiness from the sum of the daily active users of 30 days, and the distinct users of all of
/// them; absent where there were none.
pub fn stickiness(user_days: u64, monthly: u64) -> Option<Value> {
    (monthly > 0).then(|| Value::Real(user_days as f64 / 30.0 / monthly as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stickiness_is_one_when_everybody_comes_every_day() {
        assert_eq!(stickiness(150, 5), Some(Value::Real(1.0)));
        assert_eq!(stickiness(15, 5), Some(Value::Real(0.1)));
        assert_eq!(stickiness(0, 0), None);
    }
}
