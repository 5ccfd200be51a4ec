//! How large a batch may be.

use prost::Message;
use shadow_domain::execution::limits::{BATCH_BYTES, BATCH_EVENTS};
use shadow_proto::streaming::v1::PublishBatchRequest;
use shadow_rpc::status;
use tonic::Status;

/// Refuses a batch that is too large, and says which limit it is over.
pub(super) fn check(request: &PublishBatchRequest) -> Result<(), Status> {
    let events = request.events.len();
    if events > BATCH_EVENTS {
        return Err(status::invalid(
            "events",
            format!("a batch holds at most {BATCH_EVENTS} events, this one has {events}"),
        ));
    }
    let bytes = request.encoded_len();
    if bytes > BATCH_BYTES {
        return Err(status::invalid(
            "events",
            format!("a batch has at most {BATCH_BYTES} bytes, this one has {bytes}"),
        ));
    }
    Ok(())
}
