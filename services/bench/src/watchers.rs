//! A thousand watchers of one busy workspace, against a bare broadcast of the same messages; and what those do to the
//! others who stop reading.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use prost::Message;
use shadow_client::Client;
use shadow_proto::streaming::v1::{Topic, WatchRequest};
use tonic::client::Grpc;
use tonic::transport::Channel;

use crate::audience::{Audience, Wanted};
use crate::broadcast;
use crate::busy::Busy;
use crate::echo::Raw;
use crate::process::{SERVER_CORE, processor_time};
use crate::report::{Figure, Target, number};
use crate::rounds::{Estimate, median, percentile};
use crate::side;
use crate::stack::{EXECUTIVE, PUBLISHER, Serving, Stack};

const WATCH: &str = "/shadow.streaming.v1.StreamingService/Watch";

/// As many as a process serves.
const WATCHERS: usize = 1_000;

/// Changes of one side of a pair, and of a batch of them.
const CHANGES: usize = 1_000;
const BATCH: usize = 500;

/// Every twentieth watcher can stop reading, five on each connection.
const STALLERS: usize = 20;

/// At an even pace: so many changes at once, so often, so many times.
const PACE: (usize, Duration, usize) = (10, Duration::from_millis(200), 20);

/// Changes that are more than what may be on its way to a watcher who does not read.
const MORE_THAN_FITS: usize = 1_500;

/// A server, a workspace in which executions end, and who publishes them.
struct Scene {
    serving: Serving,
    publisher: Client,
    busy: Busy,
    wanted: Wanted,
}

/// Deliveries per second.
pub(crate) async fn against_broadcast(stack: &Stack, pairs: usize) -> Result<Figure> {
    let mut scene = Scene::start(stack, "watchers").await?;
    let mut watchers = Audience::join(&scene.wanted, WATCHERS, None).await?;
    // The first round warms up, and says what is sent.
    watchers.keep();
    scene.burst(&mut watchers, CHANGES).await?;
    let messages = watchers.kept();
    ensure!(
        messages.len() == CHANGES,
        "{} messages were kept",
        messages.len()
    );
    let (process, address) = side::start("broadcast", &broadcast::write(&messages)?).await?;
    let bare = Wanted {
        url: format!("http://{address}"),
        path: broadcast::LISTEN,
        ..scene.wanted.clone()
    };
    let mut listeners = Audience::join(&bare, WATCHERS, None).await?;
    let channel = side::connect(address).await?;
    send(&channel, &mut listeners).await?;

    let deliveries = (WATCHERS * CHANGES) as f64;
    let mut rates = Vec::new();
    let mut busy = (Vec::new(), Vec::new());
    for pair in 0..pairs {
        let (mut ours, mut theirs) = (Duration::ZERO, Duration::ZERO);
        for side in [pair % 2, (pair + 1) % 2] {
            if side == 0 {
                let before = processor_time(scene.serving.process.pid())?;
                ours = scene.burst(&mut watchers, CHANGES).await?;
                let used = processor_time(scene.serving.process.pid())?.saturating_sub(before);
                busy.0.push(used.as_secs_f64());
            } else {
                let before = processor_time(process.pid())?;
                theirs = send(&channel, &mut listeners).await?;
                let used = processor_time(process.pid())?.saturating_sub(before);
                busy.1.push(used.as_secs_f64());
            }
        }
        rates.push((
            deliveries / ours.as_secs_f64(),
            deliveries / theirs.as_secs_f64(),
        ));
    }
    process.stop()?;
    scene.serving.process.stop()?;
    let middle = |of: &dyn Fn(&(f64, f64)) -> f64| {
        number(median(&mut rates.iter().map(of).collect::<Vec<_>>()))
    };
    let each =
        |seconds: &mut Vec<f64>| format!("{} µs", number(median(seconds) * 1e6 / deliveries));
    let bytes: usize = messages.iter().map(Bytes::len).sum();
    Ok(Figure::ratio(
        "deliveries per second to 1,000 watchers",
        "bare tonic broadcast of the same messages",
        Estimate::of_ratios(&rates),
    )
    .must(Target::AtLeast(0.8))
    .beside("delivered per second", middle(&|pair| pair.0))
    .beside("by the broadcast", middle(&|pair| pair.1))
    .beside("bytes of a message", number(bytes as f64 / CHANGES as f64))
    .beside("server's processor time per delivery", each(&mut busy.0))
    .beside("the broadcast's", each(&mut busy.1)))
}

