//! The network between the SDK and the replicas: one address that leads to whichever replica is there. It can cut
//! connections, and lose what a server says.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the network before one server does now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Weather {
    /// Connections that were opened before this number changed are cut.
    cut: u64,
    /// Whether what the server says gets lost.
    mute: bool,
}

/// One server, and the network before it.
#[derive(Debug)]
struct Line {
    server: SocketAddr,
    weather: watch::Sender<Weather>,
}

/// A proxy in front of several servers.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    lines: Arc<[Line]>,
}

impl Proxy {
    /// Listens, and forwards each connection to the next of the servers that is there; they may come and go.
    pub(crate) async fn start(servers: &[SocketAddr]) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let line = |server: &SocketAddr| Line {
            server: *server,
            weather: watch::Sender::default(),
        };
        let lines: Arc<[Line]> = servers.iter().map(line).collect();
        let all = Arc::clone(&lines);
        tokio::spawn(async move {
            let mut next = 0;
            while let Ok((client, _)) = listener.accept().await {
                next += 1;
                tokio::spawn(connection(client, Arc::clone(&all), next));
            }
        });
        Ok(Self { address, lines })
    }

    /// The URL for clients.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Cuts every connection to one of the servers.
    pub(crate) fn cut(&self, server: usize) {
        self.lines[server]
            .weather
            .send_modify(|weather| weather.cut += 1);
    }

    /// Takes what clients say to one of the servers, loses what it answers, and cuts the connections after a while.
    pub(crate) async fn mute(&self, server: usize, how_long: Duration) {
        let weather = &self.lines[server].weather;
        weather.send_modify(|weather| weather.mute = true);
        tokio::time::sleep(how_long).await;
        // A connection that has lost something cannot be used again.
        weather.send_modify(|weather| {
            weather.cut += 1;
            weather.mute = false;
        });
    }
}

async fn connection(client: TcpStream, lines: Arc<[Line]>, first: usize) {
    for turn in 0..lines.len() {
        let line = &lines[(first + turn) % lines.len()];
        let now = line.weather.subscribe();
        if let Ok(server) = TcpStream::connect(line.server).await {
            join(client, server, now).await;
            return;
        }
    }
}

/// Carries bytes both ways until either side ends or the connection is cut.
async fn join(client: TcpStream, server: TcpStream, mut now: watch::Receiver<Weather>) {
    let begun = now.borrow_and_update().cut;
    // Small messages go at once, as they do without a proxy.
    if client.set_nodelay(true).is_err() || server.set_nodelay(true).is_err() {
        return;
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let answers = now.clone();
    tokio::select! {
        () = forward(from_client, to_server, None) => {}
        () = forward(from_server, to_client, Some(answers)) => {}
        _ = now.wait_for(|weather| weather.cut != begun) => {}
    }
}

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    weather: Option<watch::Receiver<Weather>>,
) {
    let mut buffer = vec![0; 64 * 1024];
    let mut lost = false;
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else {
            return;
        };
        // Nothing may follow what was lost: that is what no network does.
        lost = lost || weather.as_ref().is_some_and(|now| now.borrow().mute);
        if lost {
            continue;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
