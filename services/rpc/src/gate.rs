//! Everything that a request passes before it reaches a service.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use shadow_auth::token::SharedVerifier;
use shadow_runtime::shutdown::Shutdown;
use tokio::sync::Semaphore;
use tonic::body::Body;
use tonic::service::Routes;
use tower::util::BoxCloneSyncService;

use crate::authentication::{Authentication, Members, Tokens};
use crate::closed::Closed;
use crate::deadline::Deadlines;
use crate::limit::Limit;
use crate::log::RequestLog;
use crate::panic::CatchPanic;

/// Services behind a gate.
pub type Guarded = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// What the gate needs to know.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Checks tokens.
    pub verifier: Arc<SharedVerifier>,
    /// Knows roles.
    pub members: Members,
    /// The longest that a request may take until its answer begins.
    pub request_timeout: Duration,
    /// How many requests may be between their first byte and the beginning of their answer.
    pub max_requests: usize,
}

impl Gate {
    /// Puts services behind the gate.
    pub fn guard(&self, routes: Routes, shutdown: &Shutdown) -> Guarded {
        let admitted = Authentication {
            inner: Closed { inner: routes },
            tokens: Tokens::new(self.verifier.clone()),
            members: self.members.clone(),
        };
        let timed = Deadlines {
            inner: admitted,
            timeout: self.request_timeout,
            shutdown: shutdown.clone(),
        };
        let limited = Limit {
            inner: timed,
            permits: Arc::new(Semaphore::new(self.max_requests)),
        };
        BoxCloneSyncService::new(RequestLog {
            inner: CatchPanic { inner: limited },
        })
    }
}
