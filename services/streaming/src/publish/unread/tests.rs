//! What is seen at a glance is what decoding says.

use std::collections::HashSet;

use proptest::prelude::*;
use shadow_proto::streaming::v1::{ExecutionOpened, PublishBatchRequest, PublishRequest, event};

use super::*;

const ONE: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

fn event(workspace: &str, length: usize) -> Event {
    Event {
        event_id: "x".repeat(length),
        workspace_id: workspace.to_owned(),
        event: Some(event::Event::ExecutionOpened(ExecutionOpened::default())),
        ..Event::default()
    }
}

fn batch(events: Vec<Event>) -> Unread {
    let request = PublishBatchRequest { events };
    Unread::batch(request.encode_to_vec().into()).unwrap()
}

fn decoded(unread: &Unread) -> Vec<Event> {
    unread.events().map(Result::unwrap).collect()
}

#[test]
fn the_events_together_are_the_batch() {
    let events: Vec<Event> = [0, 1, 127, 128, 300, 20_000]
        .map(|length| event("", length))
        .to_vec();
    let unread = batch(events.clone());
    assert_eq!(unread.bytes, unread.body.len());
    assert_eq!(decoded(&unread), events);
}

#[test]
fn bytes_are_counted_by_workspace() {
    let (one, other) = (ONE.to_string(), OTHER.to_string());
    let uppercase = other.to_uppercase();
    let names = [&one, &one, "", &uppercase, "somewhere", &other, &one];
    let unread = batch(names.map(|name| event(name, 10)).to_vec());
    let size = batch(vec![event(&one, 10)]).bytes;
    let all = HashMap::from([(ONE, 3 * size), (OTHER, 2 * size)]);
    assert_eq!(unread.bytes_of(|_| true), all);
    let one = HashMap::from([(ONE, 3 * size)]);
    assert_eq!(unread.bytes_of(|workspace| workspace == ONE), one);
}

#[test]
fn of_a_field_that_comes_twice_the_last_one_counts() {
    let mut twice = event(&OTHER.to_string(), 3).encode_to_vec();
    twice.extend(event(&ONE.to_string(), 3).encode_to_vec());
    let mut body = vec![0x0a, u8::try_from(twice.len()).unwrap()];
    body.extend(twice);
    let unread = Unread::batch(body.into()).unwrap();
    let named = unread.bytes_of(|_| true);
    assert_eq!(named.into_keys().collect::<Vec<_>>(), [ONE]);
    assert_eq!(decoded(&unread)[0].workspace_id, ONE.to_string());
}

#[test]
fn a_batch_of_a_stream_has_its_sequence() {
    let request = PublishRequest {
        sequence: 300,
        events: vec![event("", 1), event("", 2)],
    };
    let unread = Unread::of_stream(request.encode_to_vec().into()).unwrap();
    assert_eq!(unread.sequence(), 300);
    assert_eq!(decoded(&unread), request.events);
}

#[test]
fn what_is_over_a_limit_is_refused() {
    let many = batch(vec![Event::default(); 5_001]);
    assert!(many.check().unwrap_err().message().contains("5001"));
    let large = batch(vec![event("", 2_200_000), event("", 2_200_000)]);
    assert!(large.check().unwrap_err().message().contains("bytes"));
    assert!(batch(Vec::new()).check().is_ok());
}

proptest! {
    /// Whatever the bytes: they are a message here where they are one to the decoder.
    #[test]
    fn what_is_no_message_is_told(
        workspaces in prop::collection::vec(0..3_u128, 0..5),
        cut in 0..200_usize,
        flipped in prop::option::of((0..200_usize, any::<u8>())),
    ) {
        let events = workspaces.iter().map(|id| event(&Uuid::from_u128(*id).to_string(), 3));
        let mut body = PublishBatchRequest { events: events.collect() }.encode_to_vec();
        body.truncate(cut);
        if let Some((at, byte)) = flipped && at < body.len() {
            body[at] = byte;
        }
        let expected = PublishBatchRequest::decode(&body[..]);
        let found = Unread::batch(body.into()).and_then(|unread| {
            let events = unread.events().collect::<Result<Vec<Event>, Status>>()?;
            Ok((events, unread.bytes_of(|_| true)))
        });
        match (expected, found) {
            (Ok(expected), Ok((found, bytes))) => {
                // Room is asked for in no other workspaces than those that the events are stored in.
                let named = found.iter().filter_map(|event| validate::uuid(&event.workspace_id).ok());
                prop_assert_eq!(bytes.into_keys().collect::<HashSet<_>>(), named.collect());
                prop_assert_eq!(expected.events, found);
            }
            (expected, found) => prop_assert_eq!(expected.is_ok(), found.is_ok()),
        }
    }
}
