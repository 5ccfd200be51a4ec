//! Records of a segment: the length, a checksum of length and content, the content.

use crc32fast::Hasher;

use crate::MAX_BATCH_BYTES;

/// Bytes of the length and of the checksum, both little-endian.
pub(super) const HEADER: usize = 8;

/// The largest record that is written.
pub(super) const LARGEST: usize = HEADER + MAX_BATCH_BYTES;

/// The record of a content.
pub(super) fn of(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let mut record = Vec::with_capacity(HEADER + content.len());
    record.extend(length.to_le_bytes());
    record.extend(checksum(length, content).to_le_bytes());
    record.extend(content);
    record
}

/// The content of the first record, and what follows it; none where there is no whole and undamaged record.
pub(super) fn first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (sum, rest) = rest.split_first_chunk()?;
    let length = u32::from_le_bytes(*length);
    let (content, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    (checksum(length, content) == u32::from_le_bytes(*sum)).then_some((content, rest))
}

fn checksum(length: u32, content: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(&length.to_le_bytes());
    hasher.update(content);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn read(mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut contents = Vec::new();
        while let Some((content, rest)) = first(bytes) {
            contents.push(content.to_vec());
            bytes = rest;
        }
        contents
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(contents in vec(vec(any::<u8>(), 0..40), 0..8)) {
            let bytes: Vec<u8> = contents.iter().flat_map(|content| of(content)).collect();
            prop_assert_eq!(read(&bytes), contents);
        }

        /// Wherever a file is cut or a byte of it changed, what comes before is read, and nothing that was not written.
        #[test]
        fn damage_ends_it_and_invents_nothing(
            contents in vec(vec(any::<u8>(), 0..40), 1..8),
            at in any::<prop::sample::Index>(),
            change in 0_u8..=255,
        ) {
            let records: Vec<Vec<u8>> = contents.iter().map(|content| of(content)).collect();
            let mut bytes = records.concat();
            let at = at.index(bytes.len());
            let before = records
                .iter()
                .scan(0, |end, record| {
                    *end += record.len();
                    Some(*end)
                })
                .take_while(|end| *end <= at)
                .count();
            match change {
                0 => bytes.truncate(at),
                change => bytes[at] ^= change,
            }
            prop_assert_eq!(read(&bytes), &contents[..before]);
        }

        #[test]
        fn zeros_are_no_records(count in 0_usize..64) {
            prop_assert!(read(&vec![0; count]).is_empty());
        }
    }
}
