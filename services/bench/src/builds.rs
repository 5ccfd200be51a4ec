//! How long the dashboard's bundle takes to build.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::report::{Figure, Target};
use crate::rounds::Estimate;

/// Builds when nothing changed, and when a source file did.
pub(crate) fn dashboard(root: &Path) -> Result<Vec<Figure>> {
    // Whatever was changed before this program started is not measured.
    seconds(root)?;
    let unchanged: Vec<f64> = (0..5).map(|_| seconds(root)).collect::<Result<_>>()?;
    let mut changed = Vec::new();
    for _ in 0..2 {
        let change = Change::make(&root.join("web/src/main.rs"))?;
        changed.push(seconds(root)?);
        drop(change);
        // Back to what it was, which is a change too.
        changed.push(seconds(root)?);
    }
    Ok(vec![
        Figure::alone(
            "unchanged build of the dashboard",
            "s",
            Estimate::of(&unchanged),
        ),
        Figure::alone(
            "changed build of the dashboard",
            "s",
            Estimate::of(&changed),
        )
        .must(Target::AtMost(60.0)),
    ])
}

fn seconds(root: &Path) -> Result<f64> {
    let start = Instant::now();
    let status = Command::new("taskset")
        // All cores, not only this process's.
        .args([
            "--cpu-list",
            "0-63",
            "cargo",
            "run",
            "--quiet",
            "--locked",
            "-p",
            "shadow-web-builder",
        ])
        .current_dir(root)
        .stdout(Stdio::null())
        .status()?;
    ensure!(status.success(), "the dashboard does not build");
    Ok(start.elapsed().as_secs_f64())
}

/// A line at the end of a source file, until this is dropped.
struct Change {
    path: PathBuf,
    content: String,
}

impl Change {
    fn make(path: &Path) -> Result<Self> {
        let content = fs::read_to_string(path)
            .with_context(|| format!("could not read {}", path.display()))?;
        fs::write(path, format!("{content}// Changed for a measurement.\n"))?;
        Ok(Self {
            path: path.to_owned(),
            content,
        })
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        // The next build would say what is wrong.
        let _unheard = fs::write(&self.path, &self.content);
    }
}
