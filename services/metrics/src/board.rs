//! Agents side by side: ranked, searched, ordered and cut into pages. Pure.

use std::cmp::Ordering;

use shadow_domain::statistics::{Interval, Proportion, ranks};
use shadow_proto::metrics::v1::{
    self as proto, AgentStanding, Group, ListAgentsResponse, Series, Value, value::Number,
};

use crate::{
    page_token,
    sortable::{self, Sortable},
};

/// What each agent is shown with; the first decides who is left out where there are too many.
pub(crate) const METRICS: [&str; 16] = [
    "executions",
    "completed",
    "failed",
    "timed_out",
    "success_rate",
    "duration_p50",
    "duration_p95",
    "credits",
    "wasted_credits",
    "credits_per_run",
    "total_tokens",
    "tokens_mean",
    "cost",
    "cost_per_success",
    "active_users",
    "rating_mean",
];
const EXECUTIONS: usize = 0;
const COMPLETED: usize = 1;
const FAILED: usize = 2;
const TIMED_OUT: usize = 3;

/// Every agent of a range, ranked.
pub(crate) struct Board {
    agents: Vec<AgentStanding>,
    left_out: u32,
    provenance: Option<shadow_proto::common::v1::Provenance>,
}

/// Which of the agents are shown, and in which order.
#[derive(Debug)]
pub(crate) struct Search {
    /// In lower case.
    pub(crate) contains: String,
    pub(crate) min_executions: u64,
    pub(crate) order: Order,
    pub(crate) reversed: bool,
    pub(crate) after: Option<After>,
    pub(crate) page_size: usize,
}

/// What agents are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    LowerBound,
    Name,
    /// By its place in [`METRICS`].
    Metric(usize),
}

/// The last agent of a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct After {
    value: Option<Sortable>,
    workspace_id: String,
    agent_id: String,
}

impl From<proto::Result> for Board {
    fn from(result: proto::Result) -> Self {
        let (others, groups): (Vec<Group>, Vec<Group>) = result
            .groups
            .into_iter()
            .partition(|group| group.other_groups > 0);
        let mut agents: Vec<AgentStanding> = groups.into_iter().map(standing).collect();
        let lower = |interval: fn(&AgentStanding) -> Option<proto::Interval>| {
            let bounds: Vec<_> = agents
                .iter()
                .map(|agent| interval(agent).map(|interval| interval.low))
                .collect();
            ranks(&bounds)
        };
        let current = lower(|agent| agent.success_interval);
        let previous = lower(|agent| agent.previous_success_interval);
        for (agent, (rank, before)) in agents.iter_mut().zip(current.into_iter().zip(previous)) {
            (agent.rank, agent.previous_rank) = (rank, before);
        }
        Self {
            agents,
            left_out: others.iter().map(|group| group.other_groups).sum(),
            provenance: result.provenance,
        }
    }
}

impl Board {
    /// The rank of an agent, now and before, where all are of one workspace.
    pub(crate) fn ranks(&self, agent_id: &str) -> (Option<u32>, Option<u32>) {
        let found = self.agents.iter().find(|agent| agent.agent_id == agent_id);
        found.map_or((None, None), |agent| (agent.rank, agent.previous_rank))
    }

    /// How many agents have a rank.
    pub(crate) fn ranked(&self) -> u32 {
        let ranked = self.agents.iter().filter(|agent| agent.rank.is_some());
        ranked.count().try_into().unwrap_or(u32::MAX)
    }

    /// One page of those that are searched for.
    pub(crate) fn page(self, search: &Search) -> ListAgentsResponse {
        let mut found: Vec<(After, AgentStanding)> = self
            .agents
            .into_iter()
            .filter(|agent| search.keeps(agent))
            .map(|agent| (search.order.place(&agent), agent))
            .collect();
        found.sort_by(|(a, _), (b, _)| a.compare(b, search.reversed));
        let begin = search.after.as_ref().map_or(0, |after| {
            found.partition_point(|(place, _)| place.compare(after, search.reversed).is_le())
        });
        let matching = found.len();
        let end = (begin + search.page_size).min(matching);
        let more = end < matching;
        let last = found[begin..end].last().filter(|_| more);
        ListAgentsResponse {
            next_page_token: last
                .map(|(place, _)| place.token(search.order, search.reversed))
                .unwrap_or_default(),
            agents: found.drain(begin..end).map(|(_, agent)| agent).collect(),
            matching_agents: matching.try_into().unwrap_or(u32::MAX),
            left_out_agents: self.left_out,
            provenance: self.provenance,
        }
    }
}

