//! The events of one execution.

use std::error::Error;
use std::time::{Duration, SystemTime};

use shadow_client::proto::streaming::v1::event::Event as Kind;
use shadow_client::proto::streaming::v1::{
    Event, ExecutionEnd, ExecutionEnded, ExecutionIdentity, ExecutionOpened, ExecutionStarted,
    Outcome, Trigger,
};
use uuid::Uuid;

/// An execution of the agent "example", from when it is asked for to its end.
pub(crate) struct Execution {
    pub(crate) id: Uuid,
    workspace_id: String,
    opened_at: SystemTime,
    started_at: SystemTime,
}

impl Execution {
    pub(crate) fn open(workspace_id: &str) -> Self {
        let now = SystemTime::now();
        Self {
            id: Uuid::now_v7(),
            workspace_id: workspace_id.to_owned(),
            opened_at: now,
            started_at: now,
        }
    }

    pub(crate) fn opened(&self) -> Event {
        let identity = Some(self.identity());
        let opened = ExecutionOpened { identity };
        self.event(self.opened_at, Kind::ExecutionOpened(opened))
    }

    pub(crate) fn started(&mut self) -> Event {
        self.started_at = SystemTime::now();
        let identity = Some(self.identity());
        let started = ExecutionStarted { identity };
        self.event(self.started_at, Kind::ExecutionStarted(started))
    }

    pub(crate) fn ended(&self) -> Result<Event, Box<dyn Error>> {
        let now = SystemTime::now();
        let worked: Duration = now.duration_since(self.started_at)?;
        let end = ExecutionEnd {
            outcome: Outcome::Completed.into(),
            duration: Some(worked.try_into()?),
            model: Some("meridian-pro-3".to_owned()),
            input_tokens: Some(1_200),
            output_tokens: Some(340),
            // What is not known is left out; it is never zero.
            ..ExecutionEnd::default()
        };
        let (identity, end) = (Some(self.identity()), Some(end));
        Ok(self.event(now, Kind::ExecutionEnded(ExecutionEnded { identity, end })))
    }

    /// The same on every event of an execution.
    fn identity(&self) -> ExecutionIdentity {
        ExecutionIdentity {
            execution_id: self.id.to_string(),
            opened_at: Some(self.opened_at.into()),
            agent_id: "example".to_owned(),
            trigger: Trigger::Api.into(),
            ..ExecutionIdentity::default()
        }
    }

    /// An event keeps its id however often it is sent; that is what makes sending it again safe.
    fn event(&self, at: SystemTime, kind: Kind) -> Event {
        Event {
            event_id: Uuid::now_v7().to_string(),
            workspace_id: self.workspace_id.clone(),
            occurred_at: Some(at.into()),
            event: Some(kind),
        }
    }
}
