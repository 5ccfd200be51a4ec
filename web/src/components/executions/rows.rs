//! Rows of executions for tables of lists.

use std::rc::Rc;

use shadow_proto::{metrics::v1::Unit, streaming::v1::Execution};
use yew::prelude::*;

use crate::{
    catalogue::{Catalogue, Definition},
    components::{
        realtime::facts,
        tables::{DataCell, DataColumn, DataRow, agent_link},
        ui::Badge,
    },
    format,
    navigation::{Go, Route},
    state::{query::instant, session::Viewer, view::View},
    zone::Zone,
};

/// A column of words.
pub(crate) fn text_column(id: &'static str, name: &'static str, sorts: bool) -> DataColumn {
    DataColumn {
        id,
        name: name.into(),
        metric: None,
        sorts,
    }
}

/// The same on the screen and in a file.
pub(crate) fn cell(text: impl Into<String>) -> DataCell {
    let text = text.into();
    DataCell {
        shown: html! { text.clone() },
        text,
    }
}

/// The columns of a list of executions.
pub(crate) fn list_columns(catalogue: &Catalogue, several: bool) -> Vec<DataColumn> {
    // A number of one execution is what metrics are made of; these say how.
    let number = |id, name: &'static str, of: &str, meaning: &'static str, sorts| DataColumn {
        id,
        name: name.into(),
        metric: catalogue.find(of).map(|metric| {
            Rc::new(Definition {
                name: name.into(),
                meaning: meaning.into(),
                formula: "as the producer reported it".into(),
                relative_error: 0.0,
                ..(*metric).clone()
            })
        }),
        sorts,
    };
    let workspace = several.then(|| text_column("workspace", "Workspace", false));
    [
        text_column("opened_at", "Opened", true),
        text_column("status", "Status", false),
        text_column("agent", "Agent", false),
    ]
    .into_iter()
    .chain(workspace)
    .chain([
        text_column("trigger", "Trigger", false),
        text_column("user", "User", false),
        text_column("model", "Model", false),
        number(
            "duration",
            "Duration",
            "duration_p50",
            "How long the work took, without the queue.",
            true,
        ),
        number(
            "wait",
            "Queue wait",
            "queue_wait_p50",
            "How long it waited for its start.",
            false,
        ),
        number(
            "tokens",
            "Tokens",
            "total_tokens",
            "Tokens that the model read and wrote.",
            false,
        ),
        number(
            "credits",
            "Credits",
            "credits",
            "Credits that it consumed.",
            false,
        ),
        number(
            "cost",
            "Cost",
            "cost",
            "What the provider charges for it.",
            false,
        ),
        text_column("error", "Error", false),
    ])
    .collect()
}

/// One execution of a list.
pub(crate) fn list_row(
    execution: &Execution,
    view: &View,
    viewer: &Viewer,
    zone: &Zone,
    several: bool,
) -> DataRow {
    let identity = execution.identity.clone().unwrap_or_default();
    let opened = instant(identity.opened_at.as_ref());
    let status = execution.status();
    let end = execution.end.as_ref();
    let link =
        |text: String| execution_link(view, &execution.workspace_id, &identity.execution_id, text);
    let moment = opened.map_or_else(
        || format::ABSENT.to_owned(),
        |at| format::moment(at, &**zone),
    );
    let optional = |text: Option<String>| DataCell {
        shown: html! { text.clone().unwrap_or_else(|| format::ABSENT.to_owned()) },
        text: text.unwrap_or_default(),
    };
    let number = |unit, value| DataCell {
        shown: html! { <span title={format::exact(unit, value)}>{ format::value(unit, value) }</span> },
        text: format::plain(unit, value),
    };
    let workspace =
        several.then(|| cell(viewer.workspace_name(&execution.workspace_id).to_string()));
    let error = end.and_then(|end| end.error_kind.clone().or_else(|| end.error_message.clone()));
    DataRow {
        key: format!("{}/{}", execution.workspace_id, identity.execution_id),
        cells: [
            DataCell {
                shown: link(moment),
                text: opened.map(|at| at.to_rfc3339()).unwrap_or_default(),
            },
            DataCell {
                shown: html! { <Badge tone={facts::tone(status)}>{ facts::status_name(status) }</Badge> },
                text: facts::status_name(status).to_owned(),
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
            cell(facts::trigger_name(execution)),
            optional(identity.user_id.clone()),
            optional(end.and_then(|end| end.model.clone())),
            number(Unit::Microseconds, facts::duration(execution)),
            number(Unit::Microseconds, facts::wait(execution)),
            number(Unit::Tokens, facts::tokens(execution)),
            number(Unit::CreditsMicro, facts::credits(execution)),
            cell(facts::cost(execution)),
            optional(error),
        ])
        .collect(),
    }
}

/// Leads to the page of an execution.
pub(crate) fn execution_link(
    view: &View,
    workspace_id: &str,
    execution_id: &str,
    text: String,
) -> Html {
    let to = Route::Execution {
        id: execution_id.to_owned(),
    };
    let view = View {
        workspace: Some(workspace_id.to_owned()),
        ..view.elsewhere()
    };
    html! { <Go {to} {view} class="link"><span title={execution_id.to_owned()}>{ text }</span></Go> }
}
