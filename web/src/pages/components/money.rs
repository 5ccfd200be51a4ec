//! What the pages of credits and of revenue are made of.

use std::rc::Rc;

use shadow_proto::metrics::v1::{
    CreditAccount, CreditBurn, CreditDay, CreditReconciliation, CreditRunway, CurrencyRevenue,
    GetCreditsResponse, LedgerEntry, LedgerEntryKind, ListMovementsResponse, PlanRevenue,
    RevenueMonth, RevenueMovement, RevenueMovementKind, RevenueRetention, RevenueWaterfall,
};
use yew::prelude::*;

use super::specimen;
use crate::{
    components::{credits, revenue},
    state::{query::timestamp, view::Compare},
    zone::Zone,
};

/// What pages of money are made of.
pub(super) fn specimens() -> Html {
    let (known, zone) = (Rc::new(credits()), Zone::utc());
    let differing = Rc::new(GetCreditsResponse {
        reconciliation: Some(CreditReconciliation {
            booked_micro: 5_000_000,
            consumed_micro: 7_000_000,
        }),
        runway: None,
        ..credits()
    });
    let empty = Rc::<GetCreditsResponse>::default();
    html! {
        <>
            { specimen("Credits", [
                ("numbers", html! { <credits::Numbers response={known.clone()} as_of="21:00:00" open=true /> }),
                ("days", html! { <credits::Days response={known.clone()} zone={zone.clone()} /> }),
                ("account", html! { <credits::Account response={known.clone()} zone={zone.clone()} /> }),
                ("books that differ", html! { <credits::Account response={differing} zone={zone.clone()} /> }),
                ("ledger", html! { <credits::Ledger response={known} zone={zone.clone()} as_of="21:00:00" /> }),
                ("empty ledger", html! { <credits::Ledger response={empty} zone={zone.clone()} as_of="21:00:00" /> }),
            ]) }
            { earned(&zone) }
        </>
    }
}

fn earned(zone: &Zone) -> Html {
    let known = Rc::new(CurrencyRevenue {
        currency: "USD".to_owned(),
        months: (1..=6).map(month).collect(),
        plans: vec![plan("scale", 190), plan("team", 95)],
    });
    let none = Rc::<CurrencyRevenue>::default();
    let moved = Rc::new(ListMovementsResponse {
        movements: vec![movement()],
        next_page_token: String::new(),
        ..Default::default()
    });
    let currencies: Vec<AttrValue> = vec!["EUR".into(), "USD".into()];
    specimen(
        "Revenue",
        [
            (
                "choices",
                html! { <revenue::MoneyChoices {currencies} currency="USD" /> },
            ),
            (
                "numbers",
                html! { <revenue::Numbers revenue={known.clone()} version=3 compare={Compare::Previous} as_of="21:00:00" month="June 2026" /> },
            ),
            (
                "bridge",
                html! { <revenue::MovementBridge months={known.months.clone()} currency="USD" period="January 2026 – June 2026" /> },
            ),
            (
                "months",
                html! { <revenue::OverMonths revenue={known.clone()} zone={zone.clone()} /> },
            ),
            ("plans", html! { <revenue::Plans revenue={known} /> }),
            ("nobody pays", html! { <revenue::Plans revenue={none} /> }),
            (
                "movements",
                html! { <revenue::Movements response={moved} version=3 period="June 2026" zone={zone.clone()} as_of="21:00:00" /> },
            ),
            (
                "nobody moved",
                html! { <revenue::Movements response={Rc::<ListMovementsResponse>::default()} version=3 period="June 2026" zone={zone.clone()} as_of="21:00:00" /> },
            ),
        ],
    )
}

fn at(day: u32, month: u32) -> Option<prost_types::Timestamp> {
    let date = chrono::NaiveDate::from_ymd_opt(2026, month, day)?;
    Some(timestamp(date.and_time(chrono::NaiveTime::MIN).and_utc()))
}

fn credits() -> GetCreditsResponse {
    let mut balance_micro = 1_000_000_000;
    let days = (1..=9).map(|day| {
        let consumed_micro = i64::from(40 + (day * 7) % 30) * 1_000_000;
        balance_micro -= consumed_micro;
        CreditDay {
            start: at(day, 6),
            end: at(day + 1, 6),
            consumed_micro,
            balance_micro,
        }
    });
    let days: Vec<CreditDay> = days.collect();
    let consumed_micro = days.iter().map(|day| day.consumed_micro).sum();
    GetCreditsResponse {
        opening_micro: 1_000_000_000,
        account: Some(CreditAccount {
            purchased_micro: 500_000_000,
            consumed_micro,
            ..CreditAccount::default()
        }),
        closing_micro: 1_500_000_000 - consumed_micro,
        wasted_micro: consumed_micro / 12,
        days,
        burn: Some(CreditBurn {
            mean_micro: 52_000_000,
            slow_micro: 41_000_000,
            fast_micro: 66_000_000,
        }),
        runway: Some(CreditRunway {
            days: 19.6,
            least_days: 15.4,
            most_days: Some(24.8),
            exhausted_at: at(29, 6),
        }),
        reconciliation: Some(CreditReconciliation::default()),
        entries: vec![LedgerEntry {
            workspace_id: "w1".to_owned(),
            event_id: "e-1".to_owned(),
            occurred_at: at(3, 6),
            kind: LedgerEntryKind::Purchase.into(),
            amount_micro: 500_000_000,
            note: Some("monthly".to_owned()),
        }],
        ..GetCreditsResponse::default()
    }
}

/// Each month begins where the one before ended.
fn month(number: u32) -> RevenueMonth {
    let dollars = |amount: u32| i64::from(amount) * 1_000_000;
    let start = 180 + 15 * number;
    let end = start + 15;
    RevenueMonth {
        start: at(1, number),
        end: at(1, number + 1),
        complete: number < 6,
        waterfall: Some(RevenueWaterfall {
            start_micros: dollars(start),
            new_micros: dollars(20),
            expansion_micros: dollars(10),
            contraction_micros: dollars(5),
            churn_micros: dollars(10),
            quick_ratio: Some(2.0),
            quick_ratio_with_reactivation: Some(2.0),
            ..RevenueWaterfall::default()
        }),
        retention: Some(RevenueRetention {
            nrr: Some(0.97 + f64::from(number) / 100.0),
            grr: Some(0.93),
            gross_churn: Some(0.07),
            net_churn: Some(0.03 - f64::from(number) / 100.0),
            logo_churn: Some(0.1),
            ..RevenueRetention::default()
        }),
        mrr_micros: dollars(end),
        arr_micros: dollars(end) * 12,
        paying_customers: 5,
        arpa_micros: Some(dollars(end) / 5),
        ..RevenueMonth::default()
    }
}

fn plan(plan_id: &str, dollars: i64) -> PlanRevenue {
    PlanRevenue {
        plan_id: plan_id.to_owned(),
        plan_name: None,
        subscriptions: 3,
        customers: 3,
        mrr_micros: dollars * 1_000_000,
    }
}

fn movement() -> RevenueMovement {
    RevenueMovement {
        workspace_id: "w1".to_owned(),
        workspace_name: "Acme".to_owned(),
        occurred_at: at(12, 6),
        kind: RevenueMovementKind::Expansion.into(),
        currency: "USD".to_owned(),
        before_micros: 30_000_000,
        after_micros: 40_000_000,
    }
}
