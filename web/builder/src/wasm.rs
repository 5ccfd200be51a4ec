//! The application as WebAssembly, in parts: one that starts it, and for each area of pages what only these need.
//!
//! Where it is cut is said in the application (`pages/areas.rs`, and where charts are drawn). What several areas need is
//! a part of its own for each such set of areas, so nothing is loaded twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::{Places, names, run};

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "web";

/// The script by which the first part asks for the others.
const LINKS: &str = "links.js";
/// The name that wasm-bindgen gives to what it makes.
const NAME: &str = "shadow_web";

/// What the application was made into.
pub(crate) struct Glue {
    /// The module that starts the application.
    pub(crate) script: PathBuf,
    /// The script by which the first part asks for the others, by their plain names beside it.
    pub(crate) links: PathBuf,
    /// The first part.
    pub(crate) wasm: Vec<u8>,
    /// The other parts, by name.
    pub(crate) parts: BTreeMap<String, Part>,
}

/// A part of the application beside the first.
pub(crate) struct Part {
    /// The module.
    pub(crate) content: Vec<u8>,
    /// What needs it: areas of pages, and the charts.
    pub(crate) needed_by: BTreeSet<String>,
}

/// Compiles the application and cuts it.
pub(crate) fn build(places: &Places) -> Result<Glue> {
    println!("Compiling the dashboard…");
    let compiled = compile(places)?;
    let out = places.scratch.join("glue");
    // Parts of an earlier build are not parts of this one.
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| format!("emptying {}", out.display()))?;
    }
    fs::create_dir_all(&out).with_context(|| format!("making {}", out.display()))?;
    let whole = fs::read(&compiled).with_context(|| format!("reading {}", compiled.display()))?;
    let (first, links) = (out.join("first.wasm"), format!("./{LINKS}"));
    let main_module = format!("./{NAME}.js");
    let mut options = wasm_split_cli_support::Options::new(&whole);
    options.output_dir = &out;
    options.main_out_path = &first;
    options.link_name = &links;
    options.main_module = &main_module;
    options.emit_dwarf = false;
    let split = wasm_split_cli_support::transform(options)
        .map_err(|problem| anyhow!("cutting the application: {problem:#}"))?;
    let mut parts = BTreeMap::new();
    for path in &split.split_modules {
        let content = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        let stem = path.file_stem().unwrap_or_default();
        let name = stem.to_string_lossy().into_owned();
        let needs = split
            .prefetch_map
            .iter()
            .filter(|(_, needed)| needed.contains(&name));
        let part = Part {
            content: without_custom_sections(&content)?,
            needed_by: needs.map(|(area, _)| area.clone()).collect(),
        };
        parts.insert(name, part);
    }
    Ok(Glue {
        wasm: bind(&first, &out)?,
        script: out.join(format!("{NAME}.js")),
        links: out.join(LINKS),
        parts,
    })
}

fn compile(places: &Places) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["rustc", "--package", "shadow-web", "--bin", "shadow-web"])
        .args(["--target", TARGET, "--profile", PROFILE])
        // Who cuts needs to know what refers to what.
        .args(["--", "-Clink-arg=--emit-relocs"])
        .current_dir(&places.root);
    // A linter that stands for the compiler would optimise less.
    command.env_remove("RUSTC_WORKSPACE_WRAPPER");
    // Cargo tells what it runs about the builder itself; the dashboard is another package.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        }) {
            command.env_remove(name);
        }
    }
    run(&mut command)?;
    let target = places
        .scratch
        .parent()
        .context("the scratch folder lies in the target folder")?;
    Ok(target.join(TARGET).join(PROFILE).join("shadow-web.wasm"))
}

/// Makes the script that the first part needs in a browser, and the first part as that script wants it.
fn bind(first: &Path, out: &Path) -> Result<Vec<u8>> {
    Bindgen::new()
        .input_path(first)
        .out_name(NAME)
        .web(true)
        .and_then(|bindgen| {
            bindgen
                .typescript(false)
                .omit_default_module_path(true)
                // Names are for debuggers; they would be a tenth of what is loaded.
                .remove_name_section(true)
                .remove_producers_section(true)
                // The other parts put their functions into its table.
                .keep_lld_exports(true)
                .generate(out)
        })
        .map_err(|problem| anyhow!("wasm-bindgen: {problem:#}"))?;
    let made =
        fs::read(out.join(format!("{NAME}_bg.wasm"))).context("reading what wasm-bindgen made")?;
    let script = out.join(format!("{NAME}.js"));
    let written = fs::read_to_string(&script).context("reading the script of wasm-bindgen")?;
    let (module, written) = names::shorten(&made, &written)?;
    fs::write(&script, written).context("writing the script with short names")?;
    Ok(module)
}

/// A module without what only tools read: names, and which features it was compiled for.
fn without_custom_sections(module: &[u8]) -> Result<Vec<u8>> {
    const HEADER: usize = 8;
    const CUSTOM: u8 = 0;
    let (header, mut rest) = module
        .split_at_checked(HEADER)
        .context("a module has a header")?;
    let mut kept = header.to_vec();
    while let Some((&kind, content)) = rest.split_first() {
        let (length, digits) = unsigned(content)?;
        let whole = 1 + digits + length;
        let (section, others) = rest
            .split_at_checked(whole)
            .context("a section is as long as it says")?;
        if kind != CUSTOM {
            kept.extend_from_slice(section);
        }
        rest = others;
    }
    Ok(kept)
}

/// A number in LEB128, and in how many bytes it is written.
fn unsigned(bytes: &[u8]) -> Result<(usize, usize)> {
    let mut value = 0;
    // A section is shorter than 2^32 bytes, which are five digits of seven bits.
    for (at, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok((value, at + 1));
        }
    }
    bail!("a section has no length")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [u8; 8] = *b"\0asm\x01\0\0\0";

    #[test]
    fn only_what_tools_read_is_left_out() {
        // An empty section of types, then a custom one of 200 bytes, whose length has two digits.
        let types = [1, 1, 0];
        let mut custom = vec![0, 0xc8, 0x01];
        custom.extend([7; 200]);
        let module = [&HEADER[..], &custom, &types, &custom].concat();
        let kept = without_custom_sections(&module).unwrap();
        assert_eq!(kept, [&HEADER[..], &types].concat());
    }

    #[test]
    fn what_is_no_module_is_refused() {
        for broken in [
            &HEADER[..4],
            &[&HEADER[..], &[1, 9, 0]].concat(),
            &[&HEADER[..], &[1, 0xff]].concat(),
        ] {
            assert!(without_custom_sections(broken).is_err(), "{broken:?}");
        }
    }
}
