//! How large a batch may be.

use shadow_domain::execution::limits::{BATCH_BYTES, BATCH_EVENTS};
use shadow_rpc::status;
use tonic::Status;

/// Refuses a batch of so many events, which take so many bytes, if it is too large, and says which limit it is over.
pub(super) fn check(events: usize, bytes: usize) -> Result<(), Status> {
    if events > BATCH_EVENTS {
        return Err(status::invalid(
            "events",
            format!("a batch holds at most {BATCH_EVENTS} events, this one has {events}"),
        ));
    }
    if bytes > BATCH_BYTES {
        return Err(status::invalid(
            "events",
            format!("a batch has at most {BATCH_BYTES} bytes, this one has {bytes}"),
        ));
    }
    Ok(())
}
