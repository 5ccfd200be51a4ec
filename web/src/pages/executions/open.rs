//! Executions that have not ended, those that were opened first in front, and which of them should have.

use std::rc::Rc;

use chrono::{DateTime, Utc};
use shadow_proto::metrics::v1::{
    ListOpenExecutionsResponse, OpenExecution, Staleness, StalenessRule, Unit,
};
use yew::prelude::*;

use crate::{
    api,
    components::{
        executions::{cell, execution_link, text_column},
        realtime::facts,
        tables::{DataCell, DataColumn, DataRow, DataTable, agent_link},
        ui::{Badge, BadgeTone, Notice, NoticeKind, Select, Skeleton, answered},
    },
    format,
    hooks::{Fresh, use_answer, use_asked, use_set_pulse},
    navigation::use_place,
    session::use_signed_in,
    state::{answer, executions, list, query::instant, session::Viewer, view::View},
    zone::Zone,
};

/// What is open.
#[component]
pub(super) fn Open() -> Html {
    let place = use_place();
    let view = View {
        list: list::List {
            page: place.view.list.page.clone(),
            ..Default::default()
        },
        workspace: place.view.workspace.clone(),
        status: place.view.status.clone(),
        ..View::default()
    };
    let page = use_answer(view, |view| {
        Box::pin(async move {
            let answer = api::open_executions(executions::open_request(&view)).await?;
            Ok(Fresh { answer, live: true })
        })
    });
    use_set_pulse(page.pulse(|page| answer::as_of(page.provenance.as_ref())));
    answered(
        &page,
        html! {
            <div role="group" aria-busy="true" aria-label="Loading">{ for (0..12).map(|_| html! { <Skeleton class="skeleton--row" /> }) }</div>
        },
        |page| html! { <Table response={page.clone()} /> },
    )
}

/// Properties of [`Table`].
#[derive(Properties, PartialEq)]
struct TableProps {
    response: Rc<ListOpenExecutionsResponse>,
}

#[component]
fn Table(props: &TableProps) -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let zone = use_asked().zone;
    let response = &*props.response;
    let stale_only = place.view.status.as_deref() == Some("stale");
    let onchange = {
        let place = place.clone();
        Callback::from(move |status| {
            place.show(View {
                status,
                list: Default::default(),
                ..place.view.clone()
            });
        })
    };
    let filter = html! {
        <>
            <p class="panel__note">{ words(response) }</p>
            <div class="filters" role="group" aria-label="Filters">
                <Select
                    label="Which"
                    name="status"
                    options={vec![("stale".into(), "Stale".into())]}
                    value={stale_only.then_some(AttrValue::from("stale"))}
                    {onchange}
                />
            </div>
        </>
    };
    if response.executions.is_empty() {
        let title = if stale_only {
            "Nothing is stale"
        } else {
            "Nothing is open"
        };
        return html! {
            <>
                if stale_only {
                    <section class="panel"><header class="panel__header">{ filter }</header></section>
                }
                <Notice kind={NoticeKind::Empty} {title}>
                    <p>{ "What is opened and has not ended appears here, the earliest first." }</p>
                </Notice>
            </>
        };
    }
    let several = place.view.workspace.is_none();
    let read = answer::as_of(response.provenance.as_ref()).unwrap_or_default();
    let rows: Vec<DataRow> = response
        .executions
        .iter()
        .map(|one| row(one, read, &place.view, &viewer, &zone, several))
        .collect();
    html! {
        <DataTable
            title="Open executions"
            file="open-executions"
            columns={columns(several)}
            {rows}
            sort=""
            next={response.next_page_token.clone()}
            as_of={format::time_of_day(read, &*zone)}
        >
            { filter }
        </DataTable>
    }
}

fn words(response: &ListOpenExecutionsResponse) -> String {
    let count = format::count;
    let mut words = format!(
        "{} open · {} queued · {} stale",
        count(response.open_executions),
        count(response.queued_executions),
        count(response.stale_executions)
    );
    if response.examined_executions < response.open_executions {
        let examined = count(response.examined_executions);
        words.push_str(&format!(
            " · queued and stale among the {examined} that were opened first"
        ));
    }
    words
}

