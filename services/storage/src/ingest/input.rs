//! A batch of executions as one parameter: an array of `analytics.execution_input_3` in PostgreSQL's binary form.
//!
//! Diesel knows such types, but its asynchronous half learns their oids by writing every parameter twice and comparing
//! the two byte by byte; a batch is megabytes. Here the oid of the elements is known beforehand, and each row is written
//! once. The layouts are those of `array_recv` and `record_recv` in PostgreSQL's source.

use std::io::Write;
use std::num::TryFromIntError;

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgTypeMetadata};
use diesel::query_builder::QueryId;
use diesel::serialize::{IsNull, Output, ToSql};
use diesel::sql_types::{HasSqlType, SqlType};
use shadow_domain::error_group;
use shadow_domain::execution::Execution;
use uuid::Uuid;

use crate::row::seen_code;

/// The parameter's type. Its oid is left to the server, which takes it from the cast in the statement.
#[derive(Debug, SqlType, QueryId)]
pub(super) struct Executions;

impl HasSqlType<Executions> for Pg {
    fn metadata(_: &mut Self::MetadataLookup) -> PgTypeMetadata {
        const UNSPECIFIED: u32 = 0;
        PgTypeMetadata::new(UNSPECIFIED, UNSPECIFIED)
    }
}

/// The parameter.
#[derive(Debug)]
pub(super) struct Input<'a> {
    /// The oid of `analytics.execution_input_3`.
    pub(super) element: u32,
    pub(super) executions: &'a [&'a Execution],
}

/// Oids of types that every server has.
mod oid {
    pub(super) const BIGINT: u32 = 20;
    pub(super) const SMALLINT: u32 = 21;
    pub(super) const TEXT: u32 = 25;
    pub(super) const TIMESTAMPTZ: u32 = 1184;
    pub(super) const UUID: u32 = 2950;
}

/// Attributes of the type, in the migration that makes it.
const COLUMNS: u32 = 28;

/// Microseconds from 1970 to 2000, from where the server counts.
const SERVER_EPOCH_MICROS: i64 = 946_684_800_000_000;

impl ToSql<Executions, Pg> for Input<'_> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> diesel::serialize::Result {
        let (dimensions, no_nulls, first_index) = (1u32, 0u32, 1u32);
        let length = u32::try_from(self.executions.len())?;
        for part in [dimensions, no_nulls, self.element, length, first_index] {
            out.write_all(&part.to_be_bytes())?;
        }
        let mut row = Row::default();
        for execution in self.executions {
            row.write(execution)?;
            out.write_all(&size(row.0.len())?)?;
            out.write_all(&row.0)?;
        }
        Ok(IsNull::No)
    }
}

/// The bytes of one element, whose memory is used again for the next.
#[derive(Default)]
struct Row(Vec<u8>);

impl Row {
    fn write(&mut self, execution: &Execution) -> Result<(), TryFromIntError> {
        let (identity, end) = (&execution.identity, execution.end.as_ref());
        let feedback = execution.feedback.as_ref();
        let cost = end.and_then(|end| end.cost.as_ref());
        self.0.clear();
        self.0.extend(COLUMNS.to_be_bytes());
        self.field(oid::UUID, Some(identity.workspace_id.as_bytes()))?;
        self.time(Some(identity.opened_at))?;
        self.field(oid::UUID, Some(identity.execution_id.as_bytes()))?;
        self.text(Some(&identity.agent_id))?;
        self.text(identity.agent_version.as_deref())?;
        self.small(Some(identity.trigger.code()))?;
        self.text(identity.environment.as_deref())?;
        self.text(identity.user_id.as_deref())?;
        self.number(identity.timeout_micros)?;
        self.time(execution.started_at)?;
        self.time(end.map(|end| end.ended_at))?;
        self.small(end.map(|end| end.outcome.code()))?;
        self.number(end.and_then(|end| end.duration_micros))?;
        self.text(end.and_then(|end| end.model.as_deref()))?;
        self.text(end.and_then(|end| end.provider.as_deref()))?;
        self.number(end.and_then(|end| end.input_tokens))?;
        self.number(end.and_then(|end| end.output_tokens))?;
        self.number(end.and_then(|end| end.credits_micro))?;
        self.text(cost.map(|cost| cost.currency.as_str()))?;
        self.number(cost.map(|cost| cost.micros))?;
        self.text(end.and_then(|end| end.error_kind.as_deref()))?;
        self.text(end.and_then(|end| end.error_message.as_deref()))?;
        let group = end.and_then(error_group::fingerprint);
        self.field(oid::UUID, group.as_ref().map(Uuid::as_bytes))?;
        self.time(feedback.map(|feedback| feedback.given_at))?;
        self.small(feedback.map(|feedback| feedback.rating))?;
        self.text(feedback.and_then(|feedback| feedback.comment.as_deref()))?;
        self.text(feedback.and_then(|feedback| feedback.given_by.as_deref()))?;
        self.small(Some(seen_code(execution.seen())))
    }

    fn text(&mut self, value: Option<&str>) -> Result<(), TryFromIntError> {
        self.field(oid::TEXT, value.map(str::as_bytes))
    }

    fn number(&mut self, value: Option<i64>) -> Result<(), TryFromIntError> {
        self.field(oid::BIGINT, value.map(i64::to_be_bytes))
    }

    fn small(&mut self, value: Option<i16>) -> Result<(), TryFromIntError> {
        self.field(oid::SMALLINT, value.map(i16::to_be_bytes))
    }

    fn time(&mut self, value: Option<DateTime<Utc>>) -> Result<(), TryFromIntError> {
        let micros = value.map(|at| (at.timestamp_micros() - SERVER_EPOCH_MICROS).to_be_bytes());
        self.field(oid::TIMESTAMPTZ, micros)
    }

    fn field(&mut self, oid: u32, value: Option<impl AsRef<[u8]>>) -> Result<(), TryFromIntError> {
        const NULL: i32 = -1;
        self.0.extend(oid.to_be_bytes());
        match value {
            Some(value) => {
                let value = value.as_ref();
                self.0.extend(size(value.len())?);
                self.0.extend_from_slice(value);
            }
            None => self.0.extend(NULL.to_be_bytes()),
        }
        Ok(())
    }
}

fn size(length: usize) -> Result<[u8; 4], TryFromIntError> {
    Ok(i32::try_from(length)?.to_be_bytes())
}
