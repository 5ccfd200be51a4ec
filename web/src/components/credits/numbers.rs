//! What matters first of credits.

use std::rc::Rc;

use shadow_proto::metrics::v1::GetCreditsResponse;
use yew::prelude::*;

use crate::{
    components::metrics::{CardSize, MetricCard},
    navigation::{Route, use_place},
    state::{credits, list::List, view::View},
};

/// Properties of [`Numbers`].
#[derive(Properties, PartialEq)]
pub struct NumbersProps {
    /// What came back.
    pub response: Rc<GetCreditsResponse>,
    /// When the data was read, in words.
    pub as_of: AttrValue,
    /// Whether the last day is not over.
    #[prop_or_default]
    pub open: bool,
}

/// What matters first of credits.
#[component]
pub fn Numbers(props: &NumbersProps) -> Html {
    let place = use_place();
    let version = props
        .response
        .provenance
        .as_ref()
        .map_or(0, |from| from.definition_version);
    let numbers = credits::numbers(&props.response, version);
    // Who wastes most comes first there, and each agent leads to what it is wasted by.
    let wasters = View {
        list: List {
            sort: Some("wasted_credits".to_owned()),
            ..List::default()
        },
        ..place.view.elsewhere()
    };
    html! {
        <section class="panel metrics metrics--large" aria-labelledby="credits-first">
            <h2 id="credits-first" class="only-read">{ "What matters first" }</h2>
            { for numbers.into_iter().map(|number| html! {
                <MetricCard
                    metric={number.definition.clone()}
                    trend={number.trend}
                    leads={(number.definition.id == "wasted").then(|| (Route::Agents, wasters.clone()))}
                    note={number.note}
                    open={props.open}
                    size={CardSize::Large}
                    as_of={props.as_of.clone()}
                />
            }) }
        </section>
    }
}
