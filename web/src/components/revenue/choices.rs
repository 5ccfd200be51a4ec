//! How money is looked at: the currency, and the margin that is assumed.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    components::ui::Select,
    navigation::use_place,
    state::{
        money::{Money, margin},
        view::View,
    },
};

/// Properties of [`MoneyChoices`].
#[derive(Properties, PartialEq)]
pub struct MoneyChoicesProps {
    /// Every currency there is.
    pub currencies: Vec<AttrValue>,
    /// The one that is shown.
    pub currency: AttrValue,
}

/// Chooses how money is looked at.
#[component]
pub fn MoneyChoices(props: &MoneyChoicesProps) -> Html {
    let place = use_place();
    let money = place.view.money.clone();
    let show = {
        let place = place.clone();
        Callback::from(move |money: Money| {
            place.show(View {
                money,
                ..place.view.clone()
            });
        })
    };
    let choose = {
        let money = money.clone();
        show.reform(move |currency: Option<String>| Money {
            currency,
            ..money.clone()
        })
    };
    let onchange = {
        let money = money.clone();
        show.reform(move |event: Event| Money {
            margin: margin(&event.target_unchecked_into::<HtmlInputElement>().value()),
            ..money.clone()
        })
    };
    let options: Vec<_> = props
        .currencies
        .iter()
        .map(|currency| (currency.clone(), currency.clone()))
        .collect();
    html! {
        <div class="filters" role="group" aria-label="How money is looked at">
            if options.len() > 1 {
                <Select label="Currency" name="currency" {options} value={props.currency.clone()} onchange={choose} />
            }
            <label class="field field--inline">
                <span>{ "Assumed margin, %" }</span>
                <input
                    type="number"
                    name="margin"
                    min="1"
                    max="100"
                    inputmode="numeric"
                    placeholder="None"
                    value={money.margin.map(|percent| percent.to_string()).unwrap_or_default()}
                    {onchange}
                />
            </label>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn a_currency_is_chosen_where_there_are_several() {
        let html = rendering::signed_in("/revenue?margin=80", || {
            let currencies = vec!["EUR".into(), "USD".into()];
            html! { <MoneyChoices {currencies} currency="USD" /> }
        })
        .await;
        assert!(html.contains(r#"value="USD" selected"#), "{html}");
        assert!(html.contains(r#"value="80""#), "{html}");
        let html = rendering::signed_in("/revenue", || {
            html! { <MoneyChoices currencies={vec!["USD".into()]} currency="USD" /> }
        })
        .await;
        assert!(!html.contains("<select"), "{html}");
    }
}
