//! The application as WebAssembly, and the script that the browser needs to run it.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;

use crate::{Places, run};

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "web";

/// What wasm-bindgen made.
pub(crate) struct Glue {
    /// The module that starts the application.
    pub(crate) script: PathBuf,
    /// The application.
    pub(crate) wasm: Vec<u8>,
}

/// Compiles the application.
pub(crate) fn build(places: &Places) -> Result<Glue> {
    println!("Compiling the dashboard…");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--package", "shadow-web", "--bin", "shadow-web"])
        .args(["--target", TARGET, "--profile", PROFILE])
        .current_dir(&places.root);
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
    let compiled = target.join(TARGET).join(PROFILE).join("shadow-web.wasm");
    let out = places.scratch.join("glue");
    fs::create_dir_all(&out).with_context(|| format!("making {}", out.display()))?;
    Bindgen::new()
        .input_path(&compiled)
        .out_name("shadow_web")
        .web(true)
        .and_then(|bindgen| {
            bindgen
                .typescript(false)
                .omit_default_module_path(true)
                // Names are for debuggers; they would be a tenth of what is loaded.
                .remove_name_section(true)
                .remove_producers_section(true)
                .generate(&out)
        })
        .map_err(|problem| anyhow!("wasm-bindgen: {problem:#}"))?;
    let wasm =
        fs::read(out.join("shadow_web_bg.wasm")).context("reading what wasm-bindgen made")?;
    Ok(Glue {
        script: out.join("shadow_web.js"),
        wasm,
    })
}
