//! Canonical bytes: minimal variable-length integers, and a reader that accepts nothing else.
//!
//! What is decoded encodes to the bytes it came from, so equal content means equal bytes. Input is
//! never trusted: every function ends with [`Malformed`] rather than a panic, and allocates no more
//! than the input is long.

/// Bytes that this version did not write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed bytes: {0}")]
pub struct Malformed(
    /// What was wrong.
    pub &'static str,
);

/// No count in stored bytes is larger, so that merging tens of thousands of them cannot overflow.
pub(crate) const MAX_COUNT: u64 = 1 << 48;

pub(crate) fn put_u64(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn put_u128(out: &mut Vec<u8>, mut value: u128) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Small numbers of either sign stay short.
pub(crate) fn put_i64(out: &mut Vec<u8>, value: i64) {
    put_u64(out, ((value << 1) ^ (value >> 63)) as u64);
}

pub(crate) fn take_u64(input: &mut &[u8]) -> Result<u64, Malformed> {
    let mut value = 0u64;
    // Nine bytes cannot overflow.
    for (index, byte) in input.iter().take(9).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if *byte == 0 && index > 0 {
            return Err(Malformed("number longer than needed"));
        }
        if *byte < 0x80 {
            *input = &input[index + 1..];
            return Ok(value);
        }
    }
    take_u128(input)?
        .try_into()
        .map_err(|_| Malformed("number out of range"))
}

pub(crate) fn take_u128(input: &mut &[u8]) -> Result<u128, Malformed> {
    let mut value = 0u128;
    for index in 0..19 {
        let byte = take_byte(input)?;
        let bits = u128::from(byte & 0x7f);
        let shift = 7 * index;
        if (bits << shift) >> shift != bits {
            return Err(Malformed("number out of range"));
        }
        value |= bits << shift;
        if byte < 0x80 {
            return match byte {
                0 if index > 0 => Err(Malformed("number longer than needed")),
                _ => Ok(value),
            };
        }
    }
    Err(Malformed("number out of range"))
}

pub(crate) fn take_i64(input: &mut &[u8]) -> Result<i64, Malformed> {
    let value = take_u64(input)?;
    Ok((value >> 1) as i64 ^ -((value & 1) as i64))
}

/// A count: at most [`MAX_COUNT`].
pub(crate) fn take_count(input: &mut &[u8]) -> Result<u64, Malformed> {
    match take_u64(input)? {
        count if count <= MAX_COUNT => Ok(count),
        _ => Err(Malformed("count out of range")),
    }
}

/// A count that is there because it is not zero.
pub(crate) fn take_some(input: &mut &[u8]) -> Result<u64, Malformed> {
    match take_count(input)? {
        0 => Err(Malformed("a zero that should be absent")),
        count => Ok(count),
    }
}

/// The number of entries that follow, each at least `bytes_each` long.
pub(crate) fn take_length(input: &mut &[u8], bytes_each: usize) -> Result<usize, Malformed> {
    let length = take_u64(input)?;
    match usize::try_from(length) {
        Ok(length) if length <= input.len() / bytes_each => Ok(length),
        _ => Err(Malformed("more entries than bytes")),
    }
}

pub(crate) fn take_byte(input: &mut &[u8]) -> Result<u8, Malformed> {
    let (&byte, rest) = input.split_first().ok_or(Malformed("ends too early"))?;
    *input = rest;
    Ok(byte)
}

pub(crate) fn take_bytes<'a>(input: &mut &'a [u8], length: usize) -> Result<&'a [u8], Malformed> {
    let (bytes, rest) = input
        .split_at_checked(length)
        .ok_or(Malformed("ends too early"))?;
    *input = rest;
    Ok(bytes)
}

/// Passes over so many numbers, eight bytes at a time: each ends with the only byte of it that is less than 128.
pub(crate) fn skip_numbers(input: &mut &[u8], mut count: usize) -> Result<(), Malformed> {
    while let Some((eight, rest)) = input.split_first_chunk::<8>() {
        let ends = (!u64::from_le_bytes(*eight) & 0x8080_8080_8080_8080).count_ones() as usize;
        if ends >= count {
            break;
        }
        count -= ends;
        *input = rest;
    }
    while count > 0 {
        count -= usize::from(take_byte(input)? < 0x80);
    }
    Ok(())
}

pub(crate) fn expect_end(input: &[u8]) -> Result<(), Malformed> {
    if input.is_empty() {
        Ok(())
    } else {
        Err(Malformed("more bytes than content"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_it_would_not_write() {
        for (bytes, why) in [
            (&[0x80u8, 0x00][..], "number longer than needed"),
            (&[0x80], "ends too early"),
            (&[], "ends too early"),
            (&[0xff; 19], "number out of range"),
            (&[0xff; 30], "number out of range"),
        ] {
            assert_eq!(take_u128(&mut &bytes[..]), Err(Malformed(why)), "{bytes:?}");
        }
        for bytes in [&[0x81u8, 0x00][..], &[0x81, 0x80, 0x00, 0x01]] {
            assert_eq!(
                take_u64(&mut &bytes[..]),
                Err(Malformed("number longer than needed"))
            );
        }
        assert_eq!(
            take_length(&mut &[200, 1, 0, 0][..], 2),
            Err(Malformed("more entries than bytes"))
        );
    }

    proptest! {
        #[test]
        fn numbers_come_back(a: u64, b: u128, c: i64) {
            let mut out = Vec::new();
            put_u64(&mut out, a);
            put_u128(&mut out, b);
            put_i64(&mut out, c);
            let mut input = &out[..];
            prop_assert_eq!(take_u64(&mut input), Ok(a));
            prop_assert_eq!(take_u128(&mut input), Ok(b));
            prop_assert_eq!(take_i64(&mut input), Ok(c));
            prop_assert!(input.is_empty());
        }

        #[test]
        fn numbers_are_passed_over(numbers in prop::collection::vec(any::<u128>(), 0..40), passed: prop::sample::Index) {
            let mut out = Vec::new();
            let starts: Vec<usize> = numbers
                .iter()
                .map(|number| {
                    let start = out.len();
                    // Of any length.
                    put_u128(&mut out, number >> (number % 128));
                    start
                })
                .collect();
            let count = passed.index(numbers.len() + 1);
            let mut input = &out[..];
            prop_assert_eq!(skip_numbers(&mut input, count), Ok(()));
            prop_assert_eq!(out.len() - input.len(), starts.get(count).copied().unwrap_or(out.len()));
            prop_assert!(skip_numbers(&mut &out[..], numbers.len() + 1).is_err());
        }

        #[test]
        fn what_is_read_is_what_would_be_written(bytes: Vec<u8>) {
            let mut input = &bytes[..];
            if let Ok(value) = take_u128(&mut input) {
                let mut again = Vec::new();
                put_u128(&mut again, value);
                prop_assert_eq!(&again[..], &bytes[..bytes.len() - input.len()]);
            }
        }
    }
}