fn columns(several: bool) -> Vec<DataColumn> {
    let workspace = several.then(|| text_column("workspace", "Workspace", false));
    [
        text_column("opened_at", "Opened", false),
        text_column("status", "Status", false),
        text_column("agent", "Agent", false),
    ]
    .into_iter()
    .chain(workspace)
    .chain([
        text_column("trigger", "Trigger", false),
        text_column("user", "User", false),
        text_column("open_for", "Open for", false),
        text_column("limit", "Stale after", false),
        text_column("rule", "Because of", false),
    ])
    .collect()
}

fn row(
    one: &OpenExecution,
    now: DateTime<Utc>,
    view: &View,
    viewer: &Viewer,
    zone: &Zone,
    several: bool,
) -> DataRow {
    let execution = one.execution.clone().unwrap_or_default();
    let staleness = one.staleness.unwrap_or_default();
    let identity = execution.identity.clone().unwrap_or_default();
    let opened = instant(identity.opened_at.as_ref());
    let moment = opened.map_or_else(
        || format::ABSENT.to_owned(),
        |at| format::moment(at, &**zone),
    );
    let status = execution.status();
    let word = if staleness.stale { "Stale" } else { "" };
    let user = identity.user_id.clone();
    let workspace =
        several.then(|| cell(viewer.workspace_name(&execution.workspace_id).to_string()));
    let length = |micros| cell(format::value(Unit::Microseconds, micros));
    DataRow {
        key: format!("{}/{}", execution.workspace_id, identity.execution_id),
        cells: [
            DataCell {
                shown: execution_link(view, &execution.workspace_id, &identity.execution_id, moment),
                text: opened.map(|at| at.to_rfc3339()).unwrap_or_default(),
            },
            DataCell {
                shown: html! {
                    <>
                        <Badge tone={facts::tone(status)}>{ facts::status_name(status) }</Badge>
                        if staleness.stale {
                            { " " }
                            <Badge tone={BadgeTone::Warning}>{ word }</Badge>
                        }
                    </>
                },
                text: format!("{} {word}", facts::status_name(status)).trim().to_owned(),
            },
            DataCell {
                shown: html! {
                    <span class="data__name">{ agent_link(&view.elsewhere(), &execution.workspace_id, &identity.agent_id, &execution.agent_name) }</span>
                },
                text: execution.agent_name.clone(),
            },
        ]
        .into_iter()
        .chain(workspace)
        .chain([
            cell(facts::trigger_name(&execution)),
            cell(user.unwrap_or_else(|| format::ABSENT.to_owned())),
            length(executions::open_for(&execution, now)),
            length(executions::micros(staleness.limit.as_ref())),
            cell(why(&staleness)),
        ])
        .collect(),
    }
}

/// Where the limit of an open execution comes from.
pub(in crate::pages) fn why(staleness: &Staleness) -> &'static str {
    match staleness.rule() {
        StalenessRule::Timeout => "its timeout",
        StalenessRule::Agent => "3 × its agent's p99 of 30 days",
        StalenessRule::Default | StalenessRule::Unspecified => "24 hours, nothing is known",
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::streaming::v1::ExecutionStatus;

    use super::*;
    use crate::{rendering, state::feed::tests::execution};

    fn response() -> ListOpenExecutionsResponse {
        ListOpenExecutionsResponse {
            executions: vec![OpenExecution {
                execution: Some(execution("e-1", 7, 1, ExecutionStatus::Running)),
                staleness: Some(Staleness {
                    stale: true,
                    limit: Some(prost_types::Duration {
                        seconds: 90,
                        nanos: 0,
                    }),
                    rule: StalenessRule::Agent.into(),
                }),
            }],
            open_executions: 6_000,
            queued_executions: 2,
            stale_executions: 1,
            examined_executions: 5_000,
            ..ListOpenExecutionsResponse::default()
        }
    }

    #[tokio::test]
    async fn what_is_stale_says_since_when_and_why() {
        let html = rendering::signed_in("/executions?tab=open", || {
            html! { <Table response={Rc::new(response())} /> }
        })
        .await;
        for text in [
            "6,000 open · 2 queued · 1 stale",
            "among the 5,000 that were opened first",
            "Stale</span>",
            "1 m 30 s",
            "agent's p99",
            "/executions/e-1",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn nothing_open_is_good_news() {
        let html = rendering::signed_in("/executions?tab=open&status=stale", || {
            html! { <Table response={Rc::new(ListOpenExecutionsResponse::default())} /> }
        })
        .await;
        assert!(
            html.contains("Nothing is stale") && html.contains("Which"),
            "{html}"
        );
    }
}
