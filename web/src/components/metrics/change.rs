//! The change against the compared period, coloured by what is good for the metric.

use shadow_proto::metrics::v1::{Direction, Unit};
use yew::prelude::*;

use crate::{
    format::{self, Tone},
    state::answer::Trend,
};

/// Properties of [`Change`].
#[derive(Properties, PartialEq)]
pub struct ChangeProps {
    /// The unit of the metric.
    pub unit: Unit,
    /// Which way is good.
    pub direction: Direction,
    /// The metric over time.
    pub trend: Trend,
}

/// The change against the compared period.
#[component]
pub fn Change(props: &ChangeProps) -> Html {
    let trend = &props.trend;
    let text = format::change(props.unit, trend.change, trend.total, trend.previous);
    let tone = trend.change.map_or(Tone::Neutral, |change| {
        format::tone(props.direction, change)
    });
    let (class, meaning) = match tone {
        Tone::Neutral => ("change", ""),
        Tone::Good => ("change change--good", ", better"),
        Tone::Bad => ("change change--bad", ", worse"),
    };
    let before = format!("Before: {}", format::exact(props.unit, trend.previous));
    html! {
        <span {class} title={before}>
            { text }
            <span class="only-read">{ meaning }</span>
        </span>
    }
}
