//! How far an import is: a bar on a terminal, else a line now and then.

use std::io::IsTerminal;
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::summary::{Summary, grouped};

/// How often the bar's text is written anew, and how often a line is written where there is no terminal.
const TEXT: Duration = Duration::from_millis(100);
const LINE: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    plain: bool,
    began: Instant,
    said: Instant,
}

impl Progress {
    pub(super) fn of(file: &Path) -> Self {
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let plain = !std::io::stderr().is_terminal();
        let bar = match plain {
            true => ProgressBar::hidden(),
            false => ProgressBar::new(bytes),
        };
        bar.set_length(bytes);
        if let Ok(style) =
            ProgressStyle::with_template("{bar:40} {percent:>3} % · {msg} · {eta} left")
        {
            bar.set_style(style);
        }
        let now = Instant::now();
        Self {
            bar,
            plain,
            began: now,
            said: now,
        }
    }

    /// Counts what is read of a file. What was read and is not answered for is a few batches.
    pub(super) fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    #[expect(
        clippy::print_stderr,
        reason = "progress for whoever started the program"
    )]
    pub(super) fn set(&mut self, summary: &Summary) {
        let every = if self.plain { LINE } else { TEXT };
        if self.said.elapsed() < every {
            return;
        }
        self.said = Instant::now();
        let text = text(summary.rows, self.began.elapsed());
        match self.plain {
            true => eprintln!("{text}, through line {}", grouped(summary.through)),
            false => self.bar.set_message(text),
        }
    }

    /// Takes the bar away, and says how fast it went.
    pub(super) fn finish(&self, summary: &Summary) -> String {
        self.bar.finish_and_clear();
        text(summary.rows, self.began.elapsed())
    }
}

fn text(rows: u64, took: Duration) -> String {
    let rate = rows as f64 / took.as_secs_f64().max(0.001);
    format!(
        "{} rows in {:.1} s, {} a second",
        grouped(rows),
        took.as_secs_f64(),
        grouped(rate as u64)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_rows_by_time() {
        assert_eq!(
            text(1_234_567, Duration::from_millis(20_500)),
            "1,234,567 rows in 20.5 s, 60,222 a second"
        );
        assert_eq!(text(0, Duration::ZERO), "0 rows in 0.0 s, 0 a second");
    }
}
