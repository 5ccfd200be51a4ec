//! Charts of users over time.

use std::rc::Rc;

use prost_types::Timestamp;
use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{LifecycleInterval, PooledRetention, RetentionCohort, Unit, UserDay},
};
use yew::prelude::*;

use crate::{
    components::charts::{Bars, ChartPanel, Column, Curve, Figure, Plot},
    format,
    state::{query::instant, range},
    zone::Zone,
};

/// How many cohorts have a curve of their own beside that of all.
const OWN_CURVES: usize = 2;

/// Properties of [`Lifecycle`].
#[derive(Properties, PartialEq)]
pub struct LifecycleProps {
    /// By interval.
    pub intervals: Vec<LifecycleInterval>,
    /// The length of an interval.
    pub granularity: Granularity,
    /// Whose intervals.
    pub zone: Zone,
}

/// New, returning and resurrecting users upwards, dormant ones downwards.
#[component]
pub fn Lifecycle(props: &LifecycleProps) -> Html {
    let column = |name: &str, token, of: fn(&LifecycleInterval) -> f64| Column {
        name: name.to_owned(),
        token,
        values: props.intervals.iter().map(|one| Some(of(one))).collect(),
    };
    let columns = vec![
        column("Returning", "data-completed", |one| {
            one.returning_users as f64
        }),
        column("Resurrecting", "data-2", |one| {
            one.resurrecting_users as f64
        }),
        column("New", "data-good", |one| one.new_users as f64),
        column("Dormant", "data-neutral", |one| -(one.dormant_users as f64)),
    ];
    let figure = Figure {
        names: names(
            props
                .intervals
                .iter()
                .map(|one| (one.start.as_ref(), one.complete)),
            props.granularity,
            &props.zone,
        ),
        open: props.intervals.last().is_some_and(|one| !one.complete),
        unit: Unit::Count,
    };
    let note = format!(
        "users by {}; below the line who was active in the one before and stayed away",
        range::bucket_name(props.granularity)
    );
    bars("Lifecycle", note, figure, columns)
}

/// Properties of [`ActiveDays`].
#[derive(Properties, PartialEq)]
pub struct ActiveDaysProps {
    /// Users of one day, of two, and so on.
    pub users: Vec<u64>,
}

