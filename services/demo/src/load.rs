//! Publishing what happened, several batches at a time.

use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use shadow_client::Client;
use shadow_proto::streaming::v1::EventStatus;

use crate::{Batch, Demo};

/// How a load shares the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As fast as it goes.
    Fast,
    /// Beside people who look on: a batch at a time.
    Beside,
}

impl Pace {
    /// Batches that are on their way at a time: one is merged while another is committed.
    const fn in_flight(self) -> usize {
        match self {
            Self::Fast => 4,
            Self::Beside => 1,
        }
    }
}

/// How far a load has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The part of the span that is done, from 0 to 1.
    pub share: f64,
    /// Events acknowledged so far.
    pub events: u64,
}

/// What a load did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Events that were new.
    pub accepted: u64,
    /// Events that had been stored before.
    pub repeated: u64,
}

/// Why a load stopped.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A batch could not be published.
    #[error("a batch of the demo could not be published")]
    Publish(#[from] shadow_client::Error),
    /// The server refused what it ought to accept.
    #[error("the event {event_id} of the demo was refused: {field}: {description}")]
    Refused {
        /// The event.
        event_id: String,
        /// The field at fault.
        field: String,
        /// Why.
        description: String,
    },
}

impl Demo {
    /// Publishes what happened in `[from, to)`, without subscriptions. Loading a span again changes nothing.
    ///
    /// # Errors
    /// When a batch stays unacknowledged in spite of the client's retries, or an event is refused.
    pub async fn load(
        &self,
        client: &Client,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        pace: Pace,
        mut progress: impl FnMut(Progress),
    ) -> Result<Loaded, LoadError> {
        let mut loaded = Loaded::default();
        let mut published = stream::iter(self.batches(from, to))
            .map(|batch| publish(client, batch))
            .buffered(pace.in_flight());
        while let Some(result) = published.next().await {
            let (batch, share) = result?;
            loaded.accepted += batch.accepted;
            loaded.repeated += batch.repeated;
            progress(Progress {
                share,
                events: loaded.accepted + loaded.repeated,
            });
        }
        Ok(loaded)
    }

    /// Publishes what became of subscriptions in `[from, to)`. Loading it again changes nothing.
    ///
    /// # Errors
    /// As [`Demo::load`].
    pub async fn load_subscriptions(
        &self,
        client: &Client,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Loaded, LoadError> {
        let mut events = self.plans(from, to);
        events.extend(self.subscriptions(from, to));
        let (loaded, _) = publish(client, Batch { events, share: 1.0 }).await?;
        Ok(loaded)
    }
}

async fn publish(client: &Client, batch: Batch) -> Result<(Loaded, f64), LoadError> {
    if batch.events.is_empty() {
        return Ok((Loaded::default(), batch.share));
    }
    let answer = client.publish_batch(batch.events).await?;
    if let Some(refusal) = answer.refusals.into_iter().next() {
        return Err(LoadError::Refused {
            event_id: refusal.event_id,
            field: refusal.field,
            description: refusal.description,
        });
    }
    let count = |status: EventStatus| {
        let status = i32::from(status);
        answer.statuses.iter().filter(|s| **s == status).count() as u64
    };
    let loaded = Loaded {
        accepted: count(EventStatus::Accepted),
        repeated: count(EventStatus::Repeated),
    };
    Ok((loaded, batch.share))
}
