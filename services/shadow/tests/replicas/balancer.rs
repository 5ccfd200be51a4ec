//! One address before several: each connection goes to the next one that accepts it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Balancer {
    pub(crate) address: SocketAddr,
    open: Arc<[AtomicUsize; 2]>,
}

impl Balancer {
    pub(crate) async fn start(backends: [SocketAddr; 2]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let open: Arc<[AtomicUsize; 2]> = Arc::default();
        let counted = Arc::clone(&open);
        tokio::spawn(async move {
            let mut next = 0;
            loop {
                let (client, _) = listener.accept().await.unwrap();
                next += 1;
                tokio::spawn(carry(client, backends, next, Arc::clone(&counted)));
            }
        });
        Self { address, open }
    }

    /// How many connections each backend has.
    pub(crate) fn connections(&self) -> [usize; 2] {
        [0, 1].map(|backend| self.open[backend].load(Ordering::SeqCst))
    }
}

async fn carry(
    mut client: TcpStream,
    backends: [SocketAddr; 2],
    first: usize,
    open: Arc<[AtomicUsize; 2]>,
) {
    for turn in [first, first + 1] {
        let backend = turn % 2;
        let Ok(mut server) = TcpStream::connect(backends[backend]).await else {
            continue;
        };
        open[backend].fetch_add(1, Ordering::SeqCst);
        // However it ends, both ends are closed.
        tokio::io::copy_bidirectional(&mut client, &mut server)
            .await
            .ok();
        open[backend].fetch_sub(1, Ordering::SeqCst);
        return;
    }
}
