//! Rows of a file, one at a time: CSV and JSON Lines.

mod comma;
mod line_ends;
mod lines;

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::Result;
use clap::ValueEnum;

use super::bad_row::BadRow;
use super::fields::{Field, Mapping};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Comma-separated values; the first line names the columns
    Csv,
    /// One JSON object on each line
    Jsonl,
}

/// What one row of the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The line on which it begins, from 1.
    pub(crate) line: u64,
    /// The cells that are there and not empty.
    pub(crate) cells: BTreeMap<Field, String>,
}

/// The rows of a file: the outer error is about the file, the inner one about the row.
pub(crate) type Rows = Box<dyn Iterator<Item = Result<Result<Row, BadRow>>> + Send>;

/// Opens the rows of a file. Fails where the file is empty or lacks a column.
pub(crate) fn open<R: Read + Send + 'static>(
    format: Format,
    delimiter: u8,
    file: R,
    mapping: &Mapping,
) -> Result<Rows> {
    Ok(match format {
        Format::Csv => Box::new(comma::Rows::open(file, delimiter, mapping)?),
        Format::Jsonl => Box::new(lines::Rows::open(file, mapping)?),
    })
}

#[cfg(test)]
mod tests;
