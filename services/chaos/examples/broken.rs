//! The roles that the campaign breaks, in a program that is wrong by intention: with the feature `chaos-broken` it breaks
//! the rule that `SHADOW_CHAOS_BROKEN` names. It is an example because examples are never shipped.
//!
//! `broken serve streaming` and `broken serve jobs` do what `shadow` does with these words; `broken can-break` succeeds
//! where it was built with the feature.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use shadow_rpc::{Gate, Members, Server, verifier};
use shadow_runtime::config::{
    AuthConfig, DatabaseConfig, Environment, JobsConfig, RedisConfig, ServerConfig, TelemetryConfig,
};
use shadow_runtime::readiness::Readiness;
use shadow_runtime::shutdown::Shutdown;
use shadow_runtime::telemetry;
use shadow_storage::feed::Stream;
use shadow_storage::{Config, Database, broken};
use shadow_streaming::Streaming;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["can-break"] if broken::ENABLED => Ok(ExitCode::SUCCESS),
        ["can-break"] => Ok(ExitCode::FAILURE),
        ["serve", "streaming"] => serve(true).await,
        ["serve", "jobs"] => serve(false).await,
        _ => bail!("expected one of: serve streaming, serve jobs, can-break"),
    }
}

async fn serve(streaming: bool) -> Result<ExitCode> {
    let environment = Environment::process();
    let traces = telemetry::init(&TelemetryConfig::from_environment(&environment)?)?;
    let served = serve_in(&environment, streaming).await;
    traces.finish().await;
    served
}

async fn serve_in(environment: &Environment, streaming: bool) -> Result<ExitCode> {
    let shutdown = Shutdown::on_signal().context("signals cannot be heard")?;
    let DatabaseConfig {
        url,
        pool_size,
        statement_timeout,
    } = DatabaseConfig::from_environment(environment)?;
    let database = Database::connect(&Config {
        url,
        pool_size,
        statement_timeout,
    })
    .await?;
    if !streaming {
        let config = shadow_jobs::Config {
            lease: JobsConfig::from_environment(environment)?.lease,
            ..shadow_jobs::Config::default()
        };
        shadow_jobs::run(database, shutdown, config).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let config = ServerConfig::from_environment(environment)?;
    let redis = RedisConfig::from_environment(environment)?.url;
    let stream = redis.map(|url| Stream::new(&database, &url)).transpose()?;
    let service = Streaming::start(
        database.clone(),
        shadow_streaming::Config {
            stream,
            ..shadow_streaming::Config::default()
        },
        shutdown.token(),
    );
    let gate = Gate {
        verifier: verifier(&AuthConfig::from_environment(environment)?, &shutdown)?,
        members: Members::new(database),
        request_timeout: config.request_timeout,
        max_requests: config.max_requests,
    };
    let listener = TcpListener::bind(config.listen).await?;
    Server::new(gate)
        .add(service.service())
        .serve(listener, Readiness::new(), shutdown, config.drain_deadline)
        .await?;
    service.finish().await;
    Ok(ExitCode::SUCCESS)
}
