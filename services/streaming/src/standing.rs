//! Whether the caller of a stream may still do what it does: tokens end and permissions are taken away while it runs.

use std::time::Duration;

use chrono::Utc;
use shadow_rpc::Caller;
use tonic::{Code, Status};

/// Looks again and again, and returns when the caller may no longer go on.
pub(crate) async fn lost<F>(caller: &Caller, recheck: Duration, check: impl Fn() -> F) -> Status
where
    F: Future<Output = Result<(), Status>>,
{
    loop {
        let left = (caller.expires_at() - Utc::now())
            .to_std()
            .unwrap_or_default();
        tokio::time::sleep(left.min(recheck)).await;
        if let Err(status) = check().await
            && ends(&status)
        {
            return status;
        }
    }
}

/// Whether a check says that the caller may not go on. While the database is away nobody can say, and there is nothing
/// to be seen or stored either.
pub(crate) fn ends(status: &Status) -> bool {
    !matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded)
}
