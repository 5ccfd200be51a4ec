//! What to do when a transaction fails: try again, or say why.

use std::time::Duration;

use metrics::counter;
use shadow_rpc::status;
use shadow_storage::Error;
use tonic::Status;
use tracing::warn;

/// How often a transaction is tried when the database is away for a moment; the caller tries again after that.
const ATTEMPTS: u32 = 5;

/// The first pause between attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// Why something is not stored.
#[derive(Clone)]
pub(super) enum Failure {
    /// The database refused something of its workspace.
    Data(Status),
    /// Nothing that was given, but the database was in trouble.
    Moment(Status),
}

/// Stores until it goes well, fails for good, or was tried often enough. Each attempt must be one that may follow another
/// whose outcome is unknown.
pub(super) async fn retrying<T, F>(mut store: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut attempt = 1;
    loop {
        match store().await {
            Err(error) if passes_at_once(&error) && attempt < ATTEMPTS => {
                counter!("shadow_publish_retries_total").increment(1);
                attempt += 1;
            }
            outcome => return outcome,
        }
        tokio::time::sleep(PAUSE * attempt).await;
    }
}

/// Whether another attempt is worth while. Where no connection was to be had it was waited for already.
fn passes_at_once(error: &Error) -> bool {
    use Error::{Busy, Unreachable, Unresponsive};
    error.is_transient() && !matches!(error, Busy | Unreachable(_) | Unresponsive)
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if let Error::Timeout(_) = error {
            // Storing has no deadline of its caller's: the database is in trouble, and the same may be sent again.
            warn!(
                error = &error as &dyn std::error::Error,
                "the database took too long"
            );
            return Self::Moment(status::unavailable("the database takes too long"));
        }
        let concerns_data = error.concerns_data();
        let status = status::from_storage(error);
        if concerns_data {
            Self::Data(status)
        } else {
            Self::Moment(status)
        }
    }
}
