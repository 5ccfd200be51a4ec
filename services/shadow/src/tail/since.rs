//! From when on: an age, or a cursor of the feed.

use std::str::FromStr;

use chrono::TimeDelta;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Since {
    Age(TimeDelta),
    Cursor(String),
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(age) = humantime::parse_duration(text) {
            return TimeDelta::from_std(age)
                .map(Self::Age)
                .map_err(|_| "the age is beyond every calendar".to_owned());
        }
        // What a cursor says is the server's business; this is how one looks.
        let is_cursor = text.len() == 12
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        match is_cursor {
            true => Ok(Self::Cursor(text.to_owned())),
            false => Err("expected an age such as 90s, 10m or 2h, or a cursor".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_cursors_are_told_apart() {
        for (text, expected) in [
            ("90s", Some(Since::Age(TimeDelta::seconds(90)))),
            ("1h 30m", Some(Since::Age(TimeDelta::minutes(90)))),
            (
                "AQAAAAAAAAAB",
                Some(Since::Cursor("AQAAAAAAAAAB".to_owned())),
            ),
            ("AQAAAAAAAAA", None),
            ("yesterday", None),
            ("10", None),
            ("999999999999y", None),
            ("", None),
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }
}
