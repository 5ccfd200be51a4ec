//! A connection must begin soon: one that says nothing, or stops in the middle of its first words, is closed. HTTP/2 asks
//! its peer for a sign of life only once it has begun.

use std::future::Future;
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};
use tonic::transport::server::{Connected, TcpConnectInfo};

/// How long a peer has to begin.
const PATIENCE: Duration = Duration::from_secs(10);
/// The preface of HTTP/2 and the head of the frame that must follow it.
const BEGINNING: usize = 24 + 9;

/// See the module.
pub(crate) struct Impatient {
    stream: TcpStream,
    /// None once it has begun.
    beginning: Option<Beginning>,
}

struct Beginning {
    missing: usize,
    until: Pin<Box<Sleep>>,
}

impl Impatient {
    pub(crate) fn new(stream: TcpStream) -> Self {
        let beginning = Beginning {
            missing: BEGINNING,
            until: Box::pin(sleep(PATIENCE)),
        };
        Self {
            stream,
            beginning: Some(beginning),
        }
    }
}

impl AsyncRead for Impatient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        let Some(beginning) = &mut this.beginning else {
            return read;
        };
        if read.is_pending() {
            return beginning.until.as_mut().poll(context).map(|()| {
                let message = "the peer did not begin in time";
                Err(Error::new(ErrorKind::TimedOut, message))
            });
        }
        let came = buffer.filled().len() - before;
        beginning.missing = beginning.missing.saturating_sub(came);
        if beginning.missing == 0 {
            this.beginning = None;
        }
        read
    }
}

impl AsyncWrite for Impatient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

impl Connected for Impatient {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}
