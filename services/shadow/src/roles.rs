//! The roles of a process: what answers RPCs and what works in the background, behind one gRPC server.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, anyhow};
use chrono::TimeDelta;
use clap::ValueEnum;
use secrecy::SecretString;
use shadow_metrics::State;
use shadow_rpc::{Gate, Members, Server, verifier};
use shadow_runtime::config::{
    AuthConfig, Environment, JobsConfig, RedisConfig, RetentionConfig, ServerConfig,
};
use shadow_runtime::readiness::{Part, Readiness};
use shadow_runtime::shutdown::{Shutdown, within_deadline};
use shadow_runtime::telemetry::{self, Metrics};
use shadow_storage::Database;
use shadow_storage::cache::Cache;
use shadow_storage::feed::Stream;
use shadow_streaming::Streaming;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::listen::listen;

/// How often the database is asked whether it answers.
const PING: Duration = Duration::from_secs(5);
/// Connections to Redis.
const CACHE_CONNECTIONS: u32 = 8;

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Answers queries
    Metrics,
    /// Takes events in, and shows them to those who watch
    Streaming,
    /// Works in the background
    Jobs,
    /// All of these
    All,
}

impl Role {
    fn is(self, other: Role) -> bool {
        self == other || self == Role::All
    }
}

/// Running roles.
pub(crate) struct Roles {
    shutdown: Shutdown,
    drain_deadline: Duration,
    server: JoinHandle<anyhow::Result<()>>,
    jobs: Option<JoinHandle<anyhow::Result<()>>>,
    streaming: Option<Streaming>,
    metrics: Option<SocketAddr>,
}

impl Roles {
    /// Starts a role. It is serving when this returns.
    pub(crate) async fn start(
        role: Role,
        environment: &Environment,
        database: Database,
        listener: TcpListener,
    ) -> anyhow::Result<Self> {
        let config = ServerConfig::from_environment(environment)?;
        let jobs_config = JobsConfig::from_environment(environment)?;
        let retention = RetentionConfig::from_environment(environment)?;
        let facts = retention.facts.map(TimeDelta::from_std).transpose()?;
        let shutdown = Shutdown::new();
        let readiness = Readiness::new();
        let metrics = observe(role, &config, &readiness, &shutdown).await?;
        tokio::spawn(ping(
            database.clone(),
            readiness.part("database"),
            shutdown.clone(),
        ));

        let gate = Gate {
            verifier: verifier(&AuthConfig::from_environment(environment)?, &shutdown)?,
            members: Members::new(database.clone()),
            request_timeout: config.request_timeout,
            max_requests: config.max_requests,
        };
        let mut server = Server::new(gate);
        let redis: Option<SecretString> = RedisConfig::from_environment(environment)?.url;
        if role.is(Role::Metrics) {
            let cache = Cache::new(redis.as_ref(), CACHE_CONNECTIONS)?;
            server = server.add(shadow_metrics::service(State {
                database: database.clone(),
                cache,
            }));
        }
        let stream = redis.map(|url| Stream::new(&database, &url)).transpose()?;
        let streaming = role.is(Role::Streaming).then(|| {
            let config = shadow_streaming::Config {
                stream,
                ..Default::default()
            };
            Streaming::start(database.clone(), config, shutdown.token())
        });
        if let Some(streaming) = &streaming {
            server = server.add(streaming.service());
        }
        let jobs = role.is(Role::Jobs).then(|| {
            let config = shadow_jobs::Config {
                lease: jobs_config.lease,
                work: shadow_jobs::work::all(facts),
                ..shadow_jobs::Config::default()
            };
            let jobs = shadow_jobs::run(database, shutdown.clone(), config);
            tokio::spawn(async move { jobs.await.context("the jobs broke") })
        });
        let serving = server.serve(
            listener,
            readiness.clone(),
            shutdown.clone(),
            config.drain_deadline,
        );
        let server = tokio::spawn(async move { serving.await.context("the services broke") });
        readiness.until(true).await;
        Ok(Self {
            shutdown,
            drain_deadline: config.drain_deadline,
            server,
            jobs,
            streaming,
            metrics,
        })
    }

