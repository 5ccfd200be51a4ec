//! From a protobuf request to a question in the terms of the catalogue. Each violation names its field.

use std::time::Duration;

use chrono::{DateTime, Utc};
use shadow_domain::{
    catalogue::{self, Metric},
    cell::Part,
    execution::Currency,
    time::{Comparison, Granularity, IanaZone, Range},
};
use shadow_proto::{
    common::v1 as common,
    metrics::v1::{Dimension, Filter, QueryRequest, Selection, Top},
};
use shadow_query::{self as query, Invalid, limits};
use uuid::Uuid;

/// A request whose fields are understood; only the zone may still have to be looked up.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) selections: Vec<query::Selection>,
    pub(crate) range: Range,
    /// `None` where the workspace's own, or UTC, is asked for.
    pub(crate) zone: Option<IanaZone>,
    /// Sorted, each once.
    pub(crate) workspaces: Vec<Uuid>,
    pub(crate) max_staleness: Duration,
    pub(crate) currency: Currency,
}

/// Parses a request, or names everything that is wrong with it.
pub(crate) fn query(request: &QueryRequest) -> Result<Parsed, Vec<Invalid>> {
    let mut wrong = Vec::new();
    let range = keep(range(request.range.as_ref()), &mut wrong);
    let zone = keep(zone(request.range.as_ref()), &mut wrong);
    let workspaces = keep(workspaces(&request.workspace_ids), &mut wrong);
    let max_staleness = keep(max_staleness(request.max_staleness.as_ref()), &mut wrong);
    let currency = keep(currency(&request.currency), &mut wrong);
    let limit = limits::MAX_SELECTIONS;
    if request.selections.len() > limit {
        wrong.push(Invalid::new(
            "selections",
            format!("must have 1 to {limit} entries"),
        ));
    }
    let selections: Vec<_> = request
        .selections
        .iter()
        .take(limit)
        .enumerate()
        .filter_map(|(index, one)| selection(one, &format!("selections[{index}]"), &mut wrong))
        .collect();
    match (range, zone, workspaces, max_staleness, currency) {
        (Some(range), Some(zone), Some(workspaces), Some(max_staleness), Some(currency))
            if wrong.is_empty() =>
        {
            Ok(Parsed {
                selections,
                range,
                zone,
                workspaces,
                max_staleness,
                currency,
            })
        }
        _ => Err(wrong),
    }
}

pub(crate) fn keep<T>(result: Result<T, Invalid>, wrong: &mut Vec<Invalid>) -> Option<T> {
    result.map_err(|invalid| wrong.push(invalid)).ok()
}

pub(crate) fn range(range: Option<&common::TimeRange>) -> Result<Range, Invalid> {
    let range = range.ok_or_else(|| Invalid::new("range", "is required"))?;
    let start = time(range.start.as_ref(), "range.start")?;
    let end = time(range.end.as_ref(), "range.end")?;
    Range::new(start, end).map_err(|_| Invalid::new("range.end", "must be later than the start"))
}

fn time(at: Option<&prost_types::Timestamp>, field: &str) -> Result<DateTime<Utc>, Invalid> {
    let at = at.ok_or_else(|| Invalid::new(field, "is required"))?;
    let wrong = || Invalid::new(field, "must be a time");
    let nanos = u32::try_from(at.nanos)
        .ok()
        .filter(|nanos| *nanos < 1_000_000_000)
        .ok_or_else(wrong)?;
    DateTime::from_timestamp(at.seconds, nanos / 1_000 * 1_000).ok_or_else(wrong)
}

pub(crate) fn zone(range: Option<&common::TimeRange>) -> Result<Option<IanaZone>, Invalid> {
    let name = range
        .map(|range| range.zone.as_str())
        .filter(|name| !name.is_empty());
    name.map(|name| {
        IanaZone::parse(name).map_err(|_| {
            Invalid::new(
                "range.zone",
                "must be an IANA time zone, such as Europe/Berlin",
            )
        })
    })
    .transpose()
}

