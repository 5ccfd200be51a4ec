//! Executions of one busy workspace, made by number: load that needs no believable platform behind it.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use prost::Message;
use shadow_proto::streaming::v1::{
    Event, ExecutionEnd, ExecutionEnded, ExecutionIdentity, Outcome, PublishBatchRequest, Trigger,
    event,
};
use uuid::Uuid;

use crate::data::timestamp;

const AGENTS: u64 = 20;
const USERS: u64 = 200;
const MODELS: [(&str, &str); 3] = [
    ("gpt-5", "openai"),
    ("claude-sonnet-4-5", "anthropic"),
    ("gemini-2.5-pro", "google"),
];

/// A workspace and how many executions it had.
#[derive(Debug)]
pub(crate) struct Busy {
    pub(crate) workspace_id: Uuid,
    made: u64,
}

impl Busy {
    /// A workspace that nobody knows yet.
    pub(crate) fn new() -> Self {
        Self {
            workspace_id: Uuid::new_v4(),
            made: 0,
        }
    }

    /// Ends of executions that were opened a moment ago.
    pub(crate) fn batch(&mut self, executions: usize) -> Vec<Event> {
        let now = Utc::now();
        (0..executions).map(|_| self.ended(now)).collect()
    }

    /// The same as the bytes of a PublishBatchRequest.
    pub(crate) fn encoded(&mut self, executions: usize) -> Bytes {
        let events = self.batch(executions);
        PublishBatchRequest { events }.encode_to_vec().into()
    }

    fn ended(&mut self, now: DateTime<Utc>) -> Event {
        self.made += 1;
        let number = self.made;
        let worked = TimeDelta::milliseconds(200 + (number % 97 * 40).cast_signed());
        let opened_at = now - worked - TimeDelta::milliseconds(50);
        let (model, provider) = MODELS[(number % 3) as usize];
        let failed = number.is_multiple_of(20);
        let identity = ExecutionIdentity {
            execution_id: Uuid::now_v7().to_string(),
            opened_at: Some(timestamp(opened_at)),
            agent_id: format!("agent-{:02}", number * number % AGENTS),
            agent_version: Some("1.4.2".to_owned()),
            trigger: Trigger::User.into(),
            environment: Some("production".to_owned()),
            user_id: Some(format!("user-{:03}@busy", number * 7 % USERS)),
            timeout: None,
        };
        let end = ExecutionEnd {
            outcome: if failed {
                Outcome::Failed
            } else {
                Outcome::Completed
            }
            .into(),
            duration: Some(prost_types::Duration {
                seconds: worked.num_seconds(),
                nanos: worked.subsec_nanos(),
            }),
            model: Some(model.to_owned()),
            provider: Some(provider.to_owned()),
            input_tokens: Some(1_000 + (number % 900).cast_signed()),
            output_tokens: Some(200 + (number % 300).cast_signed()),
            credits_micro: Some(1_500_000),
            error_kind: failed.then(|| "rate_limited".to_owned()),
            started_at: Some(timestamp(now - worked)),
            ..ExecutionEnd::default()
        };
        Event {
            event_id: Uuid::now_v7().to_string(),
            workspace_id: self.workspace_id.to_string(),
            occurred_at: Some(timestamp(now)),
            event: Some(event::Event::ExecutionEnded(ExecutionEnded {
                identity: Some(identity),
                end: Some(end),
            })),
        }
    }
}
