//! What one workspace pays, and what is left of its credits.

use shadow_proto::metrics::v1::{CreditRunway, ExecutiveWorkspace, Unit};
use yew::prelude::*;

use crate::{
    components::workspaces::fact,
    format,
    navigation::{Go, Route, use_place},
    state::{
        query::instant,
        workspaces::{monthly, plan, runway},
    },
    zone::Zone,
};

/// Properties of [`BillAndCredits`].
#[derive(Properties, PartialEq)]
pub struct BillAndCreditsProps {
    /// What is known of the workspace.
    pub workspace: ExecutiveWorkspace,
    /// The zone of the page.
    pub zone: Zone,
}

/// What a workspace pays, where the person may see that, beside what is left of its credits.
#[component]
pub fn BillAndCredits(props: &BillAndCreditsProps) -> Html {
    let one = &props.workspace;
    let view = use_place().view.elsewhere();
    let lead = |to: Route, text: &'static str| html! { <Go {to} view={view.clone()} class="link">{ text }</Go> };
    let credits = vec![
        ("Left", exact(one.credit_balance_micro)),
        (
            "Burn per day",
            one.burn.as_ref().map_or_else(
                || "under 14 days of data".to_owned(),
                |burn| exact(burn.mean_micro),
            ),
        ),
        (
            "They last",
            one.runway
                .as_ref()
                .map_or_else(|| "too little consumed to tell".to_owned(), lasts),
        ),
        ("Gone", gone(one.runway.as_ref(), &props.zone)),
    ];
    let home = Route::Workspace {
        id: view.workspace.clone().unwrap_or_default(),
    };
    html! {
        <div class="columns">
            if let Some(bill) = &one.bill {
                { panel("bill-title", "Bill", lead(home, "Workspace"), bill_facts(bill, &props.zone)) }
            }
            { panel("credits-title", "Credits", lead(Route::Credits, "Ledger and burn"), credits) }
        </div>
    }
}

fn bill_facts(
    bill: &shadow_proto::metrics::v1::WorkspaceBill,
    zone: &Zone,
) -> Vec<(&'static str, String)> {
    let plans: Vec<String> = bill.subscriptions.iter().map(plan).collect();
    let next = bill
        .subscriptions
        .iter()
        .filter_map(|one| instant(one.period_ends_at.as_ref()))
        .min();
    let or = |text: Option<String>, none: &str| text.unwrap_or_else(|| none.to_owned());
    vec![
        (
            "Plan",
            or(
                Some(plans.join(", ")).filter(|text| !text.is_empty()),
                "none",
            ),
        ),
        ("Per month", or(monthly(&bill.subscriptions), "nothing")),
        (
            "Next period",
            next.map_or_else(
                || format::ABSENT.to_owned(),
                |at| format!("from {}", format::moment(at, &**zone)),
            ),
        ),
    ]
}

fn lasts(of: &CreditRunway) -> String {
    let most = of.most_days.map_or_else(|| "no end".to_owned(), runway);
    format!("{} · {} to {most}", runway(of.days), runway(of.least_days))
}

fn gone(of: Option<&CreditRunway>, zone: &Zone) -> String {
    of.and_then(|of| instant(of.exhausted_at.as_ref()))
        .map_or_else(
            || format::ABSENT.to_owned(),
            |at| format!("on {}", format::moment(at, &**zone)),
        )
}

fn exact(micro: i64) -> String {
    format::exact(Unit::CreditsMicro, Some(micro as f64))
}

fn panel(
    id: &'static str,
    title: &'static str,
    lead: Html,
    facts: Vec<(&'static str, String)>,
) -> Html {
    html! {
        <section class="panel" aria-labelledby={id}>
            <header class="panel__header"><h2 class="panel__title" {id}>{ title }</h2>{ lead }</header>
            <dl class="terms">
                { for facts.into_iter().map(|(name, text)| fact(name, text)) }
            </dl>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::{
        common::v1::Money,
        metrics::v1::{WorkspaceBill, WorkspaceSubscription},
    };

    use super::*;
    use crate::rendering;

    async fn shown(bill: Option<WorkspaceBill>) -> String {
        rendering::signed_in(
            "/executive?workspace=0192f0c1-2222-7333-8444-555566667777",
            move || {
                let workspace = ExecutiveWorkspace {
                    bill: bill.clone(),
                    credit_balance_micro: 1_500_000_000,
                    runway: Some(CreditRunway {
                        days: 12.0,
                        least_days: 9.0,
                        ..CreditRunway::default()
                    }),
                    ..ExecutiveWorkspace::default()
                };
                html! { <BillAndCredits {workspace} zone={Zone::utc()} /> }
            },
        )
        .await
    }

    #[tokio::test]
    async fn a_bill_is_told_to_who_may_see_it_and_credits_always() {
        let bill = WorkspaceBill {
            subscriptions: vec![WorkspaceSubscription {
                plan_id: "team".to_owned(),
                status: "active".to_owned(),
                quantity: 10,
                monthly: Some(Money {
                    currency: "USD".to_owned(),
                    micros: 120_000_000,
                }),
                period_ends_at: None,
                plan_name: Some("Team".to_owned()),
            }],
        };
        let html = shown(Some(bill)).await;
        for text in [
            "Team × 10 · active",
            "$120",
            "1,500",
            "12 days · 9 days to no end",
            "/credits?workspace=0192",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        let html = shown(None).await;
        assert!(
            !html.contains("Bill") && html.contains("under 14 days of data"),
            "{html}"
        );
        let html = shown(Some(WorkspaceBill::default())).await;
        assert!(html.contains("nothing"), "{html}");
    }
}
