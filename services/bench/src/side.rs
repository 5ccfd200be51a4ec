//! The bare servers that this program starts of itself, to measure against.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tonic::transport::{Channel, Endpoint};

use crate::process::{Process, SERVER_CORE};
use crate::stack::free_address;

/// How long one may take to start.
const START: Duration = Duration::from_secs(10);

/// Starts the side of a name on what it has to send, where our server runs too.
pub(crate) async fn start(name: &str, content: &[u8]) -> Result<(Process, SocketAddr)> {
    let file = std::env::temp_dir().join(format!("shadow-bench-{name}-{}", std::process::id()));
    std::fs::write(&file, content)?;
    let address = free_address()?;
    let arguments = [name, &address.to_string(), &file.display().to_string()];
    let process = Process::start(
        Some(SERVER_CORE),
        &std::env::current_exe()?,
        &arguments,
        &[],
    )?;
    let deadline = Instant::now() + START;
    while let Err(error) = connect(address).await {
        ensure!(
            Instant::now() < deadline,
            "the {name} does not start: {error}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    std::fs::remove_file(&file)?;
    Ok((process, address))
}

/// A connection to it.
pub(crate) async fn connect(address: SocketAddr) -> Result<Channel> {
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?;
    Ok(endpoint.connect().await?)
}
