//! Where a share lies: its interval on a line from nothing to all.

use yew::prelude::*;

use crate::{format, scales};

/// Properties of [`IntervalBar`].
#[derive(Properties, PartialEq)]
pub struct IntervalBarProps {
    /// What was seen.
    pub value: f64,
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

/// An interval, in words for who does not see it.
#[component]
pub fn IntervalBar(props: &IntervalBarProps) -> Html {
    let at = |share: f64| format!("{:.1}", scales::share(Some(share), 1.0));
    let width = format!(
        "{:.1}",
        scales::share(Some(props.high - props.low), 1.0).max(0.5)
    );
    html! {
        <>
            <span class="only-read">{ words(props.low, props.high) }</span>
            <svg class="interval" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <rect class="interval__all" y="2" width="100" height="2" />
                <rect class="interval__range" x={at(props.low)} {width} height="6" />
                <rect class="interval__value" x={at((props.value - 0.005).max(0.0))} width="1" height="6" />
            </svg>
        </>
    }
}

/// An interval in words.
pub fn words(low: f64, high: f64) -> String {
    let share = |share| {
        let text = format::value(shadow_proto::metrics::v1::Unit::Ratio, Some(share));
        text.trim_end_matches(" %").to_owned()
    };
    format!("{}–{} %", share(low), share(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn an_interval_is_drawn_and_told() {
        let html = rendering::signed_in("/agents", || {
            html! { <IntervalBar value=0.97 low=0.915 high=0.99 /> }
        })
        .await;
        for text in ["91.5–99 %", r#"x="91.5""#, r#"width="7.5""#, r#"x="96.5""#] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
