//! A small line over time, without axes.

use yew::prelude::*;

use crate::scales;

/// Properties of [`Sparkline`].
#[derive(Properties, PartialEq)]
pub struct SparklineProps {
    /// By bucket.
    pub values: Vec<Option<f64>>,
    /// Whether the last bucket is not over.
    #[prop_or_default]
    pub open: bool,
}

/// A small line over time. The number beside it says what it shows, so it is hidden from readers.
#[component]
pub fn Sparkline(props: &SparklineProps) -> Html {
    let spark = scales::spark(&props.values, props.open);
    let view_box = format!("0 0 {} {}", scales::WIDTH, scales::HEIGHT);
    html! {
        <svg class="sparkline" viewBox={view_box} preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <path class="sparkline__area" d={spark.area} />
            <path class="sparkline__line" d={spark.line} />
            <path class="sparkline__so-far" d={spark.so_far} />
        </svg>
    }
}
