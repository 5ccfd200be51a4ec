//! From cells to an answer. Pure: what was read is an argument, and so is the time.

use chrono::{DateTime, Utc};
use shadow_domain::{
    catalogue::{self, Context, Kind, Metric, Value},
    cell::Part,
    comparison,
    partial::Partial,
    provenance::{is_complete, other_currencies, share_known},
    time::Granularity,
};

use crate::{
    answer::{Answer, Bucket, Group, Key, Number, Provenance, Series},
    cells::{Cells, Members, fold},
    execute::Error,
    folded::Folded,
    grouping::GroupKey,
    open::Open,
    period::Period,
    plan::{Invalid, Planned, check_size},
    rank::{Ranking, rank},
    request::Selection,
    together::Together,
};

/// What one selection is answered from.
pub(crate) struct Input<'a> {
    pub(crate) selection: &'a Selection,
    pub(crate) index: usize,
    pub(crate) planned: &'a Planned,
    pub(crate) cells: &'a Cells<'a>,
    pub(crate) open_cells: &'a Cells<'a>,
    pub(crate) open: &'a Open,
    pub(crate) context: Context,
    /// What was folded for several selections at once.
    pub(crate) together: &'a Together<'a>,
    /// How many groups there may be.
    pub(crate) groups: usize,
    pub(crate) snapshot_time: DateTime<Utc>,
    pub(crate) last_event_time: Option<DateTime<Utc>>,
    pub(crate) now: DateTime<Utc>,
}

/// Answers one selection. Labels are ids still.
pub(crate) fn answer(input: &Input<'_>) -> Result<Answer, Error> {
    let (selection, planned) = (input.selection, input.planned);
    let members = input.cells.members(&planned.grouping);
    let (ranking, current, previous) = if selection.group_by.is_empty() {
        ungrouped(input, &members)?
    } else {
        grouped(input, &members)?
    };
    let groups = (0..ranking.len()).map(|place| {
        let kept = ranking
            .kept
            .get(place)
            .and_then(|group| members.groups.get(*group));
        let series = |metric: &&'static Metric| {
            series(metric, place, &current, previous.as_ref(), &input.context)
        };
        Ok(Group {
            keys: kept.map_or_else(Vec::new, |group| keys(selection, group)),
            other_groups: if place < ranking.kept.len() {
                0
            } else {
                ranking.others as u32
            },
            series: selection
                .metrics
                .iter()
                .map(series)
                .collect::<Result<_, Error>>()?,
        })
    });
    let groups = groups.collect::<Result<_, Error>>()?;
    let (buckets, open_executions) = buckets(input, &planned.current)?;
    let previous_buckets = match &planned.previous {
        Some(period) => self::buckets(input, period)?.0,
        None => Vec::new(),
    };
    let range = planned.current.range;
    let totals = match planned.values_only {
        true => &[][..],
        false => &current.totals,
    };
    let mut currencies: Vec<_> = totals
        .iter()
        .flat_map(|total| other_currencies(total, input.context.currency))
        .collect();
    currencies.sort_unstable();
    currencies.dedup();
    Ok(Answer {
        id: selection.id.clone(),
        buckets,
        previous_buckets,
        groups,
        provenance: Provenance {
            snapshot_time: input.snapshot_time,
            last_event_time: input.last_event_time,
            effective_range: range,
            definition_version: catalogue::VERSION,
            open_executions,
            complete: is_complete(&range, open_executions, input.now),
            other_currencies: currencies,
        },
    })
}

type Put = (Ranking, Folded, Option<Folded>);

fn ungrouped(input: &Input<'_>, members: &Members) -> Result<Put, Error> {
    let ranking = Ranking::single(members.groups.len());
    let planned = input.planned;
    let folded = |period: &Period| match input.together.of(planned) {
        Some(parts) => Ok(Folded::of_parts(parts, input.selection, period)),
        None => Folded::new(
            input.cells,
            members,
            &ranking,
            (input.selection, planned.reads),
            period,
            None,
        ),
    };
    let current = folded(&input.planned.current)?;
    let previous = input.planned.previous.as_ref().map(folded);
    Ok((ranking, current, previous.transpose()?))
}

