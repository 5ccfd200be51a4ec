//! How the balance came about, how long it lasts, and whether the books are right.

use std::rc::Rc;

use shadow_proto::metrics::v1::{GetCreditsResponse, Unit};
use yew::prelude::*;

use crate::{
    components::ui::{Badge, BadgeTone},
    format,
    state::credits,
    zone::Zone,
};

/// Properties of [`Account`].
#[derive(Properties, PartialEq)]
pub struct AccountProps {
    /// What came back.
    pub response: Rc<GetCreditsResponse>,
    /// The zone of times.
    pub zone: Zone,
}

/// How the balance came about.
#[component]
pub fn Account(props: &AccountProps) -> Html {
    let response = &*props.response;
    let rows = credits::account(response);
    let last = rows.len() - 1;
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ "How the balance came about" }</h2>
                    <p class="panel__note">{ lasts(response, &props.zone) }</p>
                </div>
                { reconciled(response) }
            </header>
            <div class="table-scroll" tabindex="0" role="region" aria-label="How the balance came about">
                <table class="table">
                    <caption class="only-read">{ "From the opening to the closing balance, in credits" }</caption>
                    <thead>
                        <tr><th scope="col">{ "What" }</th><th scope="col" class="number">{ "Credits" }</th></tr>
                    </thead>
                    <tbody>
                        { for rows.into_iter().enumerate().map(|(at, (name, micro))| html! {
                            <tr class={(at == 0 || at == last).then_some("is-sum")}>
                                <th scope="row">{ name }</th>
                                <td class="number">{ format::exact(Unit::CreditsMicro, Some(micro as f64)) }</td>
                            </tr>
                        }) }
                    </tbody>
                </table>
            </div>
        </section>
    }
}

fn lasts(response: &GetCreditsResponse, zone: &Zone) -> String {
    match credits::exhausted_at(response) {
        Some(at) => format!("At the burn it is gone on {}", format::moment(at, &**zone)),
        None => "When it is gone cannot be told: nothing is consumed, or there are too few days to judge by".to_owned(),
    }
}

/// Whether what was booked is what executions consumed.
fn reconciled(response: &GetCreditsResponse) -> Html {
    match credits::unreconciled_micro(response) {
        None => Html::default(),
        Some(0) => html! { <Badge tone={BadgeTone::Good}>{ "Books and executions agree" }</Badge> },
        Some(difference) => html! {
            <Badge tone={BadgeTone::Bad}>
                { format!("Books and executions differ by {} credits", format::exact(Unit::CreditsMicro, Some(difference as f64))) }
            </Badge>
        },
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::CreditReconciliation;

    use super::*;
    use crate::{rendering, state::credits::tests::response};

    async fn account(response: GetCreditsResponse) -> String {
        rendering::signed_in("/credits", move || {
            html! { <Account response={Rc::new(response.clone())} zone={Zone::utc()} /> }
        })
        .await
    }

    #[tokio::test]
    async fn it_leads_from_the_opening_to_the_closing() {
        let html = account(response()).await;
        for text in [
            "Opening balance",
            "−400",
            "Closing balance",
            "28 Nov",
            "agree",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn books_that_differ_are_told() {
        let html = account(GetCreditsResponse {
            reconciliation: Some(CreditReconciliation {
                booked_micro: 5_000_000,
                consumed_micro: 7_000_000,
            }),
            ..GetCreditsResponse::default()
        })
        .await;
        assert!(html.contains("differ by −2 credits"), "{html}");
        assert!(html.contains("cannot be told"), "{html}");
    }
}
