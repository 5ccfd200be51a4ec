//! What a path and a file's name say.

use std::path::{Path, PathBuf};

/// The folder of files that belong to one build.
const ASSETS: &str = "assets";
const MIN_HASH: usize = 8;

/// The file that a path names, if it can be one: plain segments only, so that nothing outside the folder is reached.
pub(super) fn of_path(path: &str) -> Option<PathBuf> {
    let plain = |segment: &str| {
        !segment.is_empty()
            && !segment.starts_with('.')
            && segment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let path = path.strip_prefix('/')?;
    path.split('/').all(plain).then(|| PathBuf::from(path))
}

/// Whether it is a part of a build, so that it is there or the request is wrong.
pub(super) fn is_asset(name: &Path) -> bool {
    name.starts_with(ASSETS)
}

/// Whether the name holds a hash of the content, as `app.0123abcd.js` does.
pub(super) fn has_hash(name: &Path) -> bool {
    let hash = name
        .file_stem()
        .map(Path::new)
        .and_then(Path::extension)
        .and_then(|hash| hash.to_str());
    is_asset(name)
        && hash.is_some_and(|hash| {
            hash.len() >= MIN_HASH
                && hash
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        })
}

/// The type of a file by its name; others are not served.
pub(super) fn content_type(name: &Path) -> Option<&'static str> {
    Some(match name.extension()?.to_str()? {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "bin" => "application/octet-stream",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_within_the_folder() {
        assert_eq!(
            of_path("/assets/app.0123abcd.js"),
            Some(PathBuf::from("assets/app.0123abcd.js"))
        );
        for path in [
            "",
            "/",
            "//etc/passwd",
            "/../secret",
            "/assets/../../secret",
            "/assets/.env",
            "/assets/%2e%2e/x",
            "/a\\b",
            "/a b",
            "/assets/",
            "/./x",
        ] {
            assert_eq!(of_path(path), None, "{path}");
        }
    }

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        for (name, expected) in [
            ("assets/app.0123abcd.js", true),
            ("assets/app.0123abcd.wasm", true),
            ("assets/agents.0123abcd.bin", true),
            ("assets/a.b.0123456789abcdef.css", true),
            ("assets/app.js", false),
            ("assets/app.min.js", false),
            ("index.html", false),
            ("app.0123abcd.js", false),
        ] {
            assert_eq!(has_hash(Path::new(name)), expected, "{name}");
        }
    }
}
