//! A row that cannot be an execution.

use std::fmt;

/// How much of a value is shown.
const SHOWN: usize = 80;

/// Which row, where in it, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadRow {
    /// The line on which the row begins, from 1.
    pub(crate) line: u64,
    /// The column and what it holds, where one is at fault.
    pub(crate) cell: Option<(String, String)>,
    /// What is wrong.
    pub(crate) reason: String,
}

impl BadRow {
    /// A row that is wrong as a whole.
    pub(crate) fn whole(line: u64, reason: impl Into<String>) -> Self {
        Self {
            line,
            cell: None,
            reason: reason.into(),
        }
    }

    /// A cell that is wrong.
    pub(crate) fn cell(line: u64, column: &str, value: &str, reason: impl Into<String>) -> Self {
        Self {
            line,
            cell: Some((column.to_owned(), value.to_owned())),
            reason: reason.into(),
        }
    }
}

impl fmt::Display for BadRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}", self.line)?;
        if let Some((column, value)) = &self.cell {
            let shown: String = value.chars().take(SHOWN).collect();
            let dots = if shown.len() < value.len() { "…" } else { "" };
            write!(
                formatter,
                ", column {column}, value \"{}{dots}\"",
                shown.escape_debug()
            )?;
        }
        write!(formatter, ": {}", self.reason)
    }
}

impl std::error::Error for BadRow {}
