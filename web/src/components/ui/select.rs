//! One of several, or any.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// Properties of [`Select`].
#[derive(Properties, PartialEq)]
pub struct SelectProps {
    /// What is chosen.
    pub label: AttrValue,
    /// The name of the field.
    pub name: AttrValue,
    /// What it offers: what is asked for, and what a person reads.
    pub options: Vec<(AttrValue, AttrValue)>,
    /// What is read where nothing is chosen.
    #[prop_or(AttrValue::Static("Any"))]
    pub any: AttrValue,
    /// The choice; absent for any.
    #[prop_or_default]
    pub value: Option<AttrValue>,
    /// Another choice, or none.
    pub onchange: Callback<Option<String>>,
}

/// Chooses one of several, or any.
#[component]
pub fn Select(props: &SelectProps) -> Html {
    let onchange = props.onchange.reform(|event: Event| {
        let value = event.target_unchecked_into::<HtmlSelectElement>().value();
        (!value.is_empty()).then_some(value)
    });
    html! {
        <label class="field field--inline">
            <span>{ &props.label }</span>
            <select name={props.name.clone()} {onchange}>
                <option value="" selected={props.value.is_none()}>{ &props.any }</option>
                { for props.options.iter().map(|(id, text)| {
                    let selected = props.value.as_ref() == Some(id);
                    html! { <option key={id.to_string()} value={id.clone()} {selected}>{ text }</option> }
                }) }
            </select>
        </label>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn the_choice_is_marked_and_any_is_the_first() {
        let html = rendering::signed_in("/executions", || {
            let options = vec![("a".into(), "Anna".into()), ("b".into(), "Berta".into())];
            html! { <Select label="Who" name="who" {options} value="b" onchange={Callback::noop()} /> }
        })
        .await;
        let any = html.find("Any").unwrap();
        assert!(any < html.find("Anna").unwrap(), "{html}");
        assert!(html.contains(r#"value="b" selected"#), "{html}");
        assert_eq!(html.matches(" selected").count(), 1, "{html}");
    }
}
