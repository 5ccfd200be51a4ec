//! What can be told to be wrong with a request before any data is read.

use chrono::Datelike;
use shadow_domain::{
    catalogue::Metric,
    cell::{Dimension, Part},
    time::Granularity,
};

use crate::{
    grouping::parts,
    limits,
    plan::{Invalid, holds_days, look_back_days, repeated},
    request::{Filter, Request, Selection},
};

/// Everything that is wrong with a request.
pub(crate) fn request(request: &Request) -> Vec<Invalid> {
    let mut wrong = Vec::new();
    range(request, &mut wrong);
    count(
        request.selections.len(),
        limits::MAX_SELECTIONS,
        "selections",
        &mut wrong,
    );
    if let Some(index) = repeated(
        request
            .selections
            .iter()
            .map(|selection| selection.id.as_str()),
    ) {
        wrong.push(Invalid::new(
            format!("selections[{index}].id"),
            "must be unique in the request",
        ));
    }
    for (index, one) in request
        .selections
        .iter()
        .enumerate()
        .take(limits::MAX_SELECTIONS)
    {
        let groups = request.bounds.groups;
        selection(one, groups, &format!("selections[{index}]"), &mut wrong);
    }
    wrong
}

fn range(request: &Request, wrong: &mut Vec<Invalid>) {
    for (at, field) in [
        (request.range.start, "range.start"),
        (request.range.end, "range.end"),
    ] {
        if !limits::YEARS.contains(&at.year()) {
            wrong.push(Invalid::new(field, "must lie between 1970 and 2199"));
        }
    }
    let limit = limits::MAX_RANGE_DAYS;
    if request.range.end - request.range.start > chrono::TimeDelta::days(limit) {
        wrong.push(Invalid::new(
            "range.end",
            format!("must be at most {limit} days after the start"),
        ));
    }
}

fn selection(selection: &Selection, groups: usize, at: &str, wrong: &mut Vec<Invalid>) {
    let (before, limit) = (wrong.len(), limits::MAX_ID_BYTES);
    if selection.id.is_empty() || selection.id.len() > limit {
        wrong.push(Invalid::new(
            format!("{at}.id"),
            format!("must have 1 to {limit} bytes"),
        ));
    }
    count(
        selection.metrics.len(),
        limits::MAX_METRICS,
        &format!("{at}.metrics"),
        wrong,
    );
    if let Some(index) = repeated(selection.metrics.iter().map(|metric| metric.id)) {
        wrong.push(Invalid::new(
            format!("{at}.metrics[{index}]"),
            "must be named once",
        ));
    }
    if selection.group_by.len() > 2 {
        wrong.push(Invalid::new(
            format!("{at}.group_by"),
            "must name at most 2 dimensions",
        ));
    }
    if let Some(index) = twice(&selection.group_by) {
        wrong.push(Invalid::new(
            format!("{at}.group_by[{index}]"),
            "must be named once",
        ));
    }
    let filtered: Vec<Part> = selection.filters.iter().map(|filter| filter.part).collect();
    if let Some(index) = twice(&filtered) {
        wrong.push(Invalid::new(
            format!("{at}.filters[{index}].dimension"),
            "must be filtered once",
        ));
    }
    for (index, one) in selection.filters.iter().enumerate() {
        filter(one, &format!("{at}.filters[{index}]"), wrong);
    }
    top(selection, groups, at, wrong);
    // What follows would only repeat what is wrong already.
    if wrong.len() == before {
        metrics(selection, at, wrong);
    }
}

fn filter(filter: &Filter, at: &str, wrong: &mut Vec<Invalid>) {
    if filter.part == Part::Workspace {
        wrong.push(Invalid::new(
            format!("{at}.dimension"),
            "must not be the workspace: use workspace_ids",
        ));
    }
    count(
        filter.keys.len(),
        limits::MAX_FILTER_KEYS,
        &format!("{at}.keys"),
        wrong,
    );
    let limit = limits::MAX_KEY_BYTES;
    for (index, key) in filter.keys.iter().enumerate() {
        if key.len() > limit || key.chars().any(char::is_control) {
            let description = format!("must have at most {limit} bytes and no control characters");
            wrong.push(Invalid::new(format!("{at}.keys[{index}]"), description));
        }
    }
}

fn top(selection: &Selection, limit: usize, at: &str, wrong: &mut Vec<Invalid>) {
    let Some(top) = &selection.top else { return };
    if !(1..=limit).contains(&top.limit) {
        wrong.push(Invalid::new(
            format!("{at}.top.limit"),
            format!("must be 1 to {limit}"),
        ));
    }
    if selection.group_by.is_empty() {
        wrong.push(Invalid::new(format!("{at}.top"), "needs group_by"));
    }
    if !selection
        .metrics
        .iter()
        .any(|metric| metric.id == top.metric.id)
    {
        wrong.push(Invalid::new(
            format!("{at}.top.metric"),
            "must be one of the selection's metrics",
        ));
    } else if look_back_days(top.metric) > 0 {
        wrong.push(Invalid::new(
            format!("{at}.top.metric"),
            "must be a metric of the range itself, not one that looks back",
        ));
    }
}

/// Whether each metric exists at the granularity and for the dimensions asked for.
fn metrics(selection: &Selection, at: &str, wrong: &mut Vec<Invalid>) {
    let dimension = Dimension::from_parts(&parts(selection));
    for (index, metric) in selection.metrics.iter().enumerate() {
        let field = format!("{at}.metrics[{index}]");
        if selection.granularity == Granularity::Minute && !metric.minute {
            let description = format!(
                "{} is not counted by the minute: use GRANULARITY_QUARTER_HOUR or longer",
                metric.id
            );
            wrong.push(Invalid::new(field, description));
        } else if look_back_days(metric) > 0 && !holds_days(selection.granularity) {
            wrong.push(Invalid::new(
                field,
                format!(
                    "{} looks back over days: use GRANULARITY_DAY or longer",
                    metric.id
                ),
            ));
        } else if !dimension.is_some_and(|dimension| metric.dimensions.contains(&dimension)) {
            wrong.push(Invalid::new(field, unavailable(metric, &parts(selection))));
        }
    }
}

/// What a selection's first metric can be asked for by.
pub(crate) fn combinations(selection: &Selection) -> String {
    match selection.metrics.first() {
        Some(metric) => unavailable(metric, &parts(selection)),
        None => "cannot be answered together".to_owned(),
    }
}

fn unavailable(metric: &Metric, parts: &[Part]) -> String {
    let known: Vec<String> = metric
        .dimensions
        .iter()
        .map(|dimension| combination(*dimension))
        .collect();
    let asked: Vec<&str> = parts.iter().map(|part| part.name()).collect();
    format!(
        "{} cannot be answered by {}: its combinations are {}",
        metric.id,
        if asked.is_empty() {
            "total".to_owned()
        } else {
            asked.join(" × ")
        },
        known.join(", ")
    )
}

fn combination(dimension: Dimension) -> String {
    let parts: Vec<&str> = dimension.parts().iter().map(|part| part.name()).collect();
    if parts.is_empty() {
        "total".to_owned()
    } else {
        parts.join(" × ")
    }
}

fn count(count: usize, limit: usize, field: &str, wrong: &mut Vec<Invalid>) {
    if count == 0 || count > limit {
        wrong.push(Invalid::new(
            field,
            format!("must have 1 to {limit} entries"),
        ));
    }
}

fn twice(parts: &[Part]) -> Option<usize> {
    (1..parts.len()).find(|index| parts[..*index].contains(&parts[*index]))
}
