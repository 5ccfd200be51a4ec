//! What narrows a list of executions.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    components::{
        realtime::facts::status_name,
        ui::{Button, ButtonKind, Select},
    },
    format,
    navigation::use_place,
    state::{
        choices::{Choice, Choices},
        executions::{TRIGGERS, is_narrowed},
        feed::Feed,
        list::List,
        status::{STATUSES, status_id},
        view::View,
    },
};

/// The lengths of work that are offered, in seconds.
const LENGTHS: [u32; 5] = [1, 10, 60, 600, 3_600];

/// Properties of [`ExecutionFilters`].
#[derive(Properties, PartialEq)]
pub struct ExecutionFiltersProps {
    /// Agents and models to choose from.
    pub choices: Rc<Choices>,
}

/// What narrows a list of executions.
#[component]
pub fn ExecutionFilters(props: &ExecutionFiltersProps) -> Html {
    let place = use_place();
    let view = &place.view;
    let narrow = |with: fn(View, Option<String>) -> View| {
        let place = place.clone();
        Callback::from(move |choice| {
            place.show(with(place.view.clone(), choice).from_the_start());
        })
    };
    let typed = |with: fn(View, Option<String>) -> View| {
        narrow(with).reform(|event: Event| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            let text = text.trim();
            (!text.is_empty()).then(|| text.to_owned())
        })
    };
    let choices = props.choices.with(
        &Feed::default(),
        view.agent.as_deref(),
        view.model.as_deref(),
    );
    let statuses: Vec<_> = STATUSES
        .into_iter()
        .map(|status| (status_id(status).into(), status_name(status).into()))
        .collect();
    let triggers = TRIGGERS
        .map(|(id, name, _)| (id.into(), name.into()))
        .to_vec();
    let mut lengths = LENGTHS.to_vec();
    // A link may ask for any other one.
    if view.min_seconds > 0 && !lengths.contains(&view.min_seconds) {
        lengths.push(view.min_seconds);
        lengths.sort_unstable();
    }
    let lengths = lengths.into_iter().map(|seconds| {
        let text = format::duration(f64::from(seconds) * 1e6);
        (seconds.to_string().into(), text.into())
    });
    let min_seconds = (view.min_seconds > 0).then(|| view.min_seconds.to_string());
    let field = |name: &'static str,
                 label: &'static str,
                 value: Option<String>,
                 onchange: Callback<Event>| {
        html! {
            <label class="field field--inline">
                <span>{ label }</span>
                <input type="search" {name} value={value.unwrap_or_default()} {onchange} maxlength="100" placeholder="Any" />
            </label>
        }
    };
    html! {
        <div class="filters" role="group" aria-label="Filters">
            { field("search", "Search", Some(view.list.contains.clone()), typed(|view, text| View {
                list: view.list.searched(&text.unwrap_or_default()),
                ..view
            })) }
            <Select label="Status" name="status" options={statuses} value={view.status.clone().map(AttrValue::from)} onchange={narrow(|view, status| View { status, ..view })} />
            <Select label="Agent" name="agent" options={options(&choices.agents)} value={view.agent.clone().map(AttrValue::from)} onchange={narrow(|view, agent| View { agent, ..view })} />
            <Select label="Model" name="model" options={options(&choices.models)} value={view.model.clone().map(AttrValue::from)} onchange={narrow(|view, model| View { model, ..view })} />
            <Select label="Trigger" name="trigger" options={triggers} value={view.list.trigger.clone().map(AttrValue::from)} onchange={narrow(|view, trigger| View {
                list: List { trigger, ..view.list.clone() },
                ..view
            })} />
            <Select label="At least" name="min_duration" options={lengths.collect::<Vec<_>>()} value={min_seconds.map(AttrValue::from)} onchange={narrow(|view, choice| View {
                min_seconds: choice.and_then(|text| text.parse().ok()).unwrap_or_default(),
                ..view
            })} />
            { field("user", "User", view.user.clone(), typed(|view, user| View { user, ..view })) }
            { field("error_kind", "Error kind", view.error_kind.clone(), typed(|view, error_kind| View { error_kind, ..view })) }
            if is_narrowed(view) {
                <Button kind={ButtonKind::Quiet} onclick={narrow(|view, _| View { tab: view.tab.clone(), ..view.elsewhere() }).reform(|_| None)}>
                    { "Clear filters" }
                </Button>
            }
        </div>
    }
}

fn options(choices: &[Choice]) -> Vec<(AttrValue, AttrValue)> {
    choices
        .iter()
        .map(|choice| (choice.id.clone().into(), choice.label.clone().into()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn what_the_address_chose_is_chosen() {
        let at = "/executions?tab=list&status=failed&agent=gone&trigger=api&min_duration=90&user=u-1&search=x";
        let html = rendering::signed_in(at, || {
            html! { <ExecutionFilters choices={Rc::<Choices>::default()} /> }
        })
        .await;
        for text in [
            r#"value="failed" selected"#,
            r#"value="gone" selected"#,
            r#"value="api" selected"#,
            r#"value="90" selected"#,
            r#"value="u-1""#,
            r#"value="x""#,
            "Clear filters",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
