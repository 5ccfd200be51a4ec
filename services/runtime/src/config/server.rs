//! A server of gRPC.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::{ConfigError, Environment};

/// How a role is served.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// `SHADOW_LISTEN`: address for gRPC; port 0 takes a free one. Default and absence: `127.0.0.1:50051`.
    pub listen: SocketAddr,
    /// `SHADOW_METRICS_LISTEN`: address for `/metrics` and `/health` over HTTP. No default; absence means that they are
    /// not served.
    pub metrics_listen: Option<SocketAddr>,
    /// `SHADOW_DRAIN_DEADLINE`: how long work may go on after the signal to stop. Default and absence: `10s`.
    pub drain_deadline: Duration,
    /// `SHADOW_REQUEST_TIMEOUT`: the longest that a unary request may take, and what it gets when it names no deadline.
    /// Default and absence: `30s`.
    pub request_timeout: Duration,
    /// `SHADOW_MAX_REQUESTS`: how many unary requests run at once; more are refused. Default and absence: 512.
    pub max_requests: usize,
}

impl ServerConfig {
    /// Reads the variables.
    pub fn from_environment(environment: &Environment) -> Result<ServerConfig, ConfigError> {
        const EXPECTED: &str = "an address such as 127.0.0.1:50051";
        Ok(ServerConfig {
            listen: environment
                .parse("SHADOW_LISTEN", EXPECTED)?
                .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 50051))),
            metrics_listen: environment.parse("SHADOW_METRICS_LISTEN", EXPECTED)?,
            drain_deadline: environment
                .duration("SHADOW_DRAIN_DEADLINE", Duration::from_secs(10))?,
            request_timeout: environment
                .duration("SHADOW_REQUEST_TIMEOUT", Duration::from_secs(30))?,
            max_requests: environment
                .parse::<std::num::NonZeroU32>("SHADOW_MAX_REQUESTS", "a number above 0")?
                .map_or(512, |number| number.get() as usize),
        })
    }
}
