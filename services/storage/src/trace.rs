//! A span for each statement, where traces are exported.

use std::fmt::{self, Write};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use tracing::{Level, Span, field};

/// How much of a statement is kept.
const MOST: usize = 2_000;
/// What diesel writes between a statement and its parameters, which are in no trace.
const BINDS: &str = " -- binds: ";
/// A statement that was given up never ends: no more of them than this are remembered.
const OPEN: usize = 16;

/// Whether anybody wants spans.
pub(crate) fn wanted() -> bool {
    tracing::span_enabled!(Level::TRACE)
}

/// The statements at work on one connection.
#[derive(Default)]
pub(crate) struct Statements {
    open: Vec<(String, Span)>,
}

impl Instrumentation for Statements {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                let text = Text::of(query);
                let name = text.split_whitespace().next().unwrap_or("statement");
                let span = tracing::trace_span!(
                    "statement",
                    otel.name = name,
                    otel.kind = "client",
                    otel.status_code = field::Empty,
                    db.system.name = "postgresql",
                    db.query.text = text,
                );
                self.open.truncate(OPEN - 1);
                self.open.push((text, span));
            }
            InstrumentationEvent::FinishQuery { query, error, .. } => {
                let text = Text::of(query);
                if let Some(at) = self.open.iter().position(|(open, _)| *open == text) {
                    let (_, span) = self.open.remove(at);
                    if error.is_some() {
                        span.record("otel.status_code", "ERROR");
                    }
                }
            }
            _ => {}
        }
    }
}

/// A statement without comments before it and without its parameters.
struct Text(String);

impl Text {
    fn of(query: &dyn fmt::Display) -> String {
        let mut text = Text(String::new());
        // It ends with an error where the rest is not wanted.
        let _ = write!(text, "{query}");
        let code = text.0.lines().skip_while(|line| {
            let line = line.trim_start();
            line.is_empty() || line.starts_with("--")
        });
        code.collect::<Vec<_>>().join("\n")
    }
}

impl Write for Text {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let (more, ended) = match more.find(BINDS) {
            Some(at) => (&more[..at], true),
            None => (more, false),
        };
        let room = MOST.saturating_sub(self.0.len());
        let end = more.floor_char_boundary(room);
        self.0.push_str(&more[..end]);
        if ended || end < more.len() {
            return Err(fmt::Error);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_comments_are_left_out() {
        let query = "-- Why.\n-- More.\nSELECT a -- which\nFROM b -- binds: [\"a secret\"]";
        assert_eq!(Text::of(&query), "SELECT a -- which\nFROM b");
        assert_eq!(Text::of(&"COMMIT"), "COMMIT");
        let long = format!("SELECT {}", "ä".repeat(3_000));
        assert!(Text::of(&long).len() <= MOST);
    }
}
