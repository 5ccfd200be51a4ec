//! Credits: what is asked for, and what each of their numbers means.

use std::rc::Rc;

use chrono::{DateTime, Days, TimeDelta, Utc};
use shadow_domain::time::{Range, Zone, day_start, local_date};
use shadow_proto::metrics::v1::{
    CreditDay, Dimension, Direction, GetCreditsRequest, GetCreditsResponse, LedgerEntryKind,
    QueryRequest, Selection, Top, Unit,
};

use yew::AttrValue;

use super::{
    answer::Trend,
    list::List,
    query::{AGENTS, MODELS, OVERVIEW, Question, TOP, instant},
    range,
};
use crate::{catalogue::Definition, format};

/// The most days that are answered, less one for a range that begins or ends within a day.
const MOST_DAYS: u64 = 366;
/// How many entries of the ledger are a page.
const PAGE_SIZE: u32 = 20;

/// Metrics of the scope over time.
const OVERVIEW_METRICS: [&str; 3] = ["executions", "credits", "wasted_credits"];
/// Metrics of the tables of what consumes credits; the first orders them.
pub const CREDIT_METRICS: [&str; 4] = [
    "credits",
    "wasted_credits",
    "credits_per_run",
    "executions_ended",
];

/// A question within the longest range that is answered, and whether it was cut to that.
pub fn within(question: Question, zone: &dyn Zone) -> (Question, bool) {
    let last = local_date(zone, question.range.end - TimeDelta::microseconds(1));
    let earliest = day_start(zone, last - Days::new(MOST_DAYS - 1));
    if question.range.start >= earliest {
        return (question, false);
    }
    let range = Range {
        start: earliest,
        end: question.range.end,
    };
    (Question { range, ..question }, true)
}

/// What is left, and a page of the ledger.
pub fn request(question: &Question, list: &List) -> GetCreditsRequest {
    GetCreditsRequest {
        range: Some(question.time_range()),
        workspace_ids: question.workspace.iter().cloned().collect(),
        page_size: PAGE_SIZE,
        page_token: list.page.clone().unwrap_or_default(),
    }
}

/// Where credits went.
pub fn spent_request(question: &Question) -> QueryRequest {
    let granularity = range::daily(question.granularity());
    let select = |id: &str, metrics: &[&str]| Selection {
        id: id.to_owned(),
        metrics: metrics.iter().map(|metric| (*metric).to_owned()).collect(),
        granularity: granularity.into(),
        comparison: super::query::comparison(question.compare).map(i32::from),
        ..Selection::default()
    };
    let top = |id: &str, dimension: Dimension| Selection {
        group_by: vec![dimension.into()],
        top: Some(Top {
            limit: TOP,
            metric: CREDIT_METRICS[0].to_owned(),
        }),
        ..select(id, &CREDIT_METRICS)
    };
    QueryRequest {
        selections: vec![
            select(OVERVIEW, &OVERVIEW_METRICS),
            top(AGENTS, Dimension::Agent),
            top(MODELS, Dimension::Model),
        ],
        ..question.request()
    }
}

/// One number with what it means.
pub struct Number {
    /// What it means.
    pub definition: Rc<Definition>,
    /// The number, over time where it has one.
    pub trend: Trend,
    /// A few words more.
    pub note: String,
}

