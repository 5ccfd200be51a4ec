//! The platform's money and who is there: recurring revenue of the month with its movements, what stays of it, and active
//! workspaces.

use std::rc::Rc;

use shadow_proto::metrics::v1::GetExecutiveResponse;
use yew::prelude::*;

use crate::{
    catalogue::Definition,
    components::metrics::{CardSize, MetricCard},
    format,
    navigation::{Go, Route, use_place},
    state::{
        answer::Trend,
        executive,
        money::Money,
        revenue::{Bridge, FIRST, MORE, MOVEMENTS, Number},
        view::{Compare, View},
    },
};

/// Properties of [`PlatformNumbers`].
#[derive(Properties, PartialEq)]
pub struct PlatformNumbersProps {
    /// What came back.
    pub response: Rc<GetExecutiveResponse>,
    /// What the last month is compared with.
    pub compare: Compare,
    /// When the data was read, in words.
    pub as_of: AttrValue,
}

/// Numbers of the month that are shown, of those of the page of revenue.
const SHOWN: [&str; 4] = ["mrr", "nrr", "logo_churn", "net_churn"];

/// The platform's money; nothing where the person may not see it, or nobody ever paid.
#[component]
pub fn PlatformNumbers(props: &PlatformNumbersProps) -> Html {
    let place = use_place();
    let view = place.view.elsewhere();
    let Some(revenue) = executive::revenue(&props.response) else {
        return Html::default();
    };
    let version = props
        .response
        .provenance
        .as_ref()
        .map_or(0, |from| from.definition_version);
    let months = &revenue.months;
    let open = months.last().is_some_and(|month| !month.complete);
    let against = |of: Option<f64>, text: [&'static str; 2]| match (of, props.compare) {
        (Some(_), Compare::Previous) => Some(AttrValue::from(text[0])),
        (Some(_), Compare::Year) => Some(AttrValue::from(text[1])),
        _ => None,
    };
    // The reason why there is no margin, where a month's income is known.
    let mixed = revenue
        .margins
        .last()
        .is_some_and(|of| of.cost_micros.is_none());
    let numbers = SHOWN.iter().filter_map(|id| {
        FIRST
            .iter()
            .chain(&MORE)
            .find(|number: &&Number| number.id == *id)
    });
    let card =
        |metric: Rc<Definition>, trend: Trend, open, against: Option<AttrValue>, to: Route| {
            let note = if metric.id == "margin" && trend.total.is_none() && mixed {
                "in several currencies"
            } else if open && against.is_none() {
                "month so far"
            } else {
                ""
            };
            html! {
                <MetricCard
                    {metric}
                    {trend}
                    {against}
                    {note}
                    {open}
                    size={CardSize::Large}
                    leads={Some((to, view.clone()))}
                    as_of={props.as_of.clone()}
                />
            }
        };
    let month = ["vs month before", "vs last year"];
    let margin = executive::margin(revenue, props.compare);
    let active = executive::active_workspaces(&props.response, props.compare);
    let moved = Bridge::over(months.last().map_or(&[][..], std::slice::from_ref)).moved_micros;
    let others: Vec<&str> = props
        .response
        .revenue
        .iter()
        .map(|one| one.currency.as_str())
        .filter(|code| *code != revenue.currency)
        .collect();
    html! {
        <section class="panel" aria-labelledby="money-title">
            <h2 id="money-title" class="only-read">{ "Money" }</h2>
            <div class="metrics metrics--large">
                { for numbers.map(|number| {
                    let trend = number.trend(months, props.compare);
                    let against = against(trend.previous, month);
                    card(number.definition(&revenue.currency, version), trend, open, against, Route::Revenue)
                }) }
                { card(executive::margin_definition(version), margin.clone(), open, against(margin.previous, month), Route::Revenue) }
                if let Some(active) = active {
                    { card(executive::active_workspaces_definition(version), active.clone(), false, against(active.previous, ["vs previous", "vs last year"]), Route::Workspaces) }
                }
            </div>
            <ul class="legs legs--below" aria-label="Movements of the month">
                { for MOVEMENTS.into_iter().zip(moved).map(|((_, word, name, token), micros)| {
                    let view = View {
                        money: Money { movement: Some(word.to_owned()), ..Money::default() },
                        ..view.clone()
                    };
                    html! {
                        <li class={format!("legend__item legend__item--{token}")}>
                            <Go to={Route::Revenue} {view} class="link">
                                { format!("{name} ") }<b>{ format::amount(&revenue.currency, micros as f64) }</b>
                            </Go>
                        </li>
                    }
                }) }
                if !others.is_empty() {
                    <li class="panel__note">{ format!("in {}; {} is not added", revenue.currency, others.join(", ")) }</li>
                }
            </ul>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rendering, state::executive::tests::response};

    async fn shown(response: GetExecutiveResponse) -> String {
        let response = Rc::new(response);
        rendering::signed_in("/executive?range=7d", move || {
            html! { <PlatformNumbers response={response.clone()} compare={Compare::Previous} as_of="21:00:00" /> }
        })
        .await
    }

    #[tokio::test]
    async fn money_has_its_movements_and_leads_to_revenue() {
        let html = shown(response()).await;
        for id in SHOWN.iter().chain(&["margin", "active_workspaces"]) {
            assert!(html.contains(&format!(r#"data-metric="{id}""#)), "{id}");
        }
        for text in [
            "75 %",
            "−5 pp",
            "/revenue?range=7d&amp;movement=churn",
            "$30",
            "month so far",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        assert!(!html.contains("is not added"), "{html}");
    }

    #[tokio::test]
    async fn a_margin_that_is_absent_says_why() {
        let mut unknown = response();
        for margin in &mut unknown.revenue[0].margins {
            (margin.cost_micros, margin.margin) = (None, None);
        }
        let html = shown(unknown).await;
        assert!(html.contains("in several currencies"), "{html}");
        let html = shown(response()).await;
        assert!(!html.contains("in several currencies"), "{html}");
    }

    #[tokio::test]
    async fn currencies_are_not_added_and_who_may_not_see_money_sees_no_gap() {
        let mut two = response();
        let mut euros = two.revenue[0].clone();
        euros.currency = "EUR".to_owned();
        euros.months.truncate(1);
        two.revenue.insert(0, euros);
        let html = shown(two).await;
        assert!(html.contains("in USD; EUR is not added"), "{html}");
        let none = GetExecutiveResponse {
            revenue: Vec::new(),
            ..response()
        };
        assert_eq!(
            shown(none).await,
            shown(GetExecutiveResponse::default()).await
        );
    }
}
