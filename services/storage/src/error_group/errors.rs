//! Errors that are meant, and what is asked of them.

use chrono::{DateTime, Utc};

use super::GroupKey;
use super::list::{Among, ErrorCounts, GroupQuarter, Impact};
use super::summed::Summed;
use crate::{Error, Snapshot};

/// Errors of a snapshot. Whatever is asked of them, the answer is what facts amount to, wherever it is read.
#[derive(Debug)]
pub struct Errors {
    among: Among,
    /// Nothing where the server is asked.
    summed: Option<Summed>,
}

impl Snapshot {
    /// Errors that are meant: from summaries, as far as there are any.
    pub async fn errors(&mut self, among: Among) -> Result<Errors, Error> {
        let summed = self.summed_errors(&among).await?;
        Ok(Errors { among, summed })
    }
}

impl Errors {
    /// What they amount to; at most `limit` groups apart.
    pub async fn counts(
        &mut self,
        snapshot: &mut Snapshot,
        limit: i64,
    ) -> Result<ErrorCounts, Error> {
        match self.merge(move |summed| summed.counts(limit)).await? {
            Some(counts) => Ok(counts),
            None => snapshot.error_counts(&self.among, limit).await,
        }
    }

    /// What some groups amount to together, once all were counted.
    pub async fn impact(
        &mut self,
        snapshot: &mut Snapshot,
        keys: &[GroupKey],
    ) -> Result<Impact, Error> {
        match &self.summed {
            Some(summed) => Ok(summed.impact(keys)),
            None => snapshot.error_impact(keys, &self.among).await,
        }
    }

    /// How many errors of some groups were opened when, each group apart.
    pub async fn quarters(
        &mut self,
        snapshot: &mut Snapshot,
        keys: &[GroupKey],
    ) -> Result<Vec<GroupQuarter>, Error> {
        let some = keys.to_vec();
        match self.merge(move |summed| summed.quarters(&some)).await? {
            Some(quarters) => Ok(quarters),
            None => snapshot.error_quarters(keys, &self.among).await,
        }
    }

    /// How many errors of some groups were opened when, all together.
    pub async fn all_quarters(
        &mut self,
        snapshot: &mut Snapshot,
        keys: &[GroupKey],
    ) -> Result<Vec<(DateTime<Utc>, u64)>, Error> {
        let some = keys.to_vec();
        match self.merge(move |summed| summed.all_quarters(&some)).await? {
            Some(quarters) => Ok(quarters),
            None => snapshot.all_error_quarters(keys, &self.among).await,
        }
    }

    /// What is made of summaries, on a thread that nobody else waits on; nothing where the server is asked.
    async fn merge<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Summed) -> Result<T, Error> + Send + 'static,
    ) -> Result<Option<T>, Error> {
        let Some(mut summed) = self.summed.take() else {
            return Ok(None);
        };
        let merging = tokio::task::spawn_blocking(move || {
            let merged = work(&mut summed);
            (merged, summed)
        });
        let (merged, summed) = merging
            .await
            .map_err(|error| Error::malformed("summaries of errors", error))?;
        self.summed = Some(summed);
        merged.map(Some)
    }
}
