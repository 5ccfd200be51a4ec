//! What is put side by side: what is asked for.

use chrono::{DateTime, Utc};
use prost_types::Duration;
use shadow_domain::time::{Comparison, Range, Zone, compared_range};
use shadow_proto::{
    common::v1::TimeRange,
    metrics::v1::{CompareRequest, ComparedAgent},
};

use super::{
    list::List,
    query::{Question, timestamp},
};

/// What can be put side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Agents.
    #[default]
    Agents,
    /// Workspaces.
    Workspaces,
    /// Periods.
    Periods,
}

/// What is compared of each.
pub const METRICS: [&str; 12] = [
    "success_rate",
    "executions",
    "completed",
    "failed",
    "duration_p50",
    "duration_p95",
    "tokens_mean",
    "credits",
    "wasted_credits",
    "cost",
    "cost_per_success",
    "active_users",
];

/// What the periods are called, in their order.
pub const PERIODS: [&str; 3] = ["Previous period", "Previous year", "This period"];

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Agents, Self::Workspaces, Self::Periods];

    /// The word in the address.
    pub fn id(self) -> &'static str {
        match self {
            Self::Agents => "agents",
            Self::Workspaces => "workspaces",
            Self::Periods => "periods",
        }
    }

    /// What a person reads.
    pub fn label(self) -> &'static str {
        match self {
            Self::Agents => "Agents",
            Self::Workspaces => "Workspaces",
            Self::Periods => "Periods",
        }
    }

    /// What an address asks for.
    pub fn of(list: &List) -> Self {
        let named = |kind: &Self| list.only.as_deref() == Some(kind.id());
        Self::ALL.into_iter().find(named).unwrap_or_default()
    }
}

/// An agent as an address names it.
pub fn agent(workspace_id: &str, agent_id: &str) -> String {
    format!("{workspace_id}/{agent_id}")
}

/// How many are put side by side where nobody has chosen.
const BEGUN_WITH: usize = 2;

/// The list with what is compared: what was chosen, or the first of those that could be. One alone was chosen by somebody
/// who is about to choose another.
pub fn begun<'a>(list: &List, candidates: impl IntoIterator<Item = &'a str>) -> List {
    if !list.chosen.is_empty() {
        return list.clone();
    }
    let first = candidates.into_iter().take(BEGUN_WITH);
    first.fold(list.clone(), |list, word| list.with(word))
}

/// Asks for the comparison; nothing while fewer than two are chosen.
pub fn request(
    question: &Question,
    list: &List,
    zone: &dyn Zone,
    now: DateTime<Utc>,
) -> Option<CompareRequest> {
    let request = CompareRequest {
        metrics: METRICS.map(str::to_owned).to_vec(),
        max_staleness: Some(Duration {
            seconds: 1,
            nanos: 0,
        }),
        ..CompareRequest::default()
    };
    match Kind::of(list) {
        Kind::Agents => {
            let agents = list.chosen.iter().filter_map(|one| one.split_once('/'));
            let agents: Vec<ComparedAgent> = agents
                .map(|(workspace_id, agent_id)| ComparedAgent {
                    workspace_id: workspace_id.to_owned(),
                    agent_id: agent_id.to_owned(),
                })
                .collect();
            (agents.len() > 1).then(|| CompareRequest {
                range: Some(question.time_range()),
                agents,
                ..request
            })
        }
        Kind::Workspaces => {
            let chosen = list.chosen.iter().filter(|one| !one.contains('/'));
            let workspace_ids: Vec<String> = chosen.cloned().collect();
            (workspace_ids.len() > 1).then(|| CompareRequest {
                range: Some(question.time_range()),
                workspace_ids,
                ..request
            })
        }
        Kind::Periods => Some(CompareRequest {
            periods: periods(&question.range, zone, now)
                .map(|range| TimeRange {
                    start: Some(timestamp(range.start)),
                    end: Some(timestamp(range.end)),
                    zone: question.zone.clone(),
                })
                .to_vec(),
            of_workspace_ids: question.workspace.iter().cloned().collect(),
            ..request
        }),
    }
}

/// The period before, that of the year before, and the range itself up to now, so that all are equally long.
fn periods(range: &Range, zone: &dyn Zone, now: DateTime<Utc>) -> [Range; 3] {
    let before = |comparison| compared_range(range, comparison, zone, now);
    let so_far = Range {
        start: range.start,
        end: range
            .end
            .min(now)
            .max(range.start + chrono::TimeDelta::minutes(15)),
    };
    [
        before(Comparison::PreviousPeriod),
        before(Comparison::PreviousYear),
        so_far,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{state::view::Compare, zone};

    fn asked(list: &List) -> Option<CompareRequest> {
        let question = Question {
            workspace: Some("w1".to_owned()),
            range: Range {
                start: "2026-11-01T00:00:00Z".parse().unwrap(),
                end: "2026-11-08T00:00:00Z".parse().unwrap(),
            },
            zone: "UTC".to_owned(),
            compare: Compare::Previous,
        };
        let now = "2026-11-24T00:00:00Z".parse().unwrap();
        request(&question, list, &*zone::Zone::utc(), now)
    }

    #[test]
    fn agents_are_asked_for_once_two_are_chosen() {
        let one = List::default().with(&agent("w1", "a/1"));
        assert_eq!(asked(&one), None);
        let two = asked(&one.with(&agent("w2", "b"))).unwrap();
        assert_eq!(two.agents.len(), 2);
        assert_eq!(two.agents[0].agent_id, "a/1");
        assert!(two.range.is_some() && two.workspace_ids.is_empty());
    }

    #[test]
    fn the_first_two_are_compared_until_somebody_chooses() {
        let list = |words: &[&str]| {
            let empty = List::default();
            words.iter().fold(empty, |list, word| list.with(word))
        };
        let candidates = ["a", "b", "c"];
        assert_eq!(begun(&list(&[]), candidates), list(&["a", "b"]));
        assert_eq!(begun(&list(&["c"]), candidates), list(&["c"]));
        assert_eq!(begun(&list(&[]), ["a"]), list(&["a"]));
        assert_eq!(begun(&list(&[]), []), list(&[]));
    }

    #[test]
    fn workspaces_and_periods_have_their_own_words() {
        let list = |only: &str| List {
            only: Some(only.to_owned()),
            ..List::default()
        };
        assert_eq!(asked(&list("workspaces").with("w1")), None);
        let two = asked(&list("workspaces").with("w1").with("w2")).unwrap();
        assert_eq!(two.workspace_ids, ["w1", "w2"]);
        let periods = asked(&list("periods")).unwrap();
        assert_eq!(periods.periods.len(), PERIODS.len());
        assert_eq!(
            (periods.range, periods.of_workspace_ids),
            (None, vec!["w1".to_owned()])
        );
        let start = |at: usize| periods.periods[at].start.unwrap().seconds;
        assert_eq!(start(2) - start(0), 7 * 86_400);
    }
}
