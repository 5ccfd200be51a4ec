//! Scripts and styles: bundled and made small by esbuild, named by their content.

use std::{ffi::OsString, fs, path::Path, process::Command};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::{Places, inputs::hex, parts, run, wasm::Glue};

/// The typeface, for the Latin scripts; others are read in the system's.
const FONT: &str = "node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2";

/// When a file is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// Before any page is seen.
    First,
    /// Before a page of the areas that need it is seen.
    Area,
    /// After the page was painted, or never by most people.
    Later,
}

/// One file of the dashboard, under an address that changes with its content.
pub(crate) struct Asset {
    /// The name, with the digest in it.
    pub(crate) name: String,
    /// When it is loaded.
    pub(crate) load: Load,
    /// The areas of pages that need it, where not all do.
    pub(crate) areas: Vec<String>,
    /// What is in it.
    pub(crate) content: Vec<u8>,
}

impl Asset {
    pub(crate) fn new(stem: &str, extension: &str, load: Load, content: Vec<u8>) -> Self {
        let digest = hex(&Sha256::digest(&content));
        Self {
            name: format!("{stem}.{}.{extension}", &digest[..16]),
            load,
            areas: Vec::new(),
            content,
        }
    }

    /// Where the browser finds it.
    pub(crate) fn address(&self) -> String {
        format!("/assets/{}", self.name)
    }
}

/// Every file of the dashboard.
pub(crate) struct Bundle {
    /// The page.
    pub(crate) page: String,
    /// What the page loads.
    pub(crate) assets: Vec<Asset>,
}

/// Bundles scripts and styles, and writes the page that loads them.
pub(crate) fn bundle(places: &Places, glue: &Glue) -> Result<Bundle> {
    let wasm = Asset::new("dashboard", "wasm", Load::First, glue.wasm.clone());
    let files = parts::files(&glue.parts);
    parts::link(&glue.links, &files)?;
    let shared = files
        .iter()
        .find(|file| file.is_shared())
        .context("areas share nothing: is there one area only?")?;
    let charts = esbuild(
        places,
        "charts/charts.js",
        "charts.js",
        &["--format=esm".into()],
    )?;
    let charts = Asset::new("charts", "js", Load::Later, charts);
    let start = esbuild(
        places,
        "charts/boot.js",
        "boot.js",
        &[
            "--format=esm".into(),
            // Found by the browser, not by the bundler.
            "--external:/assets/*".into(),
            alias("shadow-web", &glue.script),
            alias("shadow-part", &places.web.join("charts/part.js")),
            // The first part asks for each of the others by the one script that knows them.
            "--log-override:duplicate-object-key=silent".into(),
            define("WASM_ADDRESS", &wasm.address()),
            define("CHARTS_ADDRESS", &charts.address()),
        ],
    )?;
    let script = Asset::new("dashboard", "js", Load::First, start);
    let font = fs::read(places.web.join(FONT)).with_context(|| format!("reading web/{FONT}"))?;
    let font = Asset::new("inter", "woff2", Load::Later, font);
    let outside = ["--external:/assets/*".into()];
    let style = String::from_utf8(esbuild(places, "styles/index.css", "index.css", &outside)?)?;
    let style = style.replace("/assets/inter.woff2", &font.address());
    let style = Asset::new("dashboard", "css", Load::First, style.into_bytes());
    let icon = fs::read(places.web.join("icon.svg")).context("reading web/icon.svg")?;
    let icon = Asset::new("icon", "svg", Load::Later, icon);
    let mut page =
        fs::read_to_string(places.web.join("index.html")).context("reading web/index.html")?;
    for (place, asset) in [
        ("icon", &icon),
        ("font", &font),
        ("style", &style),
        ("wasm", &wasm),
        ("shared", &shared.asset),
        ("script", &script),
    ] {
        page = page.replace(&format!("{{{{{place}}}}}"), &asset.address());
    }
    let mut assets = vec![wasm, script, style];
    assets.extend(files.into_iter().map(|file| file.asset));
    assets.extend([charts, font, icon]);
    Ok(Bundle { page, assets })
}

fn esbuild(places: &Places, entry: &str, name: &str, options: &[OsString]) -> Result<Vec<u8>> {
    let out = places.scratch.join("scripts").join(name);
    run(Command::new(places.web.join("node_modules/.bin/esbuild"))
        .arg(entry)
        .args([
            "--bundle",
            "--minify",
            "--target=es2022,chrome125,firefox129,safari18",
            "--log-level=warning",
        ])
        .args([
            "--legal-comments=none",
            "--define:process.env.NODE_ENV=\"production\"",
        ])
        .args(options)
        .arg(joined("--outfile=", &out))
        .current_dir(&places.web))?;
    fs::read(&out).with_context(|| format!("reading {}", out.display()))
}

/// A script under the name by which others import it.
fn alias(name: &str, script: &Path) -> OsString {
    joined(&format!("--alias:{name}="), script)
}

fn define(name: &str, text: &str) -> OsString {
    format!("--define:{name}=\"{text}\"").into()
}

fn joined(option: &str, path: &Path) -> OsString {
    let mut joined = OsString::from(option);
    joined.push(path);
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_changes_with_the_content() {
        let name =
            |content: &[u8]| Asset::new("charts", "js", Load::Later, content.to_vec()).address();
        assert!(name(b"1").starts_with("/assets/charts.") && name(b"1").ends_with(".js"));
        assert_eq!(name(b"1"), name(b"1"));
        assert_ne!(name(b"1"), name(b"2"));
    }
}
