//! The baseline of ingest: binary COPY as the owner, of the same rows, into a table with the same columns, rules,
//! indexes and partitions.

use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::Result;
use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use tokio_postgres::Client;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use crate::data::{Finished, microseconds};

const COPY: &str = "
  COPY bench.execution (
    workspace_id, opened_at, execution_id, agent_id, agent_version, trigger, environment, user_id, timeout_micros,
    started_at, ended_at, outcome, duration_micros, model, provider, input_tokens, output_tokens, credits_micro,
    cost_currency, cost_micros, error_kind, error_message, error_fingerprint, seen, revision
  ) FROM STDIN BINARY";

const TYPES: [Type; 25] = [
    Type::UUID,
    Type::TIMESTAMPTZ,
    Type::UUID,
    Type::TEXT,
    Type::TEXT,
    Type::INT2,
    Type::TEXT,
    Type::TEXT,
    Type::INT8,
    Type::TIMESTAMPTZ,
    Type::TIMESTAMPTZ,
    Type::INT2,
    Type::INT8,
    Type::TEXT,
    Type::TEXT,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::TEXT,
    Type::INT8,
    Type::TEXT,
    Type::TEXT,
    Type::UUID,
    Type::INT2,
    Type::INT4,
];

/// The months that any round may be in: the copied table gets the same ones.
const MONTHS: &str =
    "SELECT analytics.ensure_execution_partitions(now() - interval '5 months', now())";

/// Makes the table.
pub(crate) async fn create(client: &Client) -> Result<()> {
    client.execute(MONTHS, &[]).await?;
    Ok(client
        .batch_execute(include_str!("sql/baseline_table.sql"))
        .await?)
}

/// Copies the rows over some connections at a time, each with commits of a size; how long until all are committed.
pub(crate) async fn copy(
    clients: &[Client],
    rows: &[Finished],
    commit_rows: usize,
    revision: i32,
) -> Result<Duration> {
    let start = Instant::now();
    let share = rows.len().div_ceil(clients.len());
    let copies = clients
        .iter()
        .zip(rows.chunks(share))
        .map(|(client, rows)| async move {
            for rows in rows.chunks(commit_rows) {
                copy_commit(client, rows, revision).await?;
            }
            anyhow::Ok(())
        });
    try_join_all(copies).await?;
    Ok(start.elapsed())
}

/// One COPY is one transaction.
async fn copy_commit(client: &Client, rows: &[Finished], revision: i32) -> Result<()> {
    let sink = client.copy_in(COPY).await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &TYPES));
    for row in rows {
        let columns = Columns::of(row, revision);
        writer.as_mut().write(&columns.all(row)).await?;
    }
    writer.finish().await?;
    Ok(())
}

/// The columns that are no plain field of a row.
struct Columns {
    trigger: i16,
    outcome: i16,
    timeout: Option<i64>,
    duration: Option<i64>,
    currency: Option<String>,
    cost: Option<i64>,
    seen: i16,
    revision: i32,
}

impl Columns {
    fn of(row: &Finished, revision: i32) -> Self {
        let cost = row.end.cost.as_ref();
        Self {
            trigger: row.identity.trigger as i16,
            outcome: row.end.outcome as i16,
            timeout: microseconds(row.identity.timeout),
            duration: microseconds(row.end.duration),
            currency: cost.map(|cost| cost.currency.clone()),
            cost: cost.map(|cost| cost.micros),
            // Opened and ended; started where its time is known.
            seen: if row.started_at.is_some() { 7 } else { 5 },
            revision,
        }
    }

    fn all<'a>(&'a self, row: &'a Finished) -> [&'a (dyn ToSql + Sync); 25] {
        let (identity, end) = (&row.identity, &row.end);
        [
            &row.workspace_id,
            &row.opened_at,
            &row.execution_id,
            &identity.agent_id,
            &identity.agent_version,
            &self.trigger,
            &identity.environment,
            &identity.user_id,
            &self.timeout,
            &row.started_at,
            &row.ended_at,
            &self.outcome,
            &self.duration,
            &end.model,
            &end.provider,
            &end.input_tokens,
            &end.output_tokens,
            &end.credits_micro,
            &self.currency,
            &self.cost,
            &end.error_kind,
            &end.error_message,
            &row.error_fingerprint,
            &self.seen,
            &self.revision,
        ]
    }
}

/// How many rows a table holds of some workspaces in a span, and a digest of their content.
pub(crate) async fn content(
    client: &Client,
    table: &str,
    workspaces: &[Uuid],
    span: (DateTime<Utc>, DateTime<Utc>),
) -> Result<(i64, String)> {
    let statement = include_str!("sql/content.sql").replace("{table}", table);
    let row = client
        .query_one(&statement, &[&workspaces, &span.0, &span.1])
        .await?;
    Ok((row.get(0), row.get(1)))
}
