//! How a workspace stands, in a few facts: who is in it, what is left of its credits, what it pays.

use shadow_proto::metrics::v1::{Unit, WorkspaceStanding, WorkspaceSubscription};
use yew::prelude::*;

use crate::{
    components::ui::{Badge, BadgeTone},
    format,
    state::{
        query::instant,
        workspaces::{list_name, monthly, plan, runway},
    },
    zone::Zone,
};

/// Properties of [`Standing`].
#[derive(Properties, PartialEq)]
pub struct StandingProps {
    /// How it stands.
    pub standing: WorkspaceStanding,
    /// The zone of the page.
    pub zone: Zone,
}

/// How a workspace stands.
#[component]
pub fn Standing(props: &StandingProps) -> Html {
    let one = &props.standing;
    let date = |at: Option<&prost_types::Timestamp>| {
        instant(at).map(|at| format::moment(at, &*props.zone))
    };
    let lists: Vec<_> = one.lists().collect();
    let balance = Some(one.credit_balance_micro as f64);
    let runway_text = one.runway.as_ref().map_or_else(
        || "too little consumed to tell".to_owned(),
        |found| {
            let gone = date(found.exhausted_at.as_ref());
            let until = gone.map_or_else(String::new, |at| format!(", until {at}"));
            format!("{}{until}", runway(found.days))
        },
    );
    html! {
        <section class="panel" aria-labelledby="standing-title">
            <header class="panel__header">
                <h2 class="panel__title" id="standing-title">{ "How it stands" }</h2>
                <div class="tags">
                    { for lists.iter().map(|list| html! { <Badge tone={BadgeTone::Warning}>{ list_name(*list) }</Badge> }) }
                </div>
            </header>
            <dl class="terms">
                { fact("Members", format!("{} · {} active in 7 days", format::count(one.members.into()), format::count(one.active_members.into()))) }
                { fact("Seats", match one.seats {
                    Some(seats) if seats > 0 => format!("{} of {} taken", format::count(one.members.into()), format::count(seats)),
                    _ => "no subscription".to_owned(),
                }) }
                { fact("Agents", format::count(one.agents.into())) }
                { fact("Credits left", format::exact(Unit::CreditsMicro, balance)) }
                { fact("They last", runway_text) }
                if let Some(bill) = &one.bill {
                    { for bill.subscriptions.iter().map(|one| fact("Plan", with_period(one, date(one.period_ends_at.as_ref())))) }
                    { fact("Per month", monthly(&bill.subscriptions).unwrap_or_else(|| "nothing".to_owned())) }
                }
                { fact("Last event", date(one.last_event_time.as_ref()).unwrap_or_else(|| "none".to_owned())) }
            </dl>
        </section>
    }
}

fn with_period(one: &WorkspaceSubscription, ends: Option<String>) -> String {
    let until = ends.map_or_else(String::new, |at| format!(", period to {at}"));
    format!("{}{until}", plan(one))
}

/// A fact of a list of terms.
pub(crate) fn fact(name: &'static str, text: String) -> Html {
    html! { <div class="terms__fact"><dt>{ name }</dt><dd>{ text }</dd></div> }
}

#[cfg(test)]
mod tests {
    use shadow_proto::{
        common::v1::Money,
        metrics::v1::{CreditRunway, WorkspaceBill, WorkspaceList},
    };

    use super::*;
    use crate::rendering;

    async fn shown(bill: Option<WorkspaceBill>) -> String {
        rendering::signed_in("/workspaces/w1", move || {
            let standing = WorkspaceStanding {
                members: 9,
                active_members: 7,
                seats: Some(10),
                agents: 4,
                credit_balance_micro: 1_500_000_000,
                runway: Some(CreditRunway {
                    days: 12.3,
                    ..CreditRunway::default()
                }),
                bill: bill.clone(),
                lists: vec![WorkspaceList::ReadyToExpand.into()],
                ..WorkspaceStanding::default()
            };
            html! { <Standing {standing} zone={Zone::utc()} /> }
        })
        .await
    }

    #[tokio::test]
    async fn facts_are_told_and_the_bill_only_where_it_may_be_seen() {
        let bill = WorkspaceBill {
            subscriptions: vec![WorkspaceSubscription {
                plan_id: "team".to_owned(),
                status: "past_due".to_owned(),
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
            "9 of 10 taken",
            "7 active in 7 days",
            "12 days",
            "Team × 10 · past due",
            "$120",
            "Ready to expand",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        let html = shown(None).await;
        assert!(!html.contains("Per month"), "{html}");
    }
}
