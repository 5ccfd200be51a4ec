//! Pages as they are stored: what they hold is read where it is needed, and no more of it than that.

use chrono::NaiveDate;
use shadow_domain::cell::Page;
use shadow_domain::partial::{Partial, Reader};
use shadow_domain::time::{QuarterHour, UtcDay};
use uuid::Uuid;

use super::{Columns, PageRow, decode_page};
use crate::Error;

/// One page, not decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPage {
    /// Its workspace; nil where it is of all workspaces together.
    pub workspace_id: Uuid,
    /// Its day.
    pub day: UtcDay,
    /// Its key.
    pub key: String,
    whole: Option<Vec<u8>>,
    quarters: Option<Vec<u8>>,
}

impl StoredPage {
    pub(crate) fn of((workspace_id, day, key, whole, quarters): Columns) -> Self {
        Self {
            workspace_id,
            day: UtcDay::of_date(day),
            key,
            whole,
            quarters,
        }
    }

    /// A page as it would be stored.
    pub fn encoded(workspace_id: Uuid, day: UtcDay, key: String, page: &Page) -> Self {
        Self {
            workspace_id,
            day,
            key,
            whole: Some(page.encode_day()),
            quarters: Some(page.encode_quarters()),
        }
    }

    /// A page of openings and nothing else.
    pub(super) fn of_openings(
        (workspace_id, day, key, opened): (Uuid, NaiveDate, String, i64),
    ) -> Self {
        let openings = Page {
            day: Partial {
                opened: opened.max(0).unsigned_abs(),
                ..Partial::default()
            },
            ..Page::default()
        };
        Self {
            quarters: None,
            ..Self::encoded(workspace_id, UtcDay::of_date(day), key, &openings)
        }
    }

    /// The whole day, as much of it as the reader wants; nothing behind that is looked at.
    pub fn whole_day<'r>(&self, reader: &'r mut Reader) -> Result<&'r Partial, Error> {
        let bytes = self.whole.as_deref().unwrap_or(EMPTY);
        reader.read(bytes).map_err(malformed)
    }

    /// Where it stands among others.
    pub(super) fn place(&self) -> (Uuid, UtcDay, &str) {
        (self.workspace_id, self.day, &self.key)
    }

    /// Whether there is nothing in the whole day.
    pub fn is_empty(&self) -> Result<bool, Error> {
        Page::is_empty_day(self.whole.as_deref().unwrap_or(EMPTY)).map_err(malformed)
    }

    /// Calls `add` with each quarter-hour, as far as they were asked for, and as much of it as the reader wants.
    pub fn quarters(
        &self,
        reader: &mut Reader,
        add: impl FnMut(QuarterHour, &Partial),
    ) -> Result<(), Error> {
        match &self.quarters {
            Some(bytes) => Page::read_quarters(bytes, reader, add).map_err(malformed),
            None => Ok(()),
        }
    }

    /// Calls `add` with what each place of quarter-hours has, in as few parts as are stored, as far as quarter-hours were
    /// asked for, and as much of it as the reader wants.
    pub fn places<P: Copy + PartialEq>(
        &self,
        reader: &mut Reader,
        place: impl Fn(QuarterHour) -> Option<P>,
        add: impl FnMut(P, &Partial),
    ) -> Result<(), Error> {
        match &self.quarters {
            Some(bytes) => Page::read_places(bytes, self.whole.as_deref(), reader, place, add)
                .map_err(malformed),
            None => Ok(()),
        }
    }

    /// All that it holds.
    pub fn decoded(self) -> Result<PageRow, Error> {
        Ok(PageRow {
            page: decode_page(self.whole.as_deref(), self.quarters.as_deref())?,
            workspace_id: self.workspace_id,
            day: self.day,
            key: self.key,
        })
    }
}

/// A partial of nothing, as it is stored.
const EMPTY: &[u8] = &[1, 0];

fn malformed(error: shadow_domain::Malformed) -> Error {
    Error::malformed("a page", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_of_nothing_is_stored_so() {
        assert_eq!(Page::default().encode_day(), EMPTY);
    }
}
