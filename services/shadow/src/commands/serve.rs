//! `shadow serve`: one role, or all of them, for a process of its own.

use anyhow::Context;
use shadow_runtime::config::{DatabaseConfig, Environment, ServerConfig, TelemetryConfig};
use shadow_runtime::shutdown::Shutdown;
use shadow_runtime::telemetry;

use crate::database;
use crate::listen::listen;
use crate::roles::{Role, Roles};

/// Serve a role until SIGTERM; everything is configured by variables, which .env.example lists
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// What to serve
    role: Role,
}

impl Serve {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let environment = Environment::process();
        let traces = telemetry::init(&TelemetryConfig::from_environment(&environment)?)?;
        let served = self.serve(&environment).await;
        traces.finish().await;
        served
    }

    async fn serve(self, environment: &Environment) -> anyhow::Result<()> {
        let shutdown = Shutdown::on_signal().context("signals cannot be heard")?;
        let database = database::open(&DatabaseConfig::from_environment(environment)?).await?;
        let listener = listen(
            ServerConfig::from_environment(environment)?.listen,
            "SHADOW_LISTEN",
        )
        .await?;
        let address = listener
            .local_addr()
            .context("the address of the services is unknown")?;
        let mut roles = Roles::start(self.role, environment, database, listener).await?;
        tracing::info!(%address, role = ?self.role, "serving");
        let broken = tokio::select! {
            error = roles.broken() => Err(error),
            () = shutdown.requested() => Ok(()),
        };
        let stopped = roles.stop().await;
        broken.and(stopped)
    }
}
