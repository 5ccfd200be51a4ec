//! Leaderboards: what is asked for.

use prost_types::Duration;
use shadow_proto::metrics::v1::{Direction, GetLeaderboardRequest, LeaderboardSubject};

use super::{
    list::List,
    query::{self, Question},
};
use crate::catalogue::Catalogue;

/// Who can be ranked: the word in the address, what a person reads, and what one of them is called.
pub const SUBJECTS: [(LeaderboardSubject, &str, &str, &str); 3] = [
    (LeaderboardSubject::Agent, "agents", "Agents", "Agent"),
    (
        LeaderboardSubject::Workspace,
        "workspaces",
        "Workspaces",
        "Workspace",
    ),
    (LeaderboardSubject::User, "users", "Users", "User"),
];

/// What is ranked by where nothing is chosen.
pub const EXECUTIONS: &str = "executions";

/// What can be ranked by, the first of which users can be too.
const METRICS: [&str; 14] = [
    EXECUTIONS,
    "completed",
    "failed",
    "timed_out",
    "success_rate",
    "credits",
    "wasted_credits",
    "total_tokens",
    "cost",
    "duration_p95",
    "cost_per_success",
    "credits_per_run",
    "active_users",
    "rating_mean",
];
/// How many of them users can be ranked by.
const OF_USERS: usize = 9;

/// How many places are shown.
const LIMIT: u32 = 100;
/// How many executions a rank by a rate takes where nothing is chosen.
const RATED: u64 = 20;

/// Who is ranked.
pub fn subject(list: &List) -> LeaderboardSubject {
    let chosen = SUBJECTS
        .iter()
        .find(|(_, word, ..)| list.only.as_deref() == Some(word));
    chosen.map_or(LeaderboardSubject::Agent, |(subject, ..)| *subject)
}

/// What they can be ranked by.
pub fn metrics(subject: LeaderboardSubject) -> &'static [&'static str] {
    match subject {
        LeaderboardSubject::User => &METRICS[..OF_USERS],
        _ => &METRICS,
    }
}

/// By what they are ranked.
pub fn metric(list: &List) -> &'static str {
    let known = metrics(subject(list));
    let chosen = known.iter().find(|id| list.sort.as_deref() == Some(id));
    chosen.copied().unwrap_or(EXECUTIONS)
}

/// Asks for the places. The best come first, whichever way that is, unless the order is turned around. By a rate those
/// alone are ranked that ran often enough for it to mean something.
pub fn request(question: &Question, list: &List, catalogue: &Catalogue) -> GetLeaderboardRequest {
    let metric = metric(list);
    let definition = catalogue.find(metric);
    let down_is_good = definition
        .as_ref()
        .is_some_and(|metric| metric.direction == Direction::DownIsGood);
    GetLeaderboardRequest {
        range: Some(question.time_range()),
        workspace_ids: question.workspace.iter().cloned().collect(),
        subject: subject(list).into(),
        metric: metric.to_owned(),
        comparison: query::comparison(question.compare).map(i32::from),
        lowest: down_is_good != list.reversed,
        min_executions: least(list, is_rate(metric)),
        limit: LIMIT,
        currency: String::new(),
        max_staleness: Some(Duration {
            seconds: 1,
            nanos: 0,
        }),
    }
}

/// How many executions a rank takes.
pub fn least(list: &List, is_rate: bool) -> u64 {
    match list.min_executions {
        0 if is_rate => RATED,
        some => some,
    }
}

/// Whether a few executions make it extreme.
pub fn is_rate(metric: &str) -> bool {
    matches!(
        metric,
        "success_rate" | "duration_p95" | "cost_per_success" | "credits_per_run" | "rating_mean"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalogue::tests::catalogue, state::view::Compare};

    fn asked(list: &List) -> GetLeaderboardRequest {
        let question = Question {
            workspace: Some("w1".to_owned()),
            range: shadow_domain::time::Range {
                start: "2026-11-01T00:00:00Z".parse().unwrap(),
                end: "2026-11-24T00:00:00Z".parse().unwrap(),
            },
            zone: "UTC".to_owned(),
            compare: Compare::Off,
        };
        request(&question, list, &catalogue())
    }

    #[test]
    fn the_best_come_first_whichever_way_that_is() {
        let agents = asked(&List::default());
        assert_eq!(
            (agents.metric.as_str(), agents.lowest, agents.min_executions),
            (EXECUTIONS, false, 0)
        );
        assert_eq!(agents.workspace_ids, ["w1"]);
        let slow = List {
            sort: Some("duration_p95".to_owned()),
            ..List::default()
        };
        assert!(asked(&slow).lowest && asked(&slow).min_executions == RATED);
        let reversed = List {
            reversed: true,
            min_executions: 5,
            ..slow
        };
        assert!(!asked(&reversed).lowest && asked(&reversed).min_executions == 5);
    }

    #[test]
    fn users_are_ranked_by_what_facts_answer() {
        let users = List {
            only: Some("users".to_owned()),
            sort: Some("duration_p95".to_owned()),
            ..List::default()
        };
        assert_eq!(asked(&users).subject(), LeaderboardSubject::User);
        assert_eq!(asked(&users).metric, EXECUTIONS);
    }
}
