//! Cursors: opaque to clients, a position of the feed to us.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use shadow_storage::broken::{self, Broken};

const VERSION: u8 = 1;

/// The text that names a position.
pub(crate) fn encode(position: i64) -> String {
    let mut bytes = [VERSION; 9];
    bytes[1..].copy_from_slice(&position.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The position that a text names, unless it is no cursor of ours.
pub(crate) fn decode(cursor: &str) -> Option<i64> {
    let bytes: [u8; 9] = URL_SAFE_NO_PAD.decode(cursor).ok()?.try_into().ok()?;
    let [version, position @ ..] = bytes;
    let position = i64::from_be_bytes(position);
    let late = i64::from(broken::is(Broken::CursorOffByOne));
    (version == VERSION && position >= 0).then_some(position + late)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for position in [0, 1, 255, 256, i64::MAX] {
            assert_eq!(decode(&encode(position)), Some(position));
        }
    }

    #[test]
    fn anything_else_is_no_cursor() {
        let other_version = URL_SAFE_NO_PAD.encode([2, 0, 0, 0, 0, 0, 0, 0, 1]);
        let negative = URL_SAFE_NO_PAD.encode([1, 255, 255, 255, 255, 255, 255, 255, 255]);
        for text in [
            "",
            "AQ",
            "not base64!",
            "AQAAAAAAAAAB\n",
            other_version.as_str(),
            negative.as_str(),
        ] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
