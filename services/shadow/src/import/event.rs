//! From a row to the event that says all of it.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use prost_types::{Duration, Timestamp};
use shadow_client::proto::common::v1::Money;
use shadow_client::proto::streaming::v1::event::Event as Kind;
use shadow_client::proto::streaming::v1::{Event, ExecutionEnd, ExecutionEnded, ExecutionIdentity};
use shadow_domain::execution::{Outcome, Trigger};
use uuid::Uuid;

use super::bad_row::BadRow;
use super::fields::{Field, Mapping};
use super::number;
use super::rows::Row;
use super::time::TimeFormat;

/// Under which the ids of all sources are made. Never changed: a file would be imported a second time.
const NAMESPACE: Uuid = Uuid::from_u128(0x8a5f_6a53_2c1e_4f0b_9d57_6c1b_7be0_4a61);

/// Turns rows into events.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// Where values come from.
    pub(crate) mapping: Mapping,
    /// The workspace that the events are for.
    pub(crate) workspace_id: Uuid,
    /// The name of the source, from which ids are made.
    pub(crate) source: String,
    /// The zone of times without an offset.
    pub(crate) zone: Tz,
    /// How times are written.
    pub(crate) times: TimeFormat,
    /// The outcome of rows that have none.
    pub(crate) outcome: Outcome,
}

impl Reading {
    /// The event of a row: an end, which carries all there is. The same row always gives the same event.
    pub(crate) fn event(&self, row: &Row) -> Result<Event, BadRow> {
        let cells = Cells {
            mapping: &self.mapping,
            row,
        };
        let time = |text: &str| self.times.parse(text, self.zone);
        let opened_at = cells.required(Field::OpenedAt, time)?;
        let started_at = cells.optional(Field::StartedAt, time)?;
        let duration = match cells.optional(Field::DurationSeconds, number::seconds)? {
            Some(duration) => Some(duration),
            None => cells.optional(Field::DurationMillis, number::millis)?,
        };
        let ended_at = cells.optional(Field::EndedAt, time)?;
        let duration = duration.or_else(|| between(started_at, ended_at));
        let ended_at = ended_at
            .or_else(|| {
                let work = TimeDelta::microseconds(duration?);
                started_at.unwrap_or(opened_at).checked_add_signed(work)
            })
            .unwrap_or(started_at.unwrap_or(opened_at));
        let execution_id = self.execution_id(row);
        let identity = ExecutionIdentity {
            execution_id: execution_id.to_string(),
            opened_at: Some(timestamp(opened_at)),
            agent_id: cells.required(Field::AgentId, text)?,
            agent_version: cells.optional(Field::AgentVersion, text)?,
            trigger: cells.required(Field::Trigger, trigger)?,
            environment: cells.optional(Field::Environment, text)?,
            user_id: cells.optional(Field::UserId, text)?,
            timeout: cells
                .optional(Field::TimeoutSeconds, number::seconds)?
                .map(span),
        };
        let cost = cells.optional(Field::Cost, number::millionths)?;
        let end = ExecutionEnd {
            outcome: i32::from(
                cells
                    .optional(Field::Outcome, outcome)?
                    .unwrap_or(self.outcome)
                    .code(),
            ),
            duration: duration.map(span),
            model: cells.optional(Field::Model, text)?,
            provider: cells.optional(Field::Provider, text)?,
            input_tokens: cells.optional(Field::InputTokens, number::whole)?,
            output_tokens: cells.optional(Field::OutputTokens, number::whole)?,
            credits_micro: cells.optional(Field::Credits, number::millionths)?,
            cost: match cost {
                Some(micros) => Some(Money {
                    currency: cells.required(Field::Currency, text)?,
                    micros,
                }),
                None => None,
            },
            error_kind: cells.optional(Field::ErrorKind, text)?,
            error_message: cells.optional(Field::ErrorMessage, text)?,
            started_at: started_at.map(timestamp),
        };
        Ok(Event {
            event_id: Uuid::new_v5(&execution_id, b"ended").to_string(),
            workspace_id: self.workspace_id.to_string(),
            occurred_at: Some(timestamp(ended_at)),
            event: Some(Kind::ExecutionEnded(ExecutionEnded {
                identity: Some(identity),
                end: Some(end),
            })),
        })
    }

    fn execution_id(&self, row: &Row) -> Uuid {
        let source = Uuid::new_v5(&NAMESPACE, self.source.as_bytes());
        match row.cells.get(&Field::ExecutionId) {
            Some(id) => Uuid::new_v5(&source, format!("id:{id}").as_bytes()),
            None => Uuid::new_v5(&source, format!("line:{}", row.line).as_bytes()),
        }
    }
}

/// The values of a row: its cells, and constants where it has none.
struct Cells<'a> {
    mapping: &'a Mapping,
    row: &'a Row,
}

impl Cells<'_> {
    fn optional<T>(
        &self,
        field: Field,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, BadRow> {
        let value = self.row.cells.get(&field);
        let Some(value) = value.or_else(|| self.mapping.constants.get(&field)) else {
            return Ok(None);
        };
        read(value)
            .map(Some)
            .map_err(|reason| BadRow::cell(self.row.line, self.column(field), value, reason))
    }

    fn required<T>(
        &self,
        field: Field,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, BadRow> {
        self.optional(field, read)?.ok_or_else(|| {
            let reason = format!("is empty, and {} is needed", field.name());
            BadRow::cell(self.row.line, self.column(field), "", reason)
        })
    }

    /// The column that a field comes from, or the option that gives it.
    fn column(&self, field: Field) -> &str {
        self.mapping
            .columns
            .get(&field)
            .map_or(field.name(), String::as_str)
    }
}

fn between(started_at: Option<DateTime<Utc>>, ended_at: Option<DateTime<Utc>>) -> Option<i64> {
    let work = ended_at? - started_at?;
    work.num_microseconds().filter(|micros| *micros >= 0)
}

fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

fn trigger(text: &str) -> Result<i32, String> {
    let trigger = Trigger::from_name(&text.trim().to_ascii_lowercase());
    trigger
        .map(|trigger| i32::from(trigger.code()))
        .ok_or_else(|| one_of(Trigger::ALL.iter().map(|it| it.name())))
}

fn outcome(text: &str) -> Result<Outcome, String> {
    parse_outcome(text)
}

/// Reads an outcome by its name.
pub(crate) fn parse_outcome(text: &str) -> Result<Outcome, String> {
    let outcome = Outcome::from_name(&text.trim().to_ascii_lowercase());
    outcome.ok_or_else(|| one_of(Outcome::ALL.iter().map(|it| it.name())))
}

fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    format!("is none of {}", names.collect::<Vec<_>>().join(", "))
}

fn timestamp(instant: DateTime<Utc>) -> Timestamp {
    let nanos = i32::try_from(instant.timestamp_subsec_nanos()).unwrap_or(999_999_999);
    Timestamp {
        seconds: instant.timestamp(),
        nanos,
    }
}

fn span(micros: i64) -> Duration {
    let nanos = i32::try_from(micros % 1_000_000 * 1_000).unwrap_or(0);
    Duration {
        seconds: micros / 1_000_000,
        nanos,
    }
}

#[cfg(test)]
mod tests;
