//! When an agent runs: a week of hours, the stronger the colour, the more. It is a table, so it needs none behind it.

use chrono::TimeDelta;
use shadow_proto::{
    common::v1::{Granularity, TimeRange},
    metrics::v1::{Unit, WeekHour},
};
use yew::prelude::*;

use crate::{format, state::query::instant, zone::Zone};

const DAYS: [(&str, &str); 7] = [
    ("Mon", "Monday"),
    ("Tue", "Tuesday"),
    ("Wed", "Wednesday"),
    ("Thu", "Thursday"),
    ("Fri", "Friday"),
    ("Sat", "Saturday"),
    ("Sun", "Sunday"),
];
/// How many shades there are beside none.
const SHADES: f64 = 5.0;

/// Properties of [`Hours`].
#[derive(Properties, PartialEq)]
pub struct HoursProps {
    /// Hours of the week, Monday's first hour first.
    pub hours: Vec<WeekHour>,
    /// What they are counted over, and the zone of the clocks.
    pub range: TimeRange,
}

/// When an agent runs.
#[component]
pub fn Hours(props: &HoursProps) -> Html {
    let busiest = props.hours.iter().map(mean).fold(0.0, f64::max);
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ "Hours of the week" }</h2>
                    <p class="panel__note">{ note(&props.range) }</p>
                </div>
            </header>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Hours of the week">
                <table class="week">
                    <caption class="only-read">{ "Executions per hour of the week, on average" }</caption>
                    <thead>
                        <tr>
                            <td></td>
                            { for (0..24).map(|hour| html! { <th scope="col">{ format!("{hour:02}") }</th> }) }
                        </tr>
                    </thead>
                    <tbody>
                        { for props.hours.chunks(24).zip(DAYS).map(|(day, (short, long))| html! {
                            <tr>
                                <th scope="row" title={long}>{ short }</th>
                                { for day.iter().map(|hour| cell(hour, long, busiest)) }
                            </tr>
                        }) }
                    </tbody>
                </table>
            </div>
        </section>
    }
}

fn note(range: &TimeRange) -> String {
    let zone = Zone::named(&range.zone);
    let day = |at| format::bucket_in_full(Granularity::Day, at, &*zone);
    let days = instant(range.start.as_ref())
        .zip(instant(range.end.as_ref()))
        .map(|(start, end)| {
            // The end is the first instant after the range.
            let last = end - TimeDelta::microseconds(1);
            format!(" from {} to {}", day(start), day(last))
        });
    let days = days.unwrap_or_default();
    format!(
        "executions per hour{days} on the clocks of {}; the stronger the colour, the more",
        range.zone
    )
}

fn cell(hour: &WeekHour, day: &str, busiest: f64) -> Html {
    let executions = format::compact(mean(hour));
    let success = format::value(Unit::Ratio, hour.success_rate);
    let title = match hour.hours {
        0 => format!("{day} {:02}:00: not in the range", hour.hour),
        _ => format!(
            "{day} {:02}:00: {executions} an hour, {} in all, success rate {success}",
            hour.hour,
            format::count(hour.executions)
        ),
    };
    html! {
        <td class={format!("week__hour week__hour--{}", shade(mean(hour), busiest))} {title}>
            <span class="only-read">{ executions }</span>
        </td>
    }
}

/// Executions per such hour of the range.
fn mean(hour: &WeekHour) -> f64 {
    match hour.hours {
        0 => 0.0,
        hours => hour.executions as f64 / f64::from(hours),
    }
}

/// No shade where nothing ran, the darkest where the most did.
fn shade(mean: f64, busiest: f64) -> u32 {
    if mean <= 0.0 || busiest <= 0.0 {
        return 0;
    }
    (mean / busiest * SHADES).ceil().clamp(1.0, SHADES) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[test]
    fn shades_go_from_none_to_the_darkest() {
        assert_eq!(shade(0.0, 10.0), 0);
        assert_eq!(shade(0.1, 10.0), 1);
        assert_eq!(shade(5.0, 10.0), 3);
        assert_eq!(shade(10.0, 10.0), 5);
        assert_eq!(shade(0.0, 0.0), 0);
    }

    #[tokio::test]
    async fn an_hour_that_is_twice_in_a_week_is_a_mean() {
        let html = rendering::signed_in("/agents", || {
            let hours = (0..168)
                .map(|at| WeekHour {
                    weekday: at / 24 + 1,
                    hour: at % 24,
                    hours: if at == 145 { 2 } else { 1 },
                    executions: if at == 145 { 6 } else { 0 },
                    success_rate: (at == 145).then_some(0.5),
                })
                .collect::<Vec<_>>();
            let at = |text: &str| {
                let at: chrono::DateTime<chrono::Utc> = text.parse().unwrap();
                Some(prost_types::Timestamp {
                    seconds: at.timestamp(),
                    nanos: 0,
                })
            };
            let range = TimeRange {
                start: at("2026-10-26T00:00:00Z"),
                end: at("2026-11-02T00:00:00Z"),
                zone: "America/New_York".to_owned(),
            };
            html! { <Hours {hours} {range} /> }
        })
        .await;
        assert!(
            html.contains("Sunday 01:00: 3 an hour, 6 in all, success rate 50 %"),
            "{html}"
        );
        assert!(
            html.contains(
                "from Mon 26 Oct 2026 to Sun 1 Nov 2026 on the clocks of America/New_York"
            ),
            "{html}"
        );
        assert_eq!(html.matches("week__hour--5").count(), 1, "{html}");
        assert_eq!(html.matches("week__hour--0").count(), 167, "{html}");
    }
}
