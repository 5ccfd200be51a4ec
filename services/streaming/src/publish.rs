//! Publishing: take room, decode, validate, authorise, join, hand to the pipeline, answer for each event. The same for a
//! batch that comes alone and for one of a stream.

mod join;
mod limits;
pub(crate) mod stream;
mod unread;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use metrics::{counter, histogram};
use shadow_auth::{Permission, Viewer};
use shadow_domain::execution::Execution;
use shadow_domain::fact::{self, Content, Fact};
use shadow_proto::streaming::v1 as proto;
use shadow_proto::streaming::v1::EventStatus;
use shadow_rpc::status;
use shadow_storage::ingest::FactAnswer;
use shadow_storage::{Database, retention};
use tonic::Status;
use tracing::trace_span;
use uuid::Uuid;

use crate::admission::{Admission, Room};
use crate::pipeline::{Answer, FactOutcome, Pipeline, overlap};
use crate::refusal::{self, Kind};
use crate::refusals::{One, Refusals};
use crate::validate::{self, Need, Refused, Said};

use join::{Joined, Reported, join, same};
use unread::Unread;

/// What takes events in. Clones share it.
#[derive(Clone)]
pub(crate) struct Intake {
    pub(crate) db: Database,
    pub(crate) pipeline: Pipeline,
    pub(crate) admission: Admission,
    pub(crate) refusals: Refusals,
}

impl Intake {
    /// Before when events are refused, because facts of that time are no longer kept.
    async fn refused_before(&self) -> Result<Option<DateTime<Utc>>, Status> {
        let known = retention::refused_before(&self.db).await;
        known.map_err(status::from_storage)
    }
}

/// Stores what can be stored of a batch, given as it came, and answers for each event, after the commit.
pub(crate) async fn publish_batch(
    intake: &Intake,
    viewer: &Viewer,
    request: Bytes,
    now: DateTime<Utc>,
) -> Result<proto::PublishBatchResponse, Status> {
    let unread = Unread::batch(request)?;
    unread.check()?;
    let mut permitted = Permitted::new(viewer);
    let bytes = unread.bytes_of(|workspace_id| permitted.contains(workspace_id));
    // Before there is room: a database that does not answer is not to be taken for a full queue.
    let refused_before = intake.refused_before().await?;
    let room = trace_span!("admit").in_scope(|| intake.admission.take(&bytes))?;
    Prepared::read(permitted, unread, now, refused_before)?
        .store(intake, room)
        .await
}

/// A batch whose events are read, permitted and joined.
struct Prepared {
    answers: Answers,
    joined: Vec<Joined>,
    facts: Vec<Reported>,
    /// Steps, which are stored after their executions.
    steps: Vec<(usize, Fact)>,
}

impl Prepared {
    fn read(
        mut permitted: Permitted<'_>,
        unread: Unread,
        now: DateTime<Utc>,
        refused_before: Option<DateTime<Utc>>,
    ) -> Result<Self, Status> {
        let _validating = trace_span!("validate", events = unread.len()).entered();
        let mut answers = Answers::new(unread.len());
        let mut known = Vec::with_capacity(unread.len());
        let (mut facts, mut steps) = (Vec::new(), Vec::new());
        for (index, event) in unread.events().enumerate() {
            let mut event = event?;
            let event_id = std::mem::take(&mut event.event_id);
            // First of all, so that what is wrong with an event is counted where its caller may publish, and nowhere else.
            let named = validate::uuid(&event.workspace_id).ok();
            let workspace_id = named.filter(|workspace_id| permitted.contains(*workspace_id));
            if named.is_some() && workspace_id.is_none() {
                answers.refuse(index, None, refusal::not_permitted());
            } else {
                let said = validate::parse(&event_id, event, now);
                match said
                    .and_then(|said| kept(said, refused_before))
                    .and_then(|said| permitted.checked(said))
                {
                    Ok(Said::Execution(execution)) => {
                        let kind = Kind::of(&execution);
                        known.push((index, kind, *execution));
                    }
                    Ok(Said::Fact(fact)) => match &fact.content {
                        // A step says of its execution that it was opened.
                        Content::Step(step) => {
                            let opened = Execution::opened(step.identity.clone());
                            known.push((index, Kind::Step, opened));
                            steps.push((index, fact));
                        }
                        _ => facts.push((index, fact)),
                    },
                    Err(refused) => answers.refuse(index, workspace_id, refused),
                }
            }
            answers.event_ids.push(event_id);
        }
        let (joined, conflicts) = join(known);
        let (facts, contradictions) = same(facts);
        for (index, workspace_id, refused) in conflicts.into_iter().chain(contradictions) {
            answers.refuse(index, Some(workspace_id), refused);
        }
        Ok(Self {
            answers,
            joined,
            facts,
            steps,
        })
    }

