//! Plans: what is read, how often, and what is refused before anything is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use chrono::{DateTime, Utc};
use shadow_domain::{
    catalogue,
    cell::{Dimension, Part},
    execution::Currency,
    time::{Comparison, Granularity, IanaZone, Range, UtcDay},
};
use shadow_query::{Bounds, Filter, Plan, Request, Selection, Top, limits, plan};
use shadow_storage::partials::{Keys, Quarters};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn selection(id: &str, metrics: &[&str], granularity: Granularity) -> Selection {
    Selection {
        id: id.to_owned(),
        metrics: metrics
            .iter()
            .map(|metric| catalogue::find(metric).unwrap())
            .collect(),
        granularity,
        group_by: Vec::new(),
        filters: Vec::new(),
        comparison: None,
        top: None,
    }
}

fn request(start: &str, end: &str, zone: &str, selections: Vec<Selection>) -> Request {
    Request {
        selections,
        range: Range::new(at(start), at(end)).unwrap(),
        zone: IanaZone::parse(zone).unwrap(),
        currency: Currency::USD,
        bounds: Bounds::default(),
    }
}

fn planned(request: &Request) -> Plan {
    plan(request, at("2026-11-23T12:00:00Z")).unwrap()
}

/// The loads of a plan's source: first day, last day, of which quarter-hours are needed.
fn loads(plan: &Plan, source: usize) -> Vec<(String, String, Quarters)> {
    let day = |day: UtcDay| day.date().to_string();
    plan.sources[source]
        .loads()
        .into_iter()
        .map(|load| (day(load.days.0), day(load.days.1), load.quarters))
        .collect()
}

fn load(first: &str, last: &str, quarters: Quarters) -> (String, String, Quarters) {
    (first.to_owned(), last.to_owned(), quarters)
}

#[test]
fn whole_days_need_no_quarter_hours() {
    let total = |zone, start, end| {
        planned(&request(
            start,
            end,
            zone,
            vec![selection("a", &["executions"], Granularity::Total)],
        ))
    };
    let utc = total("UTC", "2026-03-01T00:00:00Z", "2026-03-11T00:00:00Z");
    assert_eq!(
        loads(&utc, 0),
        [load("2026-03-01", "2026-03-10", Quarters::None)]
    );
    // Only the edges of local days cut a day of UTC.
    let kolkata = total(
        "Asia/Kolkata",
        "2026-02-28T18:30:00Z",
        "2026-03-10T18:30:00Z",
    );
    let edges = ["2026-02-28T00:00:00Z", "2026-03-10T00:00:00Z"].map(|day| UtcDay::of(at(day)));
    let edges = Quarters::Of(edges.to_vec());
    assert_eq!(
        loads(&kolkata, 0),
        [load("2026-02-28", "2026-03-10", edges)]
    );
    let month = planned(&request(
        "2026-02-28T18:30:00Z",
        "2026-03-10T18:30:00Z",
        "Asia/Kolkata",
        vec![selection("a", &["executions"], Granularity::Day)],
    ));
    assert_eq!(
        loads(&month, 0),
        [load("2026-02-28", "2026-03-10", Quarters::All)]
    );
}

#[test]
fn minutes_need_quarter_hours_and_their_edges_are_minutes() {
    let minutes = selection("a", &["throughput_opened"], Granularity::Minute);
    let plan = planned(&request(
        "2026-03-01T00:00:30Z",
        "2026-03-02T00:00:00Z",
        "UTC",
        vec![minutes],
    ));
    assert_eq!(
        loads(&plan, 0),
        [load("2026-03-01", "2026-03-01", Quarters::All)]
    );
    let period = &plan.selections[0].current;
    assert_eq!(
        (period.range.start, period.buckets.len()),
        (at("2026-03-01T00:00:00Z"), 1_440)
    );
    let coarse = selection("a", &["throughput_opened"], Granularity::Hour);
    let plan = planned(&request(
        "2026-03-01T00:07:30Z",
        "2026-03-01T10:01:00Z",
        "UTC",
        vec![coarse],
    ));
    let range = plan.selections[0].current.range;
    assert_eq!(
        (range.start, range.end),
        (at("2026-03-01T00:00:00Z"), at("2026-03-01T10:15:00Z"))
    );
}

#[test]
fn what_several_selections_need_is_read_once() {
    let mut page = selection("page", &["executions", "mau"], Granularity::Day);
    page.comparison = Some(Comparison::PreviousPeriod);
    let mut agents = selection("agents", &["executions"], Granularity::Total);
    agents.group_by = vec![Part::Agent];
    agents.top = Some(Top {
        limit: 8,
        metric: catalogue::find("executions").unwrap(),
    });
    let mut models = selection("models", &["executions_ended"], Granularity::Total);
    models.group_by = vec![Part::Model];
    let plan = planned(&request(
        "2026-03-01T00:00:00Z",
        "2026-03-11T00:00:00Z",
        "UTC",
        vec![page, agents, models],
    ));
    let dimensions: Vec<_> = plan.sources.iter().map(|source| source.dimension).collect();
    assert_eq!(
        dimensions,
        [Dimension::Total, Dimension::Agent, Dimension::Model]
    );
    // Ten days, the ten before, and what the first of those looks back to.
    assert_eq!(
        loads(&plan, 0),
        [load("2026-01-21", "2026-03-10", Quarters::None)]
    );
    assert_eq!(
        loads(&plan, 1),
        [load("2026-03-01", "2026-03-10", Quarters::None)]
    );
    // How many are open is counted where openings are.
    let open: Vec<_> = plan
        .selections
        .iter()
        .map(|selection| selection.open_source)
        .collect();
    assert_eq!(open, [0, 0, 0]);
    assert_eq!(
        plan.range(),
        Some(Range {
            start: at("2026-01-21T00:00:00Z"),
            end: at("2026-03-11T00:00:00Z")
        })
    );
}

