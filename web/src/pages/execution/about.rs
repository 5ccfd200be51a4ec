//! What an execution was, and what was said of it, with links to who and what else.

use shadow_proto::streaming::v1::Execution as Told;
use yew::prelude::*;

use crate::{
    components::{realtime::facts, tables::agent_link},
    format,
    navigation::{Go, Route},
    state::{executions, executions::Tab, query::instant, session::Viewer, view::View},
    zone::Zone,
};

/// What it was: who ran, for whom, when.
pub(super) fn about(one: &Told, view: &View, viewer: &Viewer, zone: &Zone) -> Html {
    let identity = one.identity.clone().unwrap_or_default();
    let moment = |at| {
        instant(at).map_or_else(
            || format::ABSENT.to_owned(),
            |at| format::moment(at, &**zone),
        )
    };
    let end = one.end.clone().unwrap_or_default();
    let known = |text: Option<String>| {
        text.filter(|text| !text.is_empty())
            .unwrap_or_else(|| format::ABSENT.to_owned())
    };
    let timeout = executions::micros(identity.timeout.as_ref()).map(format::duration);
    let user = match identity.user_id.clone() {
        Some(user) => html! {
            <>
                { person(view, &one.workspace_id, &user) }
                { " " }
                { all("their executions", View { user: Some(user), ..view.elsewhere() }) }
            </>
        },
        None => html! { format::ABSENT },
    };
    let facts: [(&'static str, Html); 12] = [
        (
            "Agent",
            agent_link(
                &view.elsewhere(),
                &one.workspace_id,
                &identity.agent_id,
                &one.agent_name,
            ),
        ),
        ("Agent version", html! { known(identity.agent_version) }),
        (
            "Workspace",
            html! { viewer.workspace_name(&one.workspace_id) },
        ),
        ("User", user),
        ("Trigger", html! { facts::trigger_name(one) }),
        ("Environment", html! { known(identity.environment) }),
        ("Model", html! { known(end.model) }),
        ("Provider", html! { known(end.provider) }),
        ("Opened", html! { moment(identity.opened_at.as_ref()) }),
        ("Started", html! { moment(one.started_at.as_ref()) }),
        ("Ended", html! { moment(one.ended_at.as_ref()) }),
        ("Timeout", html! { known(timeout) }),
    ];
    html! {
        <section class="panel">
            <header class="panel__header"><h2 class="panel__title">{ "What it was" }</h2></header>
            <dl class="execution__facts">
                { for facts.into_iter().map(|(name, value)| html! { <><dt>{ name }</dt><dd>{ value }</dd></> }) }
            </dl>
        </section>
    }
}

/// What somebody thought of it.
pub(super) fn feedback(one: &Told, view: &View, zone: &Zone) -> Html {
    let said = one.feedback.as_ref();
    html! {
        <section class="panel">
            <header class="panel__header"><h2 class="panel__title">{ "Feedback" }</h2></header>
            if let Some(said) = said {
                <dl class="execution__facts">
                    <dt>{ "Rating" }</dt>
                    <dd>{ format!("{} of 5", said.rating) }</dd>
                    <dt>{ "Rated by" }</dt>
                    <dd>{ said.user_id.as_deref().map_or_else(|| html! { format::ABSENT }, |user| person(view, &one.workspace_id, user)) }</dd>
                    <dt>{ "Rated" }</dt>
                    <dd>{ instant(one.feedback_at.as_ref()).map_or_else(|| format::ABSENT.to_owned(), |at| format::moment(at, &**zone)) }</dd>
                    if let Some(comment) = &said.comment {
                        <dt>{ "Comment" }</dt>
                        <dd>{ comment }</dd>
                    }
                </dl>
            } else {
                <p class="panel__empty">{ "Nobody has rated it." }</p>
            }
        </section>
    }
}

/// Leads to what else is known of a person in a workspace.
fn person(view: &View, workspace_id: &str, id: &str) -> Html {
    let to = Route::User { id: id.to_owned() };
    let view = View {
        workspace: Some(workspace_id.to_owned()),
        ..view.elsewhere()
    };
    html! { <Go {to} {view} class="link">{ id.to_owned() }</Go> }
}

/// Leads to the list of executions that are like this one.
pub(super) fn all(text: &'static str, view: View) -> Html {
    let view = View {
        tab: Some(Tab::List.id().to_owned()),
        ..view
    };
    html! { <Go to={Route::Executions} {view} class="link">{ text }</Go> }
}
