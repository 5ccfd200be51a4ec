//! Executions as they happen, the latest opened first. A row opens the details of its execution.

use std::rc::Rc;

use shadow_proto::metrics::v1::Unit;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::facts;
use crate::{
    components::ui::Badge,
    format,
    state::{feed::Row, session::Viewer, status::status_id},
    zone::Zone,
};

/// Properties of [`FeedTable`].
#[derive(Properties, PartialEq)]
pub struct FeedTableProps {
    /// What is shown.
    pub rows: Vec<Row>,
    /// Names of workspaces.
    pub viewer: Rc<Viewer>,
    /// Whether several workspaces are shown.
    pub with_workspace: bool,
    /// The zone of the page.
    pub zone: Zone,
    /// The execution whose details are open.
    #[prop_or_default]
    pub open: Option<String>,
    /// Opens the details of an execution.
    pub onopen: Callback<String>,
}

/// Executions as they happen.
#[component]
pub fn FeedTable(props: &FeedTableProps) -> Html {
    html! {
        <div class="table-scroll" role="region" aria-label="Executions" tabindex="0">
            <table class="table feed">
                <caption class="only-read">{ "Executions, the latest opened first. The button of a row opens its details; up and down go from row to row." }</caption>
                <thead>
                    <tr>
                        <th scope="col">{ "Opened" }</th>
                        <th scope="col">{ "Status" }</th>
                        <th scope="col">{ "Agent" }</th>
                        if props.with_workspace {
                            <th scope="col" class="feed__more">{ "Workspace" }</th>
                        }
                        <th scope="col" class="feed__more">{ "Trigger" }</th>
                        <th scope="col" class="feed__more">{ "Model" }</th>
                        <th scope="col" class="number">{ "Duration" }</th>
                        <th scope="col" class="number feed__more">{ "Tokens" }</th>
                        <th scope="col" class="number feed__more">{ "Credits" }</th>
                        <th scope="col" class="number feed__more">{ "Cost" }</th>
                        <th scope="col" class="feed__more">{ "Execution" }</th>
                    </tr>
                </thead>
                <tbody onkeydown={Callback::from(step)}>
                    { for props.rows.iter().map(|row| {
                        let key = format!("{}{}", row.execution.workspace_id, row.id());
                        let open = props.open.as_deref() == Some(row.id());
                        html! {
                            <FeedRow
                                {key}
                                row={row.clone()}
                                viewer={props.viewer.clone()}
                                with_workspace={props.with_workspace}
                                zone={props.zone.clone()}
                                {open}
                                onopen={props.onopen.clone()}
                            />
                        }
                    }) }
                </tbody>
            </table>
        </div>
    }
}

/// Up and down go to the button of the row above and below.
fn step(event: KeyboardEvent) {
    let row = event
        .target_dyn_into::<Element>()
        .and_then(|target| target.closest("tr").ok().flatten());
    let next = row.and_then(|row| match event.key().as_str() {
        "ArrowDown" => row.next_element_sibling(),
        "ArrowUp" => row.previous_element_sibling(),
        _ => None,
    });
    let button = next.and_then(|row| row.query_selector(".feed__open").ok().flatten());
    if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        event.prevent_default();
        // A row that has just gone cannot be gone to.
        let _ = button.focus();
    }
}

/// Properties of [`FeedRow`].
#[derive(Properties, PartialEq)]
struct FeedRowProps {
    row: Row,
    viewer: Rc<Viewer>,
    with_workspace: bool,
    zone: Zone,
    open: bool,
    onopen: Callback<String>,
}

#[component]
fn FeedRow(props: &FeedRowProps) -> Html {
    let row = &props.row;
    let execution = &*row.execution;
    let status = execution.status();
    let opened = row.opened_at();
    let end = execution.end.as_ref();
    let error = end.and_then(|end| end.error_kind.clone());
    let model = end.and_then(|end| end.model.clone());
    let onclick = {
        let id = row.id().to_owned();
        props.onopen.reform(move |_| id.clone())
    };
    // The colour of a change fades. A second change starts it again, by another animation of the same look: the row
    // stays the same element, so that the focus stays too.
    let fresh = row.fresh.then_some(match execution.revision % 2 {
        0 => "is-fresh is-fresh--even",
        _ => "is-fresh",
    });
    html! {
        <tr class={classes!(fresh, props.open.then_some("is-open"))} data-execution={row.id().to_owned()} data-status={status_id(status)}>
            <td class="feed__time" title={opened.map(|at| format::moment(at, &*props.zone))}>
                { opened.map_or_else(|| format::ABSENT.to_owned(), |at| format::time_of_day(at, &*props.zone)) }
            </td>
            <td>
                <Badge tone={facts::tone(status)}>{ facts::status_name(status) }</Badge>
                if let Some(error) = error {
                    <span class="feed__error" title={error.clone()}>{ error }</span>
                }
            </td>
            <th scope="row">
                <button type="button" class="feed__open" {onclick} aria-expanded={if props.open { "true" } else { "false" }} title={row.agent_id().to_owned()}>
                    { row.agent() }
                </button>
            </th>
            if props.with_workspace {
                <td class="feed__more">{ props.viewer.workspace_name(&execution.workspace_id) }</td>
            }
            <td class="feed__more">{ facts::trigger_name(execution) }</td>
            <td class="feed__more">{ model.unwrap_or_else(|| format::ABSENT.to_owned()) }</td>
            <td class="number">{ format::value(Unit::Microseconds, facts::duration(execution)) }</td>
            <td class="number feed__more">{ format::value(Unit::Tokens, facts::tokens(execution)) }</td>
            <td class="number feed__more">{ format::value(Unit::CreditsMicro, facts::credits(execution)) }</td>
            <td class="number feed__more">{ facts::cost(execution) }</td>
            <td class="feed__id feed__more" title={row.id().to_owned()}>{ tail(row.id()) }</td>
        </tr>
    }
}

/// The end of an id: ids that carry a time begin alike.
fn tail(id: &str) -> String {
    id.len()
        .checked_sub(8)
        .and_then(|start| id.get(start..))
        .unwrap_or(id)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use shadow_proto::streaming::v1::ExecutionStatus;

    use super::*;
    use crate::{
        rendering,
        state::{feed::tests::execution, session::tests::owner},
    };

    async fn table(revision: u32, open: bool) -> String {
        rendering::signed_in("/executions", move || {
            let id = "0192f0c1-aaaa";
            let failed = execution(id, 7, revision, ExecutionStatus::Failed);
            let rows = vec![Row { execution: Rc::new(failed), fresh: true }];
            let open = open.then(|| id.to_owned());
            html! { <FeedTable {rows} viewer={Rc::new(owner())} with_workspace=true zone={Zone::utc()} {open} onopen={Callback::noop()} /> }
        })
        .await
    }

    #[tokio::test]
    async fn a_row_has_status_agent_and_workspace() {
        let html = table(2, false).await;
        for text in [
            "Failed",
            "Agent 0192f0c1-aaaa",
            "Acme",
            "20:07:00",
            "0192f0c1",
            r#"aria-expanded="false""#,
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn the_row_whose_details_are_open_is_marked() {
        let html = table(2, true).await;
        assert!(
            html.contains("is-open") && html.contains(r#"aria-expanded="true""#),
            "{html}"
        );
    }

    #[tokio::test]
    async fn one_change_after_the_other_shows_as_two() {
        assert!(table(2, false).await.contains("is-fresh--even"));
        let html = table(3, false).await;
        assert!(
            html.contains("is-fresh") && !html.contains("is-fresh--even"),
            "{html}"
        );
    }
}
