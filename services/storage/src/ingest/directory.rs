//! Placeholders of workspaces, users and agents that were first seen in an event.

use std::collections::BTreeSet;

use diesel::sql_types::{Array, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use moka::sync::Cache;
use shadow_domain::fact::Fact;
use uuid::Uuid;

use super::Change;
use crate::Error;
use crate::database::Transaction;
use crate::error::While;
use crate::statement::statement;

/// How many entries of the directory a process remembers; forgetting one costs a statement that does nothing.
const REMEMBERED: u64 = 200_000;

statement!(
    PlaceWorkspaces<'a> = "place_workspaces.sql",
    (workspace_id: [Uuid] as Array<SqlUuid>) -> ()
);
statement!(
    PlaceUsers<'a> = "place_users.sql",
    (user_id: [String] as Array<Text>) -> ()
);
statement!(
    PlaceAgents<'a> = "place_agents.sql",
    (workspace_id: [Uuid] as Array<SqlUuid>, agent_id: [String] as Array<Text>) -> ()
);

/// What a process knows to be in the directory.
#[derive(Debug)]
pub(crate) struct Known {
    workspaces: Cache<Uuid, ()>,
    users: Cache<String, ()>,
    agents: Cache<(Uuid, String), ()>,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            workspaces: Cache::new(REMEMBERED),
            users: Cache::new(REMEMBERED),
            agents: Cache::new(REMEMBERED),
        }
    }
}

/// What may be missing in the directory, in the order in which rows are locked.
#[derive(Debug, Default)]
pub(crate) struct News {
    workspaces: BTreeSet<Uuid>,
    users: BTreeSet<String>,
    agents: BTreeSet<(Uuid, String)>,
}

impl Known {
    /// What the changes and the new facts name that is not known to be there.
    pub(super) fn news(&self, changes: &[Change<'_>], facts: &[&Fact]) -> News {
        let identities = || changes.iter().map(|change| &change.execution.identity);
        let workspaces: BTreeSet<Uuid> = identities()
            .map(|id| id.workspace_id)
            .chain(facts.iter().map(|fact| fact.workspace_id))
            .collect();
        let raters = changes
            .iter()
            .filter_map(|change| change.execution.feedback.as_ref())
            .filter_map(|feedback| feedback.given_by.as_deref());
        let users: BTreeSet<&str> = identities()
            .filter_map(|id| id.user_id.as_deref())
            .chain(raters)
            .chain(facts.iter().filter_map(|fact| fact.user()))
            .collect();
        let agents: BTreeSet<(Uuid, &str)> = identities()
            .map(|id| (id.workspace_id, id.agent_id.as_str()))
            .collect();
        News {
            workspaces: workspaces
                .into_iter()
                .filter(|workspace| !self.workspaces.contains_key(workspace))
                .collect(),
            users: users
                .into_iter()
                .filter(|user| !self.users.contains_key(*user))
                .map(str::to_owned)
                .collect(),
            agents: agents
                .into_iter()
                .map(|(workspace, agent)| (workspace, agent.to_owned()))
                .filter(|agent| !self.agents.contains_key(agent))
                .collect(),
        }
    }

    /// What was placed is there, now that it is committed.
    pub(super) fn remember(&self, news: News) {
        for workspace in news.workspaces {
            self.workspaces.insert(workspace, ());
        }
        for user in news.users {
            self.users.insert(user, ());
        }
        for agent in news.agents {
            self.agents.insert(agent, ());
        }
    }
}

/// Makes placeholders where there is nothing yet.
pub(super) async fn place(transaction: &mut Transaction, news: &News) -> Result<(), Error> {
    const DOING: &str = "making placeholders in the directory";
    if !news.workspaces.is_empty() {
        let workspaces: Vec<Uuid> = news.workspaces.iter().copied().collect();
        let place = PlaceWorkspaces {
            workspace_id: &workspaces,
        };
        place.execute(transaction.connection()).await.doing(DOING)?;
    }
    if !news.users.is_empty() {
        let users: Vec<String> = news.users.iter().cloned().collect();
        let place = PlaceUsers { user_id: &users };
        place.execute(transaction.connection()).await.doing(DOING)?;
    }
    if !news.agents.is_empty() {
        let (workspaces, agents): (Vec<Uuid>, Vec<String>) = news.agents.iter().cloned().unzip();
        let place = PlaceAgents {
            workspace_id: &workspaces,
            agent_id: &agents,
        };
        place.execute(transaction.connection()).await.doing(DOING)?;
    }
    Ok(())
}
