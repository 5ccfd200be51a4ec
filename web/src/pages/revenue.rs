//! The platform's recurring revenue, by calendar month.

use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};
use shadow_proto::{
    common::v1::{Granularity, TimeRange},
    metrics::v1::{
        GetRevenueRequest, GetRevenueResponse, ListMovementsRequest, ListMovementsResponse,
    },
};
use yew::prelude::*;

use crate::{
    api, browser,
    components::{
        metrics::OverviewSkeleton,
        revenue::{MoneyChoices, MovementBridge, Movements, Numbers, OverMonths, Plans},
        ui::{Notice, NoticeKind, answered},
    },
    format,
    hooks::{Asked, Fresh, use_answer, use_asked, use_set_pulse},
    navigation::use_place,
    session::use_signed_in,
    state::{
        answer,
        money::Money,
        query::timestamp,
        revenue::{self, Asked as Months},
        session::Permission,
    },
};

/// How many movements are a page.
const PAGE_SIZE: u32 = 20;

/// Recurring revenue.
#[component]
pub fn Revenue() -> Html {
    let viewer = use_signed_in().viewer;
    html! {
        <>
            <h1 class="page__title">{ "Revenue" }<span class="page__scope">{ "All workspaces" }</span></h1>
            if viewer.may_everywhere(Permission::ViewFinancial) {
                <Body />
            } else {
                <Notice kind={NoticeKind::Empty} title="Revenue is not yours to see">
                    <p>{ "The revenue of the whole platform needs the permission view_financial in every workspace. Whoever runs the platform may give you a role that has it: executive." }</p>
                </Notice>
            }
        </>
    }
}

/// What is known of revenue, and what was asked.
#[derive(Clone, PartialEq)]
struct Known {
    asked: Asked,
    months: Months,
    revenue: Rc<GetRevenueResponse>,
    movements: Rc<ListMovementsResponse>,
}

#[component]
fn Body() -> Html {
    let place = use_place();
    let asked = use_asked();
    let asked = Asked {
        // It is the platform's, whatever workspace is chosen for other pages.
        workspace: None,
        ..asked
    };
    let money = Money {
        // Which currency is shown is no question.
        currency: None,
        ..place.view.money.clone()
    };
    let page = place.view.list.page.clone();
    let page = use_answer((asked, money, page), |(asked, money, page)| {
        Box::pin(async move {
            let question = asked.question();
            let months = Months::of(&question.range, &*asked.zone);
            let range = |range: &shadow_domain::time::Range| {
                Some(TimeRange {
                    start: Some(timestamp(range.start)),
                    end: Some(timestamp(range.end)),
                    zone: question.zone.clone(),
                })
            };
            let kind = money.movement.as_deref().and_then(revenue::movement);
            let (revenue, movements) = api::revenue(
                GetRevenueRequest {
                    range: range(&months.with_before),
                    margin: money.margin.map(|percent| f64::from(percent) / 100.0),
                },
                ListMovementsRequest {
                    range: range(&months.shown),
                    kinds: kind.map(i32::from).into_iter().collect(),
                    page_size: PAGE_SIZE,
                    page_token: page.unwrap_or_default(),
                },
            )
            .await?;
            let live = revenue::is_live(&months, browser::now());
            let answer = Known {
                asked,
                months,
                revenue: Rc::new(revenue),
                movements: Rc::new(movements),
            };
            Ok(Fresh { answer, live })
        })
    });
    use_set_pulse(page.pulse(|known| answer::as_of(known.revenue.provenance.as_ref())));
    answered(&page, html! { <OverviewSkeleton /> }, |known| {
        html! { <Shown known={(**known).clone()} /> }
    })
}

/// Properties of [`Shown`].
#[derive(Properties, PartialEq)]
struct ShownProps {
    known: Known,
}