/// What 50 who stop reading do to 950 others, and what is held for each of them.
pub(crate) async fn beside_stalled(stack: &Stack, pairs: usize) -> Result<Vec<Figure>> {
    let mut scene = Scene::start(stack, "stalled").await?;
    let mut watchers = Audience::join(&scene.wanted, WATCHERS, Some(STALLERS)).await?;
    scene.pace(&mut watchers).await?;
    let (mut late, mut worst) = (Vec::new(), Vec::new());
    for pair in 0..pairs {
        let (mut reading, mut stalled) = (0.0, 0.0);
        for side in [pair % 2, (pair + 1) % 2] {
            watchers.stall(side == 1);
            let p99 = scene.pace(&mut watchers).await?;
            if side == 0 {
                reading = p99;
            } else {
                stalled = p99;
            }
        }
        late.push((stalled, reading));
        worst.push(stalled);
    }
    scene.serving.process.stop()?;
    Ok(vec![
        Figure::ratio(
            "p99 until 950 watchers are told, while 50 do not read",
            "the same while all read",
            Estimate::of_ratios(&late),
        )
        .must(Target::AtMost(1.2))
        .beside("p99", format!("{} ms", number(median(&mut worst)))),
        held(stack).await?,
    ])
}

/// What a server holds for each watcher who does not read, at most: all that it grows by while more is published than may
/// be on its way to them, whatever it grows for. The server is a new one, whose memory has no slack yet to grow into; a
/// figure below zero would say that it has, and is told as it is.
async fn held(stack: &Stack) -> Result<Figure> {
    let mut scene = Scene::start(stack, "stalled_memory").await?;
    let mut watchers = Audience::join(&scene.wanted, WATCHERS, Some(STALLERS)).await?;
    let stallers = WATCHERS as f64 - watchers.steady() as f64;
    let before = scene.serving.process.memory_bytes()?;
    watchers.stall(true);
    scene.burst(&mut watchers, MORE_THAN_FITS).await?;
    let after = scene.serving.process.memory_bytes()?;
    scene.serving.process.stop()?;
    let grown = after as f64 - before as f64;
    Ok(Figure::alone(
        "memory held for a watcher who does not read, at most",
        "KiB",
        Estimate::of(&[grown / stallers / 1024.0]),
    )
    .must(Target::AtMost(1024.0))
    .beside("resident before", format!("{} MiB", before >> 20)))
}

impl Scene {
    async fn start(stack: &Stack, name: &str) -> Result<Self> {
        let database = stack.database(name).await?;
        let serving = stack.serve("all", &database, Some(SERVER_CORE)).await?;
        let publisher = stack.client(&serving.url, PUBLISHER).await?;
        let mut busy = Busy::new();
        // A workspace is known from its first event on.
        publisher.publish_batch(busy.batch(1)).await?;
        let request = WatchRequest {
            topics: vec![Topic::Executions.into()],
            workspace_ids: vec![busy.workspace_id.to_string()],
            snapshot_size: 1,
            ..WatchRequest::default()
        };
        let wanted = Wanted {
            url: serving.url.clone(),
            path: WATCH,
            token: format!("Bearer {}", stack.token(EXECUTIVE)?),
            request: request.encode_to_vec().into(),
        };
        Ok(Self {
            serving,
            publisher,
            busy,
            wanted,
        })
    }

    /// Publishes changes as fast as they are acknowledged; how long until everybody was told of all.
    async fn burst(&mut self, watchers: &mut Audience, changes: usize) -> Result<Duration> {
        let batches = changes.div_ceil(BATCH);
        let batches: Vec<_> = (0..batches).map(|_| self.busy.batch(BATCH)).collect();
        watchers.expect(batches.len() * BATCH);
        let start = Instant::now();
        for batch in batches {
            watchers.published(batch.len());
            self.publisher.publish_batch(batch).await?;
        }
        watchers.reached().await?;
        Ok(start.elapsed())
    }

    /// Publishes at an even pace; the milliseconds within which 99 of 100 were told.
    async fn pace(&mut self, watchers: &mut Audience) -> Result<f64> {
        let (changes, every, times) = PACE;
        watchers.expect(changes * times);
        let mut turn = tokio::time::interval(every);
        for _ in 0..times {
            turn.tick().await;
            let batch = self.busy.batch(changes);
            watchers.published(changes);
            self.publisher.publish_batch(batch).await?;
        }
        watchers.reached().await?;
        let mut milliseconds = watchers.milliseconds();
        ensure!(!milliseconds.is_empty(), "nothing was timed");
        Ok(percentile(&mut milliseconds, 0.99))
    }
}

/// Lets the bare server send everything; how long until everybody has it.
async fn send(channel: &Channel, listeners: &mut Audience) -> Result<Duration> {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await?;
    listeners.expect(CHANGES);
    let path = http::uri::PathAndQuery::from_static(broadcast::SEND);
    let start = Instant::now();
    listeners.published(CHANGES);
    grpc.unary(tonic::Request::new(Bytes::new()), path, Raw)
        .await
        .context("the broadcast did not send")?;
    listeners.reached().await?;
    Ok(start.elapsed())
}
