//! `shadow-gateway`: the gateway as a process of its own, configured by its environment.

#![expect(
    clippy::print_stderr,
    reason = "a failure to start is told to whoever started it"
)]

use std::process::ExitCode;

use anyhow::Context;
use shadow_gateway::Gateway;
use shadow_runtime::config::{
    AuthConfig, Environment, GatewayConfig, ServerConfig, TelemetryConfig,
};
use shadow_runtime::readiness::Readiness;
use shadow_runtime::shutdown::Shutdown;
use shadow_runtime::telemetry;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shadow-gateway: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let environment = Environment::process();
    let traces = telemetry::init(&TelemetryConfig::from_environment(&environment)?)?;
    let served = serve(&environment).await;
    traces.finish().await;
    served
}

async fn serve(environment: &Environment) -> anyhow::Result<()> {
    let config = GatewayConfig::from_environment(environment)?;
    let auth = AuthConfig::from_environment(environment)?;
    let server = ServerConfig::from_environment(environment)?;
    let shutdown = Shutdown::on_signal()?;
    let gateway = Gateway::new(&config, &auth, &shutdown)?;
    if let Some(address) = server.metrics_listen {
        let listener = listen(address, "SHADOW_METRICS_LISTEN").await?;
        let metrics = telemetry::Metrics::install()?;
        shadow_gateway::telemetry::describe();
        tokio::spawn(telemetry::serve(
            listener,
            Some(metrics),
            Readiness::new(),
            shutdown.clone(),
        ));
    }
    let listener = listen(config.listen, "SHADOW_PORT").await?;
    tracing::info!(address = %listener.local_addr()?, "the gateway listens");
    gateway
        .serve(listener, shutdown, server.drain_deadline)
        .await;
    Ok(())
}

async fn listen(address: std::net::SocketAddr, variable: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; choose another address with {variable}")
    })
}