#[component]
fn Shown(props: &ShownProps) -> Html {
    let money = use_place().view.money;
    let Known {
        asked,
        months,
        revenue: response,
        movements,
    } = &props.known;
    let zone = &asked.zone;
    let Some(shown) = revenue::currency(response, money.currency.as_deref()) else {
        return html! {
            <Notice kind={NoticeKind::Empty} title="Nobody has paid yet">
                <p>{ "Revenue comes from subscriptions that are published as events (StreamingService.PublishBatch). It appears here a moment after they are stored." }</p>
            </Notice>
        };
    };
    let provenance = response.provenance.as_ref();
    let version = provenance.map_or(0, |from| from.definition_version);
    let as_of =
        answer::as_of(provenance).map_or_else(String::new, |at| format::time_of_day(at, &**zone));
    let name = |at: DateTime<Utc>| format::bucket_in_full(Granularity::Month, at, &**zone);
    let first = name(months.shown.start);
    let last = name(months.shown.end - TimeDelta::microseconds(1));
    let period = match first == last {
        true => last.clone(),
        false => format!("{first} – {last}"),
    };
    let currencies: Vec<AttrValue> = response
        .currencies
        .iter()
        .map(|of| of.currency.clone().into())
        .collect();
    let revenue = Rc::new(shown.clone());
    html! {
        <>
            if months.cut {
                <p class="banner">{ "Revenue is answered for at most 60 months: these are the latest." }</p>
            }
            <div class="page__head">
                <p class="panel__note">{ format!("calendar months of {}; the numbers are of {last}, in {}", shadow_domain::time::Zone::name(&**zone), shown.currency) }</p>
                <MoneyChoices {currencies} currency={shown.currency.clone()} />
            </div>
            <Numbers revenue={revenue.clone()} {version} compare={asked.compare} as_of={as_of.clone()} month={last} />
            <MovementBridge months={months.shown_of(&shown.months).to_vec()} currency={shown.currency.clone()} period={period.clone()} />
            <OverMonths revenue={revenue.clone()} zone={zone.clone()} />
            <Movements response={movements.clone()} {version} {period} zone={zone.clone()} {as_of} />
            <Plans {revenue} />
        </>
    }
}

#[cfg(test)]
mod tests {
    use shadow_domain::time::{IanaZone, Range};
    use shadow_proto::metrics::v1::CurrencyRevenue;

    use super::*;
    use crate::{
        rendering,
        state::{range::Span, revenue::tests::months, view::Compare},
        zone::Zone,
    };

    async fn shown(currencies: Vec<CurrencyRevenue>) -> String {
        rendering::signed_in("/revenue", move || {
            let range = Range {
                start: "2026-10-26T00:00:00Z".parse().unwrap(),
                end: "2026-11-25T00:00:00Z".parse().unwrap(),
            };
            let known = Known {
                asked: Asked {
                    workspace: None,
                    span: Span::default(),
                    zone: Zone::utc(),
                    compare: Compare::Previous,
                },
                months: Months::of(&range, &IanaZone::UTC),
                revenue: Rc::new(GetRevenueResponse {
                    currencies: currencies.clone(),
                    ..GetRevenueResponse::default()
                }),
                movements: Rc::default(),
            };
            html! { <Shown {known} /> }
        })
        .await
    }

    #[tokio::test]
    async fn everything_about_revenue_is_on_the_page() {
        let html = shown(vec![CurrencyRevenue {
            currency: "USD".to_owned(),
            months: months(),
            ..CurrencyRevenue::default()
        }])
        .await;
        for number in revenue::FIRST.iter().chain(&revenue::MORE) {
            let id = format!(r#"data-metric="{}""#, number.id);
            assert!(html.contains(&id), "{id} in {html}");
        }
        for text in [
            "$285",
            "93.2 %",
            "month so far",
            "How revenue moved",
            "October 2026 – November 2026",
            "Movements by month",
            "Revenue that stayed",
            "Plans",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn no_revenue_says_where_it_comes_from() {
        let html = shown(Vec::new()).await;
        assert!(html.contains("Nobody has paid yet"), "{html}");
    }

    #[tokio::test]
    async fn who_may_not_see_the_money_of_all_is_told() {
        let html = rendering::signed_in("/revenue", || html! { <Revenue /> }).await;
        assert!(
            html.contains("not yours to see") && html.contains("view_financial"),
            "{html}"
        );
    }
}
