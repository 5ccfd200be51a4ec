//! What one batch adds to the cells of one workspace.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::{DateTime, Utc};

use super::Dimension;
use crate::Malformed;
use crate::bytes::{expect_end, put_i64, put_u64, take_bytes, take_i64, take_length, take_u64};
use crate::execution::{End, Execution, Identity, Seen, Trigger};
use crate::fact::{Content, Fact, StepStatus};
use crate::partial::{Contribution, Partial};
use crate::time::QuarterHour;

const VERSION: u8 = 1;

/// Names a cell within a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellKey {
    /// The quarter-hour.
    pub quarter: QuarterHour,
    /// What it is keyed by.
    pub dimension: Dimension,
    /// The key; parts of a pair are joined by [`super::SEPARATOR`], and an empty part is unknown.
    pub key: String,
}

/// The cells of one workspace that a batch touched, each with what was new.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delta(
    /// The cells; none is empty.
    pub BTreeMap<CellKey, Partial>,
);

impl Delta {
    /// Adds the transitions of an execution that are `new`. `agent` and `user` are ordinals.
    pub fn add(&mut self, execution: &Execution, new: Seen, agent: u32, user: Option<u32>) {
        let identity = &execution.identity;
        let started_at = execution.started_at.filter(|_| new.contains(Seen::STARTED));
        let end = execution.end.as_ref().filter(|_| new.contains(Seen::ENDED));
        let feedback = execution
            .feedback
            .as_ref()
            .filter(|_| new.contains(Seen::FEEDBACK));
        let mut contribution = Contribution {
            opened: new.contains(Seen::OPENED),
            queue_wait: started_at.map(|at| wait_micros(at - identity.opened_at)),
            ended: end.map(Into::into),
            rating: feedback.map(|feedback| feedback.rating.max(0).unsigned_abs()),
            agent,
            user: user.filter(|_| identity.trigger == Trigger::User),
        };
        let quarter = QuarterHour::of(identity.opened_at);
        if contribution.opened {
            let minute = QuarterHour::minute(identity.opened_at);
            self.total(quarter).count_opened(minute);
        }
        if let Some(at) = started_at {
            self.total(QuarterHour::of(at))
                .count_started(QuarterHour::minute(at));
        }
        if let Some(end) = end {
            let at = end.ended_at;
            let total = self.total(QuarterHour::of(at));
            total.count_ended(QuarterHour::minute(at), end.outcome);
            total.book(end);
        }
        if contribution.is_nothing() {
            return;
        }
        for_each_opening_key(identity, |dimension, key| {
            self.cell(quarter, dimension, key).add(&contribution);
        });
        if let Some(end) = end {
            contribution.only_end();
            for_each_end_key(identity, end, |dimension, key| {
                self.cell(quarter, dimension, key).add(&contribution);
            });
        }
    }

    /// Adds a fact to the cell of its own time, a step to those of its execution. `user` is the ordinal of who was active by it.
    pub fn add_fact(&mut self, fact: &Fact, user: Option<u32>) {
        match &fact.content {
            Content::Activity(_) => self.add_activity(fact.occurred_at, user),
            Content::Step(step) => {
                let failed = step.status == StepStatus::Failed;
                self.add_steps(&step.identity, 1, u64::from(failed));
            }
            // What else there is is little, and read from where it is stored.
            _ => {}
        }
    }

    /// Adds steps of an execution, and how many of them failed, to the cells of its opening.
    pub fn add_steps(&mut self, identity: &Identity, steps: u64, failed: u64) {
        if steps == 0 {
            return;
        }
        let quarter = QuarterHour::of(identity.opened_at);
        for_each_opening_key(identity, |dimension, key| {
            let cell = self.cell(quarter, dimension, key);
            cell.steps += steps;
            cell.failed_steps += failed;
        });
    }

    /// Adds what somebody did at a time.
    pub fn add_activity(&mut self, occurred_at: DateTime<Utc>, user: Option<u32>) {
        let total = self.total(QuarterHour::of(occurred_at));
        total.activities += 1;
        if let Some(user) = user {
            total.activity_users.insert(user);
        }
    }

    /// Adds another delta of the same workspace.
    pub fn merge(&mut self, other: Delta) {
        for (key, partial) in other.0 {
            match self.0.entry(key) {
                Entry::Occupied(mine) => mine.into_mut().merge(&partial),
                Entry::Vacant(place) => {
                    place.insert(partial);
                }
            }
        }
    }

