//! The "?" beside a number: what it means, how it is computed, and where this value comes from.

use std::rc::Rc;

use yew::prelude::*;

use crate::{catalogue::Definition, format};

/// Properties of [`Help`].
#[derive(Properties, PartialEq)]
pub struct HelpProps {
    /// Unique on the page.
    pub id: AttrValue,
    /// The metric.
    pub metric: Rc<Definition>,
    /// When the data was read, in words.
    #[prop_or_default]
    pub as_of: Option<AttrValue>,
    /// How many executions the value was computed from.
    #[prop_or_default]
    pub sample_size: u64,
    /// The part of the executions that had the value.
    #[prop_or_default]
    pub share_known: Option<f64>,
}

/// A button that explains a metric.
#[component]
pub fn Help(props: &HelpProps) -> Html {
    let metric = &props.metric;
    let error = match metric.relative_error {
        0.0 => "exact".to_owned(),
        bound => format!("within {} %", format::compact(bound * 100.0)),
    };
    html! {
        <>
            <button
                type="button"
                class="help"
                popovertarget={props.id.clone()}
                aria-label={format!("What {} means", metric.name)}
            >
                { "?" }
            </button>
            <div id={props.id.clone()} class="menu menu--text" popover="auto">
                <p class="help__name">{ &metric.name }</p>
                <p>{ &metric.meaning }</p>
                <code class="help__formula">{ &metric.formula }</code>
                <dl class="help__facts">
                    if let Some(as_of) = &props.as_of {
                        <dt>{ "As of" }</dt><dd>{ as_of }</dd>
                    }
                    <dt>{ "Precision" }</dt><dd>{ error }</dd>
                    if props.sample_size > 0 {
                        <dt>{ "Computed from" }</dt>
                        <dd>{ format!("{} executions", format::count(props.sample_size)) }</dd>
                    }
                    if let Some(share) = props.share_known {
                        <dt>{ "Known for" }</dt>
                        <dd>{ format!("{:.0} % of executions", share * 100.0) }</dd>
                    }
                    <dt>{ "Definition" }</dt><dd>{ format!("version {}", metric.version) }</dd>
                </dl>
            </div>
        </>
    }
}
