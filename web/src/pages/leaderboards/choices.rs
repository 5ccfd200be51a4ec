//! By what it is ranked, from how many executions on, and which end comes first.

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    catalogue::Catalogue,
    components::ui::{Button, Select},
    format,
    navigation::use_place,
    state::{
        list::List,
        ranking::{self, EXECUTIONS},
        view::View,
    },
};

/// How many executions a rank can be asked to take.
const AT_LEAST: [u64; 4] = [10, 20, 100, 1_000];

/// Properties of [`Choices`].
#[derive(Properties, PartialEq)]
pub(super) struct ChoicesProps {
    /// What there is.
    pub catalogue: Rc<Catalogue>,
}

/// The choices of a leaderboard.
#[component]
pub(super) fn Choices(props: &ChoicesProps) -> Html {
    let place = use_place();
    let list = &place.view.list;
    let show = |with: fn(List, Option<String>) -> List| {
        let place = place.clone();
        Callback::from(move |choice| {
            place.show(View {
                list: with(place.view.list.clone(), choice),
                ..place.view.clone()
            });
        })
    };
    let known = ranking::metrics(ranking::subject(list));
    let options: Vec<(AttrValue, AttrValue)> = known
        .iter()
        .filter(|id| **id != EXECUTIONS)
        .map(|id| (AttrValue::from(*id), props.catalogue.name(id)))
        .collect();
    let chosen = Some(ranking::metric(list)).filter(|id| *id != EXECUTIONS);
    let at_least: Vec<(AttrValue, AttrValue)> = AT_LEAST
        .map(|runs| (runs.to_string().into(), format::count(runs).into()))
        .to_vec();
    let fewest =
        (list.min_executions > 0).then(|| AttrValue::from(list.min_executions.to_string()));
    html! {
        <div class="filters" role="group" aria-label="How they are ranked">
            <Select
                label="By"
                name="metric"
                any={props.catalogue.name(EXECUTIONS)}
                {options}
                value={chosen.map(AttrValue::from)}
                onchange={show(|list, sort| List { sort, ..list })}
            />
            <Select
                label="Executions, at least"
                name="min_executions"
                options={at_least}
                value={fewest}
                onchange={show(|list, runs| List {
                    min_executions: runs.and_then(|runs| runs.parse().ok()).unwrap_or_default(),
                    ..list
                })}
            />
            <Button
                pressed={list.reversed}
                onclick={show(|list, _| List { reversed: !list.reversed, ..list }).reform(|_| None)}
            >
                { "Worst first" }
            </Button>
        </div>
    }
}