/// Ranks the groups of both periods together, so that what is gone is shown beside what came.
fn grouped(input: &Input<'_>, members: &Members) -> Result<Put, Error> {
    let (selection, planned) = (input.selection, input.planned);
    let reads = selection.ranks_by(planned.reads);
    let by_group = |period: &Period| -> Result<Vec<Partial>, Error> {
        let Some(reads) = reads else {
            return Ok(vec![Partial::default(); members.groups.len()]);
        };
        let groups = members.groups.len();
        let folded = fold(input.cells, members, &period.total, reads, groups, Some)?;
        Ok(folded.into_iter().flatten().collect())
    };
    let current = by_group(&planned.current)?;
    let previous = planned.previous.as_ref().map(by_group).transpose()?;
    let mut present = vec![false; members.groups.len()];
    for period in planned.periods() {
        let trailing = period.trailing.as_ref().map(|trailing| &trailing.days);
        for timeline in [&period.total].into_iter().chain(trailing) {
            input.cells.mark_present(members, timeline, &mut present)?;
        }
    }
    let value = |group: usize| match selection.top.as_ref()?.metric.kind {
        Kind::OfPartial(of) => of(&current[group], &input.context),
        Kind::Trailing { .. } | Kind::Stickiness => None,
    };
    let ranking = rank(&members.groups, &present, selection.top.as_ref(), value);
    let refuse = |invalid: Invalid| Error::Invalid(vec![invalid]);
    let at = format!("selections[{}]", input.index);
    let (kept, limit) = (ranking.kept.len(), input.groups);
    if kept > limit {
        let description =
            format!("would give {kept} groups, more than {limit}: use top or filters");
        return Err(refuse(Invalid::new(format!("{at}.group_by"), description)));
    }
    check_size(planned.values(ranking.len(), selection), &at).map_err(refuse)?;
    let folded = |period: &Period, by_group: &[Partial]| {
        Folded::new(
            input.cells,
            members,
            &ranking,
            (selection, planned.reads),
            period,
            Some(by_group),
        )
    };
    let current = folded(&planned.current, &current)?;
    let previous = planned
        .previous
        .as_ref()
        .zip(previous)
        .map(|(period, by_group)| folded(period, &by_group));
    Ok((ranking, current, previous.transpose()?))
}

fn series(
    metric: &'static Metric,
    place: usize,
    current: &Folded,
    previous: Option<&Folded>,
    context: &Context,
) -> Result<Series, Error> {
    let number = |value: Option<Value>| number(metric, value);
    let total = current.total(metric, place, context);
    let previous_total = previous.and_then(|previous| previous.total(metric, place, context).value);
    let values = |folded: &Folded| {
        folded
            .values(metric, place, context)
            .into_iter()
            .map(number)
            .collect()
    };
    Ok(Series {
        metric,
        total: number(total.value)?,
        values: values(current)?,
        previous_total: number(previous_total)?,
        previous: previous.map(values).transpose()?,
        change: comparison::change(metric, total.value, previous_total),
        sample_size: total.sample_size,
        share_known: total.known.and_then(|(known, of)| share_known(known, of)),
    })
}

/// The series of what nothing was recorded of.
pub(crate) fn nothing(
    metrics: &[&'static Metric],
    context: &Context,
    compared: bool,
) -> Result<Vec<Series>, Error> {
    let nothing = |metric: &&'static Metric| {
        let value = match metric.kind {
            Kind::OfPartial(of) | Kind::Trailing { of, .. } => of(&Partial::default(), context),
            Kind::Stickiness => None,
        };
        let total = number(metric, value)?;
        Ok(Series {
            metric,
            total,
            values: vec![total],
            previous_total: total.filter(|_| compared),
            previous: compared.then(|| vec![total]),
            change: None,
            sample_size: 0,
            share_known: None,
        })
    };
    metrics.iter().map(nothing).collect()
}

pub(crate) fn number(metric: &Metric, value: Option<Value>) -> Result<Option<Number>, Error> {
    let number = |value| match value {
        Value::Integer(_) => i64::try_from(value).map(Number::Integer),
        Value::Real(real) => Ok(Number::Real(real)),
    };
    value
        .map(number)
        .transpose()
        .map_err(|source| Error::TooLarge {
            metric: metric.id,
            source,
        })
}

fn keys(selection: &Selection, group: &GroupKey) -> Vec<Key> {
    let key = |(part, id): (&Part, &String)| Key {
        part: *part,
        id: (!id.is_empty()).then(|| id.clone()),
        label: if id.is_empty() {
            "unknown".to_owned()
        } else {
            id.clone()
        },
        workspace: group
            .workspace
            .filter(|_| matches!(part, Part::Agent | Part::Workspace)),
    };
    selection.group_by.iter().zip(&group.ids).map(key).collect()
}

/// The buckets of a period with whether each is complete, and how many executions of the period are open.
fn buckets(input: &Input<'_>, period: &Period) -> Result<(Vec<Bucket>, u64), Error> {
    let planned = input.planned;
    let cells = (planned.open_source, input.open_cells);
    let open = match input.together.open(planned, &period.series) {
        Some(open) => open.into(),
        None => input.open.of(cells, &planned.open, &period.series)?,
    };
    let all = open.iter().sum::<i64>().max(0) as u64;
    let of_bucket = |bucket: usize| match input.selection.granularity {
        // An execution may still end in any minute.
        Granularity::Minute => all,
        _ => open[bucket].max(0) as u64,
    };
    let bucket = |(index, range)| Bucket {
        range,
        complete: is_complete(&range, of_bucket(index), input.now),
    };
    let ranges = period.buckets.iter().copied();
    Ok((ranges.enumerate().map(bucket).collect(), all))
}
