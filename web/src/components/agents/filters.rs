//! What narrows the board of agents.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    components::ui::{Button, ButtonKind, Select},
    format,
    navigation::use_place,
    state::{list::List, view::View},
};

/// How many executions agents can be asked to have.
const AT_LEAST: [u64; 4] = [10, 20, 100, 1_000];
/// What executions are asked for by: what travels, and what a person reads.
const TRIGGERS: [(&str, &str); 4] = [
    ("user", "User"),
    ("schedule", "Schedule"),
    ("api", "API"),
    ("agent", "Agent"),
];

/// What narrows the board.
#[component]
pub fn Filters() -> Html {
    let place = use_place();
    let list = &place.view.list;
    let narrow = |with: fn(List, Option<String>) -> List| {
        let place = place.clone();
        Callback::from(move |choice| {
            let list = with(place.view.list.clone(), choice);
            place.show(
                View {
                    list,
                    ..place.view.clone()
                }
                .from_the_start(),
            );
        })
    };
    let search = narrow(|list, text| list.searched(&text.unwrap_or_default()));
    let onchange = search
        .reform(|event: Event| Some(event.target_unchecked_into::<HtmlInputElement>().value()));
    let triggers: Vec<(AttrValue, AttrValue)> =
        TRIGGERS.map(|(id, name)| (id.into(), name.into())).to_vec();
    let at_least: Vec<(AttrValue, AttrValue)> = AT_LEAST
        .map(|runs| (runs.to_string().into(), format::count(runs).into()))
        .to_vec();
    let fewest =
        (list.min_executions > 0).then(|| AttrValue::from(list.min_executions.to_string()));
    html! {
        <div class="filters" role="group" aria-label="Filters">
            <label class="field field--inline">
                <span>{ "Name" }</span>
                <input type="search" name="search" value={list.contains.clone()} {onchange} maxlength="100" placeholder="Any" />
            </label>
            <Select
                label="Trigger"
                name="trigger"
                options={triggers}
                value={list.trigger.clone().map(AttrValue::from)}
                onchange={narrow(|list, trigger| List { trigger, ..list })}
            />
            <Select
                label="Executions, at least"
                name="min_executions"
                options={at_least}
                value={fewest}
                onchange={narrow(|list, runs| List {
                    min_executions: runs.and_then(|runs| runs.parse().ok()).unwrap_or_default(),
                    ..list
                })}
            />
            if list.is_narrowed() {
                <Button
                    kind={ButtonKind::Quiet}
                    onclick={narrow(|list, _| List {
                        contains: String::new(),
                        trigger: None,
                        min_executions: 0,
                        ..list
                    }).reform(|_| None)}
                >
                    { "Clear filters" }
                </Button>
            }
        </div>
    }
}
