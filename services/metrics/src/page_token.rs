//! Page tokens: opaque to callers, the last row to us. Lists of workspaces are ordered by name, then id.

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

/// A token of texts that [`unpack`] gives back.
pub(crate) fn pack<const N: usize>(texts: [&str; N]) -> String {
    let mut bytes = vec![VERSION];
    for text in texts {
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The texts of a token, unless it is no token of so many.
pub(crate) fn unpack<const N: usize>(token: &str) -> Option<[String; N]> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (&[version], mut rest) = bytes.split_first_chunk()?;
    let mut texts = Vec::with_capacity(N);
    for _ in 0..N {
        let (length, after) = rest.split_first_chunk()?;
        let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
        let (text, after) = after.split_at_checked(length)?;
        texts.push(String::from_utf8(text.to_vec()).ok()?);
        rest = after;
    }
    let texts = texts.try_into().ok()?;
    (version == VERSION && rest.is_empty()).then_some(texts)
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
    fn packed_texts_come_back_and_nothing_else_does() {
        let texts = ["", "Größe", "a\u{1f}b"];
        let token = pack(texts);
        assert_eq!(unpack(&token), Some(texts.map(str::to_owned)));
        assert_eq!(unpack::<2>(&token), None);
        assert_eq!(unpack::<4>(&token), None);
        for cut in 0..token.len() {
            assert_eq!(unpack::<3>(&token[..cut]), None, "{cut}");
        }
        assert_eq!(unpack::<1>("AQAAAAAAAAD_"), None);
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
