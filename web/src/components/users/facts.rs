//! What is said of one user, in a list and on the user's page.

use shadow_proto::metrics::v1::{Unit, UserStanding};
use yew::prelude::*;

use super::Term;
use crate::{components::tables::DataCell, format, state::query::instant, zone::Zone};

/// What is said of a user, and whether lists can be ordered by it.
pub const TERMS: [(Term, bool); 7] = [
    (
        (
            "last_seen",
            "Last seen",
            "When the user last ran or did something in the range.",
            "latest execution with trigger = user, or activity but a token refresh",
            Unit::Unspecified,
        ),
        true,
    ),
    (
        (
            "active_days",
            "Active days",
            "On how many local days of the range the user was active.",
            "distinct days of executions with trigger = user and of activities but token refreshes",
            Unit::Count,
        ),
        true,
    ),
    (
        (
            "runs",
            "Runs",
            "Executions that the user asked for; what a schedule runs does not count.",
            "count(executions) with trigger = user",
            Unit::Count,
        ),
        true,
    ),
    (
        (
            "success_rate",
            "Success rate",
            "The share of the user's runs that completed, of those that completed, failed or timed out.",
            "completed ÷ (completed + failed + timed out)",
            Unit::Ratio,
        ),
        true,
    ),
    (
        (
            "credits",
            "Credits",
            "Credits that the user's runs consumed.",
            "sum(credits) of executions with trigger = user",
            Unit::CreditsMicro,
        ),
        true,
    ),
    (
        (
            "activities",
            "Activities",
            "What the user did beside runs.",
            "count(activities) but token refreshes",
            Unit::Count,
        ),
        true,
    ),
    (
        (
            "visits",
            "Visits",
            "The user's visits to the platform.",
            "sessions that the producer names, else activities with less than 30 minutes between two of them",
            Unit::Count,
        ),
        false,
    ),
];

/// What a list shows of a user.
pub struct Facts<'a> {
    user: &'a UserStanding,
    zone: &'a Zone,
}

impl<'a> Facts<'a> {
    /// Of one user, with times in a zone.
    pub fn of(user: &'a UserStanding, zone: &'a Zone) -> Self {
        Self { user, zone }
    }

    /// A number by the id of its term; absent where it is absent, or no number.
    pub fn number(&self, id: &str) -> Option<f64> {
        let user = self.user;
        match id {
            "active_days" => Some(f64::from(user.active_days)),
            "runs" => Some(user.runs as f64),
            "success_rate" => user.success_rate,
            "credits" => user.credits_micro.map(|micro| micro as f64),
            "activities" => Some(user.activities as f64),
            "visits" => user.sessions.map(|sessions| sessions as f64),
            _ => None,
        }
    }

    /// What a cell shows by the id of its column.
    pub fn cell(&self, id: &str) -> DataCell {
        let time = match id {
            "last_seen" => instant(self.user.last_seen_at.as_ref()),
            "first_day" => instant(self.user.first_day.as_ref()),
            _ => {
                let (number, unit) = (self.number(id), unit(id));
                return DataCell {
                    shown: html! { <span title={format::exact(unit, number)}>{ format::value(unit, number) }</span> },
                    text: format::plain(unit, number),
                };
            }
        };
        let shown = time.map_or_else(
            || format::ABSENT.to_owned(),
            |at| match id {
                // A day of UTC is the same day everywhere.
                "first_day" => at.format("%-d %b %Y").to_string(),
                _ => format::moment(at, &**self.zone),
            },
        );
        DataCell {
            shown: html! { shown },
            text: time.map(|at| at.to_rfc3339()).unwrap_or_default(),
        }
    }
}

fn unit(id: &str) -> Unit {
    let term = TERMS.iter().find(|((known, ..), _)| *known == id);
    term.map_or(Unit::Count, |((.., unit), _)| *unit)
}
