//! Which parts of the application are loaded as one file.
//!
//! Areas share code in many combinations, and each is a part. A request for each would be slow and would hardly
//! compress, so what more than two areas share is one file, loaded first; what two share is a file of the two, and what
//! an area has for itself another.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context, Result, ensure};

use crate::{
    scripts::{Asset, Load},
    wasm::Part,
};

/// Between the names of two areas, in none of which it is.
const BETWEEN: char = '-';
/// The file of what several areas need.
const SHARED: &str = "shared";
/// What draws charts, once the page was painted.
const CHARTS: &str = "charts";
/// What the command palette shows, once it is opened.
const PALETTE: &str = "palette";
/// The page of every component in every state, on local stacks only.
const SPECIMENS: &str = "components";
/// Nobody begins with these, and they need a little of everything: what one of them shares with an area alone is the
/// area's, not everybody's.
const ASIDE: [&str; 2] = [PALETTE, SPECIMENS];

/// A file of several parts, one after the other.
pub(crate) struct File {
    /// What is written.
    pub(crate) asset: Asset,
    name: String,
    /// The part, its first byte, and the first byte after it.
    parts: Vec<(String, usize, usize)>,
}

impl File {
    /// Whether it is what several areas need.
    pub(crate) fn is_shared(&self) -> bool {
        self.name == SHARED
    }
}

/// Puts parts together.
pub(crate) fn files(parts: &BTreeMap<String, Part>) -> Vec<File> {
    let mut grouped: BTreeMap<String, Vec<(&String, &Part)>> = BTreeMap::new();
    for (name, part) in parts {
        let group = group_of(&part.needed_by);
        grouped.entry(group).or_default().push((name, part));
    }
    let files = grouped.into_iter().map(|(group, parts)| {
        let mut content = Vec::new();
        let mut places = Vec::new();
        for (name, part) in parts {
            let start = content.len();
            content.extend_from_slice(&part.content);
            places.push((name.clone(), start, content.len()));
        }
        let load = match group.as_str() {
            SHARED => Load::First,
            CHARTS | PALETTE | SPECIMENS => Load::Later,
            _ => Load::Area,
        };
        let areas = group.split(BETWEEN).filter(|_| load == Load::Area);
        let areas = areas.map(str::to_owned).collect();
        File {
            asset: Asset {
                areas,
                ..Asset::new(&group, "bin", load, content)
            },
            name: group,
            parts: places,
        }
    });
    files.collect()
}

/// The file that a part is in.
fn group_of(needed_by: &BTreeSet<String>) -> String {
    let areas: Vec<&str> = needed_by
        .iter()
        .map(String::as_str)
        .filter(|area| !ASIDE.contains(area))
        .collect();
    match areas[..] {
        [] if needed_by.contains(PALETTE) => PALETTE.to_owned(),
        [] => SPECIMENS.to_owned(),
        [area] => area.to_owned(),
        // Charts come to whichever area there is.
        [one, other] if one != CHARTS && other != CHARTS => format!("{one}{BETWEEN}{other}"),
        _ => SHARED.to_owned(),
    }
}

/// Tells the script that asks for parts in which file each is, and where.
pub(crate) fn link(script: &Path, files: &[File]) -> Result<()> {
    let text = fs::read_to_string(script).context("reading what asks for the parts")?;
    fs::write(script, linked(text, files)?).context("writing what asks for the parts")
}

fn linked(mut script: String, files: &[File]) -> Result<String> {
    for file in files {
        for (name, start, end) in &file.parts {
            let plain = format!("fetch(new URL(\"./{name}.wasm\", import.meta.url))");
            let here = format!("part(\"{}\", {start}, {end})", file.asset.address());
            ensure!(script.contains(&plain), "nothing asks for the part {name}");
            script = script.replace(&plain, &here);
        }
    }
    ensure!(
        !script.contains("fetch("),
        "a part is asked for that is in no file"
    );
    Ok(format!("import {{ part }} from \"shadow-part\";\n{script}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> BTreeMap<String, Part> {
        let part = |name: &str, needed_by: &[&str]| {
            let part = Part {
                content: name.as_bytes().to_vec(),
                needed_by: needed_by.iter().map(|&area| area.to_owned()).collect(),
            };
            (name.to_owned(), part)
        };
        [
            part("agents", &["agents"]),
            part("both", &["agents", "users", "components"]),
            part("pictures", &["charts", "components"]),
            part("specimen", &["components"]),
            part("table", &["agents", "components"]),
            part("lines", &["charts", "users"]),
            part("keys", &["palette", "components"]),
            part("zones", &["agents", "palette"]),
            part("all", &["agents", "users", "money"]),
        ]
        .into()
    }

    #[test]
    fn what_areas_share_is_one_file_and_what_each_has_alone_another() {
        let files = files(&parts());
        let named: Vec<_> = files
            .iter()
            .map(|file| (file.name.as_str(), file.asset.load, &file.asset.content[..]))
            .collect();
        assert_eq!(
            named,
            [
                ("agents", Load::Area, &b"agentstablezones"[..]),
                ("agents-users", Load::Area, b"both"),
                ("charts", Load::Later, b"pictures"),
                ("components", Load::Later, b"specimen"),
                ("palette", Load::Later, b"keys"),
                ("shared", Load::First, b"alllines"),
            ]
        );
        assert_eq!(files[1].asset.areas, ["agents", "users"]);
        assert!(files[2].asset.areas.is_empty());
        assert!(files[5].is_shared());
    }

    #[test]
    fn each_part_is_asked_for_where_it_is() {
        let asks = |name: &str| format!("fetch(new URL(\"./{name}.wasm\", import.meta.url));");
        let files = files(&parts());
        let script: String = parts().keys().map(|name| asks(name)).collect();
        let script = linked(script, &files).unwrap();
        let table = format!("part(\"{}\", 6, 11);", files[0].asset.address());
        assert!(script.contains(&table), "{script}");
        assert!(
            linked(asks("agents"), &files).is_err(),
            "one is not asked for"
        );
        let all: String = parts().keys().map(|name| asks(name)).collect();
        assert!(
            linked(format!("{all}{}", asks("other")), &files).is_err(),
            "one is not there"
        );
    }
}