    /// From the first poll on everything is in the queues, but for steps, which wait until their executions are stored.
    async fn store(
        mut self,
        intake: &Intake,
        room: Room,
    ) -> Result<proto::PublishBatchResponse, Status> {
        let began = Instant::now();
        let mut answers = std::mem::take(&mut self.answers);
        let (executions, events): (Vec<_>, Vec<_>) = self
            .joined
            .into_iter()
            .map(|Joined { execution, events }| (execution, events))
            .unzip();
        let workspaces: Vec<Uuid> = executions
            .iter()
            .map(|execution| execution.identity.workspace_id)
            .collect();
        let (facts, reports) = reports(self.facts);
        let room = Arc::new(room);
        let (stored, stored_facts) = tokio::join!(
            intake.pipeline.store(executions, Arc::clone(&room)),
            intake.pipeline.store_facts(facts, Arc::clone(&room)),
        );
        histogram!("shadow_publish_admitted_seconds").record(began.elapsed());
        let (stored, stored_facts) = (stored?, stored_facts?);
        // Where nothing of a batch could be stored it may be no fault of its events: whoever sent them is to keep them.
        let unstorable = stored.iter().map(|answer| answer.unstorable.as_ref());
        let unstorable =
            unstorable.chain(stored_facts.iter().map(|outcome| outcome.as_ref().err()));
        let unstorable: Option<Vec<&Status>> = unstorable.collect();
        if let Some(status) = unstorable.and_then(|all| all.first().copied()) {
            return Err(status.clone());
        }
        for (outcome, (workspace_id, kind, events)) in stored_facts.iter().zip(reports) {
            answers.stored_fact(&events, workspace_id, kind, outcome);
        }
        for ((answer, events), workspace_id) in stored.iter().zip(events).zip(workspaces) {
            for event in events {
                answers.stored(&event, workspace_id, answer);
            }
        }
        self.steps
            .retain(|(index, _)| answers.statuses[*index] != EventStatus::Refused);
        store_steps(intake, self.steps, &mut answers, room).await?;
        Ok(answers.into_response(&intake.refusals))
    }
}

/// What is said, if its like is still kept.
fn kept(said: Said, refused_before: Option<DateTime<Utc>>) -> Result<Said, Refused> {
    match (said.kept_by(), refused_before) {
        (Some(at), Some(before)) if at < before => Err(refusal::too_old(&said, before)),
        _ => Ok(said),
    }
}

/// Stores steps whose executions are stored, and answers for them.
async fn store_steps(
    intake: &Intake,
    steps: Vec<(usize, Fact)>,
    answers: &mut Answers,
    room: Arc<Room>,
) -> Result<(), Status> {
    let (steps, contradictions) = same(steps);
    for (index, workspace_id, refused) in contradictions {
        answers.refuse(index, Some(workspace_id), refused);
    }
    let (steps, reports) = reports(steps);
    let stored = intake.pipeline.store_facts(steps, room).await?;
    for (outcome, (workspace_id, kind, events)) in stored.iter().zip(reports) {
        answers.stored_fact(&events, workspace_id, kind, outcome);
    }
    Ok(())
}

/// Where a fact belongs, and the events that report it.
type Report = (Uuid, fact::Kind, Vec<usize>);

/// Facts, and beside each what is needed to answer for it.
fn reports(reported: Vec<Reported>) -> (Vec<Fact>, Vec<Report>) {
    let apart = |Reported { fact, events }: Reported| {
        let (workspace_id, kind) = (fact.workspace_id, fact.content.kind());
        (fact, (workspace_id, kind, events))
    };
    reported.into_iter().map(apart).unzip()
}

