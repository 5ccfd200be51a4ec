//! An answer that is kept, with when it was right and what it depends on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use moka::Expiry;
use prost::Message;
use prost::bytes::{Buf, Bytes};
use shadow_proto::metrics::v1::QueryResponse;
use shadow_query::{Confirmed, Version};

use crate::{answers::Key, kept::Kept, reply};

/// How long an answer is kept that only its age says anything of.
const KEPT: Duration = Duration::from_secs(60);
/// How long one is kept that can be found unchanged.
const KEPT_WITH_VERSION: Duration = Duration::from_secs(600);

/// One answer.
pub(crate) struct Entry {
    /// From before its data was read, or was found unchanged, so that its age is never understated.
    pub(crate) read_at: DateTime<Utc>,
    /// What it depends on; none where time alone may change it.
    pub(crate) version: Option<Version>,
    pub(crate) response: Kept,
}

impl Entry {
    /// How long it is kept.
    pub(crate) fn lifetime(&self) -> Duration {
        match self.version {
            Some(_) => KEPT_WITH_VERSION,
            None => KEPT,
        }
    }

    /// How old it is, where that is not too old. What a faster clock wrote is not trusted.
    pub(crate) fn age(&self, max_staleness: Duration) -> Option<Duration> {
        let age = (Utc::now() - self.read_at).to_std().ok()?;
        (age <= max_staleness).then_some(age)
    }

    /// How old it is, where it is not too old for what was asked then.
    pub(crate) fn age_for(
        &self,
        max_staleness: Duration,
        asked_at: DateTime<Utc>,
    ) -> Option<Duration> {
        let since = if self.read_at >= asked_at {
            Duration::MAX
        } else {
            max_staleness
        };
        self.age(since)
    }

    pub(crate) fn aged(&self, max_staleness: Duration) -> Option<Bytes> {
        let age = self.age(max_staleness)?;
        Some(self.response.aged(age))
    }

    /// The same answer, found unchanged: as if it had been computed then.
    pub(crate) fn confirmed(&self, read_at: DateTime<Utc>, confirmed: &Confirmed) -> Option<Self> {
        let mut response = QueryResponse::decode(self.response.fresh()).ok()?;
        for result in &mut response.results {
            let provenance = result.provenance.as_mut()?;
            provenance.snapshot_time = Some(reply::timestamp(confirmed.snapshot_time));
            provenance.last_event_time = confirmed.last_event_time.map(reply::timestamp);
        }
        Some(Self {
            read_at,
            version: self.version.clone(),
            response: Kept::of(&response)?,
        })
    }

    /// As it is kept in Redis: when it was read, the length of its version, which is none for zero, the version, the answer.
    pub(crate) fn to_bytes(&self) -> Option<Vec<u8>> {
        let version = self.version.as_ref().map_or("", |version| &version.0);
        let length = u16::try_from(version.len()).ok()?;
        let mut bytes = self.read_at.timestamp_micros().to_be_bytes().to_vec();
        bytes.extend(length.to_be_bytes());
        bytes.extend(version.as_bytes());
        bytes.extend(self.response.fresh());
        Some(bytes)
    }

    /// Reads what [`Entry::to_bytes`] wrote; `None` where it is something else.
    pub(crate) fn of_bytes(mut bytes: Bytes) -> Option<Self> {
        let read_at = DateTime::from_timestamp_micros(bytes.try_get_i64().ok()?)?;
        let length = usize::from(bytes.try_get_u16().ok()?);
        if length > bytes.len() {
            return None;
        }
        let version = String::from_utf8(bytes.split_to(length).to_vec()).ok()?;
        Some(Self {
            read_at,
            version: (!version.is_empty()).then_some(Version(version)),
            response: Kept::read(bytes)?,
        })
    }
}

/// Each entry is kept for as long as it says.
pub(crate) struct Lifetimes;

impl Expiry<Key, Arc<Entry>> for Lifetimes {
    fn expire_after_create(&self, _: &Key, entry: &Arc<Entry>, _: Instant) -> Option<Duration> {
        Some(entry.lifetime())
    }

    fn expire_after_update(
        &self,
        _: &Key,
        entry: &Arc<Entry>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.lifetime())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use shadow_proto::{common::v1::Provenance, metrics::v1::Result as Answer};

    use super::*;

    fn entry(version: Option<&str>) -> Entry {
        let answer = Answer {
            id: "a".to_owned(),
            provenance: Some(Provenance {
                open_executions: 3,
                ..Provenance::default()
            }),
            ..Answer::default()
        };
        Entry {
            read_at: Utc::now() - TimeDelta::seconds(3),
            version: version.map(|version| Version(version.to_owned())),
            response: Kept::of(&QueryResponse {
                results: vec![answer],
            })
            .unwrap(),
        }
    }

    #[test]
    fn what_was_read_after_it_was_asked_for_is_never_too_old() {
        let entry = entry(None);
        let second = Duration::from_secs(1);
        assert!(entry.age_for(second, entry.read_at).is_some());
        let later = entry.read_at + TimeDelta::microseconds(1);
        assert_eq!(entry.age_for(second, later), None);
        assert!(entry.age_for(second * 60, later).is_some());
    }

    #[test]
    fn what_is_kept_elsewhere_is_read_again() {
        for version in [None, Some("17/abc")] {
            let kept = entry(version);
            let bytes = Bytes::from(kept.to_bytes().unwrap());
            let again = Entry::of_bytes(bytes.clone()).unwrap();
            assert_eq!(again.version, kept.version);
            assert_eq!(
                again.read_at.timestamp_micros(),
                kept.read_at.timestamp_micros()
            );
            assert_eq!(again.response.fresh(), kept.response.fresh());
            for length in 0..bytes.len() {
                assert!(Entry::of_bytes(bytes.slice(..length)).is_none_or(|one| {
                    // Without its results an answer is an answer to nothing.
                    one.response.fresh().is_empty()
                }));
            }
        }
    }

    #[test]
    fn what_was_found_unchanged_is_as_if_it_had_been_computed_then() {
        let kept = entry(Some("1"));
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let confirmed = Confirmed {
            snapshot_time: now,
            last_event_time: None,
        };
        let confirmed = kept.confirmed(now, &confirmed).unwrap();
        assert_eq!(
            (confirmed.read_at, &confirmed.version),
            (now, &kept.version)
        );
        let mut expected = QueryResponse::decode(kept.response.fresh()).unwrap();
        let provenance = expected.results[0].provenance.as_mut().unwrap();
        provenance.snapshot_time = Some(reply::timestamp(now));
        let found = QueryResponse::decode(confirmed.response.fresh()).unwrap();
        assert_eq!(found, expected);
    }
}
