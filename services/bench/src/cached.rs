//! A Query that is answered from the cache, against a bare tonic server that sends the same bytes.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use chrono::TimeDelta;
use prost::Message;
use shadow_domain::time::Range;
use shadow_proto::metrics::v1::QueryResponse;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};

use crate::data::Platform;
use crate::echo::{self, Raw};
use crate::executive;
use crate::process::{Process, processor_time};
use crate::report::{Figure, Target, number};
use crate::rounds::{Estimate, median};
use crate::side;
use crate::stack::EXECUTIVE;

const QUERY: &str = "/shadow.metrics.v1.MetricsService/Query";

/// Requests of one side of a pair, and over how many connections they go, one at a time on each.
const REQUESTS: usize = 2_000;
const CONNECTIONS: usize = 8;

/// One side of the comparison.
struct Side {
    connections: Vec<Grpc<Channel>>,
    path: &'static str,
    token: String,
    request: Bytes,
    pid: u32,
}

/// The figure.
pub(crate) async fn against_echo(platform: &Platform<'_>, pairs: usize) -> Result<Figure> {
    let range = Range {
        start: platform.demo.end() - TimeDelta::days(30),
        end: platform.demo.end(),
    };
    let mut request = executive::request(&range, "UTC", &[]);
    // Nothing changes meanwhile, so any age will do.
    request.max_staleness = Some(prost_types::Duration {
        seconds: 86_400,
        nanos: 0,
    });
    let request = Bytes::from(request.encode_to_vec());
    let token = format!("Bearer {}", platform.stack.token(EXECUTIVE)?);
    let serving = &platform.serving;
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let endpoint = Endpoint::from_shared(serving.url.clone())?;
        connections.push(Grpc::new(endpoint.connect().await?));
    }
    let ours = Side {
        connections,
        path: QUERY,
        token: token.clone(),
        request: request.clone(),
        pid: serving.process.pid(),
    };
    let first = ours.ask().await?;
    let answer = ours.ask().await?;
    let cached = QueryResponse::decode(answer.clone())?;
    ensure!(
        cached.results.iter().all(|result| {
            result
                .provenance
                .as_ref()
                .is_some_and(|provenance| provenance.age.is_some())
        }),
        "the second answer did not come from the cache"
    );
    same_values(&QueryResponse::decode(first)?, &cached)?;

    let (echo, theirs) = start_echo(&answer, &token, &request).await?;
    ensure!(theirs.ask().await? == answer, "the echo sends other bytes");
    let mut rates = Vec::new();
    let mut busy = (Vec::new(), Vec::new());
    for pair in 0..pairs {
        let (a, b) = if pair % 2 == 0 {
            let a = ours.measure().await?;
            (a, theirs.measure().await?)
        } else {
            let b = theirs.measure().await?;
            (ours.measure().await?, b)
        };
        rates.push((a.0, b.0));
        busy.0.push(a.1);
        busy.1.push(b.1);
    }
    echo.stop()?;
    let per = |seconds: &mut Vec<f64>| format!("{} µs", number(median(seconds) * 1e6));
    let middle = |of: &dyn Fn(&(f64, f64)) -> f64| {
        number(median(&mut rates.iter().map(of).collect::<Vec<_>>()))
    };
    Ok(Figure::ratio(
        "cached Query per second",
        "bare tonic echo of the same bytes",
        Estimate::of_ratios(&rates),
    )
    .must(Target::AtLeast(0.6))
    .beside("cached per second", middle(&|pair| pair.0))
    .beside("echoes per second", middle(&|pair| pair.1))
    .beside("bytes of the answer", answer.len().to_string())
    .beside("bytes of the request", request.len().to_string())
    .beside("server's processor time per request", per(&mut busy.0))
    .beside("the echo's", per(&mut busy.1)))
}

async fn start_echo(answer: &Bytes, token: &str, request: &Bytes) -> Result<(Process, Side)> {
    let (process, address) = side::start("echo", answer).await?;
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(Grpc::new(side::connect(address).await?));
    }
    let side = Side {
        connections,
        path: echo::PATH,
        token: token.to_owned(),
        request: request.clone(),
        pid: process.pid(),
    };
    Ok((process, side))
}

impl Side {
    async fn ask(&self) -> Result<Bytes> {
        self.ask_over(&self.connections[0]).await
    }

    async fn ask_over(&self, connection: &Grpc<Channel>) -> Result<Bytes> {
        let mut grpc = connection.clone();
        grpc.ready().await?;
        let mut request = tonic::Request::new(self.request.clone());
        request
            .metadata_mut()
            .insert("authorization", self.token.parse()?);
        let path = http::uri::PathAndQuery::from_static(self.path);
        Ok(grpc.unary(request, path, Raw).await?.into_inner())
    }

    /// Requests per second, and the server's processor seconds per request.
    async fn measure(&self) -> Result<(f64, f64)> {
        let before = processor_time(self.pid)?;
        let start = Instant::now();
        let asking = self.connections.iter().map(|connection| async move {
            for _ in 0..REQUESTS / CONNECTIONS {
                self.ask_over(connection).await?;
            }
            anyhow::Ok(())
        });
        futures_util::future::try_join_all(asking).await?;
        let elapsed = start.elapsed().as_secs_f64();
        let busy = processor_time(self.pid)?
            .saturating_sub(before)
            .as_secs_f64();
        Ok((REQUESTS as f64 / elapsed, busy / REQUESTS as f64))
    }
}

/// What the cache gives is what was computed.
fn same_values(computed: &QueryResponse, cached: &QueryResponse) -> Result<()> {
    for (one, other) in computed.results.iter().zip(&cached.results) {
        ensure!(
            one.groups == other.groups && one.buckets == other.buckets,
            "the cache answers otherwise"
        );
    }
    let complete = computed.results.len() == cached.results.len();
    complete.then_some(()).context("the cache answers less")
}
