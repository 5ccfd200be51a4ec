//! A producer, as an engineer of the platform would write it.

use std::{collections::HashMap, time::SystemTime};

use anyhow::{Context, Result, ensure};
use prost_types::{Duration, Timestamp};
use shadow_client::Client;
use shadow_proto::{
    common::v1::Money,
    metrics::v1::ListWorkspacesRequest,
    streaming::v1::{
        Event, EventStatus, ExecutionEnd, ExecutionEnded, ExecutionIdentity, ExecutionOpened,
        Outcome, Trigger, event,
    },
};
use uuid::Uuid;

use crate::stack::Stack;

/// Publishes executions of one agent.
pub(crate) struct Producer {
    client: Client,
    workspace: String,
    open: HashMap<String, ExecutionIdentity>,
}

impl Producer {
    /// Connects as an engineer, for the first workspace.
    pub(crate) async fn connect(stack: &Stack) -> Result<Self> {
        let client = Client::connect(&stack.server()?, &stack.token("engineer@demo")?).await?;
        let listed = client
            .list_workspaces(ListWorkspacesRequest::default())
            .await?;
        let workspace = listed
            .workspaces
            .first()
            .context("the demo has workspaces")?
            .workspace_id
            .clone();
        Ok(Self {
            client,
            workspace,
            open: HashMap::new(),
        })
    }

    /// Opens an execution now, and answers its id.
    pub(crate) async fn open(&mut self) -> Result<String> {
        let now = Timestamp::from(SystemTime::now());
        let id = Uuid::now_v7().to_string();
        let identity = ExecutionIdentity {
            execution_id: id.clone(),
            opened_at: Some(now),
            agent_id: "e2e-agent".to_owned(),
            trigger: Trigger::Api.into(),
            ..ExecutionIdentity::default()
        };
        self.open.insert(id.clone(), identity.clone());
        self.publish(
            now,
            event::Event::ExecutionOpened(ExecutionOpened {
                identity: Some(identity),
            }),
        )
        .await?;
        Ok(id)
    }

    /// Completes an execution.
    pub(crate) async fn end(&mut self, id: &str) -> Result<()> {
        let identity = self
            .open
            .get(id)
            .cloned()
            .context("only what is open can end")?;
        let end = ExecutionEnd {
            outcome: Outcome::Completed.into(),
            duration: Some(Duration {
                seconds: 0,
                nanos: 120_000_000,
            }),
            model: Some("e2e-model".to_owned()),
            input_tokens: Some(1_200),
            output_tokens: Some(300),
            cost: Some(Money {
                currency: "USD".to_owned(),
                micros: 12_000,
            }),
            ..ExecutionEnd::default()
        };
        let ended = ExecutionEnded {
            identity: Some(identity),
            end: Some(end),
        };
        self.publish(
            Timestamp::from(SystemTime::now()),
            event::Event::ExecutionEnded(ended),
        )
        .await
    }

    async fn publish(&self, occurred_at: Timestamp, event: event::Event) -> Result<()> {
        let event = Event {
            event_id: Uuid::now_v7().to_string(),
            workspace_id: self.workspace.clone(),
            occurred_at: Some(occurred_at),
            event: Some(event),
        };
        let answer = self.client.publish_batch(vec![event]).await?;
        ensure!(
            answer.statuses == [i32::from(EventStatus::Accepted)],
            "refused: {:?}",
            answer.refusals
        );
        Ok(())
    }
}
