//! Comma-separated values.

use std::io::Read;

use anyhow::{Context, Result, bail};
use csv::{ByteRecord, Reader, ReaderBuilder};

use super::Row;
use super::line_ends::LineEnds;
use crate::import::bad_row::BadRow;
use crate::import::fields::{Field, Mapping};

/// The rows of a CSV file.
pub(super) struct Rows<R> {
    reader: Reader<LineEnds<R>>,
    names: Vec<String>,
    /// Of each mapped field, the index of its column.
    columns: Vec<(Field, usize)>,
    /// A record that was read ahead, and the line on which it begins.
    ahead: Option<(ByteRecord, u64)>,
    failed: bool,
}

impl<R: Read> Rows<R> {
    pub(super) fn open(file: R, delimiter: u8, mapping: &Mapping) -> Result<Self> {
        // Rows of another length are reported here, with their line and what it may mean.
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(LineEnds::new(file));
        let header = reader.byte_headers().context("the file cannot be read")?;
        let names: Vec<String> = header
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim().to_owned())
            .collect();
        if names.is_empty() {
            bail!("the file is empty; its first line should name the columns");
        }
        let columns = mapping.columns.iter().map(|(field, column)| {
            let index = names
                .iter()
                .position(|name| name == column)
                .with_context(|| {
                    let (field, names) = (field.name(), names.join(", "));
                    format!(
                        "the file has no column {column:?} for {field}; its columns are {names}"
                    )
                })?;
            Ok((*field, index))
        });
        let columns = columns.collect::<Result<_>>()?;
        Ok(Self {
            reader,
            names,
            columns,
            ahead: None,
            failed: false,
        })
    }

    /// The next record and the line on which it begins.
    fn record(&mut self) -> Result<Option<(ByteRecord, u64)>> {
        if self.failed {
            return Ok(None);
        }
        if let Some(ahead) = self.ahead.take() {
            return Ok(Some(ahead));
        }
        let mut record = ByteRecord::new();
        let read = self.reader.read_byte_record(&mut record);
        self.failed = read.is_err();
        if !read.context("the file cannot be read")? {
            return Ok(None);
        }
        // The reader stands after the record's line end; blank lines before the record are no part of it.
        let within = record
            .as_slice()
            .iter()
            .filter(|byte| **byte == b'\n')
            .count() as u64;
        let line = self.reader.position().line().saturating_sub(1 + within);
        Ok(Some((record, line)))
    }

    fn row(&mut self, record: &ByteRecord, line: u64) -> Result<Result<Row, BadRow>> {
        let (has, needs) = (record.len(), self.names.len());
        if has < needs {
            self.ahead = self.record()?;
            let cut = if self.ahead.is_none() {
                "; it is the last row: the file may have been cut off"
            } else {
                ""
            };
            return Ok(Err(BadRow::whole(
                line,
                format!("the row has {has} of {needs} columns{cut}"),
            )));
        }
        if has > needs {
            return Ok(Err(BadRow::whole(
                line,
                format!("the row has {has} columns, the first line names {needs}"),
            )));
        }
        Ok(self.cells(record, line))
    }

    fn cells(&self, record: &ByteRecord, line: u64) -> Result<Row, BadRow> {
        let mut row = Row {
            line,
            cells: Default::default(),
        };
        for (field, index) in &self.columns {
            let cell = &record[*index];
            let text = std::str::from_utf8(cell).map_err(|_| {
                BadRow::cell(
                    line,
                    &self.names[*index],
                    &String::from_utf8_lossy(cell),
                    "is not UTF-8 text",
                )
            })?;
            if !text.is_empty() {
                row.cells.insert(*field, text.to_owned());
            }
        }
        Ok(row)
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Result<Row, BadRow>>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.record() {
            Ok(Some((record, line))) => Some(self.row(&record, line)),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }
}
