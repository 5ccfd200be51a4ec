//! What each plan amounts to, at the end of the last month.

use std::rc::Rc;

use shadow_proto::metrics::v1::{CurrencyRevenue, Unit};
use yew::prelude::*;

use crate::format;

/// Properties of [`Plans`].
#[derive(Properties, PartialEq)]
pub struct PlansProps {
    /// Revenue in one currency.
    pub revenue: Rc<CurrencyRevenue>,
}

/// What each plan amounts to.
#[component]
pub fn Plans(props: &PlansProps) -> Html {
    let CurrencyRevenue {
        currency, plans, ..
    } = &*props.revenue;
    let all: i64 = plans.iter().map(|plan| plan.mrr_micros).sum();
    let share = |micros: i64| (all > 0).then(|| micros as f64 / all as f64);
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ "Plans" }</h2>
                    <p class="panel__note">{ "at the end of the last month, the largest first" }</p>
                </div>
            </header>
            if plans.is_empty() {
                <p class="panel__empty">{ "Nobody pays for a plan then." }</p>
            } else {
                <div class="table-scroll" tabindex="0" role="region" aria-label="Plans">
                    <table class="table">
                        <caption class="only-read">{ "Plans" }</caption>
                        <thead>
                            <tr>
                                <th scope="col">{ "Plan" }</th>
                                <th scope="col" class="number">{ format!("MRR, {currency}") }</th>
                                <th scope="col" class="number">{ "Share" }</th>
                                <th scope="col" class="number">{ "Customers" }</th>
                                <th scope="col" class="number">{ "Subscriptions" }</th>
                            </tr>
                        </thead>
                        <tbody>
                            { for plans.iter().map(|plan| html! {
                                <tr>
                                    <th scope="row" title={plan.plan_id.clone()}>
                                        { plan.plan_name.as_deref().unwrap_or(&plan.plan_id) }
                                    </th>
                                    <td class="number">{ format::amount(currency, plan.mrr_micros as f64) }</td>
                                    <td class="number">{ format::value(Unit::Ratio, share(plan.mrr_micros)) }</td>
                                    <td class="number">{ format::count(plan.customers) }</td>
                                    <td class="number">{ format::count(plan.subscriptions) }</td>
                                </tr>
                            }) }
                        </tbody>
                    </table>
                </div>
            }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::PlanRevenue;

    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn plans_have_a_share_of_their_currency() {
        let html = rendering::signed_in("/revenue", || {
            let plan = |plan_id: &str, name: Option<&str>, mrr_micros| PlanRevenue {
                plan_id: plan_id.to_owned(),
                plan_name: name.map(str::to_owned),
                subscriptions: 3,
                customers: 2,
                mrr_micros,
            };
            let revenue = CurrencyRevenue {
                currency: "EUR".to_owned(),
                plans: vec![
                    plan("p-1", Some("Scale"), 750_000_000),
                    plan("team", None, 250_000_000),
                ],
                ..CurrencyRevenue::default()
            };
            html! { <Plans revenue={Rc::new(revenue)} /> }
        })
        .await;
        for text in [">Scale<", ">team<", "750 EUR", "75 %", "25 %"] {
            assert!(html.contains(text), "{text} in {html}");
        }
        let html = rendering::signed_in("/revenue", || {
            html! { <Plans revenue={Rc::<CurrencyRevenue>::default()} /> }
        })
        .await;
        assert!(html.contains("Nobody pays"), "{html}");
    }
}