/// Asks for the permissions of each workspace once.
struct Permitted<'a> {
    viewer: &'a Viewer,
    known: HashMap<Uuid, bool>,
}

impl<'a> Permitted<'a> {
    fn new(viewer: &'a Viewer) -> Self {
        Self {
            viewer,
            known: HashMap::new(),
        }
    }

    /// What is said, if it needs no permission that the caller lacks.
    fn checked(&self, said: Said) -> Result<Said, Refused> {
        match said.needs() {
            Some(need) if !self.holds(said.workspace_id(), need) => Err(refusal::missing(need)),
            _ => Ok(said.said_by(&self.viewer.subject)),
        }
    }

    fn holds(&self, workspace_id: Uuid, need: Need) -> bool {
        match need {
            Need::Here(permission) => {
                let permissions = self.viewer.permissions_in(workspace_id);
                permissions.contains(&permission)
            }
            Need::Everywhere(permission) => {
                let permissions = self.viewer.platform_permissions();
                permissions.contains(&permission)
            }
        }
    }

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
#[derive(Default)]
struct Answers {
    event_ids: Vec<String>,
    statuses: Vec<EventStatus>,
    refusals: Vec<proto::Refusal>,
    /// For each refusal the workspace in which it counts.
    refused_in: Vec<Option<Uuid>>,
}

impl Answers {
    fn new(events: usize) -> Self {
        Self {
            event_ids: Vec::with_capacity(events),
            statuses: vec![EventStatus::Unspecified; events],
            refusals: Vec::new(),
            refused_in: Vec::new(),
        }
    }

    fn stored(&mut self, event: &join::Contribution, workspace_id: Uuid, answer: &Answer) {
        if answer.unstorable.is_some() {
            self.refuse(event.index, Some(workspace_id), refusal::unstorable());
        } else if let Some((_, field)) = answer
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

    /// Answers for the events that report a fact, of which the first may have brought it.
    fn stored_fact(
        &mut self,
        events: &[usize],
        workspace_id: Uuid,
        kind: fact::Kind,
        outcome: &FactOutcome,
    ) {
        let mut refuse = |refused: &dyn Fn() -> Refused| {
            for event in events {
                self.refuse(*event, Some(workspace_id), refused());
            }
        };
        let mut status = match outcome {
            Ok(FactAnswer::New) => EventStatus::Accepted,
            Ok(FactAnswer::Repeated) => EventStatus::Repeated,
            Ok(FactAnswer::Conflict(field)) => return refuse(&|| refusal::known(kind, field)),
            Err(_) => return refuse(&refusal::unstorable),
        };
        for event in events {
            self.statuses[*event] = status;
            status = EventStatus::Repeated;
        }
    }

    /// `workspace_id` is absent where the caller may not publish into it.
    fn refuse(&mut self, index: usize, workspace_id: Option<Uuid>, refused: Refused) {
        self.statuses[index] = EventStatus::Refused;
        tracing::debug!(
            ?workspace_id,
            reason = refused.reason.as_str_name(),
            field = refused.field,
            "an event was refused"
        );
        self.refused_in.push(workspace_id);
        self.refusals.push(proto::Refusal {
            index: u32::try_from(index).unwrap_or(u32::MAX),
            event_id: String::new(),
            field: refused.field,
            reason: refused.reason.into(),
            description: refused.description,
        });
    }

    /// Only what is answered counts: a batch that fails as a whole is sent again.
    fn into_response(mut self, refusals: &Refusals) -> proto::PublishBatchResponse {
        self.count(refusals);
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

    /// By workspace in what is stored; the counters of the process have no such label, since there is no bound on how
    /// many workspaces there are.
    fn count(&self, refusals: &Refusals) {
        if self.refusals.is_empty() {
            return;
        }
        for refusal in &self.refusals {
            let reason = refusal.reason().as_str_name();
            counter!("shadow_events_refused_total", "reason" => reason).increment(1);
        }
        let refused = self.refusals.iter().zip(&self.refused_in);
        let refused = refused.map(|(refusal, workspace_id)| One {
            workspace_id: *workspace_id,
            reason: refusal.reason,
            field: &refusal.field,
        });
        refusals.add(refused, Utc::now());
    }
}
