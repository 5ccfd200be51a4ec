//! Executions as they happen, the latest opened first.

use std::rc::Rc;

use shadow_proto::{
    metrics::v1::Unit,
    streaming::v1::{Execution, ExecutionStatus, Trigger},
};
use yew::prelude::*;

use crate::{
    components::ui::{Badge, BadgeTone},
    format,
    state::{feed::Row, query::instant, session::Viewer, status::status_id},
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
}

/// Executions as they happen.
#[component]
pub fn FeedTable(props: &FeedTableProps) -> Html {
    html! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Executions">
            <table class="table feed">
                <caption class="only-read">{ "Executions, the latest opened first" }</caption>
                <thead>
                    <tr>
                        <th scope="col">{ "Opened" }</th>
                        <th scope="col">{ "Status" }</th>
                        <th scope="col">{ "Agent" }</th>
                        if props.with_workspace {
                            <th scope="col">{ "Workspace" }</th>
                        }
                        <th scope="col">{ "Trigger" }</th>
                        <th scope="col">{ "Model" }</th>
                        <th scope="col" class="number">{ "Duration" }</th>
                        <th scope="col" class="number">{ "Tokens" }</th>
                        <th scope="col" class="number">{ "Credits" }</th>
                        <th scope="col" class="number">{ "Cost" }</th>
                        <th scope="col">{ "Execution" }</th>
                    </tr>
                </thead>
                <tbody>
                    { for props.rows.iter().map(|row| {
                        // A new revision is a new row to the browser, so that its colour fades again.
                        let key = format!("{}{}", row.id(), row.execution.revision);
                        html! { <FeedRow {key} row={row.clone()} viewer={props.viewer.clone()} with_workspace={props.with_workspace} zone={props.zone.clone()} /> }
                    }) }
                </tbody>
            </table>
        </div>
    }
}

/// Properties of [`FeedRow`].
#[derive(Properties, PartialEq)]
struct FeedRowProps {
    row: Row,
    viewer: Rc<Viewer>,
    with_workspace: bool,
    zone: Zone,
}

#[component]
fn FeedRow(props: &FeedRowProps) -> Html {
    let row = &props.row;
    let execution = &*row.execution;
    let status = execution.status();
    let opened = row.opened_at();
    let error = execution
        .end
        .as_ref()
        .and_then(|end| end.error_kind.clone());
    html! {
        <tr class={row.fresh.then_some("is-fresh")} data-execution={row.id().to_owned()} data-status={status_id(status)}>
            <td class="feed__time" title={opened.map(|at| format::moment(at, &*props.zone))}>
                { opened.map_or_else(|| format::ABSENT.to_owned(), |at| format::time_of_day(at, &*props.zone)) }
            </td>
            <td>
                <Badge tone={tone(status)}>{ status_name(status) }</Badge>
                if let Some(error) = error {
                    <span class="feed__error">{ error }</span>
                }
            </td>
            <th scope="row" title={row.agent_id().to_owned()}>{ row.agent() }</th>
            if props.with_workspace {
                <td>{ props.viewer.workspace_name(&execution.workspace_id) }</td>
            }
            <td>{ trigger_name(execution) }</td>
            <td>{ execution.end.as_ref().and_then(|end| end.model.clone()).unwrap_or_else(|| format::ABSENT.to_owned()) }</td>
            <td class="number">{ format::value(Unit::Microseconds, duration(execution)) }</td>
            <td class="number">{ format::value(Unit::Tokens, tokens(execution)) }</td>
            <td class="number">{ format::value(Unit::CreditsMicro, credits(execution)) }</td>
            <td class="number">{ cost(execution) }</td>
            <td class="feed__id" title={row.id().to_owned()}>{ tail(row.id()) }</td>
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

/// What a status is called.
pub(super) fn status_name(status: ExecutionStatus) -> &'static str {
    match status {
        ExecutionStatus::Queued => "Queued",
        ExecutionStatus::Running => "Running",
        ExecutionStatus::Completed => "Completed",
        ExecutionStatus::Failed => "Failed",
        ExecutionStatus::Cancelled => "Cancelled",
        ExecutionStatus::TimedOut => "Timed out",
        ExecutionStatus::Unknown | ExecutionStatus::Unspecified => "Unknown",
    }
}

fn tone(status: ExecutionStatus) -> BadgeTone {
    match status {
        ExecutionStatus::Completed => BadgeTone::Good,
        ExecutionStatus::Failed => BadgeTone::Bad,
        ExecutionStatus::TimedOut => BadgeTone::Warning,
        ExecutionStatus::Running => BadgeTone::Active,
        _ => BadgeTone::Neutral,
    }
}

fn trigger_name(execution: &Execution) -> &'static str {
    match execution
        .identity
        .as_ref()
        .map(|identity| identity.trigger())
    {
        Some(Trigger::User) => "User",
        Some(Trigger::Schedule) => "Schedule",
        Some(Trigger::Api) => "API",
        Some(Trigger::Agent) => "Agent",
        Some(Trigger::Unspecified) | None => format::ABSENT,
    }
}

