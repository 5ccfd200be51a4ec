//! Executions that tests publish.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_client::proto::streaming::v1::event::Event as Kind;
use shadow_client::proto::streaming::v1::*;
use uuid::Uuid;

use crate::stack::WORKSPACE;

/// One that was opened at an instant and works for a second.
pub(crate) struct Run {
    pub(crate) workspace_id: Uuid,
    pub(crate) agent_id: String,
    pub(crate) id: Uuid,
    pub(crate) opened_at: DateTime<Utc>,
    pub(crate) outcome: Outcome,
    pub(crate) model: &'static str,
}

impl Run {
    pub(crate) fn new(number: u128) -> Self {
        Self {
            workspace_id: WORKSPACE,
            agent_id: "writer".to_owned(),
            id: Uuid::from_u128(number),
            opened_at: Utc::now() - TimeDelta::minutes(5),
            outcome: Outcome::Completed,
            model: "small",
        }
    }

    pub(crate) fn opened(&self) -> Event {
        let identity = self.identity();
        self.event(0, Kind::ExecutionOpened(ExecutionOpened { identity }))
    }

    pub(crate) fn started(&self) -> Event {
        let identity = self.identity();
        self.event(1, Kind::ExecutionStarted(ExecutionStarted { identity }))
    }

    pub(crate) fn ended(&self) -> Event {
        let identity = self.identity();
        let end = ExecutionEnd {
            outcome: self.outcome.into(),
            duration: Some(prost_types::Duration {
                seconds: 1,
                nanos: 0,
            }),
            model: Some(self.model.to_owned()),
            ..ExecutionEnd::default()
        };
        let end = Some(end);
        self.event(2, Kind::ExecutionEnded(ExecutionEnded { identity, end }))
    }

    fn identity(&self) -> Option<ExecutionIdentity> {
        Some(ExecutionIdentity {
            execution_id: self.id.to_string(),
            opened_at: Some(timestamp(self.opened_at)),
            agent_id: self.agent_id.clone(),
            trigger: Trigger::Api.into(),
            ..ExecutionIdentity::default()
        })
    }

    fn event(&self, seconds: i64, kind: Kind) -> Event {
        let occurred_at = self.opened_at + TimeDelta::seconds(seconds);
        Event {
            event_id: Uuid::new_v5(&self.id, &[seconds as u8]).to_string(),
            workspace_id: self.workspace_id.to_string(),
            occurred_at: Some(timestamp(occurred_at)),
            event: Some(kind),
        }
    }
}

fn timestamp(at: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos: at.timestamp_subsec_nanos() as i32,
    }
}
