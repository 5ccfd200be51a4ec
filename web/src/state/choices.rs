//! What the filters of the live feed offer: agents and models that had something to do of late. The feed alone would
//! offer only what happens to be on the page.

use chrono::{DateTime, Utc};
use shadow_proto::{
    common::v1::{Granularity, TimeRange},
    metrics::v1::{Dimension, QueryRequest, QueryResponse, Selection, Top},
};

use super::{
    answer::{label, result},
    feed::Feed,
    query::{AGENTS, MODELS, timestamp},
    range::Span,
};

/// How many of each are offered.
const CHOICES: u32 = 100;

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is asked for.
    pub id: String,
    /// What a person reads.
    pub label: String,
}

/// Agents and models, by what a person reads.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Choices {
    /// Agents by id.
    pub agents: Vec<Choice>,
    /// Models by name.
    pub models: Vec<Choice>,
}

/// Asks for the busiest of a workspace.
pub fn request(workspace: Option<&str>, now: DateTime<Utc>) -> QueryRequest {
    let select = |id: &str, metric: &str, dimension: Dimension| Selection {
        id: id.to_owned(),
        metrics: vec![metric.to_owned()],
        granularity: Granularity::Total.into(),
        group_by: vec![dimension.into()],
        top: Some(Top {
            limit: CHOICES,
            metric: metric.to_owned(),
        }),
        ..Selection::default()
    };
    let range = Span::default().range(&Utc, now);
    QueryRequest {
        selections: vec![
            select(AGENTS, "executions", Dimension::Agent),
            select(MODELS, "executions_ended", Dimension::Model),
        ],
        range: Some(TimeRange {
            start: Some(timestamp(range.start)),
            end: Some(timestamp(range.end)),
            zone: "UTC".to_owned(),
        }),
        workspace_ids: workspace.map(str::to_owned).into_iter().collect(),
        ..QueryRequest::default()
    }
}

impl From<&QueryResponse> for Choices {
    fn from(response: &QueryResponse) -> Self {
        Self {
            agents: known(response, AGENTS),
            models: known(response, MODELS),
        }
    }
}

impl Choices {
    /// Adds what the feed has seen, and what is chosen whether or not anybody saw it.
    pub fn with(&self, feed: &Feed, agent: Option<&str>, model: Option<&str>) -> Self {
        let seen = feed
            .agents
            .iter()
            .map(|(id, name)| (id.as_str(), name.as_str()));
        let models = feed
            .models
            .iter()
            .map(|model| (model.as_str(), model.as_str()));
        Self {
            agents: joined(&self.agents, seen.chain(agent.map(|id| (id, id)))),
            models: joined(&self.models, models.chain(model.map(|id| (id, id)))),
        }
    }
}

fn known(response: &QueryResponse, id: &str) -> Vec<Choice> {
    let groups = result(response, id).map_or(&[][..], |answer| &answer.groups);
    let named: Vec<(String, String)> = groups
        .iter()
        .filter(|group| group.other_groups == 0)
        .filter_map(|group| Some((group.keys.first()?.id.clone()?, label(group))))
        .collect();
    let pairs = named
        .iter()
        .map(|(id, label)| (id.as_str(), label.as_str()));
    joined(&[], pairs)
}

/// One of each id, in the order of the labels. Agents of two workspaces may have one id: the filter keeps both.
fn joined<'a>(first: &[Choice], more: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Choice> {
    let mut choices = first.to_vec();
    for (id, label) in more {
        if choices.iter().all(|choice| choice.id != id) {
            choices.push(Choice {
                id: id.to_owned(),
                label: label.to_owned(),
            });
        }
    }
    choices.sort_by_cached_key(|choice| (choice.label.to_lowercase(), choice.id.clone()));
    choices
}

#[cfg(test)]
mod tests {
    use shadow_proto::streaming::v1::ExecutionStatus;

    use super::*;
    use crate::state::{
        answer::tests::response,
        feed::tests::{execution, snapshot},
        query::instant,
    };

    fn names(choices: &[Choice]) -> Vec<(&str, &str)> {
        choices
            .iter()
            .map(|choice| (choice.id.as_str(), choice.label.as_str()))
            .collect()
    }

    #[test]
    fn the_busiest_of_thirty_days_are_asked_for() {
        let request = request(Some("w1"), "2026-11-23T21:07:30Z".parse().unwrap());
        assert_eq!(request.workspace_ids, ["w1"]);
        let start = instant(request.range.unwrap().start.as_ref()).unwrap();
        assert_eq!(start.to_string(), "2026-10-25 00:00:00 UTC");
    }

    #[test]
    fn what_is_unknown_and_the_others_are_no_choices() {
        let choices = Choices::from(&response());
        assert_eq!(names(&choices.agents), [("a-1", "Invoice reader")]);
        assert!(choices.models.is_empty());
    }

    #[test]
    fn what_was_seen_or_is_chosen_is_offered_too() {
        let mut feed = Feed::default();
        feed.apply(snapshot(vec![execution(
            "z",
            1,
            1,
            ExecutionStatus::Queued,
        )]));
        let choices = Choices::from(&response()).with(&feed, Some("gone"), Some("m-1"));
        assert_eq!(
            names(&choices.agents),
            [
                ("agent-z", "Agent z"),
                ("gone", "gone"),
                ("a-1", "Invoice reader")
            ]
        );
        assert_eq!(names(&choices.models), [("m-1", "m-1")]);
        let again = choices.with(&feed, Some("a-1"), None);
        assert_eq!(again, choices);
    }
}
