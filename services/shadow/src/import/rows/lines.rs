//! JSON Lines: one object on each line.

use std::io::{BufRead, BufReader, Read};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use super::Row;
use crate::import::bad_row::BadRow;
use crate::import::fields::{Field, Mapping};

/// The longest line that is read; a longer one is no row of ours, and must not fill the memory.
const MAX_LINE_BYTES: u64 = 1024 * 1024;

/// The rows of a JSON Lines file.
pub(super) struct Rows<R> {
    reader: BufReader<R>,
    /// Of each mapped field, the key, or keys joined by dots, under which it stands.
    columns: Vec<(Field, String)>,
    line: u64,
    text: Vec<u8>,
    failed: bool,
}

impl<R: Read> Rows<R> {
    pub(super) fn open(file: R, mapping: &Mapping) -> Result<Self> {
        let mut reader = BufReader::new(file);
        if reader
            .fill_buf()
            .context("the file cannot be read")?
            .is_empty()
        {
            bail!("the file is empty; each of its lines should be a JSON object");
        }
        let columns = mapping
            .columns
            .iter()
            .map(|(field, column)| (*field, column.clone()))
            .collect();
        Ok(Self {
            reader,
            columns,
            line: 0,
            text: Vec::new(),
            failed: false,
        })
    }

    /// Reads the next line that is not blank; false at the end of the file.
    fn advance(&mut self) -> Result<bool> {
        loop {
            self.text.clear();
            let read = self
                .reader
                .by_ref()
                .take(MAX_LINE_BYTES)
                .read_until(b'\n', &mut self.text)?;
            if read == 0 {
                return Ok(false);
            }
            self.line += 1;
            if read as u64 == MAX_LINE_BYTES && !self.text.ends_with(b"\n") {
                bail!(
                    "line {} is longer than {MAX_LINE_BYTES} bytes; is this JSON Lines?",
                    self.line
                );
            }
            if !self.text.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    fn row(&self) -> Result<Row, BadRow> {
        let object: Map<String, Value> = serde_json::from_slice(&self.text).map_err(|error| {
            let cut = if self.text.ends_with(b"\n") {
                ""
            } else {
                "; it is the last line: the file may have been cut off"
            };
            BadRow::whole(self.line, format!("is not a JSON object: {error}{cut}"))
        })?;
        let mut row = Row {
            line: self.line,
            cells: Default::default(),
        };
        for (field, column) in &self.columns {
            let text = match find(&object, column) {
                None | Some(Value::Null) => continue,
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                Some(other) => {
                    let reason = "is neither text nor a number";
                    return Err(BadRow::cell(self.line, column, &other.to_string(), reason));
                }
            };
            if !text.is_empty() {
                row.cells.insert(*field, text);
            }
        }
        Ok(row)
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Result<Row, BadRow>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        match self.advance() {
            Ok(true) => Some(Ok(self.row())),
            Ok(false) => None,
            Err(error) => {
                self.failed = true;
                Some(Err(error))
            }
        }
    }
}

/// The value under a key, or else under keys joined by dots, as in `usage.input_tokens`.
fn find<'a>(object: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = object.get(path) {
        return Some(value);
    }
    let (key, rest) = path.split_once('.')?;
    find(object.get(key)?.as_object()?, rest)
}
