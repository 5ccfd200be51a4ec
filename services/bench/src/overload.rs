//! Three times what saturates is offered by one workspace: what of it is stored, what is refused and how, what memory it
//! takes, and what another workspace notices.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use futures_util::future::try_join_all;
use prost::Message;
use shadow_client::Client;
use shadow_proto::streaming::v1::{EventStatus, PublishBatchResponse};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use crate::busy::Busy;
use crate::echo::Raw;
use crate::process::SERVER_CORE;
use crate::report::{Figure, Target, number};
use crate::rounds::{Estimate, median, percentile};
use crate::stack::{PUBLISHER, Serving, Stack};

const PUBLISH: &str = "/shadow.streaming.v1.StreamingService/PublishBatch";

const BATCH: usize = 500;

/// How many batches are on their way at the peak: enough to saturate, and far less than may wait.
const AT_PEAK: usize = 24;

/// How many times the peak is offered.
const TIMES: f64 = 3.0;

/// How long each side of a pair takes.
const PHASE: Duration = Duration::from_secs(3);

/// Connections of the one who floods.
const CONNECTIONS: usize = 4;

/// The other workspace publishes so many executions, so often.
const OTHER: usize = 10;
const OTHER_EVERY: Duration = Duration::from_millis(20);

/// Who floods, who does not, and the server that both meet.
struct Scene {
    serving: Serving,
    connections: Vec<Grpc<Channel>>,
    token: String,
    flood: Busy,
    client: Client,
    other: Busy,
}

/// What one side of a pair amounted to.
#[derive(Default)]
struct Phase {
    /// Executions stored, and offered, a second.
    stored: f64,
    offered: f64,
    refused: usize,
    /// The most memory that the server held, in bytes.
    memory: f64,
    /// The other workspace's acknowledgements, in milliseconds.
    other_p99: f64,
}

/// All figures of it.
pub(crate) async fn against_peak(stack: &Stack, pairs: usize) -> Result<Vec<Figure>> {
    let mut scene = Scene::start(stack).await?;
    // Warms up, and says about how much there has to be to offer.
    let mut guess = scene.at_peak(100_000.0).await?.stored;
    let warm = scene.beyond(guess).await?;
    let (mut peaks, mut floods) = (Vec::new(), Vec::new());
    for pair in 0..pairs {
        let (peak, flood) = if pair % 2 == 0 {
            let peak = scene.at_peak(guess).await?;
            (peak, scene.beyond(guess).await?)
        } else {
            let flood = scene.beyond(guess).await?;
            (scene.at_peak(guess).await?, flood)
        };
        guess = guess.max(peak.stored);
        eprintln!(
            "  pair {}: {} of {} executions a second beside a peak of {}",
            pair + 1,
            number(flood.stored),
            number(flood.offered),
            number(peak.stored)
        );
        peaks.push(peak);
        floods.push(flood);
    }
    scene.serving.process.stop()?;
    let refused: usize = floods.iter().map(|flood| flood.refused).sum();
    ensure!(refused > 0, "nothing was refused, so nothing was too much");
    let ratios = |of: &dyn Fn(&Phase) -> f64| -> Vec<(f64, f64)> {
        let pairs = floods.iter().zip(&peaks);
        pairs.map(|(flood, peak)| (of(flood), of(peak))).collect()
    };
    let middle = |phases: &[Phase], of: &dyn Fn(&Phase) -> f64| {
        number(median(&mut phases.iter().map(of).collect::<Vec<_>>()))
    };
    let memory: Vec<_> = floods
        .iter()
        .map(|flood| (flood.memory, warm.memory))
        .collect();
    let mebibytes = |bytes: f64| format!("{} MiB", number(bytes / 1024.0 / 1024.0));
    Ok(vec![
        Figure::ratio(
            "executions stored per second, three times the peak offered",
            "the peak",
            Estimate::of_ratios(&ratios(&|phase| phase.stored)),
        )
        .must(Target::AtLeast(0.85))
        .beside("stored per second", middle(&floods, &|phase| phase.stored))
        .beside("offered", middle(&floods, &|phase| phase.offered))
        .beside("peak", middle(&peaks, &|phase| phase.stored))
        .beside(
            "batches refused, all with RESOURCE_EXHAUSTED and RetryInfo",
            refused.to_string(),
        ),
        Figure::ratio(
            "server's memory, three times the peak offered",
            "the same in the first such phase",
            Estimate::of_ratios(&memory),
        )
        .must(Target::AtMost(1.1))
        .beside("in the first such phase", mebibytes(warm.memory))
        .beside(
            "at the peak",
            mebibytes(median(
                &mut peaks.iter().map(|peak| peak.memory).collect::<Vec<_>>(),
            )),
        ),
        Figure::ratio(
            "another workspace's p99, three times the peak offered",
            "its p99 at the peak",
            Estimate::of_ratios(&ratios(&|phase| phase.other_p99)),
        )
        .must(Target::AtMost(1.5))
        .beside(
            "p99 at the peak",
            format!("{} ms", middle(&peaks, &|phase| phase.other_p99)),
        ),
    ])
}