/// On how many days of the month people come.
#[component]
pub fn ActiveDays(props: &ActiveDaysProps) -> Html {
    let columns = vec![Column {
        name: "Users".to_owned(),
        token: "data-1",
        values: props
            .users
            .iter()
            .map(|users| Some(*users as f64))
            .collect(),
    }];
    let days = |days: usize| match days {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    let figure = Figure {
        names: (1..=props.users.len())
            .map(|number| (number.to_string(), days(number)))
            .collect(),
        open: false,
        unit: Unit::Count,
    };
    let note = "users by on how many of the last 30 days they were active".to_owned();
    bars("Active days", note, figure, columns)
}

/// Properties of [`UserDays`].
#[derive(Properties, PartialEq)]
pub struct UserDaysProps {
    /// By day.
    pub days: Vec<UserDay>,
    /// Whose days.
    pub zone: Zone,
}

/// What one user ran and did, by day.
#[component]
pub fn UserDays(props: &UserDaysProps) -> Html {
    let column = |name: &str, token, of: fn(&UserDay) -> u64| Column {
        name: name.to_owned(),
        token,
        values: props.days.iter().map(|one| Some(of(one) as f64)).collect(),
    };
    let columns = vec![
        column("Completed runs", "data-completed", |day| day.completed),
        column("Failed or timed out", "data-bad", |day| day.failed),
        column("Other runs", "data-unknown", |day| {
            day.runs.saturating_sub(day.completed + day.failed)
        }),
        column("Activities", "data-2", |day| day.activities),
    ];
    let figure = Figure {
        names: names(
            props.days.iter().map(|one| (one.start.as_ref(), true)),
            Granularity::Day,
            &props.zone,
        ),
        open: false,
        unit: Unit::Count,
    };
    bars(
        "Activity",
        "runs that the user asked for, and what else the user did, by day".to_owned(),
        figure,
        columns,
    )
}

/// Properties of [`Curves`].
#[derive(Properties, PartialEq)]
pub struct CurvesProps {
    /// All cohorts together, by interval after their own.
    pub pooled: Vec<PooledRetention>,
    /// Each cohort.
    pub cohorts: Vec<RetentionCohort>,
    /// The length of an interval.
    pub granularity: Granularity,
    /// Whose intervals.
    pub zone: Zone,
}

/// Retention of all cohorts together, and of the largest of them.
#[component]
pub fn Curves(props: &CurvesProps) -> Html {
    let length = props.pooled.len();
    let mut largest: Vec<&RetentionCohort> = props
        .cohorts
        .iter()
        .filter(|cohort| cohort.users > 0)
        .collect();
    largest.sort_by_key(|cohort| std::cmp::Reverse(cohort.users));
    let mut columns = vec![Column {
        name: "All cohorts".to_owned(),
        token: "data-1",
        values: props.pooled.iter().map(|pooled| pooled.rate).collect(),
    }];
    for (cohort, token) in largest
        .into_iter()
        .take(OWN_CURVES)
        .zip(["data-2", "data-3"])
    {
        let complete = cohort.cells.iter().take_while(|cell| cell.complete);
        let mut values: Vec<Option<f64>> = complete.map(|cell| cell.rate).collect();
        values.resize(length, None);
        let start = instant(cohort.start.as_ref()).unwrap_or_default();
        columns.push(Column {
            name: format!(
                "Cohort of {}",
                format::bucket(props.granularity, start, &*props.zone)
            ),
            token,
            values,
        });
    }
    let curves = columns
        .iter()
        .map(|column| Curve {
            name: column.name.clone(),
            token: column.token,
            values: column.values.clone(),
            previous: Vec::new(),
            filled: false,
        })
        .collect();
    let unit = range::bucket_name(props.granularity);
    let figure = Figure {
        names: (0..length)
            .map(|n| (n.to_string(), format!("{unit} {n}")))
            .collect(),
        open: false,
        unit: Unit::Ratio,
    };
    let note =
        format!("by {unit}s after the first; all cohorts that are that far, and the largest two");
    html! { <ChartPanel title="Retention curves" {note} plot={Rc::new(Plot::Curves(curves))} figure={Rc::new(figure)} {columns} large=true /> }
}

fn bars(title: &'static str, note: String, figure: Figure, columns: Vec<Column>) -> Html {
    let stacks = columns
        .iter()
        .map(|column| Bars {
            name: column.name.clone(),
            token: column.token,
            values: column.values.clone(),
        })
        .collect();
    html! { <ChartPanel {title} {note} plot={Rc::new(Plot::Bars(stacks))} figure={Rc::new(figure)} {columns} /> }
}

/// The short and the long name of each interval.
fn names<'a>(
    intervals: impl Iterator<Item = (Option<&'a Timestamp>, bool)>,
    granularity: Granularity,
    zone: &Zone,
) -> Vec<(String, String)> {
    intervals
        .map(|(start, complete)| {
            let start = instant(start).unwrap_or_default();
            let long = format::bucket_in_full(granularity, start, &**zone);
            let so_far = if complete { "" } else { " · so far" };
            (
                format::bucket(granularity, start, &**zone),
                format!("{long}{so_far}"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rendering, state::query::timestamp};

    fn day(text: &str) -> Option<Timestamp> {
        Some(timestamp(text.parse().unwrap()))
    }

    #[tokio::test]
    async fn the_lifecycle_names_its_four_kinds() {
        let html = rendering::signed_in("/users", || {
            let intervals = vec![LifecycleInterval {
                start: day("2026-11-22T00:00:00Z"),
                active_users: 6,
                new_users: 1,
                returning_users: 2,
                resurrecting_users: 3,
                dormant_users: 4,
                ..LifecycleInterval::default()
            }];
            html! { <Lifecycle {intervals} granularity={Granularity::Week} zone={Zone::utc()} /> }
        })
        .await;
        for text in [
            "New",
            "Returning",
            "Resurrecting",
            "Dormant",
            "users by week",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn the_largest_cohorts_have_curves_of_their_own() {
        let html = rendering::signed_in("/users/cohorts", || {
            let cohort = |start: &str, users| RetentionCohort {
                start: day(start),
                users,
                ..RetentionCohort::default()
            };
            let cohorts = vec![
                cohort("2026-11-01T00:00:00Z", 5),
                cohort("2026-11-08T00:00:00Z", 9),
                cohort("2026-11-15T00:00:00Z", 7),
                cohort("2026-11-22T00:00:00Z", 0),
            ];
            html! { <Curves pooled={vec![PooledRetention::default(); 3]} {cohorts} granularity={Granularity::Day} zone={Zone::utc()} /> }
        })
        .await;
        assert_eq!(html.matches("Cohort of").count(), 2, "{html}");
        assert!(
            html.contains("Cohort of 8 Nov") && html.contains("Cohort of 15 Nov"),
            "{html}"
        );
    }

    #[tokio::test]
    async fn days_of_a_user_and_of_a_month_are_drawn() {
        let html = rendering::signed_in("/users/a", || {
            let days = vec![UserDay {
                start: day("2026-11-22T00:00:00Z"),
                runs: 3,
                completed: 1,
                failed: 1,
                activities: 2,
                ..UserDay::default()
            }];
            html! { <><UserDays {days} zone={Zone::utc()} /><ActiveDays users={vec![3, 1]} /></> }
        })
        .await;
        assert!(
            html.contains("Other runs") && html.contains("last 30 days"),
            "{html}"
        );
    }
}
