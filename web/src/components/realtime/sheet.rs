//! The details of one execution, beside the feed.

use std::rc::Rc;

use shadow_proto::{metrics::v1::Unit, streaming::v1::Execution};
use web_sys::HtmlElement;
use yew::prelude::*;

use super::facts;
use crate::{
    components::ui::{Badge, Button, ButtonKind, Symbol},
    format,
    navigation::{Go, Route, use_place},
    state::{feed::Row, query::instant, session::Viewer, status::status_id, view::View},
    zone::Zone,
};

/// Properties of [`ExecutionSheet`].
#[derive(Properties, PartialEq)]
pub struct ExecutionSheetProps {
    /// The execution.
    pub id: AttrValue,
    /// What is known of it; absent where it is not on the page.
    pub row: Option<Row>,
    /// Whether the feed is loaded, so that what is not on the page is not about to come.
    pub loaded: bool,
    /// Names of workspaces.
    pub viewer: Rc<Viewer>,
    /// The zone of the page.
    pub zone: Zone,
    /// Closes it.
    pub onclose: Callback<()>,
    /// Whether it takes the focus when it opens.
    #[prop_or(true)]
    pub takes_focus: bool,
}

/// The details of one execution.
#[component]
pub fn ExecutionSheet(props: &ExecutionSheetProps) -> Html {
    let sheet = use_node_ref();
    let view = use_place().view;
    use_effect_with((props.id.clone(), props.takes_focus), {
        let sheet = sheet.clone();
        move |(_, takes_focus)| {
            if let Some(sheet) = sheet.cast::<HtmlElement>().filter(|_| *takes_focus) {
                // Without the focus it is read all the same.
                let _ = sheet.focus();
            }
        }
    });
    let title = format!("title-{}", props.id);
    html! {
        <div ref={sheet} class="sheet" role="dialog" aria-labelledby={title.clone()} tabindex="-1">
            <header class="sheet__header">
                <div class="sheet__heading">
                    <h2 id={title} class="sheet__title">{ props.row.as_ref().map_or("Execution", Row::agent) }</h2>
                    <code class="sheet__id">{ &props.id }</code>
                </div>
                <Button kind={ButtonKind::Quiet} symbol={Symbol::Close} label="Close" onclick={props.onclose.reform(|_| ())} />
            </header>
            { match &props.row {
                Some(row) => html! {
                    <>
                        { details(&row.execution, props) }
                        <p class="sheet__text">{ whole(&row.execution, &props.id, &view) }</p>
                    </>
                },
                None if props.loaded => html! {
                    <p class="sheet__text">{ "This execution is not among the latest that the feed holds, or the filters leave it out. Clear the filters, or choose its workspace above." }</p>
                },
                None => html! { <p class="sheet__text" aria-busy="true">{ "Loading…" }</p> },
            } }
        </div>
    }
}

/// Leads to the page of the execution.
fn whole(execution: &Execution, id: &str, view: &View) -> Html {
    let view = View {
        workspace: Some(execution.workspace_id.clone()),
        ..view.elsewhere()
    };
    html! { <Go to={Route::Execution { id: id.to_owned() }} {view} class="link">{ "Everything of it, step by step" }</Go> }
}

fn details(execution: &Execution, props: &ExecutionSheetProps) -> Html {
    let status = execution.status();
    let zone = &*props.zone;
    let identity = execution.identity.as_ref();
    let moments = [
        ("Opened", identity.and_then(|one| one.opened_at.as_ref())),
        ("Started", execution.started_at.as_ref()),
        ("Ended", execution.ended_at.as_ref()),
    ];
    let error = execution
        .end
        .as_ref()
        .filter(|end| end.error_kind.is_some() || end.error_message.is_some());
    let fact = |(name, value): (&'static str, String)| {
        html! { <><dt>{ name }</dt><dd>{ value }</dd></> }
    };
    html! {
        <div class="sheet__body" data-status={status_id(status)}>
            <p class="sheet__status">
                <Badge tone={facts::tone(status)}>{ facts::status_name(status) }</Badge>
                <span>{ props.viewer.workspace_name(&execution.workspace_id) }</span>
            </p>
            <Phases wait={facts::wait(execution)} work={facts::duration(execution)} />
            if let Some(error) = error {
                <div class="sheet__error">
                    <p class="sheet__kind">{ error.error_kind.as_deref().unwrap_or("Error") }</p>
                    if let Some(message) = &error.error_message {
                        <p>{ message }</p>
                    }
                </div>
            }
            <dl class="sheet__facts">
                { for moments.into_iter().map(|(name, at)| {
                    let text = instant(at).map_or_else(|| format::ABSENT.to_owned(), |at| format::moment(at, zone));
                    fact((name, text))
                }) }
                { for facts::all(execution).into_iter().map(fact) }
                { fact(("Revision", execution.revision.to_string())) }
            </dl>
        </div>
    }
}

