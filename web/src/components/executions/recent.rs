//! The last executions of something, beside what else is told of it.

use std::rc::Rc;

use shadow_proto::{metrics::v1::Unit, streaming::v1::Execution};
use yew::prelude::*;

use super::execution_link;
use crate::{
    components::{realtime::facts, ui::Badge},
    format,
    navigation::{Go, Route, use_place},
    state::{executions::Tab, query::instant, view::View},
    zone::Zone,
};

/// Properties of [`RecentExecutions`].
#[derive(Properties, PartialEq)]
pub struct RecentExecutionsProps {
    /// The executions, the latest first.
    pub executions: Rc<Vec<Execution>>,
    /// The zone of the page.
    pub zone: Zone,
    /// The agent whose executions they are.
    #[prop_or_default]
    pub agent: Option<String>,
    /// The user on whose behalf they ran.
    #[prop_or_default]
    pub user: Option<String>,
}

/// The last executions of something, with a link to all of them.
#[component]
pub fn RecentExecutions(props: &RecentExecutionsProps) -> Html {
    let view = use_place().view;
    let all = View {
        tab: Some(Tab::List.id().to_owned()),
        agent: props.agent.clone(),
        user: props.user.clone(),
        ..view.elsewhere()
    };
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ "Recent executions" }</h2>
                    <p class="panel__note">{ "the last that were opened in the range" }</p>
                </div>
                <Go to={Route::Executions} view={all} class="link">{ "All executions" }</Go>
            </header>
            if props.executions.is_empty() {
                <p class="panel__empty">{ "None was opened in this range." }</p>
            } else {
                <div class="table-scroll" tabindex="0" role="region" aria-label="Recent executions">
                    <table class="table">
                        <caption class="only-read">{ "Recent executions, the latest first" }</caption>
                        <thead>
                            <tr>
                                <th scope="col">{ "Opened" }</th>
                                <th scope="col">{ "Status" }</th>
                                <th scope="col">{ "Trigger" }</th>
                                <th scope="col">{ "Model" }</th>
                                <th scope="col" class="number">{ "Duration" }</th>
                                <th scope="col" class="number">{ "Credits" }</th>
                                <th scope="col">{ "Error" }</th>
                            </tr>
                        </thead>
                        <tbody>{ for props.executions.iter().map(|one| row(one, &view, &props.zone)) }</tbody>
                    </table>
                </div>
            }
        </section>
    }
}

fn row(execution: &Execution, view: &View, zone: &Zone) -> Html {
    let identity = execution.identity.clone().unwrap_or_default();
    let opened = instant(identity.opened_at.as_ref());
    let moment = opened.map_or_else(
        || format::ABSENT.to_owned(),
        |at| format::moment(at, &**zone),
    );
    let status = execution.status();
    let end = execution.end.as_ref();
    let known = |text: Option<String>| text.unwrap_or_else(|| format::ABSENT.to_owned());
    html! {
        <tr key={identity.execution_id.clone()}>
            <th scope="row">{ execution_link(view, &execution.workspace_id, &identity.execution_id, moment) }</th>
            <td><Badge tone={facts::tone(status)}>{ facts::status_name(status) }</Badge></td>
            <td>{ facts::trigger_name(execution) }</td>
            <td>{ known(end.and_then(|end| end.model.clone())) }</td>
            <td class="number">{ format::value(Unit::Microseconds, facts::duration(execution)) }</td>
            <td class="number">{ format::value(Unit::CreditsMicro, facts::credits(execution)) }</td>
            <td>{ known(end.and_then(|end| end.error_kind.clone())) }</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::streaming::v1::ExecutionStatus;

    use super::*;
    use crate::{rendering, state::feed::tests::execution};

    #[tokio::test]
    async fn each_leads_to_its_page_and_all_of_them_to_the_list() {
        let html = rendering::signed_in("/agents/a-1?workspace=w1&range=7d", || {
            let executions = Rc::new(vec![execution("e-1", 7, 1, ExecutionStatus::Failed)]);
            html! { <RecentExecutions {executions} zone={Zone::utc()} agent={Some("a-1".to_owned())} /> }
        })
        .await;
        assert!(html.contains(r#"href="/executions/e-1?"#), "{html}");
        assert!(html.contains("agent=a-1&amp;tab=list"), "{html}");
        let html = rendering::signed_in("/agents/a-1", || {
            html! { <RecentExecutions executions={Rc::new(Vec::new())} zone={Zone::utc()} /> }
        })
        .await;
        assert!(html.contains("None was opened"), "{html}");
    }
}
