//! The platform's recurring revenue by calendar month, each currency by itself.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use shadow_auth::Scope;
use shadow_domain::execution::Currency;
use shadow_domain::revenue::{
    MovementKind, Retention, Waterfall, arpa_micros, income_micros, ltv_micros,
};
use shadow_domain::time::{IanaZone, Range, day_start, local_date};
use shadow_storage::revenue::{CustomerMovement, MovementKey, Plan};
use shadow_storage::{Database, Snapshot};

use crate::execute::Error;
use crate::limits::MAX_REVENUE_MONTHS;
use crate::plan::Invalid;

/// Months whose churn says how long customers stay.
const CHURN_MONTHS: usize = 6;

/// Months over which revenue is also compared.
const TRAILING_MONTHS: usize = 12;

/// What is asked.
#[derive(Debug, Clone)]
pub struct RevenueQuestion {
    /// About which time; months that it touches are answered whole.
    pub range: Range,
    /// Whose months.
    pub zone: IanaZone,
    /// What is left of revenue after what it costs; absent where the caller states none.
    pub margin: Option<f64>,
}

/// What there is to say of recurring revenue.
#[derive(Debug, Clone, PartialEq)]
pub struct Revenue {
    /// The range that was answered.
    pub range: Range,
    /// Whether its last month is over.
    pub complete: bool,
    /// By currency.
    pub currencies: Vec<CurrencyRevenue>,
    /// When the data was read.
    pub snapshot_time: DateTime<Utc>,
    /// The latest event that was counted.
    pub last_event_time: Option<DateTime<Utc>>,
}

/// The same in one currency.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrencyRevenue {
    /// The currency.
    pub currency: Currency,
    /// The months of the range.
    pub months: Vec<RevenueMonth>,
    /// What plans amount to at the end of the range, the largest first.
    pub plans: Vec<Plan>,
}

/// A calendar month, up to now where it is not over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RevenueMonth {
    /// The month.
    pub range: Range,
    /// Whether it is over.
    pub complete: bool,
    /// What it began with, how that moved, and so what it ended with.
    pub waterfall: Waterfall,
    /// What became of those that paid at its start.
    pub retention: Retention,
    /// What became of those that paid twelve months before its end.
    pub trailing: Retention,
    /// What customers pay at its end that did not at its start but had before.
    pub reactivated_micros: i128,
    /// What customers pay at its end, by what each of them pays then.
    pub end_micros: i128,
    /// What was paid for the time that is over.
    pub income_micros: i128,
    /// How many customers pay at its end.
    pub paying: u64,
    /// Revenue per month and customer.
    pub arpa_micros: Option<i128>,
    /// What a customer is worth.
    pub ltv_micros: Option<i128>,
}

/// Answers for every workspace of a scope together, from one snapshot.
pub async fn revenue(
    db: &Database,
    scope: &Scope,
    question: &RevenueQuestion,
    now: DateTime<Utc>,
    deadline: Option<Duration>,
) -> Result<Revenue, Error> {
    let months = months(question, now).map_err(|wrong| Error::Invalid(vec![wrong]))?;
    let mut snapshot = db.snapshot(scope, deadline).await?;
    let read = Read::of(&mut snapshot, &months).await?;
    let (snapshot_time, last_event_time) = (snapshot.snapshot_time(), snapshot.last_event_at());
    snapshot.finish().await?;
    let shown = months.shown();
    let range = Range {
        start: shown[0].start,
        end: shown[shown.len() - 1].end,
    };
    let currencies = read.currencies();
    let currencies = currencies.map(|currency| CurrencyRevenue {
        currency,
        months: (months.before..months.all.len())
            .map(|number| read.month(&months, number, currency, question.margin, now))
            .collect(),
        plans: read.plans(currency),
    });
    Ok(Revenue {
        range,
        complete: months.ends.last().is_some_and(|end| *end <= now),
        currencies: currencies.collect(),
        snapshot_time,
        last_event_time,
    })
}

/// Movements of a page, and when they were read.
#[derive(Debug)]
pub struct MovementPage {
    /// The latest first; one more than was asked for where there are.
    pub movements: Vec<CustomerMovement>,
    /// When they were read.
    pub snapshot_time: DateTime<Utc>,
    /// The latest event of the scope.
    pub last_event_time: Option<DateTime<Utc>>,
}

/// A page of movements of every workspace of a scope.
pub async fn movements(
    db: &Database,
    scope: &Scope,
    range: &Range,
    before: Option<MovementKey>,
    kinds: &[MovementKind],
    limit: i64,
    deadline: Option<Duration>,
) -> Result<MovementPage, shadow_storage::Error> {
    let before = before.unwrap_or(MovementKey::end(range.end));
    let mut snapshot = db.snapshot(scope, deadline).await?;
    let movements = snapshot
        .movements(range.start, &before, kinds, limit + 1)
        .await?;
    let (snapshot_time, last_event_time) = (snapshot.snapshot_time(), snapshot.last_event_at());
    snapshot.finish().await?;
    Ok(MovementPage {
        movements,
        snapshot_time,
        last_event_time,
    })
}

/// The months that are asked for, those before them that they are judged by, and twelve months before the end of each.
struct Calendar {
    all: Vec<Range>,
    /// How many of them come before those that are asked for.
    before: usize,
    trailing: Vec<Range>,
    /// Where each would end by the calendar.
    ends: Vec<DateTime<Utc>>,
}

