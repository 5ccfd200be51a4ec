//! How the stream of live changes is doing, as a machine: what happens to it goes in, what a person is told comes out.

#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};

/// The server says something at least every ten seconds; after this many seconds of silence the feed is stale.
pub const STALE_AFTER_SECONDS: i64 = 15;
/// After this many seconds of silence the stream is given up and opened again.
pub const GIVE_UP_AFTER_SECONDS: i64 = 30;
/// A change that is this many seconds old when it arrives is late.
pub const LATE_AFTER_SECONDS: i64 = 5;
/// For so many seconds it is told that changes were left out.
const TOLD_SECONDS: i64 = 10;
/// A stream that was heard within so many seconds goes on from its cursor. After a longer rest, a snapshot is less
/// than all that happened meanwhile.
const RESUMES_WITHIN_SECONDS: i64 = 600;

/// What the client is doing about its stream.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Link {
    /// Nothing: no page needs it.
    #[default]
    Idle,
    /// Opening it.
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

/// What happens to a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Signal {
    /// The client does something about it.
    Turned(Link),
    /// The server said its time, having nothing else to say.
    Heartbeat {
        /// When it was heard.
        at: DateTime<Utc>,
        /// The server's clock.
        server_time: Option<DateTime<Utc>>,
    },
    /// The server sent its state.
    Snapshot {
        /// When it was heard.
        at: DateTime<Utc>,
    },
    /// The server sent changes.
    Changes {
        /// When they were heard.
        at: DateTime<Utc>,
        /// When the last of them was stored, by the server's clock.
        stored: Option<DateTime<Utc>>,
    },
    /// The server said how much is going on. That says nothing of changes that may wait.
    Counters {
        /// When it was heard.
        at: DateTime<Utc>,
    },
    /// The server left changes out, because this client was too slow.
    Missed {
        /// When it was heard.
        at: DateTime<Utc>,
        /// How many.
        changes: u64,
    },
}

/// What is known of the stream.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Connection {
    /// What is being done about it.
    pub link: Link,
    /// When the server was last heard.
    pub heard: Option<DateTime<Utc>>,
    /// How far the server's clock is ahead of this one.
    ahead: TimeDelta,
    /// How old the last change was when it arrived, where it was late.
    late: Option<TimeDelta>,
    missed: Option<(DateTime<Utc>, u64)>,
}

/// What a person is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Nothing is watched.
    Idle,
    /// Opening.
    Connecting,
    /// Changes arrive as they happen.
    Live,
    /// Changes arrive, this many seconds after they happened.
    Behind(i64),
    /// This many changes were left out.
    Missed(u64),
    /// Open, but silent for this many seconds.
    Stale(i64),
    /// Broken and being opened again; last heard this many seconds ago.
    Reconnecting(Option<i64>),
    /// No network; last heard this many seconds ago.
    Offline(Option<i64>),
    /// Resting while the tab is hidden.
    Resting,
    /// Refused.
    Refused(String),
}

impl Connection {
    /// What is known after a signal.
    pub fn apply(&mut self, signal: Signal) {
        match signal {
            Signal::Turned(link) => {
                self.link = link;
                self.late = None;
            }
            Signal::Heartbeat { at, server_time } => {
                self.hear(at);
                if let Some(server_time) = server_time {
                    self.ahead = server_time - at;
                }
                // Nothing waits to be sent.
                self.late = None;
            }
            Signal::Counters { at } => self.hear(at),
            Signal::Snapshot { at } => {
                self.hear(at);
                self.late = None;
            }
            Signal::Changes { at, stored } => {
                self.hear(at);
                let age = stored.map(|stored| at + self.ahead - stored);
                self.late = age.filter(|age| age.num_seconds() >= LATE_AFTER_SECONDS);
            }
            Signal::Missed { at, changes } => {
                self.hear(at);
                self.missed = Some((at, changes));
            }
        }
    }

    /// What to tell.
    pub fn status(&self, now: DateTime<Utc>) -> Status {
        let silent = self.heard.map(|heard| (now - heard).num_seconds().max(0));
        match &self.link {
            Link::Idle => Status::Idle,
            Link::Connecting => Status::Connecting,
            Link::Open => self.open(silent.unwrap_or_default(), now),
            Link::Waiting(_) => Status::Reconnecting(silent),
            Link::Offline => Status::Offline(silent),
            Link::Hidden => Status::Resting,
            Link::Refused(why) => Status::Refused(why.clone()),
        }
    }

    /// The server's clock, as far as it is known.
    pub fn server_time(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + self.ahead
    }

    /// Until when it is known what happened, by the server's clock: until now while the stream is well, else until it
    /// was last heard.
    pub fn known_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let well = matches!(
            self.status(now),
            Status::Live | Status::Behind(_) | Status::Missed(_)
        );
        self.server_time(if well { now } else { self.heard.unwrap_or(now) })
    }

    fn hear(&mut self, at: DateTime<Utc>) {
        self.link = Link::Open;
        self.heard = Some(at);
    }

    fn open(&self, silent: i64, now: DateTime<Utc>) -> Status {
        if silent > STALE_AFTER_SECONDS {
            return Status::Stale(silent);
        }
        match (self.missed, self.late) {
            (Some((at, changes)), _) if (now - at).num_seconds() < TOLD_SECONDS => {
                Status::Missed(changes)
            }
            (_, Some(late)) => Status::Behind(late.num_seconds()),
            _ => Status::Live,
        }
    }
}

impl Status {
    /// A word; it does not change while the state does not, so that it can be read out.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Idle => "Not watching",
            Self::Connecting => "Connecting…",
            Self::Live => "Live",
            Self::Behind(_) | Self::Missed(_) => "Lagging",
            Self::Stale(_) => "Stale",
            Self::Reconnecting(_) => "Reconnecting…",
            Self::Offline(_) => "Offline",
            Self::Resting => "Paused in the background",
            Self::Refused(_) => "Not available",
        }
    }

    /// What belongs to the word: an age or a number, where it matters.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Behind(seconds) => Some(format!("{} behind", length(*seconds))),
            Self::Missed(1) => Some("1 change left out".to_owned()),
            Self::Missed(changes) => Some(format!("{changes} changes left out")),
            Self::Stale(seconds) => Some(format!("silent for {}", length(*seconds))),
            Self::Reconnecting(Some(seconds)) | Self::Offline(Some(seconds)) => {
                Some(format!("last heard {} ago", length(*seconds)))
            }
            _ => None,
        }
    }

    /// The word that styles it.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Behind(_) | Self::Missed(_) => "lagging",
            Self::Stale(_) => "stale",
            Self::Reconnecting(_) => "reconnecting",
            Self::Offline(_) => "offline",
            Self::Resting => "resting",
            Self::Refused(_) => "refused",
        }
    }
}

/// Whether a stream that was last heard then goes on from its cursor, rather than from a snapshot.
pub fn resumes(heard: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    heard.is_some_and(|heard| (now - heard).num_seconds() <= RESUMES_WITHIN_SECONDS)
}

/// How long to wait before the next attempt: doubled each time, at most 15 seconds, spread by `jitter` in 0..1 so that
/// a restarted server is not met by everybody at once.
pub fn backoff_millis(failures: u32, jitter: f64) -> u32 {
    let longest = 15_000.0_f64;
    let base = (500.0 * 2.0_f64.powi(failures.saturating_sub(1).min(10) as i32)).min(longest);
    (base * (0.5 + jitter.clamp(0.0, 1.0) / 2.0)) as u32
}

fn length(seconds: i64) -> String {
    match seconds {
        ..=59 => format!("{seconds} s"),
        60..=3_599 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}
