//! Publishing: validate, authorise, join, take room, hand to the pipeline, answer for each event. The same for a batch
//! that comes alone and for one of a stream.

mod join;
mod limits;
pub(crate) mod stream;

use std::collections::HashMap;
use std::time::Instant;

use chrono::{DateTime, Utc};
use metrics::{counter, histogram};
use shadow_auth::{Permission, Viewer};
use shadow_proto::streaming::v1 as proto;
use shadow_proto::streaming::v1::EventStatus;
use tonic::Status;
use uuid::Uuid;

use crate::admission::{Admission, Room};
use crate::pipeline::{Answer, Pipeline, overlap};
use crate::refusal;
use crate::validate::{self, Refused};

use join::{Joined, join};

/// What takes events in. Clones share it.
#[derive(Clone)]
pub(crate) struct Intake {
    pub(crate) pipeline: Pipeline,
    pub(crate) admission: Admission,
}

/// Stores what can be stored of a batch and answers for each event, after the commit.
pub(crate) async fn publish_batch(
    intake: &Intake,
    viewer: &Viewer,
    request: proto::PublishBatchRequest,
    now: DateTime<Utc>,
) -> Result<proto::PublishBatchResponse, Status> {
    let prepared = Prepared::read(viewer, request.events, now)?;
    let room = intake.admission.take(&prepared.bytes)?;
    prepared.store(intake, room).await
}

/// A batch whose events are read, permitted and joined.
struct Prepared {
    answers: Answers,
    joined: Vec<Joined>,
    /// The bytes of the events that may go in, by workspace.
    bytes: HashMap<Uuid, usize>,
}

impl Prepared {
    fn read(
        viewer: &Viewer,
        events: Vec<proto::Event>,
        now: DateTime<Utc>,
    ) -> Result<Self, Status> {
        let sizes = limits::check(&events)?;
        let mut answers = Answers::new(events.len());
        let mut known = Vec::with_capacity(events.len());
        let mut bytes = HashMap::new();
        let mut permitted = Permitted {
            viewer,
            known: HashMap::new(),
        };
        for (index, mut event) in events.into_iter().enumerate() {
            let event_id = std::mem::take(&mut event.event_id);
            match validate::parse(&event_id, event, now) {
                Ok(execution) if permitted.contains(execution.identity.workspace_id) => {
                    *bytes.entry(execution.identity.workspace_id).or_default() += sizes[index];
                    known.push((index, execution))
                }
                Ok(_) => answers.refuse(index, None, refusal::not_permitted()),
                Err(refused) => answers.refuse(index, None, refused),
            }
            answers.event_ids.push(event_id);
        }
        let (joined, conflicts) = join(known);
        for (index, workspace_id, refused) in conflicts {
            answers.refuse(index, Some(workspace_id), refused);
        }
        Ok(Self {
            answers,
            joined,
            bytes,
        })
    }

    /// From the first poll on everything is in the queues.
    async fn store(
        self,
        intake: &Intake,
        room: Room,
    ) -> Result<proto::PublishBatchResponse, Status> {
        let began = Instant::now();
        let mut answers = self.answers;
        let (executions, events): (Vec<_>, Vec<_>) = self
            .joined
            .into_iter()
            .map(|Joined { execution, events }| (execution, events))
            .unzip();
        let workspaces: Vec<Uuid> = executions
            .iter()
            .map(|execution| execution.identity.workspace_id)
            .collect();
        let stored = intake.pipeline.store(executions, room).await;
        histogram!("shadow_publish_admitted_seconds").record(began.elapsed());
        let stored = stored?;
        for ((answer, events), workspace_id) in stored.iter().zip(events).zip(workspaces) {
            for event in events {
                answers.stored(&event, workspace_id, answer);
            }
        }
        Ok(answers.into_response())
    }
}

/// Asks for the permissions of each workspace once.
struct Permitted<'a> {
    viewer: &'a Viewer,
    known: HashMap<Uuid, bool>,
}

impl Permitted<'_> {
    fn contains(&mut self, workspace_id: Uuid) -> bool {
        let viewer = self.viewer;
        *self.known.entry(workspace_id).or_insert_with(|| {
            viewer
                .permissions_in(workspace_id)
                .contains(&Permission::PublishEvents)
        })
    }
}

/// One entry for each event of the batch.
struct Answers {
    event_ids: Vec<String>,
    statuses: Vec<EventStatus>,
    refusals: Vec<proto::Refusal>,
}

impl Answers {
    fn new(events: usize) -> Self {
        Self {
            event_ids: Vec::with_capacity(events),
            statuses: vec![EventStatus::Unspecified; events],
            refusals: Vec::new(),
        }
    }

    fn stored(&mut self, event: &join::Contribution, workspace_id: Uuid, answer: &Answer) {
        if let Some((_, field)) = answer
            .conflicts
            .iter()
            .find(|(seen, _)| overlap(event.says, *seen))
        {
            self.refuse(
                event.index,
                Some(workspace_id),
                refusal::conflict(event.kind, field),
            );
        } else if overlap(event.adds, answer.new) {
            self.statuses[event.index] = EventStatus::Accepted;
        } else {
            self.statuses[event.index] = EventStatus::Repeated;
        }
    }

    /// `workspace_id` is absent where the caller may not publish into it. It is no label: there is no bound on how many
    /// workspaces there are.
    fn refuse(&mut self, index: usize, workspace_id: Option<Uuid>, refused: Refused) {
        self.statuses[index] = EventStatus::Refused;
        let reason = refused.reason.as_str_name();
        counter!("shadow_events_refused_total", "reason" => reason).increment(1);
        tracing::debug!(
            ?workspace_id,
            reason,
            field = refused.field,
            "an event was refused"
        );
        self.refusals.push(proto::Refusal {
            index: u32::try_from(index).unwrap_or(u32::MAX),
            event_id: String::new(),
            field: refused.field,
            reason: refused.reason.into(),
            description: refused.description,
        });
    }

    fn into_response(mut self) -> proto::PublishBatchResponse {
        self.refusals.sort_by_key(|refusal| refusal.index);
        for refusal in &mut self.refusals {
            refusal.event_id = std::mem::take(&mut self.event_ids[refusal.index as usize]);
        }
        for (label, status) in [
            ("accepted", EventStatus::Accepted),
            ("repeated", EventStatus::Repeated),
        ] {
            let count = self
                .statuses
                .iter()
                .filter(|other| **other == status)
                .count();
            counter!("shadow_events_total", "answer" => label).increment(count as u64);
        }
        proto::PublishBatchResponse {
            statuses: self.statuses.into_iter().map(i32::from).collect(),
            refusals: self.refusals,
        }
    }
}
