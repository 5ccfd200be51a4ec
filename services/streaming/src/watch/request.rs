//! What a watch asks for, parsed once.

use std::collections::BTreeSet;

use shadow_domain::execution::Status as ExecutionStatus;
use shadow_domain::execution::limits;
use shadow_proto::streaming::v1 as proto;
use shadow_rpc::status;
use tonic::Status;
use uuid::Uuid;

use crate::feed::Entry;
use crate::{cursor, validate};

/// How many workspaces, agents or models a request may name.
const NAMES: usize = 100;

/// How many executions a snapshot holds where the request does not say, and at most.
const SNAPSHOT: u32 = 50;
const SNAPSHOT_MOST: u32 = 500;

/// A watch as it was asked for.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) topics: Topics,
    pub(super) workspace_ids: Vec<Uuid>,
    pub(super) filter: Filter,
    /// The position after which to go on, without a snapshot.
    pub(super) after: Option<i64>,
    pub(super) snapshot_size: u32,
}

/// Which kinds of changes are wanted, at least one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Topics {
    pub(super) executions: bool,
    pub(super) counters: bool,
}

/// Which executions are wanted; an empty set keeps all.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    pub(super) agent_ids: BTreeSet<String>,
    pub(super) statuses: BTreeSet<ExecutionStatus>,
    pub(super) models: BTreeSet<String>,
    pub(super) minimum_duration_micros: Option<i64>,
}

impl Filter {
    pub(super) fn keeps(&self, entry: &Entry) -> bool {
        (self.agent_ids.is_empty() || self.agent_ids.contains(&entry.agent_id))
            && (self.statuses.is_empty() || self.statuses.contains(&entry.status))
            && (self.models.is_empty()
                || entry
                    .model
                    .as_ref()
                    .is_some_and(|model| self.models.contains(model)))
            && self
                .minimum_duration_micros
                .is_none_or(|least| entry.duration_micros.is_some_and(|micros| micros >= least))
    }
}

impl Wanted {
    pub(super) fn parse(request: proto::WatchRequest) -> Result<Self, Status> {
        let topics = topics(&request.topics)?;
        if request.workspace_ids.len() > NAMES {
            return Err(too_many("workspace_ids", request.workspace_ids.len()));
        }
        let workspace_ids = request
            .workspace_ids
            .iter()
            .enumerate()
            .map(|(index, text)| {
                validate::uuid(text).map_err(|fault| {
                    status::invalid(format!("workspace_ids[{index}]"), fault.description)
                })
            });
        // A client that keeps the last cursor in a plain string sends an empty one at first.
        let cursor = request.cursor.filter(|cursor| !cursor.is_empty());
        let after = cursor.map(|cursor| {
            cursor::decode(&cursor)
                .ok_or_else(|| status::invalid("cursor", "is none of this service's cursors"))
        });
        let snapshot_size = match request.snapshot_size {
            0 => SNAPSHOT,
            size if size <= SNAPSHOT_MOST => size,
            size => {
                let description = format!("must be at most {SNAPSHOT_MOST}, is {size}");
                return Err(status::invalid("snapshot_size", description));
            }
        };
        Ok(Self {
            topics,
            workspace_ids: workspace_ids.collect::<Result<_, _>>()?,
            filter: filter(request.execution_filter.unwrap_or_default())?,
            after: after.transpose()?,
            snapshot_size,
        })
    }
}

fn topics(topics: &[i32]) -> Result<Topics, Status> {
    if topics.is_empty() {
        return Err(status::invalid("topics", "at least one is required"));
    }
    let mut wanted = Topics::default();
    for (index, topic) in topics.iter().enumerate() {
        match proto::Topic::try_from(*topic) {
            Ok(proto::Topic::Executions) => wanted.executions = true,
            Ok(proto::Topic::Counters) => wanted.counters = true,
            Ok(proto::Topic::Unspecified) | Err(_) => {
                return Err(status::invalid(
                    format!("topics[{index}]"),
                    format!("{topic} is not a known topic"),
                ));
            }
        }
    }
    Ok(wanted)
}

fn filter(filter: proto::ExecutionFilter) -> Result<Filter, Status> {
    if filter.agent_ids.len() > NAMES {
        return Err(too_many(
            "execution_filter.agent_ids",
            filter.agent_ids.len(),
        ));
    }
    if filter.models.len() > NAMES {
        return Err(too_many("execution_filter.models", filter.models.len()));
    }
    let minimum_duration_micros =
        validate::duration(filter.minimum_duration.as_ref(), limits::DURATION_MICROS).map_err(
            |fault| status::invalid("execution_filter.minimum_duration", fault.description),
        )?;
    let statuses = filter.statuses.iter().enumerate().map(|(index, code)| {
        let status = i16::try_from(*code)
            .ok()
            .and_then(ExecutionStatus::from_code);
        status.ok_or_else(|| {
            let field = format!("execution_filter.statuses[{index}]");
            status::invalid(field, format!("{code} is not a known status"))
        })
    });
    Ok(Filter {
        statuses: statuses.collect::<Result<_, _>>()?,
        agent_ids: filter.agent_ids.into_iter().collect(),
        models: filter.models.into_iter().collect(),
        minimum_duration_micros,
    })
}

fn too_many(field: &str, count: usize) -> Status {
    status::invalid(field, format!("must name at most {NAMES}, names {count}"))
}
