//! Versions of an agent side by side, each with a verdict against the one that is known best.

use std::rc::Rc;

use shadow_proto::metrics::v1::{AgentVersion, Unit, Verdict};
use yew::prelude::*;

use crate::{
    catalogue::Catalogue,
    components::{
        metrics::IntervalBar,
        ui::{Badge, BadgeTone},
    },
    format,
    state::answer,
};

/// Numbers beside the success rate.
const METRICS: [&str; 5] = [
    "executions",
    "duration_p95",
    "tokens_mean",
    "credits_per_run",
    "cost_per_success",
];

/// Properties of [`Versions`].
#[derive(Properties, PartialEq)]
pub struct VersionsProps {
    /// The most used first.
    pub versions: Vec<AgentVersion>,
    /// What the metrics mean.
    pub catalogue: Rc<Catalogue>,
}

/// Versions side by side.
#[component]
pub fn Versions(props: &VersionsProps) -> Html {
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ "Versions" }</h2>
                    <p class="panel__note">{ "success rates compared with the version that ran most, by Newcombe's 95 % interval of the difference" }</p>
                </div>
            </header>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Versions">
                <table class="table">
                    <caption class="only-read">{ "Versions side by side" }</caption>
                    <thead>
                        <tr>
                            <th scope="col">{ "Version" }</th>
                            <th scope="col" class="number">{ props.catalogue.name("success_rate") }</th>
                            <th scope="col">{ "Verdict" }</th>
                            { for METRICS.iter().map(|id| html! { <th scope="col" class="number">{ props.catalogue.name(id) }</th> }) }
                        </tr>
                    </thead>
                    <tbody>{ for props.versions.iter().map(|version| row(version, &props.catalogue)) }</tbody>
                </table>
            </div>
        </section>
    }
}

fn row(version: &AgentVersion, catalogue: &Catalogue) -> Html {
    let total = |id: &str| answer::of(&version.series, id).and_then(|trend| trend.total);
    let rate = total("success_rate");
    html! {
        <tr>
            <th scope="row">{ version.version.clone().unwrap_or_else(|| "Unknown".to_owned()) }</th>
            <td class="number">
                { format::value(Unit::Ratio, rate) }
                if let Some((value, interval)) = rate.zip(version.success_interval) {
                    <IntervalBar {value} low={interval.low} high={interval.high} />
                }
            </td>
            <td>{ verdict(version) }</td>
            { for METRICS.iter().map(|id| {
                let unit = catalogue.unit(id);
                html! { <td class="number" title={format::exact(unit, total(id))}>{ format::value(unit, total(id)) }</td> }
            }) }
        </tr>
    }
}

fn verdict(version: &AgentVersion) -> Html {
    if version.baseline {
        return html! { <Badge>{ "Compared with" }</Badge> };
    }
    let (Some(difference), Some(interval)) = (version.difference, version.difference_interval)
    else {
        return html! { format::ABSENT };
    };
    let (tone, word) = match version.verdict() {
        Verdict::Better => (BadgeTone::Good, "Better"),
        Verdict::Worse => (BadgeTone::Bad, "Worse"),
        Verdict::NotDistinguishable | Verdict::Unspecified => {
            (BadgeTone::Neutral, "Not distinguishable")
        }
    };
    let points = |share: f64| format::change(Unit::Ratio, Some(share), None, None);
    let title = format!(
        "between {} and {}",
        points(interval.low),
        points(interval.high)
    );
    html! {
        <>
            <Badge {tone}>{ word }</Badge>
            <span class="verdict" title={title.clone()}>
                { points(difference) }
                <span class="only-read">{ format!(", {title}") }</span>
            </span>
        </>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::Interval;

    use super::*;
    use crate::{
        catalogue::tests::catalogue,
        rendering,
        state::answer::tests::{real, series},
    };

    #[tokio::test]
    async fn a_version_has_its_verdict() {
        let html = rendering::signed_in("/agents", || {
            let version = |name: Option<&str>, rate: f64| AgentVersion {
                version: name.map(str::to_owned),
                series: vec![series("success_rate", real(rate), Vec::new())],
                success_interval: Some(Interval {
                    low: rate - 0.1,
                    high: rate,
                }),
                ..AgentVersion::default()
            };
            let compared = |verdict: Verdict, difference: f64| AgentVersion {
                difference: Some(difference),
                difference_interval: Some(Interval {
                    low: difference - 0.01,
                    high: difference + 0.01,
                }),
                verdict: Some(verdict.into()),
                ..version(None, 0.5)
            };
            let versions = vec![
                AgentVersion {
                    baseline: true,
                    ..version(Some("2.1"), 0.9)
                },
                compared(Verdict::Better, 0.05),
                compared(Verdict::Worse, -0.05),
                compared(Verdict::NotDistinguishable, 0.001),
                version(Some("0"), 0.4),
            ];
            html! { <Versions {versions} catalogue={Rc::new(catalogue())} /> }
        })
        .await;
        for text in [
            "Compared with",
            "badge--good",
            "Worse",
            "Not distinguishable",
            "between +4 pp and +6 pp",
            "Unknown",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
