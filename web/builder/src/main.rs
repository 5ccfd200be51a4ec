//! Builds the dashboard into `web/dist`: WebAssembly by cargo and wasm-bindgen, cut by area of pages, scripts and styles
//! by esbuild, every file named by its content and compressed beside itself.
//!
//! An unchanged dashboard is recognised by a digest of everything that goes into it, and left alone. It must never know
//! what the dashboard shows.

#![expect(
    clippy::print_stdout,
    reason = "a command-line tool talks to who runs it"
)]

mod assets;
mod inputs;
mod names;
mod packages;
mod parts;
mod scripts;
mod wasm;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// What the first load may weigh over the wire, before charts: WebAssembly, scripts and styles, by brotli, with the code
/// of the heaviest area of pages.
const FIRST_LOAD_LIMIT: u64 = 400 * 1024;

fn main() -> Result<()> {
    let places = Places::find()?;
    let digest = inputs::digest(&places)?;
    let stamp = places.dist.join(".inputs");
    if std::fs::read_to_string(&stamp).is_ok_and(|known| known == digest) {
        println!("The dashboard is up to date in {}.", places.dist.display());
        return Ok(());
    }
    packages::install(&places)?;
    let glue = wasm::build(&places)?;
    let bundle = scripts::bundle(&places, &glue)?;
    let written = assets::write(&places, &bundle)?;
    written.print();
    let first = written.first_load();
    ensure!(
        first <= FIRST_LOAD_LIMIT,
        "the first load weighs {first} bytes by brotli; the limit is {FIRST_LOAD_LIMIT}"
    );
    std::fs::write(&stamp, digest).context("noting what was built")
}

/// Where things are.
struct Places {
    /// The workspace.
    root: PathBuf,
    /// `web` in it.
    web: PathBuf,
    /// What is built.
    dist: PathBuf,
    /// What is needed on the way.
    scratch: PathBuf,
}

impl Places {
    fn find() -> Result<Self> {
        let web = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("the builder lies in web/builder")?;
        let root = web.parent().context("web lies in the workspace")?;
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        Ok(Self {
            root: root.to_owned(),
            web: web.to_owned(),
            dist: web.join("dist"),
            scratch: target.join("web"),
        })
    }
}

/// Runs a command to its end; its own words are shown when it fails.
fn run(command: &mut std::process::Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .with_context(|| format!("{name} cannot be started: is it installed?"))?;
    ensure!(status.success(), "{name} failed ({status})");
    Ok(())
}
