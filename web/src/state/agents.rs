//! The board of agents: what is asked for, and what is read in the answer.

use prost_types::Duration;
use shadow_proto::metrics::v1::{
    AgentStanding, Dimension, Filter, GetAgentRequest, ListAgentsRequest, QueryRequest,
};

use super::{
    answer::{self, Trend},
    list::List,
    query::{self, Question},
};
use crate::format::Tone;

/// How many agents a page has.
pub const PAGE_SIZE: u32 = 50;
/// The order of the board where none is chosen.
pub const LOWER_BOUND: &str = "success_lower_bound";

/// Asks for a page of the board.
pub fn request(question: &Question, list: &List) -> ListAgentsRequest {
    ListAgentsRequest {
        range: Some(question.time_range()),
        workspace_ids: question.workspace.iter().cloned().collect(),
        comparison: query::comparison(question.compare).map(i32::from),
        max_staleness: Some(Duration {
            seconds: 1,
            nanos: 0,
        }),
        filters: list
            .trigger
            .iter()
            .map(|trigger| Filter {
                dimension: Dimension::Trigger.into(),
                keys: vec![trigger.clone()],
            })
            .collect(),
        contains: list.contains.clone(),
        min_executions: list.min_executions,
        order_by: list.sort.clone().unwrap_or_default(),
        reversed: list.reversed,
        page_size: PAGE_SIZE,
        page_token: list.page.clone().unwrap_or_default(),
        ..ListAgentsRequest::default()
    }
}

/// One metric of an agent.
pub fn trend(agent: &AgentStanding, metric: &str) -> Trend {
    answer::of(&agent.series, metric).unwrap_or_default()
}

/// Asks about one agent of the question's workspace.
pub fn agent_request(question: &Question, agent_id: &str) -> GetAgentRequest {
    GetAgentRequest {
        range: Some(question.time_range()),
        workspace_id: question.workspace.clone().unwrap_or_default(),
        agent_id: agent_id.to_owned(),
        comparison: query::comparison(question.compare).map(i32::from),
        max_staleness: Some(Duration {
            seconds: 1,
            nanos: 0,
        }),
        currency: String::new(),
    }
}

/// Asks how one agent did over time.
pub fn trends_request(question: &Question, agent_id: &str) -> QueryRequest {
    let mut request = question.request();
    request.selections.truncate(1);
    for selection in &mut request.selections {
        selection.filters = vec![Filter {
            dimension: Dimension::Agent.into(),
            keys: vec![agent_id.to_owned()],
        }];
    }
    request
}

/// How a rank moved, in words and in a colour; absent where there is nothing to compare with.
pub fn moved(rank: Option<u32>, previous: Option<u32>) -> Option<(Tone, String)> {
    let (rank, previous) = (rank?, previous?);
    Some(match rank.cmp(&previous) {
        std::cmp::Ordering::Less => (Tone::Good, format!("▲ {}", previous - rank)),
        std::cmp::Ordering::Equal => (Tone::Neutral, "=".to_owned()),
        std::cmp::Ordering::Greater => (Tone::Bad, format!("▼ {}", rank - previous)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::view::Compare;

    fn question() -> Question {
        Question {
            workspace: Some("w1".to_owned()),
            range: shadow_domain::time::Range {
                start: "2026-11-01T00:00:00Z".parse().unwrap(),
                end: "2026-11-24T00:00:00Z".parse().unwrap(),
            },
            zone: "Asia/Kolkata".to_owned(),
            compare: Compare::Year,
        }
    }

    #[test]
    fn one_agent_is_asked_for_in_its_workspace() {
        let request = agent_request(&question(), "a-1");
        assert_eq!(
            (request.workspace_id.as_str(), request.agent_id.as_str()),
            ("w1", "a-1")
        );
        let trends = trends_request(&question(), "a-1");
        assert_eq!(trends.selections.len(), 1);
        assert_eq!(trends.selections[0].id, query::OVERVIEW);
        assert_eq!(trends.selections[0].filters[0].keys, ["a-1"]);
    }

    #[test]
    fn the_address_is_asked_for() {
        let question = question();
        let list = List {
            trigger: Some("user".to_owned()),
            page: Some("AQ".to_owned()),
            ..List::default().sorted_by("cost").sorted_by("cost")
        };
        let request = request(&question, &list);
        assert_eq!(request.workspace_ids, ["w1"]);
        assert_eq!(request.range.as_ref().unwrap().zone, "Asia/Kolkata");
        assert_eq!(
            (request.order_by.as_str(), request.reversed),
            ("cost", true)
        );
        assert_eq!(
            (request.filters.len(), request.page_token.as_str()),
            (1, "AQ")
        );
        assert!(request.comparison.is_some());
    }

    #[test]
    fn ranks_move_up_and_down() {
        let word = |rank, previous| moved(rank, previous).map(|(_, word)| word);
        assert_eq!(word(Some(1), Some(3)).as_deref(), Some("▲ 2"));
        assert_eq!(word(Some(3), Some(1)).as_deref(), Some("▼ 2"));
        assert_eq!(word(Some(3), Some(3)).as_deref(), Some("="));
        assert_eq!(word(Some(3), None), None);
    }
}
