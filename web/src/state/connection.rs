//! How the stream of live changes is doing, and when to try again.

use chrono::{DateTime, Utc};

/// The server says something at least every ten seconds; after this many seconds of silence the feed is stale.
pub const STALE_AFTER_SECONDS: i64 = 15;
/// After this many seconds of silence the stream is given up and opened again.
pub const GIVE_UP_AFTER_SECONDS: i64 = 30;

/// What the client is doing about its stream.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Link {
    /// Opening it for the first time.
    #[default]
    Connecting,
    /// Open.
    Open,
    /// Waiting to open it again; counts the failures since it last worked.
    Waiting(u32),
    /// The browser has no network.
    Offline,
    /// The tab is hidden, so nothing is asked.
    Hidden,
    /// The server refuses; trying again will not help.
    Refused(String),
}

/// What a person is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Opening.
    Connecting,
    /// Changes arrive as they happen.
    Live,
    /// Open, but silent for this many seconds.
    Stale(i64),
    /// Broken; being opened again.
    Reconnecting,
    /// No network.
    Offline,
    /// Resting while the tab is hidden.
    Resting,
    /// Refused.
    Refused(String),
}

impl Status {
    /// A word and, where it matters, a number.
    pub fn label(&self) -> String {
        match self {
            Self::Connecting => "Connecting…".to_owned(),
            Self::Live => "Live".to_owned(),
            Self::Stale(seconds) => format!("Stale · silent for {seconds} s"),
            Self::Reconnecting => "Reconnecting…".to_owned(),
            Self::Offline => "Offline".to_owned(),
            Self::Resting => "Paused in the background".to_owned(),
            Self::Refused(_) => "Not available".to_owned(),
        }
    }

    /// The word that styles it.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Stale(_) => "stale",
            Self::Reconnecting => "reconnecting",
            Self::Offline => "offline",
            Self::Resting => "resting",
            Self::Refused(_) => "refused",
        }
    }
}

/// What to tell, from what is being done and when the server was last heard.
pub fn status(link: &Link, heard: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Status {
    match link {
        Link::Connecting => Status::Connecting,
        Link::Open => match heard.map(|heard| (now - heard).num_seconds()) {
            Some(silent) if silent > STALE_AFTER_SECONDS => Status::Stale(silent),
            _ => Status::Live,
        },
        Link::Waiting(_) => Status::Reconnecting,
        Link::Offline => Status::Offline,
        Link::Hidden => Status::Resting,
        Link::Refused(why) => Status::Refused(why.clone()),
    }
}

/// How long to wait before the next attempt: doubled each time, at most 15 seconds, spread by `jitter` in 0..1 so that
/// a restarted server is not met by everybody at once.
pub fn backoff_millis(failures: u32, jitter: f64) -> u32 {
    let longest = 15_000.0_f64;
    let base = (500.0 * 2.0_f64.powi(failures.saturating_sub(1).min(10) as i32)).min(longest);
    (base * (0.5 + jitter.clamp(0.0, 1.0) / 2.0)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u32) -> DateTime<Utc> {
        format!("2026-11-23T21:00:{second:02}Z").parse().unwrap()
    }

    #[test]
    fn silence_makes_an_open_stream_stale() {
        assert_eq!(status(&Link::Open, Some(at(0)), at(10)), Status::Live);
        assert_eq!(status(&Link::Open, Some(at(0)), at(20)), Status::Stale(20));
        assert_eq!(status(&Link::Open, None, at(20)), Status::Live);
        assert_eq!(Status::Stale(20).label(), "Stale · silent for 20 s");
    }

    #[test]
    fn each_state_has_its_own_words() {
        let links = [
            Link::Connecting,
            Link::Open,
            Link::Waiting(2),
            Link::Offline,
            Link::Hidden,
            Link::Refused("no".to_owned()),
        ];
        let mut words: Vec<_> = links
            .iter()
            .map(|link| status(link, None, at(0)).label())
            .collect();
        words.dedup();
        assert_eq!(words.len(), links.len());
    }

    #[test]
    fn waiting_grows_to_a_limit_and_is_spread() {
        assert_eq!(backoff_millis(1, 1.0), 500);
        assert_eq!(backoff_millis(1, 0.0), 250);
        assert_eq!(backoff_millis(3, 1.0), 2_000);
        assert_eq!(backoff_millis(40, 1.0), 15_000);
        assert_eq!(backoff_millis(0, 1.0), 500);
    }
}
