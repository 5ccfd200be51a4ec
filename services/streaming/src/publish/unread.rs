//! A batch as it came: of its bytes only where its events are and which workspaces they name is read, so that a batch for
//! which there is no room costs no more than that.

use std::collections::HashMap;
use std::ops::Range;

use bytes::{Buf, Bytes};
use prost::encoding::{self, DecodeContext, WireType};
use prost::{DecodeError, Message};
use shadow_domain::execution::limits::BATCH_EVENTS;
use shadow_proto::streaming::v1::Event;
use shadow_rpc::status;
use tonic::Status;
use uuid::Uuid;

use crate::validate;

use super::limits;

/// The number of Event's field that names its workspace.
const WORKSPACE_ID: u32 = 2;

/// The numbers of a message's fields.
struct Fields {
    sequence: Option<u32>,
    events: u32,
}

const PUBLISH_BATCH_REQUEST: Fields = Fields {
    sequence: None,
    events: 1,
};

const PUBLISH_REQUEST: Fields = Fields {
    sequence: Some(1),
    events: 2,
};

/// See the module.
#[derive(Debug)]
pub(super) struct Unread {
    body: Bytes,
    sequence: u64,
    /// How many events there are.
    count: usize,
    /// Where each of them lies in the body, of as many as a batch may hold.
    events: Vec<Range<usize>>,
    /// What the events take of the batch, tags and lengths included.
    bytes: usize,
    /// The same by the workspaces that they name, which need not be there.
    by_workspace: HashMap<Uuid, usize>,
}

impl Unread {
    /// Looks at a PublishBatchRequest.
    pub(super) fn batch(body: Bytes) -> Result<Self, Status> {
        Self::look(body, &PUBLISH_BATCH_REQUEST).map_err(|_| no_message())
    }

    /// Looks at a PublishRequest.
    pub(super) fn of_stream(body: Bytes) -> Result<Self, Status> {
        Self::look(body, &PUBLISH_REQUEST).map_err(|_| no_message())
    }

    fn look(body: Bytes, fields: &Fields) -> Result<Self, DecodeError> {
        let mut unread = Self {
            body: body.clone(),
            sequence: 0,
            count: 0,
            events: Vec::new(),
            bytes: 0,
            by_workspace: HashMap::new(),
        };
        // Neighbours mostly belong to the same workspace, whose text is read once.
        let mut last: (&[u8], Option<Uuid>) = (&[], None);
        let mut rest: &[u8] = &body;
        while rest.has_remaining() {
            let begin = rest.len();
            let (number, wire_type) = encoding::decode_key(&mut rest)?;
            if number == fields.events {
                let event = delimited(&mut rest, wire_type)?;
                let end = body.len() - rest.len();
                unread.count += 1;
                // More than a batch may hold need not be remembered: it is refused.
                if unread.count <= BATCH_EVENTS {
                    unread.events.push(end - event.len()..end);
                }
                let bytes = begin - rest.len();
                unread.bytes += bytes;
                let text = workspace_id(event)?;
                if text != last.0 {
                    let named = std::str::from_utf8(text).ok();
                    last = (text, named.and_then(|named| validate::uuid(named).ok()));
                }
                if let Some(workspace) = last.1 {
                    *unread.by_workspace.entry(workspace).or_default() += bytes;
                }
            } else if Some(number) == fields.sequence {
                let context = DecodeContext::default();
                encoding::uint64::merge(wire_type, &mut unread.sequence, &mut rest, context)?;
            } else {
                encoding::skip_field(wire_type, number, &mut rest, DecodeContext::default())?;
            }
        }
        Ok(unread)
    }

    /// The caller's number of the batch.
    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// How many events there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Refuses a batch that is too large.
    pub(super) fn check(&self) -> Result<(), Status> {
        limits::check(self.count, self.bytes)
    }

    /// The bytes of the events by workspace, of those workspaces that are taken into account.
    pub(super) fn bytes_of(&self, mut counts: impl FnMut(Uuid) -> bool) -> HashMap<Uuid, usize> {
        let bytes = self.by_workspace.iter();
        bytes
            .filter(|(workspace, _)| counts(**workspace))
            .map(|(workspace, bytes)| (*workspace, *bytes))
            .collect()
    }

    /// Reads the events of a batch that is not too large, one after the other: as messages they take a few times as much as here.
    pub(super) fn events(&self) -> impl Iterator<Item = Result<Event, Status>> {
        let events = self.events.iter();
        events.map(|range| Event::decode(&self.body[range.clone()]).map_err(|_| no_message()))
    }
}

/// What names the workspace of an event: of several fields the last one, as they are decoded.
fn workspace_id(mut event: &[u8]) -> Result<&[u8], DecodeError> {
    let mut named: &[u8] = &[];
    while event.has_remaining() {
        let (number, wire_type) = encoding::decode_key(&mut event)?;
        if number == WORKSPACE_ID {
            named = delimited(&mut event, wire_type)?;
        } else {
            encoding::skip_field(wire_type, number, &mut event, DecodeContext::default())?;
        }
    }
    Ok(named)
}

/// The bytes of a field that says how long it is.
fn delimited<'a>(rest: &mut &'a [u8], wire_type: WireType) -> Result<&'a [u8], DecodeError> {
    encoding::wire_type::check_wire_type(WireType::LengthDelimited, wire_type)?;
    let whole = *rest;
    encoding::skip_field(wire_type, 1, rest, DecodeContext::default())?;
    let mut field = &whole[..whole.len() - rest.len()];
    encoding::decode_varint(&mut field)?;
    Ok(field)
}

fn no_message() -> Status {
    status::invalid("request", "is not a message of this method")
}

#[cfg(test)]
mod tests;