/// What matters first of credits.
pub fn numbers(response: &GetCreditsResponse, version: u32) -> Vec<Number> {
    let consumed = response.account.map_or(0, |account| account.consumed_micro);
    let share = (consumed > 0).then(|| response.wasted_micro as f64 / consumed as f64);
    let (burn, runway) = (response.burn.as_ref(), response.runway.as_ref());
    let credits = |micro: i64| format::value(Unit::CreditsMicro, Some(micro as f64));
    let over_days = |value: fn(&CreditDay) -> i64| {
        let days = response.days.iter();
        days.map(|day| Some(value(day) as f64)).collect()
    };
    let number = |unit, direction, texts: [&'static str; 4], total, values| {
        let [id, name, meaning, formula] = texts.map(AttrValue::from);
        Number {
            definition: Rc::new(Definition {
                id,
                name,
                meaning,
                formula,
                unit,
                direction,
                relative_error: 0.0,
                version,
            }),
            trend: Trend {
                total,
                values,
                ..Trend::default()
            },
            note: String::new(),
        }
    };
    let noted = |note: String, number: Number| Number { note, ..number };
    vec![
        noted(
            "at the end of the range".to_owned(),
            number(
                Unit::CreditsMicro,
                Direction::UpIsGood,
                [
                    "balance",
                    "Balance",
                    "Credits that are left at the end of the range.",
                    "purchased + granted + refunded ± adjusted − consumed − expired",
                ],
                Some(response.closing_micro as f64),
                over_days(|day| day.balance_micro),
            ),
        ),
        noted(
            "in the range".to_owned(),
            number(
                Unit::CreditsMicro,
                Direction::Neutral,
                [
                    "consumed",
                    "Consumed",
                    "Credits of executions that ended in the range.",
                    "Σ credits, booked at the end of each execution",
                ],
                Some(consumed as f64),
                over_days(|day| day.consumed_micro),
            ),
        ),
        noted(
            "in the range".to_owned(),
            number(
                Unit::CreditsMicro,
                Direction::DownIsGood,
                [
                    "wasted",
                    "Wasted",
                    "Credits of executions that ended in the range and failed or timed out.",
                    "Σ credits of failed and timed out executions",
                ],
                Some(response.wasted_micro as f64),
                Vec::new(),
            ),
        ),
        noted(
            "of what was consumed".to_owned(),
            number(
                Unit::Ratio,
                Direction::DownIsGood,
                [
                    "waste",
                    "Waste",
                    "The share of consumed credits that was wasted. Absent where nothing was consumed.",
                    "wasted ÷ consumed",
                ],
                share,
                Vec::new(),
            ),
        ),
        noted(
            burn.map_or_else(
                || "too few days to judge by".to_owned(),
                |burn| {
                    format!(
                        "{} to {}",
                        credits(burn.slow_micro),
                        credits(burn.fast_micro)
                    )
                },
            ),
            number(
                Unit::CreditsMicro,
                Direction::Neutral,
                [
                    "burn",
                    "Burn per day",
                    "Credits consumed per day, and in slow and fast weeks, over the 28 complete days before the end of the \
                     range or now. Absent where there are fewer than 14 days to judge by.",
                    "mean daily consumption of 28 days, each weekday counting alike",
                ],
                burn.map(|burn| burn.mean_micro as f64),
                Vec::new(),
            ),
        ),
        noted(
            runway.map_or_else(String::new, |runway| match runway.most_days {
                Some(most) => format!("{} to {} days", days(runway.least_days), days(most)),
                None => format!("{} days or more", days(runway.least_days)),
            }),
            number(
                Unit::Microseconds,
                Direction::UpIsGood,
                [
                    "runway",
                    "Runway",
                    "How long the balance lasts at the burn, and in fast and in slow weeks.",
                    "balance ÷ burn; the interval by the 90th and the 10th percentile of the sums of seven days",
                ],
                runway.map(|runway| runway.days * DAY_MICROS),
                Vec::new(),
            ),
        ),
    ]
}

const DAY_MICROS: f64 = 86_400e6;

fn days(days: f64) -> String {
    format::compact(days.floor())
}

/// When the balance is gone at the burn.
pub fn exhausted_at(response: &GetCreditsResponse) -> Option<DateTime<Utc>> {
    instant(response.runway.as_ref()?.exhausted_at.as_ref())
}

/// How a balance came from its opening to its closing: names, and amounts as they add up.
pub fn account(response: &GetCreditsResponse) -> Vec<(&'static str, i64)> {
    let of = response.account.unwrap_or_default();
    vec![
        ("Opening balance", response.opening_micro),
        ("Purchased", of.purchased_micro),
        ("Granted", of.granted_micro),
        ("Refunded", of.refunded_micro),
        ("Adjusted", of.adjusted_micro),
        ("Expired", -of.expired_micro),
        ("Consumed", -of.consumed_micro),
        ("Closing balance", response.closing_micro),
    ]
}

/// By how much what was booked differs from what executions consumed; zero where all is well.
pub fn unreconciled_micro(response: &GetCreditsResponse) -> Option<i64> {
    let of = response.reconciliation.as_ref()?;
    Some(of.booked_micro - of.consumed_micro)
}

/// Why credits came or went, and whether they went.
pub fn kind(kind: LedgerEntryKind) -> (&'static str, bool) {
    match kind {
        LedgerEntryKind::Purchase => ("Purchase", false),
        LedgerEntryKind::Grant => ("Grant", false),
        LedgerEntryKind::Adjustment => ("Adjustment", false),
        LedgerEntryKind::Refund => ("Refund", false),
        LedgerEntryKind::Expiry => ("Expiry", true),
        LedgerEntryKind::Unspecified => ("Unknown", false),
    }
}

#[cfg(test)]
pub(crate) mod tests;
