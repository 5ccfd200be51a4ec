//! From an acknowledgement until a Query holds the execution, and until a watcher has been told of it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::{TimeDelta, Utc};
use futures_util::StreamExt;
use shadow_client::{Client, Watch};
use shadow_proto::common::v1::{Granularity, TimeRange};
use shadow_proto::metrics::v1::{QueryRequest, Selection, value};
use shadow_proto::streaming::v1::{Topic, WatchRequest, event, watch_response};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::busy::Busy;
use crate::data::timestamp;
use crate::process::SERVER_CORE;
use crate::report::{Figure, Target, number};
use crate::rounds::{Estimate, median, percentile};
use crate::stack::{EXECUTIVE, PUBLISHER, Stack};

/// Executions that are followed in a round, and how often one is.
const PROBES: usize = 150;
const EVERY: Duration = Duration::from_millis(20);

/// What others publish meanwhile: so many executions, so often.
const OTHERS: usize = 100;
const OTHERS_EVERY: Duration = Duration::from_millis(50);

/// How long anything may take before it is taken for lost.
const PATIENCE: Duration = Duration::from_secs(10);

/// Publishes one execution after the other and looks for each of them.
struct Probe {
    publisher: Client,
    asker: Client,
    changes: Watch,
    busy: Busy,
    /// How many executions the workspace has.
    published: i64,
}

/// Both figures.
pub(crate) async fn after_acknowledgement(stack: &Stack, rounds: usize) -> Result<Vec<Figure>> {
    let database = stack.database("visible").await?;
    let serving = stack.serve("all", &database, Some(SERVER_CORE)).await?;
    let publisher = stack.client(&serving.url, PUBLISHER).await?;
    let asker = stack.client(&serving.url, EXECUTIVE).await?;
    let mut probe = Probe::start(publisher.clone(), asker).await?;
    let others = keep_busy(publisher);
    let mut queried = Halves::default();
    let mut watched = Halves::default();
    for _ in 0..rounds {
        let (mut query, mut watch) = (Vec::new(), Vec::new());
        for _ in 0..PROBES {
            let (in_query, to_watcher) = probe.follow_one().await?;
            query.push(in_query.as_secs_f64() * 1e3);
            watch.push(to_watcher.as_secs_f64() * 1e3);
            tokio::time::sleep(EVERY).await;
        }
        queried.add(&mut query);
        watched.add(&mut watch);
        ensure!(
            !others.is_finished(),
            "the load beside the measurement has ended"
        );
    }
    others.abort();
    serving.process.stop()?;
    Ok(vec![
        queried.figure("acknowledged to visible in a Query, p99"),
        watched.figure("acknowledged to seen by a watcher, p99"),
    ])
}

/// The halves and the worst hundredths of rounds, in milliseconds.
#[derive(Default)]
struct Halves {
    p50: Vec<f64>,
    p99: Vec<f64>,
}

impl Halves {
    fn add(&mut self, milliseconds: &mut [f64]) {
        self.p50.push(percentile(milliseconds, 0.5));
        self.p99.push(percentile(milliseconds, 0.99));
    }

    fn figure(mut self, name: &str) -> Figure {
        let load = OTHERS as f64 / OTHERS_EVERY.as_secs_f64();
        Figure::alone(name, "ms", Estimate::of(&self.p99))
            .must(Target::AtMost(150.0))
            .beside("p50", format!("{} ms", number(median(&mut self.p50))))
            .beside("executions a second of others meanwhile", number(load))
    }
}

impl Probe {
    async fn start(publisher: Client, asker: Client) -> Result<Self> {
        let mut busy = Busy::new();
        // A workspace is known from its first event on.
        publisher.publish_batch(busy.batch(1)).await?;
        let mut changes = asker.watch(WatchRequest {
            topics: vec![Topic::Executions.into()],
            workspace_ids: vec![busy.workspace_id.to_string()],
            ..WatchRequest::default()
        });
        loop {
            let message = changes.next().await.context("the watch ended")??;
            if matches!(message.message, Some(watch_response::Message::Snapshot(_))) {
                break;
            }
        }
        Ok(Self {
            publisher,
            asker,
            changes,
            busy,
            published: 1,
        })
    }

