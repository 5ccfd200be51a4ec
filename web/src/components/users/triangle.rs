//! The triangle of retention: a row per cohort, the stronger the colour, the more came back. It is a table, so it needs
//! none behind it.

use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{PooledRetention, RetentionCell, RetentionCohort, Unit},
};
use yew::prelude::*;

use crate::{
    format,
    state::{query::instant, range},
    zone::Zone,
};

/// How many shades there are beside none.
const SHADES: f64 = 5.0;

/// Properties of [`Triangle`].
#[derive(Properties, PartialEq)]
pub struct TriangleProps {
    /// In order.
    pub cohorts: Vec<RetentionCohort>,
    /// All of them together.
    pub pooled: Vec<PooledRetention>,
    /// The length of an interval.
    pub granularity: Granularity,
    /// Whose intervals.
    pub zone: Zone,
    /// What is shown, in words.
    pub note: AttrValue,
}

/// A row per cohort.
#[component]
pub fn Triangle(props: &TriangleProps) -> Html {
    let width = props
        .cohorts
        .iter()
        .map(|cohort| cohort.cells.len())
        .max()
        .unwrap_or(0);
    let unit = range::bucket_name(props.granularity);
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ "Cohorts" }</h2>
                    <p class="panel__note">{ &props.note }</p>
                </div>
            </header>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Cohorts">
                <table class="table cohorts">
                    <caption class="only-read">{ format!("Who came back, by {unit} after the first") }</caption>
                    <thead>
                        <tr>
                            <th scope="col">{ "Began" }</th>
                            <th scope="col" class="number">{ "Users" }</th>
                            { for (0..width).map(|n| html! { <th scope="col" class="number" title={format!("{unit} {n}")}>{ n }</th> }) }
                        </tr>
                    </thead>
                    <tbody>
                        <tr class="cohorts__all">
                            <th scope="row">{ "All that are that far" }</th>
                            <td class="number">{ format::count(props.pooled.first().map_or(0, |pooled| pooled.users)) }</td>
                            { for (0..width).map(|n| all(props.pooled.get(n))) }
                        </tr>
                        { for props.cohorts.iter().map(|cohort| row(cohort, width, props)) }
                    </tbody>
                </table>
            </div>
        </section>
    }
}

fn row(cohort: &RetentionCohort, width: usize, props: &TriangleProps) -> Html {
    let start = instant(cohort.start.as_ref()).unwrap_or_default();
    html! {
        <tr>
            <th scope="row" title={format::bucket_in_full(props.granularity, start, &*props.zone)}>
                { format::bucket(props.granularity, start, &*props.zone) }
                if !cohort.complete {
                    <span class="so-far">{ " so far" }</span>
                }
            </th>
            <td class="number">{ format::count(cohort.users) }</td>
            { for (0..width).map(|n| cohort.cells.get(n).map_or_else(|| html! { <td></td> }, |one| cell(cohort, one))) }
        </tr>
    }
}

fn cell(cohort: &RetentionCohort, cell: &RetentionCell) -> Html {
    let rate = format::value(Unit::Ratio, cell.rate);
    let told = format!(
        "{} of {} users",
        format::count(cell.users),
        format::count(cohort.users)
    );
    let title = match cell.complete {
        true => told,
        false => format!("{told}; so far"),
    };
    html! {
        <td class={classes!("number", "cohorts__cell", format!("cohorts__cell--{}", shade(cell.rate)), (!cell.complete).then_some("is-open"))} {title}>
            { rate }
            if !cell.complete {
                <span class="only-read">{ " so far" }</span>
            }
        </td>
    }
}

fn all(pooled: Option<&PooledRetention>) -> Html {
    let Some(pooled) = pooled else {
        return html! { <td></td> };
    };
    let title = format!(
        "{} of {} users of {} cohorts",
        format::count(pooled.returned),
        format::count(pooled.users),
        pooled.cohorts
    );
    html! {
        <td class={classes!("number", "cohorts__cell", format!("cohorts__cell--{}", shade(pooled.rate)))} {title}>
            { format::value(Unit::Ratio, pooled.rate) }
        </td>
    }
}

/// From 0, nobody, to the darkest.
fn shade(rate: Option<f64>) -> u8 {
    let rate = rate.unwrap_or_default().clamp(0.0, 1.0);
    (rate * SHADES).ceil() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rendering, state::query::timestamp};

    #[test]
    fn the_shade_grows_with_the_rate() {
        let shades = [
            None,
            Some(0.0),
            Some(0.01),
            Some(0.2),
            Some(0.21),
            Some(1.0),
        ]
        .map(shade);
        assert_eq!(shades, [0, 0, 1, 1, 2, 5]);
    }

    #[tokio::test]
    async fn what_is_not_over_is_marked_and_what_is_not_there_is_empty() {
        let html = rendering::signed_in("/users/cohorts", || {
            let cell = |users, rate, complete| RetentionCell {
                users,
                rate: Some(rate),
                complete,
            };
            let cohort = |start: &str, complete, cells| RetentionCohort {
                start: Some(timestamp(start.parse().unwrap())),
                users: 8,
                complete,
                cells,
                ..RetentionCohort::default()
            };
            let cohorts = vec![
                cohort("2026-11-21T00:00:00Z", true, vec![cell(8, 1.0, true), cell(2, 0.25, false)]),
                cohort("2026-11-22T00:00:00Z", false, vec![cell(8, 1.0, false)]),
            ];
            let pooled = vec![PooledRetention {
                cohorts: 1,
                users: 8,
                returned: 8,
                rate: Some(1.0),
                ..PooledRetention::default()
            }];
            html! { <Triangle {cohorts} {pooled} granularity={Granularity::Day} zone={Zone::utc()} note="by day" /> }
        })
        .await;
        for text in [
            "2 of 8 users; so far",
            "25 %",
            "is-open",
            "8 of 8 users of 1 cohorts",
            "21 Nov",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        assert!(html.contains("<td></td>"), "{html}");
    }
}
