//! Recurring revenue over a year for the executive page, with what providers leave of it.

use chrono::{DateTime, Datelike, Months, Utc};
use shadow_auth::Permission;
use shadow_domain::{
    revenue::margin,
    time::{IanaZone, Range, Zone, day_start, local_date},
};
use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{
        ExecutiveRevenue, GetExecutiveRequest, QueryRequest, RevenueMargin, Selection, Value,
        value::Number,
    },
};
use shadow_query::{
    Bounds,
    revenue::{self, CurrencyRevenue, RevenueQuestion},
};
use tonic::{Request, Status};

use crate::{
    Metrics, get_revenue,
    query::{self, Asked},
    reply,
};

/// Months before the one in which the range ends.
const MONTHS_BEFORE: u32 = 12;

/// The revenue of the platform, for callers who may see it.
pub(crate) async fn revenue(
    metrics: &Metrics,
    request: &Request<GetExecutiveRequest>,
    range: &Range,
    zone: IanaZone,
) -> Result<Vec<ExecutiveRevenue>, Status> {
    let scope = get_revenue::platform(request)?;
    let now = Utc::now();
    let Some(start) = first_month(range, &zone, now) else {
        return Ok(Vec::new());
    };
    let question = RevenueQuestion {
        range: Range {
            start,
            end: range.end,
        },
        zone,
        margin: None,
    };
    let deadline = shadow_rpc::remaining(request);
    let revenue = revenue::revenue(&metrics.database, &scope, &question, now, deadline)
        .await
        .map_err(query::failed)?;
    // Which costs belong to which revenue is known only where there is one currency of each.
    let costs = match revenue.currencies.as_slice() {
        [only] => costs(metrics, request, &revenue.range, zone, only).await?,
        _ => Vec::new(),
    };
    revenue
        .currencies
        .iter()
        .map(|one| currency(one, &costs))
        .collect()
}

/// The start of the first of the months; nothing has no calendar.
fn first_month(range: &Range, zone: &IanaZone, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    // The end is not in the range.
    let last = range.end.min(now) - chrono::TimeDelta::microseconds(1);
    let first = local_date(zone, last).with_day(1)?;
    let first = first.checked_sub_months(Months::new(MONTHS_BEFORE))?;
    Some(day_start(zone, first))
}

/// What providers took in each month; nothing where they took other currencies too.
async fn costs(
    metrics: &Metrics,
    request: &Request<GetExecutiveRequest>,
    months: &Range,
    zone: IanaZone,
    only: &CurrencyRevenue,
) -> Result<Vec<Option<i64>>, Status> {
    let question = QueryRequest {
        selections: vec![Selection {
            id: "costs".to_owned(),
            metrics: vec!["cost".to_owned()],
            granularity: Granularity::Month.into(),
            ..Selection::default()
        }],
        range: Some(reply::time_range(&whole(months, &zone), zone.name())),
        workspace_ids: Vec::new(),
        max_staleness: request.get_ref().max_staleness,
        currency: only.currency.as_str().to_owned(),
    };
    let asked = Asked {
        message: &question,
        purpose: "executive_costs",
        permission: Permission::ViewFinancial,
        bounds: Bounds::default(),
        field: |field| field,
    };
    let response = query::answered(metrics, request, &asked).await?;
    let result = response.results.into_iter().next().unwrap_or_default();
    let others = result
        .provenance
        .is_some_and(|from| !from.other_currencies.is_empty());
    let series = result.groups.first().and_then(|group| group.series.first());
    Ok(match (others, series) {
        (false, Some(series)) => series.values.iter().map(integer).collect(),
        _ => Vec::new(),
    })
}

/// Months with the whole of the last, of which there may be more to come. A question that ended now would be another one
/// each time, and no answer to it would ever be found again.
fn whole(months: &Range, zone: &IanaZone) -> Range {
    let last = local_date(zone, months.end - chrono::TimeDelta::microseconds(1)).with_day(1);
    let next = last.and_then(|first| first.checked_add_months(Months::new(1)));
    Range {
        end: next.map_or(months.end, |first| day_start(zone, first)),
        ..*months
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value.number? {
        Number::Integer(integer) => Some(integer),
        Number::Real(_) => None,
    }
}

fn currency(revenue: &CurrencyRevenue, costs: &[Option<i64>]) -> Result<ExecutiveRevenue, Status> {
    let months = revenue.months.iter().map(get_revenue::month);
    let margins = revenue.months.iter().enumerate().map(|(at, month)| {
        let cost = costs.get(at).copied().flatten();
        Ok(RevenueMargin {
            income_micros: reply::narrow(month.income_micros)?,
            cost_micros: cost,
            margin: cost.and_then(|cost| margin(month.income_micros, cost.into())),
        })
    });
    Ok(ExecutiveRevenue {
        currency: revenue.currency.as_str().to_owned(),
        months: months.collect::<Result<_, Status>>()?,
        margins: margins.collect::<Result<_, Status>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_month_ends_by_the_calendar_of_its_zone() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (zone, end, whole_end) in [
            ("UTC", "2026-02-10T12:34:56.789Z", "2026-03-01T00:00:00Z"),
            ("UTC", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("UTC", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
            // There it is March already.
            (
                "Asia/Kolkata",
                "2026-02-28T20:00:00Z",
                "2026-03-31T18:30:00Z",
            ),
        ] {
            let months = Range {
                start: at("2026-01-01T00:00:00Z"),
                end: at(end),
            };
            let found = whole(&months, &IanaZone::parse(zone).unwrap());
            assert_eq!(
                (found.start, found.end),
                (months.start, at(whole_end)),
                "{zone} {end}"
            );
        }
    }
}
