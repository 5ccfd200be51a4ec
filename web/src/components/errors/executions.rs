//! The latest executions that had an error.

use shadow_proto::{
    metrics::v1::{ErrorExecution, Unit},
    streaming::v1::Outcome,
};
use yew::prelude::*;

use crate::{
    components::{
        executions::execution_link,
        tables::agent_link,
        ui::{Badge, BadgeTone},
    },
    format,
    navigation::use_place,
    state::{query::instant, view::View},
    zone::Zone,
};

/// Properties of [`ErrorExecutions`].
#[derive(Properties, PartialEq)]
pub struct ErrorExecutionsProps {
    /// The latest first.
    pub executions: Vec<ErrorExecution>,
    /// How many there are in the range.
    pub occurrences: u64,
    /// The workspace that they belong to.
    pub workspace_id: AttrValue,
    /// The zone of the page.
    pub zone: Zone,
}

/// Executions that had the error.
#[component]
pub fn ErrorExecutions(props: &ErrorExecutionsProps) -> Html {
    let view = use_place().view.elsewhere();
    let note = format!(
        "the latest {} of {}",
        format::count(props.executions.len() as u64),
        format::count(props.occurrences)
    );
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ "Executions" }</h2>
                    <p class="panel__note">{ note }</p>
                </div>
            </header>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Executions">
                <table class="table">
                    <caption class="only-read">{ "Executions that had the error" }</caption>
                    <thead>
                        <tr>
                            { for ["Opened", "Outcome", "Agent", "Version", "Model", "User"].map(|name| html! { <th scope="col">{ name }</th> }) }
                            <th scope="col" class="number">{ "Credits" }</th>
                            <th scope="col">{ "Message" }</th>
                        </tr>
                    </thead>
                    <tbody>{ for props.executions.iter().map(|execution| row(execution, props, &view)) }</tbody>
                </table>
            </div>
        </section>
    }
}

fn row(execution: &ErrorExecution, props: &ErrorExecutionsProps, view: &View) -> Html {
    let opened = instant(execution.opened_at.as_ref()).map_or_else(
        || format::ABSENT.to_owned(),
        |at| format::moment(at, &*props.zone),
    );
    let (tone, outcome) = outcome(execution.outcome());
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| format::ABSENT.to_owned());
    let credits = execution.credits_micro.map(|micro| micro as f64);
    html! {
        <tr key={execution.execution_id.clone()}>
            <th scope="row">{ execution_link(view, &props.workspace_id, &execution.execution_id, opened) }</th>
            <td><Badge {tone}>{ outcome }</Badge></td>
            <td>{ agent_link(view, &props.workspace_id, &execution.agent_id, &execution.agent_name) }</td>
            <td>{ text(&execution.agent_version) }</td>
            <td>{ text(&execution.model) }</td>
            <td>{ text(&execution.user_id) }</td>
            <td class="number" title={format::exact(Unit::CreditsMicro, credits)}>{ format::value(Unit::CreditsMicro, credits) }</td>
            <td><span class="cut" title={execution.message.clone()}>{ text(&execution.message) }</span></td>
        </tr>
    }
}

fn outcome(outcome: Outcome) -> (BadgeTone, &'static str) {
    match outcome {
        Outcome::Completed => (BadgeTone::Good, "Completed"),
        Outcome::Failed => (BadgeTone::Bad, "Failed"),
        Outcome::Cancelled => (BadgeTone::Neutral, "Cancelled"),
        Outcome::TimedOut => (BadgeTone::Warning, "Timed out"),
        Outcome::Unknown | Outcome::Unspecified => (BadgeTone::Neutral, "Unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rendering, state::query::timestamp};

    #[tokio::test]
    async fn an_execution_has_its_error_and_leads_on() {
        let html = rendering::signed_in("/errors/x?workspace=w1", || {
            let executions = vec![ErrorExecution {
                execution_id: "0192f0c1-2222-7333-8444-555566667777".to_owned(),
                opened_at: Some(timestamp("2026-11-22T12:00:00Z".parse().unwrap())),
                outcome: Outcome::TimedOut.into(),
                agent_id: "a-1".to_owned(),
                agent_name: "Invoice reader".to_owned(),
                message: Some("no answer after 30 s".to_owned()),
                ..ErrorExecution::default()
            }];
            html! { <ErrorExecutions {executions} occurrences=1234 workspace_id="w1" zone={Zone::utc()} /> }
        })
        .await;
        for text in [
            "the latest 1 of 1,234",
            "/executions/0192f0c1-2222-7333-8444-555566667777?workspace=w1",
            "Timed out",
            "Invoice reader",
            "no answer after 30 s",
            "12:00:00",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
