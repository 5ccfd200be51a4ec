//! One period, put together: for each place of a group the partials that metrics are computed from.

use std::collections::BTreeSet;

use shadow_domain::{
    catalogue::{Context, Kind, Metric, Value, stickiness},
    partial::{Partial, Sections},
    time::{Granularity, Range},
};
use shadow_storage::Error;

use crate::{
    cells::{Cells, Members, fold, fold_users},
    period::{Period, Trailing},
    plan::look_back_days,
    rank::Ranking,
    request::Selection,
    together::Parts,
    windows::Windows,
};

/// One period, put together.
pub(crate) struct Folded {
    /// Of each place, the whole period.
    pub(crate) totals: Vec<Partial>,
    /// Of each place, each bucket; none where the only bucket is the whole period.
    buckets: Option<Vec<Vec<Partial>>>,
    windows: Option<Windows>,
}

impl Folded {
    /// Puts a period together. `by_group` are the whole periods of all groups, where they were needed for ranking: as much of
    /// them as [`Selection::ranks_by`] says.
    pub(crate) fn new(
        cells: &Cells<'_>,
        members: &Members,
        ranking: &Ranking,
        (selection, reads): (&Selection, Sections),
        period: &Period,
        by_group: Option<&[Partial]>,
    ) -> Result<Self, Error> {
        let place = |group: usize| ranking.places[group];
        let fold = |timeline| fold(cells, members, timeline, reads, ranking.len(), place);
        let buckets = match selection.granularity {
            Granularity::Total => None,
            Granularity::Minute => Some(vec![minutes(cells, members, period)?]),
            _ => Some(fold(&period.series)?),
        };
        // Buckets are all of the period, and have been read more of than groups are ranked by.
        let by_group = by_group.filter(|_| {
            matches!(
                selection.granularity,
                Granularity::Total | Granularity::Minute
            )
        });
        let totals = match (by_group, &buckets) {
            (Some(by_group), _) => {
                let mut totals = vec![Partial::default(); ranking.len()];
                for (group, partial) in by_group.iter().enumerate() {
                    if let Some(place) = place(group) {
                        totals[place].merge(partial);
                    }
                }
                totals
            }
            (None, Some(buckets)) => buckets.iter().map(merged).collect(),
            (None, None) => fold(&period.total)?.into_iter().flatten().collect(),
        };
        let windows = period.trailing.as_ref().map(|trailing| {
            let days = fold_users(cells, members, &trailing.days, ranking.len(), place)?;
            Ok::<_, Error>(windows(selection, trailing, days))
        });
        Ok(Self {
            totals,
            buckets,
            windows: windows.transpose()?,
        })
    }

    /// Puts a period of a selection that groups by nothing together, from parts that were folded already.
    pub(crate) fn of_parts(parts: &Parts, selection: &Selection, period: &Period) -> Self {
        let buckets = match selection.granularity {
            Granularity::Total => None,
            _ => Some(vec![parts.merged(&period.series)]),
        };
        let totals = match &buckets {
            Some(buckets) => buckets.iter().map(merged).collect(),
            None => parts.merged(&period.total),
        };
        Self {
            totals,
            buckets,
            windows: period.trailing.as_ref().map(|trailing| {
                let days = vec![parts.users(&trailing.days)];
                windows(selection, trailing, days)
            }),
        }
    }

    /// A metric over the whole period, with how many executions it comes from and which share of them is known.
    pub(crate) fn total(&self, metric: &Metric, place: usize, context: &Context) -> Total {
        let window = match (&self.windows, look_back_days(metric)) {
            (Some(windows), length @ 1..) => Some(windows.last(length, place)),
            _ => None,
        };
        let partial = window.as_ref().unwrap_or(&self.totals[place]);
        Total {
            value: match metric.kind {
                Kind::OfPartial(of) => of(partial, context),
                // A trailing value of the period is that of its end, or of today.
                _ => self
                    .windows
                    .as_ref()
                    .and_then(Windows::last_bucket)
                    .and_then(|bucket| self.looking_back(metric, place, bucket, context)),
            },
            sample_size: (metric.sample)(partial, context),
            known: metric.known.map(|known| known(partial, context)),
        }
    }

    /// A metric over each bucket.
    pub(crate) fn values(
        &self,
        metric: &Metric,
        place: usize,
        context: &Context,
    ) -> Vec<Option<Value>> {
        match (metric.kind, &self.buckets) {
            (Kind::OfPartial(of), Some(buckets)) => buckets[place]
                .iter()
                .map(|partial| of(partial, context))
                .collect(),
            (Kind::OfPartial(of), None) => vec![of(&self.totals[place], context)],
            _ => (0..self.buckets())
                .map(|bucket| self.looking_back(metric, place, bucket, context))
                .collect(),
        }
    }

    fn buckets(&self) -> usize {
        self.buckets
            .as_ref()
            .map_or(1, |buckets| buckets.first().map_or(0, Vec::len))
    }

    fn looking_back(
        &self,
        metric: &Metric,
        place: usize,
        bucket: usize,
        context: &Context,
    ) -> Option<Value> {
        let windows = self.windows.as_ref()?;
        match metric.kind {
            Kind::OfPartial(_) => None,
            Kind::Trailing { days, of } => of(windows.users(days, place, bucket)?, context),
            Kind::Stickiness => {
                let user_days = windows
                    .back(STICKINESS_DAYS, place, bucket)
                    .map(|day| day.users.len())
                    .sum();
                stickiness(
                    user_days,
                    windows.users(STICKINESS_DAYS, place, bucket)?.users.len(),
                )
            }
        }
    }
}

/// The days over which stickiness is a mean.
pub(crate) const STICKINESS_DAYS: u32 = 30;

/// A value of a whole period.
pub(crate) struct Total {
    pub(crate) value: Option<Value>,
    pub(crate) sample_size: u64,
    /// How many executions had the value, of how many that could have had it.
    pub(crate) known: Option<(u64, u64)>,
}

/// The windows that a selection's metrics look back over.
fn windows(selection: &Selection, trailing: &Trailing, days: Vec<Vec<Partial>>) -> Windows {
    let metrics = selection.metrics.iter();
    let mut lengths: BTreeSet<u32> = metrics.map(|metric| look_back_days(metric)).collect();
    lengths.remove(&0);
    Windows::new(days, trailing.last_days.clone(), lengths)
}

/// Buckets of a minute: each quarter-hour is cut into its minutes.
fn minutes(cells: &Cells<'_>, members: &Members, period: &Period) -> Result<Vec<Partial>, Error> {
    let mut buckets = vec![Partial::default(); period.buckets.len()];
    let Range { start, .. } = period.range;
    let reads = Sections::MINUTES;
    cells.each_quarter(members, &period.series, reads, |quarter, partial| {
        for minute in 0..15 {
            let since = (quarter.start() - start).num_minutes() + minute;
            if let Some(bucket) = usize::try_from(since)
                .ok()
                .and_then(|since| buckets.get_mut(since))
            {
                bucket.merge(&partial.of_minute(minute as usize));
            }
        }
    })?;
    Ok(buckets)
}

fn merged<'p>(partials: impl IntoIterator<Item = &'p Partial>) -> Partial {
    partials
        .into_iter()
        .fold(Partial::default(), |mut merged, partial| {
            merged.merge(partial);
            merged
        })
}