    /// How long after its acknowledgement an execution was in a Query, and with the watcher.
    async fn follow_one(&mut self) -> Result<(Duration, Duration)> {
        let batch = self.busy.batch(1);
        let execution_id = id(&batch)?;
        self.published += 1;
        let (workspace, wanted) = (self.busy.workspace_id, self.published);
        let acknowledged = async {
            self.publisher.publish_batch(batch).await?;
            anyhow::Ok(Instant::now())
        };
        // The watcher reads meanwhile: it may know before the publisher does.
        let seen = see(&mut self.changes, &execution_id);
        let asked = async {
            let acknowledged = acknowledged.await?;
            holds(&self.asker, workspace, wanted).await?;
            anyhow::Ok((acknowledged, acknowledged.elapsed()))
        };
        let both = async { tokio::try_join!(asked, seen) };
        let ((acknowledged, in_query), seen) = tokio::time::timeout(PATIENCE, both)
            .await
            .context("an acknowledged execution was not seen")??;
        Ok((in_query, seen.saturating_duration_since(acknowledged)))
    }
}

/// Asks until a workspace has so many executions.
async fn holds(asker: &Client, workspace: Uuid, wanted: i64) -> Result<()> {
    let now = Utc::now();
    let request = QueryRequest {
        selections: vec![Selection {
            id: "visible".to_owned(),
            metrics: vec!["executions".to_owned()],
            granularity: Granularity::Total.into(),
            ..Selection::default()
        }],
        range: Some(TimeRange {
            start: Some(timestamp(now - TimeDelta::hours(24))),
            end: Some(timestamp(now + TimeDelta::hours(1))),
            zone: "UTC".to_owned(),
        }),
        workspace_ids: vec![workspace.to_string()],
        max_staleness: None,
        currency: String::new(),
    };
    loop {
        let answer = asker.query(request.clone()).await?;
        let total = answer
            .results
            .first()
            .and_then(|result| result.groups.first())
            .and_then(|group| group.series.first())
            .and_then(|series| series.total)
            .and_then(|value| value.number);
        let Some(value::Number::Integer(executions)) = total else {
            anyhow::bail!("a Query answered {total:?}");
        };
        if executions >= wanted {
            return Ok(());
        }
    }
}

/// Reads until the change of an execution; when it came.
async fn see(changes: &mut Watch, execution_id: &str) -> Result<Instant> {
    loop {
        let message = changes.next().await.context("the watch ended")??;
        let Some(watch_response::Message::Change(change)) = message.message else {
            continue;
        };
        let identity = change.execution.and_then(|execution| execution.identity);
        if identity.is_some_and(|identity| identity.execution_id == execution_id) {
            return Ok(Instant::now());
        }
    }
}

fn id(batch: &[shadow_proto::streaming::v1::Event]) -> Result<String> {
    let event = batch.first().and_then(|event| event.event.as_ref());
    let Some(event::Event::ExecutionEnded(ended)) = event else {
        anyhow::bail!("no end in {event:?}");
    };
    let identity = ended.identity.as_ref().context("an identity")?;
    Ok(identity.execution_id.clone())
}

/// Others publish until this is aborted.
fn keep_busy(publisher: Client) -> JoinHandle<Result<()>> {
    tokio::spawn(async move {
        let mut others = [Busy::new(), Busy::new(), Busy::new(), Busy::new()];
        let mut turn = tokio::time::interval(OTHERS_EVERY);
        loop {
            for other in &mut others {
                turn.tick().await;
                publisher.publish_batch(other.batch(OTHERS)).await?;
            }
        }
    })
}
