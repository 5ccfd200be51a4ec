//! What comes from npm: the charts and the bundler.

use std::{fs, process::Command};

use anyhow::{Context, Result};

use crate::{Places, run};

/// Installs the packages of the lock file, unless exactly these are there.
pub(crate) fn install(places: &Places) -> Result<()> {
    let lock =
        fs::read(places.web.join("package-lock.json")).context("reading web/package-lock.json")?;
    let stamp = places.web.join("node_modules/.installed");
    if fs::read(&stamp).is_ok_and(|known| known == lock) {
        return Ok(());
    }
    println!("Installing what the dashboard takes from npm…");
    run(Command::new("npm")
        .args(["ci", "--no-fund", "--no-audit", "--ignore-scripts"])
        .current_dir(&places.web))?;
    fs::write(stamp, lock).context("noting what was installed")
}
