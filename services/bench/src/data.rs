//! What is measured on: the demo, as rows for a baseline and as events for the product.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use shadow_demo::{Demo, Pace, Scale};
use shadow_domain::error_group;
use shadow_proto::streaming::v1::{
    Event, ExecutionEnd, ExecutionEnded, ExecutionIdentity, Outcome, event,
};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::process::SERVER_CORE;
use crate::stack::{self, EXECUTIVE, PUBLISHER, Serving, Stack};

/// The seed of the platform that is queried.
const SEED: u64 = 2026;

/// How long compaction may take after the load.
const COMPACTION: Duration = Duration::from_secs(300);

/// A finished execution as its event and as columns.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) event: Event,
    pub(crate) workspace_id: Uuid,
    pub(crate) execution_id: Uuid,
    pub(crate) opened_at: DateTime<Utc>,
    pub(crate) ended_at: DateTime<Utc>,
    pub(crate) started_at: Option<DateTime<Utc>>,
    pub(crate) identity: ExecutionIdentity,
    pub(crate) end: ExecutionEnd,
    /// The group of its error, which is a column and not in the event.
    pub(crate) error_fingerprint: Option<Uuid>,
}

impl Finished {
    /// Another execution that is like it. What is said of it is said again by [`Self::open_at`].
    pub(crate) fn name(&mut self, execution_id: Uuid) {
        self.execution_id = execution_id;
        self.identity.execution_id = execution_id.to_string();
    }

    /// The same, opened at another time; how long everything took stays as it is.
    pub(crate) fn open_at(&mut self, opened_at: DateTime<Utc>) {
        let later = opened_at - self.opened_at;
        self.opened_at = opened_at;
        self.ended_at += later;
        self.started_at = self.started_at.map(|started_at| started_at + later);
        self.identity.opened_at = Some(timestamp(opened_at));
        self.end.started_at = self.started_at.map(timestamp);
        self.event.occurred_at = Some(timestamp(self.ended_at));
        self.event.event = Some(event::Event::ExecutionEnded(ExecutionEnded {
            identity: Some(self.identity.clone()),
            end: Some(self.end.clone()),
        }));
    }
}

/// Executions that were opened and ended within a span, in the order in which they ended: as a platform sends them.
pub(crate) fn finished(
    demo: &Demo,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<Finished>> {
    let mut found = Vec::new();
    for event in demo.events(from, to).flatten() {
        let Some(event::Event::ExecutionEnded(ended)) = event.event.clone() else {
            continue;
        };
        let identity = ended.identity.context("an identity")?;
        let end = ended.end.context("an end")?;
        let opened_at = instant(identity.opened_at).context("a time of opening")?;
        if opened_at < from {
            continue;
        }
        found.push(Finished {
            workspace_id: event.workspace_id.parse()?,
            execution_id: identity.execution_id.parse()?,
            opened_at,
            ended_at: instant(event.occurred_at).context("a time")?,
            started_at: instant(end.started_at),
            error_fingerprint: fingerprint(&end),
            event,
            identity,
            end,
        });
    }
    found.sort_by_key(|finished| (finished.ended_at, finished.execution_id));
    Ok(found)
}

fn fingerprint(end: &ExecutionEnd) -> Option<Uuid> {
    let failed = matches!(end.outcome(), Outcome::Failed | Outcome::TimedOut);
    let said = end.error_kind.is_some() || end.error_message.is_some();
    let of = || error_group::of(end.error_kind.as_deref(), end.error_message.as_deref());
    (failed || said).then(of)
}

pub(crate) fn instant(at: Option<prost_types::Timestamp>) -> Option<DateTime<Utc>> {
    let at = at?;
    DateTime::from_timestamp(at.seconds, at.nanos.cast_unsigned())
}

pub(crate) fn timestamp(at: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos: at.timestamp_subsec_nanos().cast_signed(),
    }
}

pub(crate) fn microseconds(duration: Option<prost_types::Duration>) -> Option<i64> {
    let duration = duration?;
    Some(duration.seconds * 1_000_000 + i64::from(duration.nanos) / 1_000)
}

/// The demo in a database, compacted, with the product in front of it.
#[derive(Debug)]
pub(crate) struct Platform<'a> {
    pub(crate) stack: &'a Stack,
    pub(crate) serving: Serving,
    pub(crate) client: shadow_client::Client,
    /// A connection as the owner.
    pub(crate) owner: Client,
    pub(crate) url: String,
    pub(crate) demo: Demo,
    pub(crate) loaded_in: Duration,
}

impl<'a> Platform<'a> {
    /// Loads the demo through the API, and waits until all of it is in pages.
    pub(crate) async fn load(stack: &'a Stack) -> Result<Self> {
        let url = stack.database("demo").await?;
        let serving = stack.serve("all", &url, Some(SERVER_CORE)).await?;
        let publisher = stack.client(&serving.url, PUBLISHER).await?;
        let client = stack.client(&serving.url, EXECUTIVE).await?;
        let owner = stack::connect(&url).await?;
        // Yesterday's midnight: no answer depends on when it is asked.
        let end = Utc::now() - TimeDelta::days(1);
        let end = end.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
        let demo = Demo::new(SEED, Scale::Small, end);
        let start = Instant::now();
        demo.load(&publisher, demo.start(), demo.end(), Pace::Fast, |_| ())
            .await?;
        let loaded_in = start.elapsed();

        compacted(&owner).await?;
        // Each by itself: a vacuum is no part of a transaction.
        for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
            owner.batch_execute(statement).await?;
        }
        Ok(Self {
            stack,
            serving,
            client,
            owner,
            url,
            demo,
            loaded_in,
        })
    }

    pub(crate) fn stop(self) -> Result<()> {
        self.serving.process.stop()
    }
}

/// Waits until all deltas are in pages.
pub(crate) async fn compacted(owner: &Client) -> Result<()> {
    let deadline = Instant::now() + COMPACTION;
    while count(owner, "SELECT count(*) FROM analytics.partial_delta").await? > 0 {
        ensure!(
            Instant::now() < deadline,
            "compaction takes more than {COMPACTION:?}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// A number from the database.
pub(crate) async fn count(client: &Client, statement: &str) -> Result<i64> {
    Ok(client.query_one(statement, &[]).await?.get(0))
}
