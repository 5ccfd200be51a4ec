//! How far a load has come: a bar on a terminal, else a line now and then.

use std::io::IsTerminal;

use chrono::TimeDelta;
use indicatif::{ProgressBar, ProgressStyle};
use shadow_demo::Progress;

/// The part of the way after which another line is printed, in percent.
const LINE: u64 = 10;

/// Progress by the time that has been filled.
#[derive(Debug)]
pub(super) struct Bar {
    what: &'static str,
    bar: ProgressBar,
    plain: bool,
    /// Minutes and events of the spans that are done.
    minutes: u64,
    events: u64,
    said: u64,
}

impl Bar {
    /// A bar for so much time to fill.
    pub(super) fn new(what: &'static str, whole: TimeDelta) -> Self {
        let plain = !std::io::stderr().is_terminal();
        let bar = match plain {
            true => ProgressBar::hidden(),
            false => ProgressBar::new(0),
        };
        bar.set_length(minutes(whole).max(1));
        let template = format!("{what} {{wide_bar}} {{percent}} %  {{msg}}  {{eta}} left");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        Self {
            what,
            bar,
            plain,
            minutes: 0,
            events: 0,
            said: 0,
        }
    }

    /// How far a span has come.
    pub(super) fn set(&mut self, span: TimeDelta, progress: Progress) {
        let part = (minutes(span) as f64 * progress.share) as u64;
        self.show(self.minutes + part, self.events + progress.events);
    }

    /// A span is done, with so many events.
    pub(super) fn done(&mut self, span: TimeDelta, events: u64) {
        self.minutes += minutes(span);
        self.events += events;
        self.show(self.minutes, self.events);
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    #[expect(
        clippy::print_stderr,
        reason = "progress for whoever started the program"
    )]
    fn show(&mut self, minutes: u64, events: u64) {
        self.bar.set_position(minutes);
        self.bar.set_message(format!("{events} events"));
        let percent = minutes * 100 / self.bar.length().unwrap_or(1).max(1);
        if self.plain && percent >= self.said + LINE {
            self.said = percent / LINE * LINE;
            eprintln!("{}: {} %, {events} events", self.what, self.said);
        }
    }
}

fn minutes(span: TimeDelta) -> u64 {
    u64::try_from(span.num_minutes()).unwrap_or(0)
}