#[test]
fn what_is_not_over_looks_back_from_today() {
    let plan = planned(&request(
        "2026-11-21T00:00:00Z",
        "2026-12-01T00:00:00Z",
        "UTC",
        vec![selection("a", &["dau", "wau"], Granularity::Week)],
    ));
    let trailing = plan.selections[0].current.trailing.as_ref().unwrap();
    // A weekend, the week of the 23rd, which is today, and one that has not begun.
    assert_eq!(trailing.last_days, [Some(6), Some(7), None]);
    let days = &trailing.days.buckets;
    assert_eq!(
        (days[0].start, days[7].start, days[7].end, days.len()),
        (
            at("2026-11-16T00:00:00Z"),
            at("2026-11-23T00:00:00Z"),
            at("2026-11-24T00:00:00Z"),
            8
        )
    );
    let to_come = planned(&request(
        "2026-12-01T00:00:00Z",
        "2026-12-02T00:00:00Z",
        "UTC",
        vec![selection("a", &["dau"], Granularity::Total)],
    ));
    let trailing = to_come.selections[0].current.trailing.as_ref().unwrap();
    assert_eq!(
        (&trailing.last_days[..], trailing.days.buckets.len()),
        (&[None][..], 0)
    );
}

#[test]
fn filters_narrow_what_is_read() {
    let filter = |part, keys: &[&str]| Filter {
        part,
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
    };
    let keys = |group_by: &[Part], filters: &[Filter]| {
        let mut one = selection("a", &["executions_ended"], Granularity::Total);
        (one.group_by, one.filters) = (group_by.to_vec(), filters.to_vec());
        let plan = planned(&request(
            "2026-03-01T00:00:00Z",
            "2026-03-11T00:00:00Z",
            "UTC",
            vec![one],
        ));
        let selection = &plan.selections[0];
        (
            plan.sources[selection.source].keys.clone(),
            plan.sources[selection.open_source].keys.clone(),
        )
    };
    let exact = |keys: &[&str]| Keys::Exact(keys.iter().map(|key| (*key).to_owned()).collect());
    let agents = filter(Part::Agent, &["a", "b"]);
    assert_eq!(
        keys(&[], std::slice::from_ref(&agents)),
        (exact(&["a", "b"]), exact(&["a", "b"]))
    );
    let pair = [agents.clone(), filter(Part::Model, &["", "m"])];
    assert_eq!(
        keys(&[], &pair).0,
        exact(&["a\u{1f}", "a\u{1f}m", "b\u{1f}", "b\u{1f}m"])
    );
    let one = filter(Part::Agent, &["a"]);
    assert_eq!(
        keys(&[Part::Model], &[one]),
        (Keys::Prefix("a\u{1f}".to_owned()), exact(&["a"]))
    );
    assert_eq!(keys(&[Part::Model], &[agents]).0, Keys::All);
}

#[test]
fn answers_that_would_be_too_large_are_refused() {
    let mut many = selection(
        "a",
        &["completed", "failed", "credits", "cost"],
        Granularity::Hour,
    );
    many.group_by = vec![Part::Agent];
    many.top = Some(Top {
        limit: limits::MAX_GROUPS,
        metric: catalogue::find("completed").unwrap(),
    });
    let request = request(
        "2026-03-01T00:00:00Z",
        "2026-03-11T00:00:00Z",
        "UTC",
        vec![many],
    );
    let wrong = plan(&request, at("2026-11-23T12:00:00Z")).unwrap_err();
    assert_eq!(
        wrong
            .iter()
            .map(|one| one.field.as_str())
            .collect::<Vec<_>>(),
        ["selections[0].group_by"]
    );
    assert!(wrong[0].description.contains("200000"), "{}", wrong[0]);
}

#[test]
fn days_that_metrics_look_back_over_count_as_values() {
    let mut active = selection("a", &["mau", "active_users"], Granularity::Year);
    active.group_by = vec![Part::Agent];
    active.top = Some(Top {
        limit: 100,
        metric: catalogue::find("active_users").unwrap(),
    });
    let request = request(
        "2016-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z",
        "UTC",
        vec![active],
    );
    let wrong = plan(&request, at("2026-11-23T12:00:00Z")).unwrap_err();
    assert_eq!(wrong[0].field, "selections[0].group_by");
    assert!(
        wrong[0].description.contains("shorter range"),
        "{}",
        wrong[0]
    );
}