impl Search {
    fn keeps(&self, agent: &AgentStanding) -> bool {
        let has = |text: &str| text.to_lowercase().contains(&self.contains);
        let executions = count(agent.series[EXECUTIONS].total.as_ref());
        (has(&agent.name) || has(&agent.agent_id)) && executions >= self.min_executions
    }
}

impl Order {
    /// The order of a name; the lower bound where it is empty.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "" | "success_lower_bound" => Some(Self::LowerBound),
            "name" => Some(Self::Name),
            metric => METRICS
                .iter()
                .position(|known| *known == metric)
                .map(Self::Metric),
        }
    }

    fn id(self) -> &'static str {
        match self {
            Self::LowerBound => "success_lower_bound",
            Self::Name => "name",
            Self::Metric(at) => METRICS[at],
        }
    }

    fn place(self, agent: &AgentStanding) -> After {
        let value = match self {
            Self::LowerBound => agent
                .success_interval
                .map(|interval| Sortable::Real(interval.low)),
            Self::Name => Some(Sortable::Text(agent.name.to_lowercase())),
            Self::Metric(at) => {
                let total = agent.series[at].total.as_ref();
                total.and_then(|value| value.number).map(Sortable::from)
            }
        };
        After {
            value,
            workspace_id: agent.workspace_id.clone(),
            agent_id: agent.agent_id.clone(),
        }
    }
}

impl After {
    /// The agent that a token of this order names.
    pub(crate) fn parse(token: &str, order: Order, reversed: bool) -> Option<Self> {
        let [id, direction, value, workspace_id, agent_id] = page_token::unpack(token)?;
        let value = match value.as_str() {
            "" => None,
            text => Some(Sortable::parse(text, order == Order::Name)?),
        };
        (id == order.id() && direction == sortable::direction(reversed)).then_some(Self {
            value,
            workspace_id,
            agent_id,
        })
    }

    fn token(&self, order: Order, reversed: bool) -> String {
        let value = self.value.as_ref().map(Sortable::text).unwrap_or_default();
        page_token::pack([
            order.id(),
            sortable::direction(reversed),
            &value,
            &self.workspace_id,
            &self.agent_id,
        ])
    }

    /// Absent values come last either way; equal ones go by workspace and id.
    fn compare(&self, other: &Self, reversed: bool) -> Ordering {
        let by_value = sortable::compare(self.value.as_ref(), other.value.as_ref(), reversed);
        by_value
            .then_with(|| self.workspace_id.cmp(&other.workspace_id))
            .then_with(|| self.agent_id.cmp(&other.agent_id))
    }
}

fn standing(group: Group) -> AgentStanding {
    let key = group.keys.into_iter().next().unwrap_or_default();
    let interval =
        |value: fn(&Series) -> Option<&Value>| judged(&group.series, value).wilson().map(interval);
    AgentStanding {
        success_interval: interval(|series| series.total.as_ref()),
        previous_success_interval: interval(|series| series.previous_total.as_ref()),
        workspace_id: key.workspace_id,
        agent_id: key.id.unwrap_or_default(),
        name: key.label,
        rank: None,
        previous_rank: None,
        series: group.series,
    }
}

/// What completed of what completed, failed or timed out.
pub(crate) fn judged(series: &[Series], value: fn(&Series) -> Option<&Value>) -> Proportion {
    let count = |at: usize| series.get(at).map_or(0, |series| count(value(series)));
    Proportion {
        successes: count(COMPLETED),
        trials: count(COMPLETED) + count(FAILED) + count(TIMED_OUT),
    }
}

/// An interval as it travels.
pub(crate) fn interval(interval: Interval) -> proto::Interval {
    proto::Interval {
        low: interval.low,
        high: interval.high,
    }
}

/// A value that counts; nothing is zero.
pub(crate) fn count(value: Option<&Value>) -> u64 {
    match value.and_then(|value| value.number) {
        Some(Number::Integer(integer)) => integer.max(0).unsigned_abs(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