pub(crate) fn workspaces(ids: &[String]) -> Result<Vec<Uuid>, Invalid> {
    let limit = limits::MAX_WORKSPACES;
    if ids.len() > limit {
        return Err(Invalid::new(
            "workspace_ids",
            format!("must have at most {limit} entries"),
        ));
    }
    let parse = |(index, id): (usize, &String)| {
        let parsed = Uuid::parse_str(id).ok().filter(|id| !id.is_nil());
        parsed.ok_or_else(|| Invalid::new(format!("workspace_ids[{index}]"), "must be a UUID"))
    };
    let mut ids = ids
        .iter()
        .enumerate()
        .map(parse)
        .collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

fn max_staleness(staleness: Option<&prost_types::Duration>) -> Result<Duration, Invalid> {
    let Some(staleness) = staleness else {
        return Ok(Duration::ZERO);
    };
    let seconds = u64::try_from(staleness.seconds).ok();
    let nanos = u32::try_from(staleness.nanos)
        .ok()
        .filter(|nanos| *nanos < 1_000_000_000);
    match (seconds, nanos) {
        (Some(seconds), Some(nanos)) => Ok(Duration::new(seconds, nanos)),
        _ => Err(Invalid::new("max_staleness", "must not be negative")),
    }
}

pub(crate) fn currency(code: &str) -> Result<Currency, Invalid> {
    let code = if code.is_empty() { "USD" } else { code };
    Currency::parse(code).map_err(|_| {
        Invalid::new(
            "currency",
            "must be an ISO 4217 code in capitals, such as USD",
        )
    })
}

fn selection(
    selection: &Selection,
    at: &str,
    wrong: &mut Vec<Invalid>,
) -> Option<query::Selection> {
    let before = wrong.len();
    let limit = limits::MAX_METRICS;
    if selection.metrics.len() > limit {
        wrong.push(Invalid::new(
            format!("{at}.metrics"),
            format!("must have 1 to {limit} entries"),
        ));
    }
    let metrics: Vec<_> = selection
        .metrics
        .iter()
        .take(limit)
        .enumerate()
        .filter_map(|(index, id)| keep(metric(id, format!("{at}.metrics[{index}]")), wrong))
        .collect();
    let granularity = keep(granularity(selection.granularity, at), wrong);
    if selection.group_by.len() > 2 {
        wrong.push(Invalid::new(
            format!("{at}.group_by"),
            "must name at most 2 dimensions",
        ));
    }
    let group_by: Vec<_> = selection
        .group_by
        .iter()
        .take(2)
        .enumerate()
        .filter_map(|(index, code)| keep(part(*code, format!("{at}.group_by[{index}]")), wrong))
        .collect();
    // Each dimension once; workspaces have a field of their own.
    let most = Dimension::ErrorKind as usize;
    if selection.filters.len() > most {
        wrong.push(Invalid::new(
            format!("{at}.filters"),
            format!("must have at most {most} entries"),
        ));
    }
    let filters: Vec<_> = selection
        .filters
        .iter()
        .take(most)
        .enumerate()
        .filter_map(|(index, one)| keep(filter(one, &format!("{at}.filters[{index}]")), wrong))
        .collect();
    let comparison = selection
        .comparison
        .and_then(|code| keep(comparison(code, &format!("{at}.comparison")), wrong));
    let top = selection
        .top
        .as_ref()
        .and_then(|one| keep(top(one, at), wrong));
    let granularity = granularity.filter(|_| wrong.len() == before)?;
    Some(query::Selection {
        id: selection.id.clone(),
        metrics,
        granularity,
        group_by,
        filters,
        comparison,
        top,
    })
}

fn metric(id: &str, field: String) -> Result<&'static Metric, Invalid> {
    catalogue::find(id)
        .ok_or_else(|| Invalid::new(field, "must be the id of a metric of the catalogue"))
}

fn granularity(code: i32, at: &str) -> Result<Granularity, Invalid> {
    Ok(match common::Granularity::try_from(code) {
        Ok(common::Granularity::Total) => Granularity::Total,
        Ok(common::Granularity::Minute) => Granularity::Minute,
        Ok(common::Granularity::QuarterHour) => Granularity::QuarterHour,
        Ok(common::Granularity::Hour) => Granularity::Hour,
        Ok(common::Granularity::Day) => Granularity::Day,
        Ok(common::Granularity::Week) => Granularity::Week,
        Ok(common::Granularity::Month) => Granularity::Month,
        Ok(common::Granularity::Quarter) => Granularity::Quarter,
        Ok(common::Granularity::Year) => Granularity::Year,
        Ok(common::Granularity::Unspecified) | Err(_) => {
            return Err(Invalid::new(
                format!("{at}.granularity"),
                "must be specified",
            ));
        }
    })
}

pub(crate) fn comparison(code: i32, field: &str) -> Result<Comparison, Invalid> {
    match common::Comparison::try_from(code) {
        Ok(common::Comparison::PreviousPeriod) => Ok(Comparison::PreviousPeriod),
        Ok(common::Comparison::PreviousYear) => Ok(Comparison::PreviousYear),
        Ok(common::Comparison::Unspecified) | Err(_) => {
            Err(Invalid::new(field, "must be specified, or left out"))
        }
    }
}

fn part(code: i32, field: String) -> Result<Part, Invalid> {
    Ok(match Dimension::try_from(code) {
        Ok(Dimension::Agent) => Part::Agent,
        Ok(Dimension::AgentVersion) => Part::AgentVersion,
        Ok(Dimension::Trigger) => Part::Trigger,
        Ok(Dimension::Environment) => Part::Environment,
        Ok(Dimension::Model) => Part::Model,
        Ok(Dimension::Provider) => Part::Provider,
        Ok(Dimension::ErrorKind) => Part::ErrorKind,
        Ok(Dimension::Workspace) => Part::Workspace,
        Ok(Dimension::Unspecified) | Err(_) => {
            return Err(Invalid::new(field, "must be specified"));
        }
    })
}

fn filter(filter: &Filter, at: &str) -> Result<query::Filter, Invalid> {
    let limit = limits::MAX_FILTER_KEYS;
    if filter.keys.len() > limit {
        return Err(Invalid::new(
            format!("{at}.keys"),
            format!("must have 1 to {limit} entries"),
        ));
    }
    Ok(query::Filter {
        part: part(filter.dimension, format!("{at}.dimension"))?,
        keys: filter.keys.clone(),
    })
}

fn top(top: &Top, at: &str) -> Result<query::Top, Invalid> {
    Ok(query::Top {
        limit: top.limit as usize,
        metric: metric(&top.metric, format!("{at}.top.metric"))?,
    })
}
