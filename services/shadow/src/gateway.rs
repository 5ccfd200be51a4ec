//! The gateway as a part of `shadow up`.

use shadow_gateway::Gateway;
use shadow_runtime::config::{AuthConfig, Environment, GatewayConfig, ServerConfig};
use shadow_runtime::shutdown::Shutdown;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Serves browsers until stopping is asked for.
pub(crate) fn start(
    environment: &Environment,
    listener: TcpListener,
    shutdown: &Shutdown,
) -> anyhow::Result<JoinHandle<()>> {
    let config = GatewayConfig::from_environment(environment)?;
    let auth = AuthConfig::from_environment(environment)?;
    let deadline = ServerConfig::from_environment(environment)?.drain_deadline;
    let gateway = Gateway::new(&config, &auth, shutdown)?;
    shadow_gateway::telemetry::describe();
    Ok(tokio::spawn(gateway.serve(
        listener,
        shutdown.clone(),
        deadline,
    )))
}
