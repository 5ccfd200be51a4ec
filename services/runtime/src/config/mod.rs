//! Configuration: one struct per concern, read once, passed down by value.
//!
//! Each field's comment names its variable, its default and what absence means. `.env.example` lists all of them, and
//! a test holds the two together.

mod auth;
mod database;
mod deployment;
mod duration;
mod environment;
mod error;
mod gateway;
mod jobs;
mod redis;
mod retention;
mod server;
mod telemetry;

pub use auth::AuthConfig;
pub use database::DatabaseConfig;
pub use deployment::{DEVELOPMENT_PREFIX, Deployment};
pub use duration::parse_duration;
pub use environment::Environment;
pub use error::{ConfigError, Problem};
pub use gateway::{GatewayConfig, Origin};
pub use jobs::JobsConfig;
pub use redis::RedisConfig;
pub use retention::RetentionConfig;
pub use server::ServerConfig;
pub use telemetry::{LogFormat, TelemetryConfig};

#[cfg(test)]
mod tests;