impl Calendar {
    fn shown(&self) -> &[Range] {
        &self.all[self.before..]
    }

    /// Months first, then trailing years.
    fn periods(&self) -> Vec<Range> {
        [self.all.as_slice(), self.trailing.as_slice()].concat()
    }
}

fn months(question: &RevenueQuestion, now: DateTime<Utc>) -> Result<Calendar, Invalid> {
    let zone = &question.zone;
    let first_of = |at| local_date(zone, at).with_day(1);
    let wrong = |text: String| Invalid::new("range", text);
    let first = first_of(question.range.start).ok_or_else(|| wrong("must be a time".to_owned()))?;
    if question.range.start >= now {
        return Err(Invalid::new("range.start", "must not be in the future"));
    }
    let start = |months: i32| -> Option<DateTime<Utc>> {
        let by = Months::new(months.unsigned_abs());
        let date: Option<NaiveDate> = if months < 0 {
            first.checked_sub_months(by)
        } else {
            first.checked_add_months(by)
        };
        date.map(|date| day_start(zone, date))
    };
    let end = question.range.end.min(now);
    let (mut all, mut trailing, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for month in -(CHURN_MONTHS as i32).. {
        let edges = (
            start(month),
            start(month + 1),
            start(month + 1 - TRAILING_MONTHS as i32),
        );
        let (Some(from), Some(to), Some(year)) = edges else {
            return Err(wrong("must be a time that has a calendar".to_owned()));
        };
        if from >= end {
            break;
        }
        if month >= MAX_REVENUE_MONTHS as i32 {
            let most = MAX_REVENUE_MONTHS;
            return Err(wrong(format!("must touch at most {most} months")));
        }
        let period = |start| Range {
            start,
            end: to.min(now),
        };
        all.push(period(from));
        trailing.push(period(year));
        ends.push(to);
    }
    Ok(Calendar {
        all,
        before: CHURN_MONTHS,
        trailing,
        ends,
    })
}

/// What was read, by period and currency.
#[derive(Default)]
struct Read {
    ends: BTreeMap<(usize, Currency), shadow_storage::revenue::Ends>,
    waterfalls: BTreeMap<(usize, Currency), Waterfall>,
    accrued: BTreeMap<(usize, Currency), i128>,
    plans: Vec<Plan>,
}

impl Read {
    async fn of(snapshot: &mut Snapshot, months: &Calendar) -> Result<Self, shadow_storage::Error> {
        let mut read = Read::default();
        for ends in snapshot.revenue_ends(&months.periods()).await? {
            read.ends.insert((ends.period, ends.currency), ends);
        }
        for change in snapshot.revenue_changes(&months.all).await? {
            let key = (change.period, change.currency);
            let waterfall = read.waterfalls.entry(key).or_default();
            waterfall.add_change(change.kind, change.micros);
        }
        for paid in snapshot.revenue_accrued(&months.all).await? {
            let key = (paid.period, paid.currency);
            read.accrued.insert(key, paid.micros_times_time);
        }
        if let Some(last) = months.all.last() {
            read.plans = snapshot.revenue_plans(last.end).await?;
        }
        Ok(read)
    }

    fn currencies(&self) -> impl Iterator<Item = Currency> + use<> {
        let keys = self.ends.keys().chain(self.waterfalls.keys());
        let all: std::collections::BTreeSet<_> = keys.map(|(_, currency)| *currency).collect();
        all.into_iter()
    }

    fn plans(&self, currency: Currency) -> Vec<Plan> {
        let plans = self.plans.iter().filter(|plan| plan.currency == currency);
        plans.cloned().collect()
    }

    fn retention(&self, period: usize, currency: Currency) -> Retention {
        let ends = self.ends.get(&(period, currency));
        ends.map_or(Retention::default(), |ends| ends.retention)
    }

    fn month(
        &self,
        months: &Calendar,
        number: usize,
        currency: Currency,
        margin: Option<f64>,
        now: DateTime<Utc>,
    ) -> RevenueMonth {
        let retention = self.retention(number, currency);
        let ends = self.ends.get(&(number, currency));
        let (paying, end_micros) = ends.map_or((0, 0), |ends| (ends.paying, ends.end_micros));
        let reactivated_micros = ends.map_or(0, |ends| ends.reactivated_micros);
        let arpa_micros = arpa_micros(end_micros, paying);
        let moved = self.waterfalls.get(&(number, currency)).copied();
        let accrued = self.accrued.get(&(number, currency)).copied();
        let whole = months.ends[number] - months.all[number].start;
        // Of the months before, so that one which has just begun does not make customers look loyal.
        let complete = months.ends[number] <= now;
        let last = number + usize::from(complete);
        let mut churn = Retention::default();
        for month in last.saturating_sub(CHURN_MONTHS)..last {
            let month = self.retention(month, currency);
            churn.customers += month.customers;
            churn.lost += month.lost;
        }
        let worth = |margin| ltv_micros(arpa_micros?, margin, churn.logo_churn()?);
        RevenueMonth {
            range: months.all[number],
            complete,
            waterfall: Waterfall {
                start_micros: retention.start_micros,
                ..moved.unwrap_or_default()
            },
            retention,
            trailing: self.retention(months.all.len() + number, currency),
            reactivated_micros,
            end_micros,
            income_micros: income_micros(accrued.unwrap_or_default(), whole).unwrap_or_default(),
            paying,
            arpa_micros,
            ltv_micros: margin.and_then(worth),
        }
    }
}