    /// Where `/metrics` is served, if it is.
    pub(crate) fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// Ends only when a part of the roles does, which it should not before it is told to.
    pub(crate) async fn broken(&mut self) -> anyhow::Error {
        let jobs = async {
            match &mut self.jobs {
                Some(jobs) => jobs.await,
                None => std::future::pending().await,
            }
        };
        let streaming = async {
            match &self.streaming {
                Some(streaming) => streaming.broken().await,
                None => std::future::pending().await,
            }
        };
        let ended = tokio::select! {
            ended = &mut self.server => ended,
            ended = jobs => ended,
            () = streaming => return anyhow!("what runs behind the streaming service broke"),
        };
        match ended {
            Ok(Ok(())) => anyhow!("a part of the roles has ended by itself"),
            Ok(Err(error)) => error,
            Err(panic) => anyhow::Error::new(panic).context("a part of the roles broke"),
        }
    }

    /// Stops: no new request, then the end of those at work, then what was taken in is written.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.shutdown.request();
        let deadline = self.drain_deadline;
        let rest = async {
            let served = if self.server.is_finished() {
                Ok(())
            } else {
                flat(self.server.await)
            };
            if let Some(streaming) = self.streaming {
                streaming.finish().await;
            }
            let worked = match self.jobs {
                Some(jobs) if !jobs.is_finished() => flat(jobs.await),
                _ => Ok(()),
            };
            served.and(worked)
        };
        // The server has the deadline to itself; what is behind it gets as much again.
        match within_deadline("the roles", &self.shutdown, deadline * 2, rest).await {
            Ok(stopped) => stopped,
            Err(late) => {
                tracing::warn!(error = %late, "work was given up");
                Ok(())
            }
        }
    }
}

fn flat(ended: Result<anyhow::Result<()>, tokio::task::JoinError>) -> anyhow::Result<()> {
    ended.context("a part of the roles broke")?
}

/// Serves `/metrics` and `/health`, where an address is configured for them; says at which.
async fn observe(
    role: Role,
    config: &ServerConfig,
    readiness: &Readiness,
    shutdown: &Shutdown,
) -> anyhow::Result<Option<SocketAddr>> {
    let Some(address) = config.metrics_listen else {
        return Ok(None);
    };
    let listener = listen(address, "SHADOW_METRICS_LISTEN").await?;
    let address = listener
        .local_addr()
        .context("the address of the metrics is unknown")?;
    let metrics = Metrics::install()?;
    describe(role);
    tokio::spawn(telemetry::serve(
        listener,
        Some(metrics),
        readiness.clone(),
        shutdown.clone(),
    ));
    Ok(Some(address))
}

/// Describes what the crates behind a role measure.
fn describe(role: Role) {
    shadow_rpc::telemetry::describe();
    shadow_storage::telemetry::describe();
    if role.is(Role::Metrics) {
        shadow_metrics::telemetry::describe();
    }
    if role.is(Role::Streaming) {
        shadow_streaming::telemetry::describe();
    }
    if role.is(Role::Jobs) {
        shadow_jobs::telemetry::describe();
    }
}

/// Says whether the database answers, and how its connections are used, until stopping is asked for.
async fn ping(database: Database, part: Part, shutdown: Shutdown) {
    let asked = async {
        loop {
            let answer = database.ping().await;
            if let Err(error) = &answer {
                tracing::warn!(%error, "the database does not answer");
            }
            part.set(answer.is_ok());
            database.measure();
            tokio::time::sleep(PING).await;
        }
    };
    tokio::select! {
        () = asked => {}
        () = shutdown.requested() => {}
    }
}