    /// The first and the last quarter-hour that it touches.
    pub fn quarters(&self) -> Option<(QuarterHour, QuarterHour)> {
        let (first, _) = self.0.first_key_value()?;
        let (last, _) = self.0.last_key_value()?;
        Some((first.quarter, last.quarter))
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 + self.0.len() * 80);
        out.push(VERSION);
        put_u64(&mut out, self.0.len() as u64);
        let mut last = 0;
        for (
            CellKey {
                quarter,
                dimension,
                key,
            },
            partial,
        ) in &self.0
        {
            // The first may be before 1970; the others only grow.
            put_i64(&mut out, quarter.0.wrapping_sub(last));
            last = quarter.0;
            out.push(dimension.code() as u8);
            put_u64(&mut out, key.len() as u64);
            out.extend_from_slice(key.as_bytes());
            partial.encode(&mut out);
        }
        out
    }

    /// Reads what [`Delta::encode`] wrote, and nothing else.
    pub fn decode(bytes: &[u8]) -> Result<Delta, Malformed> {
        let Some((&VERSION, mut input)) = bytes.split_first() else {
            return Err(Malformed("a version that is not known"));
        };
        let input = &mut input;
        let mut cells = Vec::<(CellKey, Partial)>::new();
        let mut quarter = 0i64;
        for _ in 0..take_length(input, 6)? {
            quarter = quarter.wrapping_add(take_i64(input)?);
            let code = take_bytes(input, 1)?[0];
            let dimension =
                Dimension::from_code(i16::from(code)).ok_or(Malformed("not a dimension"))?;
            let length =
                usize::try_from(take_u64(input)?).map_err(|_| Malformed("ends too early"))?;
            let key = str::from_utf8(take_bytes(input, length)?)
                .map_err(|_| Malformed("a key that is no text"))?;
            let key = CellKey {
                quarter: QuarterHour(quarter),
                dimension,
                key: key.to_owned(),
            };
            if cells.last().is_some_and(|(last, _)| *last >= key) {
                return Err(Malformed("cells out of order"));
            }
            let partial = Partial::decode(input)?;
            if partial.is_empty() {
                return Err(Malformed("an empty cell"));
            }
            cells.push((key, partial));
        }
        expect_end(input)?;
        Ok(Delta(cells.into_iter().collect()))
    }

    fn cell(&mut self, quarter: QuarterHour, dimension: Dimension, key: String) -> &mut Partial {
        self.0
            .entry(CellKey {
                quarter,
                dimension,
                key,
            })
            .or_default()
    }

    fn total(&mut self, quarter: QuarterHour) -> &mut Partial {
        self.cell(quarter, Dimension::Total, String::new())
    }
}

/// The keys that are known at opening: they key everything.
fn for_each_opening_key(identity: &Identity, mut visit: impl FnMut(Dimension, String)) {
    let agent = identity.agent_id.as_str();
    let pair = |other: &str| Dimension::key(&[agent, other]);
    let version = identity.agent_version.as_deref().unwrap_or_default();
    visit(Dimension::Total, String::new());
    visit(Dimension::Agent, agent.to_owned());
    visit(Dimension::Trigger, identity.trigger.name().to_owned());
    visit(
        Dimension::Environment,
        identity.environment.clone().unwrap_or_default(),
    );
    visit(Dimension::AgentVersion, pair(version));
    visit(Dimension::AgentTrigger, pair(identity.trigger.name()));
}

/// The keys that are known at the end: they key only what is counted at the end, so that no
/// contribution ever has to move to another cell.
fn for_each_end_key(identity: &Identity, end: &End, mut visit: impl FnMut(Dimension, String)) {
    let agent = identity.agent_id.as_str();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    visit(Dimension::Model, text(&end.model));
    visit(Dimension::Provider, text(&end.provider));
    visit(
        Dimension::AgentModel,
        Dimension::key(&[agent, end.model.as_deref().unwrap_or_default()]),
    );
    if end.outcome.is_failure() {
        visit(Dimension::ErrorKind, text(&end.error_kind));
        visit(
            Dimension::AgentErrorKind,
            Dimension::key(&[agent, end.error_kind.as_deref().unwrap_or_default()]),
        );
    }
}

fn wait_micros(wait: chrono::TimeDelta) -> u64 {
    wait.num_microseconds()
        .unwrap_or(i64::MAX)
        .max(0)
        .unsigned_abs()
}
