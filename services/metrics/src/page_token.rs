//! Page tokens of lists that are ordered by name, then id: opaque to callers, the last row to us.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

const VERSION: u8 = 1;

/// The token of the page after this row.
pub(crate) fn encode(name: &str, id: Uuid) -> String {
    let mut bytes = vec![VERSION];
    bytes.extend(id.as_bytes());
    bytes.extend(name.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The row that a token names, unless it is no token of ours.
pub(crate) fn decode(token: &str) -> Option<(String, Uuid)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (&[version], rest) = bytes.split_first_chunk()?;
    let (id, name) = rest.split_first_chunk()?;
    let name = String::from_utf8(name.to_vec()).ok()?;
    (version == VERSION && !name.contains('\0')).then(|| (name, Uuid::from_bytes(*id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written() {
        for name in ["", "Größe", "a\u{1f}b"] {
            let id = Uuid::from_u128(7);
            assert_eq!(decode(&encode(name, id)), Some((name.to_owned(), id)));
        }
    }

    #[test]
    fn anything_else_is_no_token() {
        let nul = encode("a\0b", Uuid::from_u128(7));
        for text in [
            "",
            "AQ",
            "not base64!",
            nul.as_str(),
            &encode("x", Uuid::nil()).replacen('A', "B", 1),
        ] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
