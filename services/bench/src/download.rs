//! What a browser loads first.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::report::{Figure, Target, number};
use crate::rounds::Estimate;

/// The compressed bytes of the page and of everything that it names. Charts are loaded when the first one is drawn.
pub(crate) fn first_load(dist: &Path) -> Result<Figure> {
    let page = fs::read_to_string(dist.join("index.html"))
        .context("the dashboard is not built: run `make build`")?;
    let mut total = size(&dist.join("index.html.br"))?;
    let mut figures = Vec::new();
    for name in page
        .split('"')
        .filter_map(|part| part.strip_prefix("/assets/"))
    {
        let (plain, compressed) = (format!("assets/{name}"), format!("assets/{name}.br"));
        // What is compressed already, such as a font, has no other form.
        let bytes = match size(&dist.join(compressed)) {
            Ok(bytes) => bytes,
            Err(_) => size(&dist.join(plain))?,
        };
        total += bytes;
        let kind = name.rsplit('.').next().unwrap_or_default();
        figures.push((kind.to_owned(), number(bytes as f64 / 1e3)));
    }
    ensure!(
        figures.iter().any(|(kind, _)| kind == "wasm"),
        "the page names no program"
    );
    let mut figure = Figure::alone(
        "first load of the dashboard, brotli",
        "KB",
        Estimate::of(&[total as f64 / 1e3]),
    )
    .must(Target::AtMost(400.0));
    figure.beside = figures;
    Ok(figure)
}

fn size(path: &Path) -> Result<u64> {
    let metadata = fs::metadata(path).with_context(|| format!("no {}", path.display()))?;
    Ok(metadata.len())
}
