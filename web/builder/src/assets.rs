//! What is written to `web/dist`: each file with its compressed forms beside it.

use std::{collections::BTreeMap, fs, io::Write, path::Path};

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};

use crate::{
    Places,
    scripts::{Bundle, Load},
};

/// One written file.
struct Row {
    name: String,
    load: Load,
    areas: Vec<String>,
    plain: u64,
    gzip: u64,
    brotli: u64,
}

/// Everything that was written.
pub(crate) struct Written(Vec<Row>);

impl Written {
    /// What is loaded over the wire before the first page can be used, when a person begins in the heaviest area.
    pub(crate) fn first_load(&self) -> u64 {
        let first = self.0.iter().filter(|row| row.load == Load::First);
        let first: u64 = first.map(|row| row.brotli).sum();
        let heaviest = self.areas().into_values().max();
        first + heaviest.unwrap_or_default()
    }

    /// What each area loads besides.
    fn areas(&self) -> BTreeMap<&str, u64> {
        let mut weights = BTreeMap::new();
        for row in &self.0 {
            for area in &row.areas {
                *weights.entry(area.as_str()).or_default() += row.brotli;
            }
        }
        weights
    }

    /// Prints the sizes.
    pub(crate) fn print(&self) {
        println!(
            "{:<36}{:>12}{:>12}{:>12}",
            "file", "plain", "gzip", "brotli"
        );
        for row in &self.0 {
            let when = match row.load {
                Load::First => "",
                Load::Area => "  with its pages",
                Load::Later => "  later",
            };
            println!(
                "{:<36}{:>12}{:>12}{:>12}{when}",
                row.name, row.plain, row.gzip, row.brotli
            );
        }
        for (area, weight) in self.areas() {
            println!("{:<36}{weight:>36}", format!("area {area}"));
        }
        println!("{:<36}{:>36}", "first load", self.first_load());
    }
}

/// Writes the dashboard. The page comes last and the old files go after it, so that whoever serves the folder always
/// finds a page whose files are there.
pub(crate) fn write(places: &Places, bundle: &Bundle) -> Result<Written> {
    let folder = places.dist.join("assets");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let mut rows = Vec::new();
    for asset in &bundle.assets {
        let row = save(&folder.join(&asset.name), asset.load, &asset.content)?;
        rows.push(Row {
            areas: asset.areas.clone(),
            ..row
        });
    }
    rows.push(save(
        &places.dist.join("index.html"),
        Load::First,
        bundle.page.as_bytes(),
    )?);
    let kept = |name: &str| {
        bundle
            .assets
            .iter()
            .any(|asset| name.starts_with(&asset.name))
    };
    for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        if !kept(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())
                .with_context(|| format!("removing {}", entry.path().display()))?;
        }
    }
    Ok(Written(rows))
}

fn save(path: &Path, load: Load, content: &[u8]) -> Result<Row> {
    let beside = |extension: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(extension);
        name
    };
    let (gzip, brotli) = (gzipped(content)?, brotlied(content)?);
    let put = |path: &Path, content: &[u8]| {
        fs::write(path, content).with_context(|| format!("writing {}", path.display()))
    };
    // What is compressed already gains nothing.
    if gzip.len() < content.len() {
        put(beside(".gz").as_ref(), &gzip)?;
    }
    if brotli.len() < content.len() {
        put(beside(".br").as_ref(), &brotli)?;
    }
    put(path, content)?;
    Ok(Row {
        name: path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        load,
        areas: Vec::new(),
        plain: content.len() as u64,
        gzip: gzip.len() as u64,
        brotli: brotli.len() as u64,
    })
}

fn gzipped(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

fn brotlied(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 1 << 16, 11, 22);
    encoder.write_all(content)?;
    encoder.flush()?;
    Ok(encoder.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn compressed_content_is_read_again() {
        let content = "the same words, the same words, the same words"
            .repeat(50)
            .into_bytes();
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&*gzipped(&content).unwrap())
            .read_to_end(&mut plain)
            .unwrap();
        assert_eq!(plain, content);
        let small = brotlied(&content).unwrap();
        let mut plain = Vec::new();
        brotli::Decompressor::new(&*small, 4096)
            .read_to_end(&mut plain)
            .unwrap();
        assert_eq!(plain, content);
        assert!(small.len() * 10 < content.len());
    }

    #[test]
    fn the_first_load_is_what_the_heaviest_area_needs() {
        let row = |load, areas: &[&str], brotli| Row {
            name: String::new(),
            load,
            areas: areas.iter().map(|&area| area.to_owned()).collect(),
            plain: 0,
            gzip: 0,
            brotli,
        };
        let rows = vec![
            row(Load::First, &[], 100),
            row(Load::Later, &[], 900),
            row(Load::First, &[], 20),
            row(Load::Area, &["agents"], 7),
            row(Load::Area, &["users"], 30),
            row(Load::Area, &["agents", "users"], 3),
            row(Load::Area, &["agents", "money"], 11),
        ];
        assert_eq!(Written(rows).first_load(), 153);
        assert_eq!(Written(vec![row(Load::First, &[], 5)]).first_load(), 5);
    }
}
