//! Events of an execution.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_proto::streaming::v1::event::Event as Kind;
use shadow_proto::streaming::v1::*;
use uuid::Uuid;

/// An execution that tests make events of.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) workspace: Uuid,
    pub(crate) identity: ExecutionIdentity,
    pub(crate) opened_at: DateTime<Utc>,
}

impl Run {
    /// One of the last minutes.
    pub(crate) fn new(workspace: Uuid, name: u128) -> Self {
        Self::opened_at(workspace, name, Utc::now() - TimeDelta::minutes(5))
    }

    pub(crate) fn opened_at(workspace: Uuid, name: u128, opened_at: DateTime<Utc>) -> Self {
        let identity = ExecutionIdentity {
            execution_id: Uuid::from_u128(name).to_string(),
            opened_at: Some(timestamp(opened_at)),
            agent_id: "writer".to_owned(),
            trigger: Trigger::User.into(),
            user_id: Some("ada".to_owned()),
            ..Default::default()
        };
        Self {
            workspace,
            identity,
            opened_at,
        }
    }

    pub(crate) fn opened(&self) -> Event {
        self.event(
            0,
            Kind::ExecutionOpened(ExecutionOpened {
                identity: Some(self.identity.clone()),
            }),
        )
    }

    pub(crate) fn started(&self) -> Event {
        self.event(
            2,
            Kind::ExecutionStarted(ExecutionStarted {
                identity: Some(self.identity.clone()),
            }),
        )
    }

    pub(crate) fn ended(&self) -> Event {
        self.ended_with(ExecutionEnd {
            outcome: Outcome::Completed.into(),
            ..Default::default()
        })
    }

    pub(crate) fn ended_with(&self, end: ExecutionEnd) -> Event {
        let ended = ExecutionEnded {
            identity: Some(self.identity.clone()),
            end: Some(end),
        };
        self.event(9, Kind::ExecutionEnded(ended))
    }

    pub(crate) fn rated(&self, rating: u32) -> Event {
        let given = ExecutionFeedback {
            identity: Some(self.identity.clone()),
            feedback: Some(Feedback {
                rating,
                user_id: Some("bob".to_owned()),
                ..Default::default()
            }),
        };
        self.event(60, Kind::ExecutionFeedback(given))
    }

    pub(crate) fn step(&self, number: u32, kind: StepKind) -> Event {
        let step = ExecutionStep {
            identity: Some(self.identity.clone()),
            step: Some(Step {
                number,
                kind: kind.into(),
                status: StepStatus::Completed.into(),
                ..Default::default()
            }),
        };
        self.event(2 + i64::from(number), Kind::ExecutionStep(step))
    }

    fn event(&self, seconds: i64, kind: Kind) -> Event {
        Event {
            event_id: Uuid::new_v4().to_string(),
            workspace_id: self.workspace.to_string(),
            occurred_at: Some(timestamp(self.opened_at + TimeDelta::seconds(seconds))),
            event: Some(kind),
        }
    }
}

pub(crate) fn timestamp(at: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos: at.timestamp_subsec_nanos() as i32,
    }
}
