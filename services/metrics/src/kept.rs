//! An answer as it is kept: encoded once. What differs from one sending to the next, its age, is put in beside the bytes.

use std::ops::Range;
use std::time::Duration;

use prost::Message;
use prost::bytes::{Buf, Bytes, BytesMut};
use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};
use shadow_proto::common::v1::Provenance;
use shadow_proto::metrics::v1::{QueryResponse, Result as Answer};

/// The number of `QueryResponse.results`, its only field.
const RESULTS: u32 = 1;

/// A `QueryResponse` as bytes.
pub(crate) struct Kept {
    bytes: Bytes,
    /// Where the content of each result is.
    results: Vec<Range<usize>>,
}

impl Kept {
    /// Keeps an answer.
    pub(crate) fn of(response: &QueryResponse) -> Option<Self> {
        Self::read(response.encode_to_vec().into())
    }

    /// Reads what was kept elsewhere; `None` where it is something else.
    pub(crate) fn read(bytes: Bytes) -> Option<Self> {
        let mut results = Vec::new();
        let mut left = bytes.as_ref();
        while left.has_remaining() {
            if decode_key(&mut left).ok()? != (RESULTS, WireType::LengthDelimited) {
                return None;
            }
            let length = usize::try_from(decode_varint(&mut left).ok()?).ok()?;
            let start = bytes.len() - left.len();
            left = left.get(length..)?;
            results.push(start..start + length);
        }
        Some(Self { bytes, results })
    }

    /// The bytes as they were computed.
    pub(crate) fn fresh(&self) -> Bytes {
        self.bytes.clone()
    }

    /// The bytes with an age in the provenance of each result. A message that comes twice is merged by every reader of
    /// Protocol Buffers, so one that has nothing but the age is put behind each.
    pub(crate) fn aged(&self, age: Duration) -> Bytes {
        let age = Answer {
            provenance: Some(Provenance {
                age: Some(prost_types::Duration {
                    seconds: age.as_secs() as i64,
                    nanos: age.subsec_nanos() as i32,
                }),
                ..Provenance::default()
            }),
            ..Answer::default()
        };
        let age = age.encode_to_vec();
        // A length has no more than ten bytes, and a key of this number one.
        let header = 11;
        let mut aged =
            BytesMut::with_capacity(self.bytes.len() + self.results.len() * (age.len() + header));
        for result in &self.results {
            encode_key(RESULTS, WireType::LengthDelimited, &mut aged);
            encode_varint((result.len() + age.len()) as u64, &mut aged);
            aged.extend_from_slice(&self.bytes[result.clone()]);
            aged.extend_from_slice(&age);
        }
        aged.freeze()
    }

    /// How many bytes it takes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::{Group, Series, Value, value::Number};

    use super::*;

    fn answer(name: &str, values: i64) -> Answer {
        let value = |value| Value {
            number: Some(Number::Integer(value)),
        };
        Answer {
            id: name.to_owned(),
            groups: vec![Group {
                series: vec![Series {
                    metric: "executions".to_owned(),
                    total: Some(value(values)),
                    values: (0..values).map(value).collect(),
                    ..Series::default()
                }],
                ..Group::default()
            }],
            provenance: Some(Provenance {
                definition_version: 7,
                open_executions: 3,
                ..Provenance::default()
            }),
            ..Answer::default()
        }
    }

    #[test]
    fn the_age_is_all_that_differs() {
        // Lengths of one, two and three bytes.
        for sizes in [&[][..], &[0], &[1, 30], &[5_000, 0, 12]] {
            let results = sizes.iter().map(|size| answer("a", *size));
            let mut response = QueryResponse {
                results: results.collect(),
            };
            let kept = Kept::of(&response).unwrap();
            assert_eq!(QueryResponse::decode(kept.fresh()).unwrap(), response);
            let again = Kept::read(kept.fresh()).unwrap();
            let aged = again.aged(Duration::new(61, 5));
            for result in &mut response.results {
                result.provenance.as_mut().unwrap().age = Some(prost_types::Duration {
                    seconds: 61,
                    nanos: 5,
                });
            }
            assert_eq!(QueryResponse::decode(aged).unwrap(), response);
        }
    }

    #[test]
    fn what_is_something_else_is_not_read() {
        let bytes = QueryResponse {
            results: vec![answer("a", 3)],
        }
        .encode_to_vec();
        assert!(Kept::read(Bytes::copy_from_slice(&bytes[..bytes.len() - 1])).is_none());
        let other = [&[0x12, 1, 0][..], &bytes].concat();
        assert!(Kept::read(other.into()).is_none());
        assert!(Kept::read(Bytes::from_static(&[0x0a])).is_none());
    }
}
