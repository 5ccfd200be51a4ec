//! One number with its change, its sparkline and its explanation.

use std::rc::Rc;

use yew::prelude::*;

use super::{Change, Sparkline};
use crate::{
    catalogue::Definition,
    components::ui::Help,
    format,
    navigation::{Go, Route},
    state::{answer::Trend, view::View},
};

/// How large a card is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CardSize {
    /// What matters first.
    Large,
    /// One of many.
    #[default]
    Small,
}

/// Properties of [`MetricCard`].
#[derive(Properties, PartialEq)]
pub struct MetricCardProps {
    /// The metric.
    pub metric: Rc<Definition>,
    /// Its values.
    pub trend: Trend,
    /// Whether the last bucket is not over.
    #[prop_or_default]
    pub open: bool,
    /// When the data was read, in words.
    pub as_of: AttrValue,
    /// What the change is against; absent where nothing is compared.
    #[prop_or_default]
    pub against: Option<AttrValue>,
    /// A few words in the place of the change, where nothing is compared.
    #[prop_or_default]
    pub note: AttrValue,
    /// Where what it is made of is shown.
    #[prop_or_default]
    pub leads: Option<(Route, View)>,
    /// How large it is.
    #[prop_or_default]
    pub size: CardSize,
}

/// One number.
#[component]
pub fn MetricCard(props: &MetricCardProps) -> Html {
    let (metric, trend) = (&props.metric, &props.trend);
    let class = match props.size {
        CardSize::Large => "metric metric--large",
        CardSize::Small => "metric",
    };
    html! {
        <article {class} data-metric={metric.id.clone()}>
            <div class="metric__name">
                <h3 title={metric.name.clone()}>{ &metric.name }</h3>
                <Help
                    id={format!("help-{}", metric.id)}
                    metric={metric.clone()}
                    as_of={props.as_of.clone()}
                    sample_size={trend.sample_size}
                    share_known={trend.share_known}
                />
            </div>
            <p class="metric__value" title={format::exact(metric.unit, trend.total)}>
                if let Some((to, view)) = &props.leads {
                    <Go to={to.clone()} view={view.clone()} class="link">{ format::value(metric.unit, trend.total) }</Go>
                } else {
                    { format::value(metric.unit, trend.total) }
                }
            </p>
            if let Some(against) = &props.against {
                <p class="metric__change">
                    <Change unit={metric.unit} direction={metric.direction} trend={trend.clone()} />
                    <span class="metric__against">{ against }</span>
                </p>
            } else if !props.note.is_empty() {
                <p class="metric__change"><span class="metric__note" title={props.note.clone()}>{ &props.note }</span></p>
            }
            if !trend.values.is_empty() {
                <Sparkline values={trend.values.clone()} open={props.open} />
            }
            <p class="metric__as-of">{ format!("as of {}", props.as_of) }</p>
        </article>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalogue::tests::catalogue, rendering};

    async fn card(id: &'static str, trend: Trend, against: Option<&'static str>) -> String {
        rendering::signed_in("/executive", move || {
            let (metric, trend) = (catalogue().find(id).unwrap(), trend.clone());
            html! { <MetricCard {metric} {trend} as_of="21:00:00" against={against.map(AttrValue::from)} open=true /> }
        })
        .await
    }

    #[tokio::test]
    async fn a_card_has_value_change_sparkline_age_and_explanation() {
        let trend = Trend {
            total: Some(1_234_567.0),
            previous: Some(1_000_000.0),
            change: Some(0.234567),
            values: vec![Some(1.0), Some(2.0), Some(1.0)],
            sample_size: 28_185,
            ..Trend::default()
        };
        let html = card("executions", trend, Some("vs previous period")).await;
        for text in [
            "1.23M",
            "1,234,567",
            "+23.5 %",
            "change--good",
            "vs previous period",
            "sparkline__so-far",
            "as of 21:00:00",
            "What executions means.",
            "count(executions)",
            "version 3",
            "28,185 executions",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn an_absent_value_is_a_dash_and_never_a_zero() {
        let html = card(
            "cost_per_success",
            Trend {
                values: vec![None, None],
                ..Trend::default()
            },
            None,
        )
        .await;
        assert!(
            html.contains(r#"<p title="—" class="metric__value">—</p>"#),
            "{html}"
        );
        assert!(!html.contains("$0"), "{html}");
    }

    #[tokio::test]
    async fn what_a_number_has_not_takes_no_room() {
        let html = card("executions", Trend::default(), None).await;
        assert!(html.contains("as of 21:00:00"), "{html}");
        for absent in ["metric__change", "sparkline"] {
            assert!(!html.contains(absent), "{absent} in {html}");
        }
    }

    #[tokio::test]
    async fn more_is_worse_where_less_is_good() {
        let trend = Trend {
            total: Some(2e6),
            previous: Some(1e6),
            change: Some(1.0),
            ..Trend::default()
        };
        let html = card("duration_p95", trend, Some("before")).await;
        assert!(
            html.contains("change--bad") && html.contains(", worse"),
            "{html}"
        );
    }
}
