//! How long completed runs took: their histogram as a table with bars.

use std::rc::Rc;

use shadow_proto::metrics::v1::{Series, Unit};
use yew::prelude::*;

use crate::{catalogue::Catalogue, format, scales, state::answer};

/// The classes of the histogram.
const CLASSES: [&str; 6] = [
    "duration_under_1s",
    "duration_1s_to_5s",
    "duration_5s_to_10s",
    "duration_10s_to_30s",
    "duration_30s_to_60s",
    "duration_over_60s",
];
/// What is said of the distribution beside it: of completed runs, then of the others.
const VALUES: [&str; 8] = [
    "duration_p50",
    "duration_p90",
    "duration_p95",
    "duration_p99",
    "duration_mean",
    "duration_max",
    "duration_other_p50",
    "duration_other_p95",
];

/// Properties of [`Durations`].
#[derive(Properties, PartialEq)]
pub struct DurationsProps {
    /// The numbers of the agent.
    pub series: Vec<Series>,
    /// What they mean.
    pub catalogue: Rc<Catalogue>,
}

/// How long completed runs took, and the others.
#[component]
pub fn Durations(props: &DurationsProps) -> Html {
    let of = |id: &str| answer::of(&props.series, id).unwrap_or_default();
    let all: f64 = CLASSES.iter().filter_map(|id| of(id).total).sum();
    html! {
        <section class="panel" aria-label="Durations">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ "Durations" }</h2>
                    <p class="panel__note">{ "of completed runs, exact; runs that ended otherwise apart, because fast failures would drag a median down" }</p>
                </div>
            </header>
            <div class="columns columns--even">
                <div class="table-scroll" tabindex="0" role="region" aria-label="Completed runs by duration">
                    <table class="table">
                        <caption class="only-read">{ "Completed runs by duration" }</caption>
                        <tbody>{ for CLASSES.iter().map(|id| class(&props.catalogue, id, of(id).total, all)) }</tbody>
                    </table>
                </div>
                <div class="table-scroll" tabindex="0" role="region" aria-label="Percentiles of durations">
                    <table class="table">
                        <caption class="only-read">{ "Percentiles of durations" }</caption>
                        <tbody>
                            { for VALUES.iter().map(|id| html! {
                                <tr>
                                    <th scope="row">{ props.catalogue.name(id) }</th>
                                    <td class="number" title={format::exact(Unit::Microseconds, of(id).total)}>
                                        { format::value(Unit::Microseconds, of(id).total) }
                                    </td>
                                </tr>
                            }) }
                        </tbody>
                    </table>
                </div>
            </div>
        </section>
    }
}

/// One class of the histogram, with its share of all.
fn class(catalogue: &Catalogue, id: &str, total: Option<f64>, all: f64) -> Html {
    let share = total.filter(|_| all > 0.0).map(|total| total / all);
    let width = format!("{:.1}", scales::share(share, 1.0));
    html! {
        <tr>
            <th scope="row">{ catalogue.name(id) }</th>
            <td class="share-column">
                <svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                    <rect {width} height="4" />
                </svg>
            </td>
            <td class="number">{ format::exact(Unit::Count, total) }</td>
            <td class="number">{ format::value(Unit::Ratio, share) }</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalogue::tests::catalogue,
        rendering,
        state::answer::tests::{integer, series},
    };

    #[tokio::test]
    async fn each_class_has_its_share_and_what_is_unknown_a_dash() {
        let html = rendering::signed_in("/agents", || {
            let series = vec![
                series("duration_under_1s", integer(30), Vec::new()),
                series("duration_1s_to_5s", integer(10), Vec::new()),
                series("duration_p95", integer(2_500_000), Vec::new()),
            ];
            html! { <Durations {series} catalogue={Rc::new(catalogue())} /> }
        })
        .await;
        for text in [r#"width="75.0""#, "75 %", "25 %", "2.5 s", "—"] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
