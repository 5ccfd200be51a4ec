//! Listening, with a clear word when a port is taken.

use std::io::ErrorKind;
use std::net::SocketAddr;

use anyhow::{Context, anyhow};
use tokio::net::TcpListener;

/// Listens on an address that `variable` chooses.
pub(crate) async fn listen(address: SocketAddr, variable: &str) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(anyhow!(
            "port {} of {} is in use: stop what uses it, or choose another with {variable}",
            address.port(),
            address.ip()
        )),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(anyhow!(
            "port {} needs more rights than this user has: choose one above 1023 with {variable}",
            address.port()
        )),
        Err(error) => {
            Err(error).with_context(|| format!("could not listen on {address} ({variable})"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_in_use_is_named_with_what_to_do() {
        let taken = listen(([127, 0, 0, 1], 0).into(), "SHADOW_PORT")
            .await
            .unwrap();
        let address = taken.local_addr().unwrap();
        let said = listen(address, "SHADOW_PORT")
            .await
            .unwrap_err()
            .to_string();
        let expected = format!(
            "port {} of 127.0.0.1 is in use: stop what uses it, or choose another with SHADOW_PORT",
            address.port()
        );
        assert_eq!(said, expected);
    }
}
