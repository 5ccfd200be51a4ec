//! Reading all workspaces together: from days that were merged already, and from the workspaces' pages where there are none.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::sql_types::{Array, Binary, Bool, Date, Nullable, SmallInt, Text};
use diesel_async::RunQueryDsl;
use shadow_domain::time::UtcDay;
use uuid::Uuid;

use super::{Keys, Load, StoredPage};
use crate::error::While;
use crate::platform::FOLDED;
use crate::statement::statement;
use crate::{Error, Snapshot};

statement!(
    FoldedDays<'a> = "folded_days.sql",
    (first: NaiveDate as Date, last: NaiveDate as Date) -> Date
);

statement!(
    FoldedPages<'a> = "folded.sql",
    (
        dimension: i16 as SmallInt,
        days: [NaiveDate] as Array<Date>,
        all: bool as Bool,
        keys: [String] as Array<Text>,
        quarters: bool as Bool,
        of: [NaiveDate] as Array<Date>,
    ) -> (Date, Text, Nullable<Binary>, Nullable<Binary>)
);

type FoldedColumns = (NaiveDate, String, Option<Vec<u8>>, Option<Vec<u8>>);

/// Days that a snapshot has looked at, and those of them that are merged in it.
#[derive(Debug, Default)]
pub(crate) struct FoldedDaysSeen {
    looked_at: Option<(UtcDay, UtcDay)>,
    folded: BTreeSet<UtcDay>,
}

impl Snapshot {
    /// The pages that a load asks for, where nobody asks whose they are: those of all workspaces together are of the nil
    /// workspace, as far as they are merged already. Merged with each other and with what is pending they are what
    /// [`Snapshot::load_pages`] gives, byte for byte. In a snapshot that does not see everything they are the same rows.
    pub async fn stored_together(&mut self, load: &Load) -> Result<Vec<StoredPage>, Error> {
        let keys = match &load.keys {
            Keys::All => Some((true, &[][..])),
            Keys::Exact(keys) => Some((false, &keys[..])),
            Keys::Prefix(_) => None,
        };
        let Some((all, keys)) =
            keys.filter(|_| self.sees_everything() && FOLDED.contains(&load.dimension))
        else {
            return self.stored_pages(load).await;
        };
        let (folded, others) = self.split(load.days).await?;
        let mut rows = Vec::new();
        if !folded.is_empty() {
            let (quarters, of) = load.quarters.columns();
            let pages = FoldedPages {
                dimension: &load.dimension.code(),
                days: &folded.iter().map(|day| day.date()).collect::<Vec<_>>(),
                all: &all,
                keys,
                quarters: &quarters,
                of: &of,
            };
            let pages = pages.load::<FoldedColumns>(self.parts().0).await;
            for (day, key, whole, quarters) in pages.doing("loading pages of the platform")? {
                rows.push(StoredPage::of((Uuid::nil(), day, key, whole, quarters)));
            }
        }
        for days in others {
            let load = Load {
                days,
                ..load.clone()
            };
            rows.extend(self.stored_pages(&load).await?);
        }
        Ok(rows)
    }

    /// Of some days those that are merged, and runs of the others.
    async fn split(
        &mut self,
        (first, last): (UtcDay, UtcDay),
    ) -> Result<(Vec<UtcDay>, Vec<(UtcDay, UtcDay)>), Error> {
        self.look_at(first, last).await?;
        let merged = &self.folded_days().folded;
        let (mut folded, mut others) = (Vec::new(), Vec::<(UtcDay, UtcDay)>::new());
        for day in (first.0..=last.0).map(UtcDay) {
            if merged.contains(&day) {
                folded.push(day);
            } else if let Some((_, last)) = others.last_mut()
                && last.0 + 1 == day.0
            {
                *last = day;
            } else {
                others.push((day, day));
            }
        }
        let count = |source: &'static str, days: usize| {
            metrics::counter!("shadow_platform_days_read_total", "source" => source)
                .increment(days as u64);
        };
        count("folded", folded.len());
        count("workspaces", (last.0 - first.0 + 1) as usize - folded.len());
        Ok((folded, others))
    }

    /// Asks which days are merged, where that is not known. Days in between are looked at, too, so that what is known stays
    /// one stretch.
    async fn look_at(&mut self, first: UtcDay, last: UtcDay) -> Result<(), Error> {
        let (from, to) = self
            .folded_days()
            .looked_at
            .unwrap_or((first, UtcDay(first.0 - 1)));
        let unknown = [(first, UtcDay(from.0 - 1)), (UtcDay(to.0 + 1), last)];
        for (first, last) in unknown.into_iter().filter(|(first, last)| first <= last) {
            let days = FoldedDays {
                first: &first.date(),
                last: &last.date(),
            };
            let days = days.load::<NaiveDate>(self.parts().0).await;
            let days = days.doing("looking for days of the platform")?;
            let seen = self.folded_days();
            seen.folded.extend(days.into_iter().map(UtcDay::of_date));
        }
        self.folded_days().looked_at = Some((from.min(first), to.max(last)));
        Ok(())
    }
}
