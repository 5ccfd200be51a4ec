//! How soon the dashboard is painted and answers a click, as Chromium's own trace tells.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

use crate::report::{Figure, Target};
use crate::rounds::Estimate;
use crate::stack::Stack;

/// The budget of a local stack, in milliseconds.
const PAINT: f64 = 1_500.0;
const INTERACTION: f64 = 100.0;

/// One figure for each place and each of the two.
pub(crate) fn in_chromium(stack: &Stack, root: &Path) -> Result<Vec<Figure>> {
    let output = Command::new("taskset")
        // All cores, not only this process's.
        .args([
            "--cpu-list",
            "0-63",
            "cargo",
            "run",
            "--quiet",
            "--locked",
            "-p",
            "shadow-web-e2e",
            "--example",
            "paint",
            "--",
        ])
        .arg(stack.program())
        .arg(root.join("web/dist"))
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "the dashboard was not measured");
    let measured: BTreeMap<String, Vec<f64>> = serde_json::from_slice(&output.stdout)?;
    Ok(measured
        .into_iter()
        .map(|(name, milliseconds)| {
            let bound = if name.starts_with("largest") {
                PAINT
            } else {
                INTERACTION
            };
            Figure::alone(&name, "ms", Estimate::of(&milliseconds)).must(Target::AtMost(bound))
        })
        .collect())
}
