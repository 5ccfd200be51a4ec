//! Which compressed copy a browser gets.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use http::HeaderValue;
use http::header::GetAll;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Coded {
        name: &'static str,
        suffix: &'static str,
    },
    Plain,
}

const BROTLI: Encoding = Encoding::Coded {
    name: "br",
    suffix: ".br",
};
const GZIP: Encoding = Encoding::Coded {
    name: "gzip",
    suffix: ".gz",
};

impl Encoding {
    /// The name of the copy.
    pub(super) fn file_name(self, name: &Path) -> PathBuf {
        match self {
            Encoding::Plain => name.to_owned(),
            Encoding::Coded { suffix, .. } => {
                let mut name = OsString::from(name);
                name.push(suffix);
                name.into()
            }
        }
    }
}

/// The encodings that the browser takes, the smallest first; plain is always the last resort.
pub(super) fn accepted(headers: GetAll<'_, HeaderValue>) -> Vec<Encoding> {
    let takes = |wanted: &str| {
        headers
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|entry| {
                let mut parts = entry.split(';').map(str::trim);
                let name = parts.next().unwrap_or_default();
                let refused = parts.any(|part| {
                    part.strip_prefix("q=").is_some_and(|weight| {
                        weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0)
                    })
                });
                name.eq_ignore_ascii_case(wanted) && !refused
            })
    };
    let mut accepted = Vec::with_capacity(3);
    for encoding in [BROTLI, GZIP] {
        if let Encoding::Coded { name, .. } = encoding
            && takes(name)
        {
            accepted.push(encoding);
        }
    }
    accepted.push(Encoding::Plain);
    accepted
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::ACCEPT_ENCODING;

    use super::*;

    #[test]
    fn the_smallest_that_is_taken_comes_first() {
        for (header, expected) in [
            (
                "gzip, deflate, br, zstd",
                vec![BROTLI, GZIP, Encoding::Plain],
            ),
            ("GZIP", vec![GZIP, Encoding::Plain]),
            ("br;q=0, gzip;q=0.5", vec![GZIP, Encoding::Plain]),
            ("br;q=0.0", vec![Encoding::Plain]),
            ("brotli", vec![Encoding::Plain]),
            ("", vec![Encoding::Plain]),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(header));
            assert_eq!(
                accepted(headers.get_all(ACCEPT_ENCODING)),
                expected,
                "{header}"
            );
        }
    }
}