/// The time that the work took, where the producer said it, else from start to end.
fn duration(execution: &Execution) -> Option<f64> {
    if let Some(duration) = execution.end.as_ref().and_then(|end| end.duration.as_ref()) {
        return Some(duration.seconds as f64 * 1e6 + f64::from(duration.nanos) / 1e3);
    }
    let started = instant(execution.started_at.as_ref())?;
    let ended = instant(execution.ended_at.as_ref())?;
    (ended - started)
        .num_microseconds()
        .map(|micros| micros as f64)
}

/// Input and output together; absent where neither is known.
fn tokens(execution: &Execution) -> Option<f64> {
    let end = execution.end.as_ref()?;
    match (end.input_tokens, end.output_tokens) {
        (None, None) => None,
        (input, output) => Some((input.unwrap_or(0) + output.unwrap_or(0)) as f64),
    }
}

fn credits(execution: &Execution) -> Option<f64> {
    execution
        .end
        .as_ref()?
        .credits_micro
        .map(|micro| micro as f64)
}

fn cost(execution: &Execution) -> String {
    match execution.end.as_ref().and_then(|end| end.cost.as_ref()) {
        Some(money) => format::amount(&money.currency, money.micros as f64),
        None => format::ABSENT.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::{common::v1::Money, streaming::v1::ExecutionEnd};

    use super::*;
    use crate::{
        rendering,
        state::{feed::tests::execution, session::tests::owner},
    };

    #[test]
    fn what_is_unknown_is_absent() {
        let open = execution("a", 1, 1, ExecutionStatus::Running);
        assert_eq!(
            (duration(&open), tokens(&open), credits(&open)),
            (None, None, None)
        );
        assert_eq!(cost(&open), "—");
    }

    #[test]
    fn what_is_known_is_shown() {
        let end = ExecutionEnd {
            duration: Some(prost_types::Duration {
                seconds: 2,
                nanos: 500_000_000,
            }),
            output_tokens: Some(20),
            cost: Some(Money {
                currency: "EUR".to_owned(),
                micros: 1_500_000,
            }),
            ..ExecutionEnd::default()
        };
        let ended = Execution {
            end: Some(end),
            ..execution("a", 1, 2, ExecutionStatus::Completed)
        };
        assert_eq!(duration(&ended), Some(2_500_000.0));
        assert_eq!(tokens(&ended), Some(20.0));
        assert_eq!(cost(&ended), "1.50 EUR");
    }

    #[tokio::test]
    async fn a_row_has_status_agent_and_workspace() {
        let html = rendering::signed_in("/executions", || {
            let failed = execution("0192f0c1-aaaa", 7, 2, ExecutionStatus::Failed);
            let rows = vec![Row { execution: Rc::new(failed), fresh: true }];
            html! { <FeedTable {rows} viewer={Rc::new(owner())} with_workspace=true zone={Zone::utc()} /> }
        })
        .await;
        for text in [
            "Failed",
            "Agent 0192f0c1-aaaa",
            "Acme",
            "20:07:00",
            "is-fresh",
            "0192f0c1",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
