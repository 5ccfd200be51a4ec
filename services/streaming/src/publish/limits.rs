//! How large a batch may be.

use prost::{Message, length_delimiter_len};
use shadow_domain::execution::limits::{BATCH_BYTES, BATCH_EVENTS};
use shadow_proto::streaming::v1::Event;
use shadow_rpc::status;
use tonic::Status;

/// Refuses a batch that is too large, and says which limit it is over. Otherwise the bytes of each of its events.
pub(super) fn check(events: &[Event]) -> Result<Vec<usize>, Status> {
    let count = events.len();
    if count > BATCH_EVENTS {
        return Err(status::invalid(
            "events",
            format!("a batch holds at most {BATCH_EVENTS} events, this one has {count}"),
        ));
    }
    let bytes: Vec<usize> = events.iter().map(in_batch).collect();
    let total: usize = bytes.iter().sum();
    if total > BATCH_BYTES {
        return Err(status::invalid(
            "events",
            format!("a batch has at most {BATCH_BYTES} bytes, this one has {total}"),
        ));
    }
    Ok(bytes)
}

/// What an event takes of its batch: a tag of one byte, its length, and itself.
fn in_batch(event: &Event) -> usize {
    let bytes = event.encoded_len();
    1 + length_delimiter_len(bytes) + bytes
}

#[cfg(test)]
mod tests {
    use shadow_proto::streaming::v1::PublishBatchRequest;

    use super::*;

    #[test]
    fn the_events_together_are_the_batch() {
        let events: Vec<Event> = [0, 1, 127, 128, 300, 20_000]
            .map(|length| Event {
                event_id: "x".repeat(length),
                ..Event::default()
            })
            .to_vec();
        let bytes: usize = events.iter().map(in_batch).sum();
        assert_eq!(bytes, PublishBatchRequest { events }.encoded_len());
    }
}
