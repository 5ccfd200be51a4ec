//! The zone in which days begin.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::{browser, format, zone};

/// Properties of [`ZoneSelect`].
#[derive(Properties, PartialEq)]
pub struct ZoneSelectProps {
    /// The zone that is shown.
    pub zone: String,
    /// The zone of the workspace, which needs no mention in the address.
    pub default_zone: String,
    /// Another one was chosen.
    pub onchange: Callback<String>,
}

/// Chooses the zone in which days begin.
#[component]
pub fn ZoneSelect(props: &ZoneSelectProps) -> Html {
    let names = use_memo((), |()| zone::names());
    let onchange = props
        .onchange
        .reform(|event: Event| event.target_unchecked_into::<HtmlSelectElement>().value());
    let offset = {
        let zone = zone::Zone::named(&props.zone);
        format::offset(shadow_domain::time::Zone::offset_seconds(
            &*zone,
            browser::now(),
        ))
    };
    let mut common = vec![props.default_zone.as_str(), "UTC", props.zone.as_str()];
    common.sort_unstable();
    common.dedup();
    let option = |name: &str| {
        let selected = name == props.zone;
        html! { <option value={name.to_owned()} {selected}>{ name.replace('_', " ") }</option> }
    };
    html! {
        <label class="field">
            <span>{ format!("Time zone · {offset} now") }</span>
            <select {onchange} name="zone">
                { for common.iter().map(|name| option(name)) }
                if !names.is_empty() {
                    <optgroup label="All zones">
                        { for names.iter().filter(|name| !common.contains(&name.as_str())).map(|name| option(name)) }
                    </optgroup>
                }
            </select>
        </label>
    }
}
