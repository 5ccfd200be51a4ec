//! What is told beside the executions, on standard error: outages, and what was left out.

use chrono::{DateTime, Utc};
use prost_types::Timestamp;
use shadow_client::WatchState;

use super::line;

/// What was told, and the server's clock.
#[derive(Debug, Default)]
pub(super) struct Notices {
    away: bool,
    server_time: Option<DateTime<Utc>>,
}

impl Notices {
    /// Tells when the server goes away and when it is back, once each.
    pub(super) fn state(&mut self, state: &WatchState) {
        if let Some(text) = self.said(state) {
            say(&text);
        }
    }

    pub(super) fn server_time(&mut self, at: Option<Timestamp>) {
        self.server_time = at.as_ref().and_then(line::instant).or(self.server_time);
    }

    /// The server's time as far as it is known, since ages are meant by the clock that executions are judged by.
    pub(super) fn time(&self) -> DateTime<Utc> {
        self.server_time.unwrap_or_else(Utc::now)
    }

    fn said(&mut self, state: &WatchState) -> Option<String> {
        match state {
            WatchState::Reconnecting { reason, .. } if !self.away => {
                self.away = true;
                Some(format!("reconnecting: {reason}"))
            }
            WatchState::Live if self.away => {
                self.away = false;
                Some("live again".to_owned())
            }
            WatchState::Connecting | WatchState::Live | WatchState::Reconnecting { .. } => None,
        }
    }
}

/// One line on standard error.
#[expect(
    clippy::print_stderr,
    reason = "told to whoever started the program, beside its output"
)]
pub(super) fn say(text: &str) {
    eprintln!("tail: {text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_once() {
        let mut notices = Notices::default();
        let reconnecting = |attempts| WatchState::Reconnecting {
            attempts,
            reason: "away".to_owned(),
        };
        let states = [
            WatchState::Live,
            reconnecting(1),
            reconnecting(2),
            WatchState::Live,
            WatchState::Live,
            reconnecting(1),
        ];
        let said: Vec<_> = states
            .iter()
            .filter_map(|state| notices.said(state))
            .collect();
        assert_eq!(
            said,
            ["reconnecting: away", "live again", "reconnecting: away"]
        );
    }
}