impl Scene {
    async fn start(stack: &Stack) -> Result<Self> {
        let database = stack.database("overload").await?;
        let serving = stack
            .serve("streaming", &database, Some(SERVER_CORE))
            .await?;
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let endpoint = Endpoint::from_shared(serving.url.clone())?;
            connections.push(Grpc::new(endpoint.connect().await?));
        }
        let client = stack.client(&serving.url, PUBLISHER).await?;
        let mut other = Busy::new();
        client.publish_batch(other.batch(1)).await?;
        Ok(Self {
            serving,
            connections,
            token: format!("Bearer {}", stack.token(PUBLISHER)?),
            flood: Busy::new(),
            client,
            other,
        })
    }

    /// As much as the server takes: so many batches on their way, always.
    async fn at_peak(&mut self, guess: f64) -> Result<Phase> {
        let batches = self.encoded(guess * 1.5);
        let sending = (0..AT_PEAK).map(|number| {
            let batches = Arc::clone(&batches);
            let mut connection = self.connections[number % CONNECTIONS].clone();
            let token = self.token.clone();
            async move {
                let mut stored = 0;
                let until = Instant::now() + PHASE;
                while Instant::now() < until {
                    let batch = take(&batches).context("more would have been stored")?;
                    match offer(&mut connection, &token, batch).await? {
                        Offered::Stored => stored += BATCH,
                        Offered::Refused => bail!("a peak that is refused is none"),
                    }
                }
                anyhow::Ok(stored)
            }
        });
        let sending = try_join_all(sending);
        let client = self.client.clone();
        let ((memory, other_p99), stored) =
            tokio::try_join!(observe(&self.serving, &client, &mut self.other), sending)?;
        let stored = stored.into_iter().sum::<usize>() as f64 / PHASE.as_secs_f64();
        Ok(Phase {
            stored,
            offered: stored,
            refused: 0,
            memory,
            other_p99,
        })
    }

    /// Three times as much, whatever the server says to it; what it refuses is offered again later.
    async fn beyond(&mut self, peak: f64) -> Result<Phase> {
        // None of it may be answered before the next one is offered.
        let batches = self.encoded(peak * TIMES);
        let offering = offer_at(
            peak * TIMES / BATCH as f64,
            Arc::clone(&batches),
            self.connections.clone(),
            self.token.clone(),
        );
        let client = self.client.clone();
        let ((memory, other_p99), (stored, refused, offered)) =
            tokio::try_join!(observe(&self.serving, &client, &mut self.other), offering)?;
        let per_second = |batches: usize| (batches * BATCH) as f64 / PHASE.as_secs_f64();
        Ok(Phase {
            stored: per_second(stored),
            offered: per_second(offered),
            refused,
            memory,
            other_p99,
        })
    }

    /// Batches for a phase in which so many executions a second are stored.
    fn encoded(&mut self, per_second: f64) -> Batches {
        let batches = (per_second * PHASE.as_secs_f64() / BATCH as f64) as usize + AT_PEAK;
        let batches = (0..batches).map(|_| self.flood.encoded(BATCH)).collect();
        Arc::new(Mutex::new(batches))
    }
}

