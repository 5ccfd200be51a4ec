//! Which executions are wanted: workspaces and the filter.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use shadow_client::Client;
use shadow_client::proto::streaming::v1::{ExecutionFilter, ExecutionStatus};
use uuid::Uuid;

use crate::query::workspace;

/// See the module.
#[derive(Debug, clap::Args)]
pub(super) struct Wanted {
    /// Keep a workspace by its id or its name; may be repeated [default: every one that the token may see]
    #[arg(long = "workspace", value_name = "ID|NAME")]
    workspaces: Vec<String>,
    /// Keep an agent by its id; may be repeated
    #[arg(long = "agent", value_name = "ID")]
    agents: Vec<String>,
    /// Keep a status: queued, running, completed, failed, cancelled, timed_out or unknown; may be repeated
    #[arg(long = "status", value_name = "STATUS", value_parser = status)]
    statuses: Vec<ExecutionStatus>,
    /// Keep a model; may be repeated. Models are known from the end on, so this keeps only what ended
    #[arg(long = "model", value_name = "MODEL")]
    models: Vec<String>,
    /// Keep what is known to have worked at least so long, such as 500ms or 2m
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    min_duration: Option<Duration>,
}

/// The names of workspaces by their ids.
pub(super) type Names = BTreeMap<String, String>;

/// The names of workspaces, for what is wanted. A server without the metrics service knows none, and then ids do.
pub(super) async fn names(client: &Client, wanted: &Wanted) -> anyhow::Result<Names> {
    let named = |text: &String| Uuid::try_parse(text).is_err();
    match all_names(client).await {
        Ok(names) => Ok(names),
        Err(error) if wanted.workspaces.iter().any(named) => Err(error),
        Err(_) => Ok(Names::new()),
    }
}

/// The names of all workspaces that may be seen.
pub(super) async fn all_names(client: &Client) -> anyhow::Result<Names> {
    let all = workspace::list(client).await?;
    Ok(all
        .into_iter()
        .map(|one| (one.workspace_id, one.name))
        .collect())
}

impl Wanted {
    /// The ids of the workspaces, where some are named.
    pub(super) fn workspace_ids(&self, names: &Names) -> anyhow::Result<Vec<String>> {
        let id = |text: &String| match Uuid::try_parse(text) {
            Ok(id) => Ok(id.to_string()),
            Err(_) => only(text, names),
        };
        self.workspaces.iter().map(id).collect()
    }

    pub(super) fn filter(&self) -> ExecutionFilter {
        let duration = self.min_duration.map(|least| prost_types::Duration {
            seconds: i64::try_from(least.as_secs()).unwrap_or(i64::MAX),
            nanos: least.subsec_nanos().cast_signed(),
        });
        ExecutionFilter {
            agent_ids: self.agents.clone(),
            statuses: self.statuses.iter().map(|one| i32::from(*one)).collect(),
            models: self.models.clone(),
            minimum_duration: duration,
        }
    }
}

fn only(text: &str, names: &Names) -> anyhow::Result<String> {
    let mut ids = names.iter().filter(|(_, name)| *name == text);
    let (id, _) = ids
        .next()
        .with_context(|| format!("there is no workspace {text:?} that the token may see"))?;
    if let Some((other, _)) = ids.next() {
        anyhow::bail!(
            "several workspaces are called {text:?}; give the id of one, such as {id} or {other}"
        );
    }
    Ok(id.clone())
}

fn status(text: &str) -> Result<ExecutionStatus, String> {
    let name = format!(
        "EXECUTION_STATUS_{}",
        text.to_ascii_uppercase().replace('-', "_")
    );
    ExecutionStatus::from_str_name(&name)
        .filter(|status| *status != ExecutionStatus::Unspecified)
        .ok_or_else(|| {
            "expected queued, running, completed, failed, cancelled, timed_out or unknown"
                .to_owned()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspaces_are_named_by_id_or_name() {
        let ids = [1, 2, 3].map(|id| Uuid::from_u128(id).to_string());
        let names: Names = [(&ids[0], "one"), (&ids[1], "two"), (&ids[2], "two")]
            .map(|(id, name)| (id.clone(), name.to_owned()))
            .into();
        let resolve = |text: &str| {
            let wanted = Wanted {
                workspaces: vec![text.to_owned()],
                agents: Vec::new(),
                statuses: Vec::new(),
                models: Vec::new(),
                min_duration: None,
            };
            wanted.workspace_ids(&names)
        };
        assert_eq!(resolve("one").unwrap(), [ids[0].clone()]);
        assert_eq!(resolve(&ids[2].to_uppercase()).unwrap(), [ids[2].clone()]);
        assert!(resolve("two").unwrap_err().to_string().contains("several"));
        assert!(resolve("six").unwrap_err().to_string().contains("\"six\""));
    }

    #[test]
    fn statuses_are_read_by_name() {
        assert_eq!(status("timed-out"), Ok(ExecutionStatus::TimedOut));
        assert_eq!(status("Failed"), Ok(ExecutionStatus::Failed));
        assert!(status("unspecified").is_err());
    }
}
