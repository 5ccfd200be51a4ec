//! What requests beside Query have in common: a range, its zone, workspaces, and pages of lists.

use chrono::Datelike;
use shadow_domain::time::{IanaZone, Range};
use shadow_proto::common::v1 as common;
use shadow_query::{Invalid, limits};
use uuid::Uuid;

use crate::{
    page_token,
    parse::{self, keep},
};

/// What most requests name: a range, its zone, and workspaces.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) range: Range,
    /// `None` where the workspace's own, or UTC, is asked for.
    pub(crate) zone: Option<IanaZone>,
    /// Sorted, each once.
    pub(crate) workspaces: Vec<Uuid>,
}

/// Parses a range, its zone and workspaces; nothing where any of them is wrong.
pub(crate) fn about(
    time: Option<&common::TimeRange>,
    workspace_ids: &[String],
    wrong: &mut Vec<Invalid>,
) -> Option<About> {
    let range = keep(parse::range(time), wrong);
    for (at, field) in range
        .iter()
        .flat_map(|range| [(range.start, "range.start"), (range.end, "range.end")])
    {
        if !limits::YEARS.contains(&at.year()) {
            wrong.push(Invalid::new(field, "must lie between 1970 and 2199"));
        }
    }
    let zone = keep(parse::zone(time), wrong);
    let workspaces = keep(parse::workspaces(workspace_ids), wrong);
    Some(About {
        range: range?,
        zone: zone?,
        workspaces: workspaces?,
    })
}

const DEFAULT_PAGE_SIZE: u32 = 50;
const MAX_PAGE_SIZE: u32 = 200;

/// How many rows a page of a list has.
pub(crate) fn page_size(size: u32, wrong: &mut Vec<Invalid>) -> u32 {
    if size > MAX_PAGE_SIZE {
        let text = format!("must be at most {MAX_PAGE_SIZE}");
        wrong.push(Invalid::new("page_size", text));
    }
    if size == 0 { DEFAULT_PAGE_SIZE } else { size }
}

/// What comes before the page that a token asks for; nothing where there is no token.
pub(crate) fn page_token<T>(
    token: &str,
    key: fn((String, Uuid)) -> Option<T>,
    wrong: &mut Vec<Invalid>,
) -> Option<T> {
    if token.is_empty() {
        return None;
    }
    let found = page_token::decode(token).and_then(key);
    if found.is_none() {
        wrong.push(Invalid::new("page_token", "must be a next_page_token"));
    }
    found
}
