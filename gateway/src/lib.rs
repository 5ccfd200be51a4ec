//! The browsers' door: grpc-web to gRPC, the session, the built dashboard.
//!
//! It knows the names of services and nothing of their messages: there is no code per RPC. It must never know a
//! protobuf type of ours, a table, or what a number means.

mod door;
mod files;
mod headers;
mod keys;
mod reply;
mod rpc;
mod server;
mod session;
pub mod telemetry;
mod upstream;

use std::sync::Arc;
use std::time::Duration;

use shadow_runtime::config::{AuthConfig, GatewayConfig};
use shadow_runtime::shutdown::Shutdown;
use tokio::net::TcpListener;

pub use keys::{KeysError, NeedsSecret};
pub use session::{DEMO_USERS, DemoUser};
pub use upstream::BadUpstream;

/// A gateway that is ready to serve.
pub struct Gateway {
    door: Arc<door::Door>,
}

/// Why a gateway cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Tokens cannot be verified, or sessions cannot be signed.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// An address of a service cannot be used.
    #[error(transparent)]
    Upstream(#[from] BadUpstream),
}

impl Gateway {
    /// A gateway of this configuration. Nothing is connected to yet: services may start later, and may come and go.
    /// Must be called within a runtime.
    pub fn new(
        config: &GatewayConfig,
        auth: &AuthConfig,
        shutdown: &Shutdown,
    ) -> Result<Gateway, StartError> {
        let sessions = session::Sessions::new(config, keys::Keys::new(auth, shutdown)?);
        let upstream = upstream::Upstream::new(&config.upstreams, shutdown)?;
        let door = door::Door {
            origins: config.public_origins.clone(),
            sessions,
            upstream,
            files: files::Files::new(config.dist.clone()),
            security: headers::Security::new(
                config
                    .public_origins
                    .iter()
                    .any(|origin| origin.is_secure()),
            ),
            shutdown: shutdown.clone(),
        };
        Ok(Gateway {
            door: Arc::new(door),
        })
    }

    /// Serves until stopping is asked for, and then until every answer is sent or the deadline has passed.
    pub async fn serve(self, listener: TcpListener, shutdown: Shutdown, drain_deadline: Duration) {
        server::serve(self.door, listener, shutdown, drain_deadline).await;
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Gateway")
    }
}
