//! What the tab's one stream carries, and how it is asked for.

use prost_types::Duration;
use shadow_proto::streaming::v1::{ExecutionFilter, ExecutionStatus, Topic, WatchRequest};

use super::{
    status::{is_over, parse_status},
    view::View,
};

/// How many executions to begin with.
const SNAPSHOT_SIZE: u32 = 200;

/// What is watched. Two pages that watch the same share the stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Watched {
    /// The workspace, or every one that the person may see.
    pub workspace: Option<String>,
    /// The agent, or all.
    pub agent: Option<String>,
    /// How executions ended, or all. An execution leaves "queued" and "running" again without a word from the server,
    /// so these are told apart in the browser.
    pub ended: Option<ExecutionStatus>,
    /// The model, or all.
    pub model: Option<String>,
    /// The shortest work, in seconds; zero for all.
    pub min_seconds: u32,
}

impl Watched {
    /// Everything of a workspace, or of every one.
    pub fn whole(workspace: Option<&str>) -> Self {
        Self {
            workspace: workspace.map(str::to_owned),
            ..Self::default()
        }
    }

    /// What an address asks for.
    pub fn of(view: &View) -> Self {
        Self {
            workspace: view.workspace.clone(),
            agent: view.agent.clone(),
            ended: view
                .status
                .as_deref()
                .and_then(parse_status)
                .filter(|status| is_over(*status)),
            model: view.model.clone(),
            min_seconds: view.min_seconds,
        }
    }

    /// Whether it is less than everything of its workspace.
    pub fn is_narrowed(&self) -> bool {
        *self != Self::whole(self.workspace.as_deref())
    }

    /// Whether only executions that have ended are part of it: before, neither outcome nor model nor length is known.
    pub fn is_of_ended(&self) -> bool {
        self.ended.is_some() || self.model.is_some() || self.min_seconds > 0
    }

    /// Asks for it: after a cursor, or from a snapshot on.
    pub fn request(&self, cursor: Option<String>) -> WatchRequest {
        let filter = ExecutionFilter {
            agent_ids: self.agent.iter().cloned().collect(),
            statuses: self.ended.iter().map(|status| i32::from(*status)).collect(),
            models: self.model.iter().cloned().collect(),
            minimum_duration: (self.min_seconds > 0).then(|| Duration {
                seconds: i64::from(self.min_seconds),
                nanos: 0,
            }),
        };
        WatchRequest {
            topics: vec![Topic::Executions.into(), Topic::Counters.into()],
            workspace_ids: self.workspace.iter().cloned().collect(),
            execution_filter: self.is_narrowed().then_some(filter),
            cursor,
            snapshot_size: SNAPSHOT_SIZE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_filters_watches_everything() {
        let watched = Watched::of(&View::default());
        assert_eq!(watched, Watched::whole(None));
        assert!(!watched.is_narrowed());
        assert_eq!(watched.request(None).execution_filter, None);
    }

    #[test]
    fn every_filter_is_the_servers_where_nothing_leaves_it_unnoticed() {
        let watched = Watched::of(&View::parse(
            "agent=a1&status=failed&model=m1&min_duration=60",
        ));
        let request = watched.request(Some("c7".to_owned()));
        let filter = request.execution_filter.unwrap();
        assert_eq!(filter.agent_ids, ["a1"]);
        assert_eq!(filter.statuses, [i32::from(ExecutionStatus::Failed)]);
        assert_eq!(filter.models, ["m1"]);
        assert_eq!(filter.minimum_duration.unwrap().seconds, 60);
        assert_eq!(request.cursor.as_deref(), Some("c7"));
        assert!(watched.is_of_ended());
    }

    #[test]
    fn who_looks_at_what_is_running_is_told_of_its_end() {
        for open in ["queued", "running"] {
            let watched = Watched::of(&View::parse(&format!("status={open}")));
            assert_eq!(watched.request(None).execution_filter, None, "{open}");
            assert!(!watched.is_of_ended());
        }
    }
}
