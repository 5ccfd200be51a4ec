//! Styles are one sheet in the end, whatever file they stand in: a name that two files give a meaning has neither.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Every sheet below a folder.
fn sheets(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sheets(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "css") {
            found.push(path);
        }
    }
    Ok(())
}

/// The selectors of a sheet that hold on every screen: those within `@media` and the like change what stands elsewhere.
fn selectors(sheet: &str) -> Vec<String> {
    let mut bare = String::new();
    let mut rest = sheet;
    while let Some((before, comment)) = rest.split_once("/*") {
        bare.push_str(before);
        rest = comment.split_once("*/").expect("a comment ends").1;
    }
    bare.push_str(rest);
    let (mut found, mut depth, mut text) = (Vec::new(), 0, String::new());
    for char in bare.chars() {
        match char {
            '{' => {
                if depth == 0 && !text.trim_start().starts_with('@') {
                    let each = text.split(',');
                    found.extend(
                        each.map(|one| one.split_whitespace().collect::<Vec<_>>().join(" ")),
                    );
                }
                depth += 1;
                text.clear();
            }
            '}' => {
                depth -= 1;
                text.clear();
            }
            ';' => text.clear(),
            char => text.push(char),
        }
    }
    found
}

#[test]
fn no_selector_is_in_two_files() {
    let mut paths = Vec::new();
    sheets(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../styles"),
        &mut paths,
    )
    .unwrap();
    assert!(paths.len() > 10, "{paths:?}");
    let mut known: BTreeMap<String, &Path> = BTreeMap::new();
    for path in &paths {
        for selector in selectors(&fs::read_to_string(path).unwrap()) {
            let other = known.insert(selector.clone(), path);
            let same = other.is_none_or(|other| other == path);
            assert!(
                same,
                "{selector} is in {} and {}",
                path.display(),
                other.unwrap_or(path).display()
            );
        }
    }
    assert!(known.contains_key(".facts li"), "{known:?}");
}

#[test]
fn selectors_are_told_from_what_they_hold() {
    let sheet =
        "/* .no { } */ .a,\n.b  c { color: red; } @media print { .d { } } .e:hover { margin: 0 }";
    assert_eq!(selectors(sheet), [".a", ".b c", ".e:hover"]);
}