/// Properties of [`Phases`].
#[derive(Properties, PartialEq)]
struct PhasesProps {
    wait: Option<f64>,
    work: Option<f64>,
}

/// How long it waited and how long it worked, as two lengths of one bar.
#[component]
fn Phases(props: &PhasesProps) -> Html {
    let text = |micros| format::value(Unit::Microseconds, micros);
    let whole = props.wait.unwrap_or_default() + props.work.unwrap_or_default();
    let share = props
        .wait
        .filter(|_| whole > 0.0)
        .map_or(0.0, |wait| wait / whole * 100.0);
    html! {
        <div class="phases">
            if whole > 0.0 {
                <svg class="phases__bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                    <rect class="phases__wait" width={format!("{share:.2}")} height="1" />
                    if props.work.is_some() {
                        <rect class="phases__work" x={format!("{share:.2}")} width={format!("{:.2}", 100.0 - share)} height="1" />
                    }
                </svg>
            }
            <dl class="phases__lengths">
                <div><dt>{ "Waited" }</dt><dd>{ text(props.wait) }</dd></div>
                <div><dt>{ "Worked" }</dt><dd>{ text(props.work) }</dd></div>
            </dl>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::streaming::v1::{ExecutionEnd, ExecutionStatus};

    use super::*;
    use crate::{
        rendering,
        state::{feed::tests::execution, query::timestamp, session::tests::owner},
    };

    async fn sheet(execution: Option<Execution>, loaded: bool) -> String {
        rendering::signed_in("/executions", move || {
            let row = execution.clone().map(|one| Row { execution: Rc::new(one), fresh: false });
            html! { <ExecutionSheet id="e-1" {row} {loaded} viewer={Rc::new(owner())} zone={Zone::utc()} onclose={Callback::noop()} /> }
        })
        .await
    }

    #[tokio::test]
    async fn what_is_known_is_told_and_the_rest_is_left_out() {
        let failed = Execution {
            started_at: Some(timestamp("2026-11-23T20:07:01Z".parse().unwrap())),
            ended_at: Some(timestamp("2026-11-23T20:07:04Z".parse().unwrap())),
            end: Some(ExecutionEnd {
                error_kind: Some("rate_limited".to_owned()),
                error_message: Some("Too many requests.".to_owned()),
                model: Some("m-1".to_owned()),
                ..ExecutionEnd::default()
            }),
            ..execution("e-1", 7, 3, ExecutionStatus::Failed)
        };
        let html = sheet(Some(failed), true).await;
        for text in [
            "Failed",
            "Acme",
            "rate_limited",
            "Too many requests.",
            "23 Nov 2026, 20:07:01",
            "<dd>1 s</dd>",
            "<dd>3 s</dd>",
            r#"width="25.00""#,
            "m-1",
            "/executions/e-1?workspace=",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        assert!(!html.contains("Input tokens"), "{html}");
    }

    #[tokio::test]
    async fn what_has_not_ended_has_no_length() {
        let html = sheet(Some(execution("e-1", 7, 1, ExecutionStatus::Queued)), true).await;
        assert!(!html.contains("phases__bar"), "{html}");
        assert!(
            html.contains("Queued") && html.contains("<dd>—</dd>"),
            "{html}"
        );
    }

    #[tokio::test]
    async fn what_is_not_on_the_page_says_what_to_do() {
        assert!(sheet(None, false).await.contains("Loading"));
        let html = sheet(None, true).await;
        assert!(
            html.contains("Clear the filters") && html.contains("e-1"),
            "{html}"
        );
    }
}