type Batches = Arc<Mutex<VecDeque<Bytes>>>;

fn take(batches: &Batches) -> Option<Bytes> {
    let mut batches = batches.lock().unwrap_or_else(PoisonError::into_inner);
    batches.pop_front()
}

/// Offers so many batches a second; how many were stored within the phase, refused and offered.
async fn offer_at(
    per_second: f64,
    batches: Batches,
    connections: Vec<Grpc<Channel>>,
    token: String,
) -> Result<(usize, usize, usize)> {
    let mut turn = tokio::time::interval(Duration::from_secs_f64(1.0 / per_second));
    // What could not be offered in time is offered at once: the offer does not wait for the server.
    turn.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let until = Instant::now() + PHASE;
    let mut offers = JoinSet::new();
    let (mut stored, mut refused, mut offered) = (0, 0, 0);
    loop {
        let outcome = tokio::select! {
            _ = turn.tick(), if Instant::now() < until => {
                let batch = take(&batches).context("more would have been stored")?;
                let mut connection = connections[offered % connections.len()].clone();
                let (token, batches) = (token.clone(), Arc::clone(&batches));
                offered += 1;
                offers.spawn(async move {
                    let outcome = offer(&mut connection, &token, batch.clone()).await?;
                    if outcome == Offered::Refused {
                        let mut batches = batches.lock().unwrap_or_else(PoisonError::into_inner);
                        batches.push_back(batch);
                    }
                    anyhow::Ok(outcome)
                });
                continue;
            }
            Some(outcome) = offers.join_next() => outcome??,
            else => return Ok((stored, refused, offered)),
        };
        match outcome {
            // What was still on its way belongs to no phase.
            Offered::Stored if Instant::now() < until => stored += 1,
            Offered::Stored => {}
            Offered::Refused => refused += 1,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offered {
    Stored,
    Refused,
}

async fn offer(connection: &mut Grpc<Channel>, token: &str, batch: Bytes) -> Result<Offered> {
    connection.ready().await?;
    let mut request = Request::new(batch);
    request
        .metadata_mut()
        .insert("authorization", token.parse()?);
    let path = http::uri::PathAndQuery::from_static(PUBLISH);
    match connection.unary(request, path, Raw).await {
        Ok(answer) => {
            let answer = PublishBatchResponse::decode(answer.into_inner())?;
            let accepted = answer
                .statuses()
                .filter(|status| *status == EventStatus::Accepted);
            ensure!(
                accepted.count() == BATCH,
                "not everything was accepted: {:?}",
                answer.refusals.first()
            );
            Ok(Offered::Stored)
        }
        Err(status) => refused(&status).map(|()| Offered::Refused),
    }
}

/// Too much is refused in one way only.
fn refused(status: &Status) -> Result<()> {
    ensure!(
        status.code() == Code::ResourceExhausted,
        "it was answered otherwise: {status}"
    );
    let retry = status.get_details_retry_info();
    ensure!(
        retry.is_some_and(|retry| retry.retry_delay.is_some()),
        "a refusal does not say when to come back"
    );
    Ok(())
}

/// For one phase: the most memory that the server holds, and the p99 of the other workspace.
async fn observe(serving: &Serving, client: &Client, other: &mut Busy) -> Result<(f64, f64)> {
    let mut turn = tokio::time::interval(OTHER_EVERY);
    turn.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let until = Instant::now() + PHASE;
    let (mut memory, mut milliseconds) = (0.0f64, Vec::new());
    while Instant::now() < until {
        turn.tick().await;
        let batch = other.batch(OTHER);
        let start = Instant::now();
        client.publish_batch(batch).await?;
        milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
        memory = memory.max(serving.process.memory_bytes()? as f64);
    }
    Ok((memory, percentile(&mut milliseconds, 0.99)))
}
