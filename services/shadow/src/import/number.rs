//! Numbers as files write them.

/// A whole number, not negative; `12.0` is one too, as spreadsheets write it.
pub(crate) fn whole(text: &str) -> Result<i64, String> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let zeros = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    let digits = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
    if !zeros || !digits {
        return Err("is not a whole number".to_owned());
    }
    whole
        .parse()
        .map_err(|_| "is too large a number".to_owned())
}

/// A decimal number in millionths; what is finer is cut off. Not negative.
pub(crate) fn millionths(text: &str) -> Result<i64, String> {
    let wrong = || "is not a decimal number such as 0.25".to_owned();
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return Err(wrong());
    }
    let padded: String = fraction
        .chars()
        .chain(std::iter::repeat('0'))
        .take(6)
        .collect();
    format!("{whole}{padded}")
        .parse()
        .map_err(|_| "is too large a number".to_owned())
}

/// A length of time in seconds, as microseconds.
pub(crate) fn seconds(text: &str) -> Result<i64, String> {
    millionths(text)
}

/// A length of time in milliseconds, as microseconds.
pub(crate) fn millis(text: &str) -> Result<i64, String> {
    millionths(text).map(|nanos| nanos / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers() {
        for (text, expected) in [
            ("0", 0),
            ("4808", 4808),
            (" 12 ", 12),
            ("12.0", 12),
            ("9223372036854775807", i64::MAX),
        ] {
            assert_eq!(whole(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "-1",
            "+1",
            "1.5",
            "1.",
            "1e3",
            "abc",
            "0x10",
            "1,000",
            "9223372036854775808",
        ] {
            assert!(whole(text).is_err(), "{text}");
        }
    }

    #[test]
    fn decimals_and_durations() {
        for (text, expected) in [
            ("0", 0),
            ("0.25", 250_000),
            (".5", 500_000),
            ("3.", 3_000_000),
            ("1.2345678", 1_234_567),
        ] {
            assert_eq!(millionths(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            ".",
            "-0.1",
            "1e-3",
            "1.2.3",
            "NaN",
            "99999999999999999999",
        ] {
            assert!(millionths(text).is_err(), "{text}");
        }
        assert_eq!(seconds("1.5"), Ok(1_500_000));
        assert_eq!(millis("1.5"), Ok(1_500));
        assert_eq!(millis("250"), Ok(250_000));
    }
}
