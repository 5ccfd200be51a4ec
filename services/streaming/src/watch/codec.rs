//! Messages of a watch go out as they were encoded once for all watches: the generated service would encode each of them
//! again for every watcher.

use bytes::{BufMut, Bytes};
use shadow_proto::streaming::v1 as proto;
use tonic::Status;
use tonic::codec::{Codec, EncodeBuf, Encoder};
use tonic_prost::ProstDecoder;

/// Reads [`proto::WatchRequest`], writes bytes that are a [`proto::WatchResponse`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shared;

/// Writes bytes as they are.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AsTheyAre;

impl Codec for Shared {
    type Encode = Bytes;
    type Decode = proto::WatchRequest;
    type Encoder = AsTheyAre;
    type Decoder = ProstDecoder<proto::WatchRequest>;

    fn encoder(&mut self) -> Self::Encoder {
        AsTheyAre
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstDecoder::default()
    }
}

impl Encoder for AsTheyAre {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}
