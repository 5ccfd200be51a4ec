//! What stands where there is nothing to show: why, and what to do.

use yew::prelude::*;

use super::{Button, ButtonKind, Icon, Symbol};
use crate::state::failure::Failure;

/// How a file becomes data, for where there is none yet.
pub const IMPORT_COMMAND: &str = "shadow import --workspace new:Mine --source runs --file runs.csv \\\n  \
    --map opened_at=time --const agent_id=my-agent --const trigger=api";

/// Why there is nothing to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// There is no data.
    Empty,
    /// Something failed.
    Error,
}

/// Properties of [`Notice`].
#[derive(Properties, PartialEq)]
pub struct NoticeProps {
    /// Why.
    pub kind: NoticeKind,
    /// In a few words.
    pub title: AttrValue,
    /// What to do.
    pub children: Html,
    /// Tries again, where that may help.
    #[prop_or_default]
    pub retry: Option<Callback<()>>,
}

/// A message in the place of content.
#[component]
pub fn Notice(props: &NoticeProps) -> Html {
    let (symbol, role, class) = match props.kind {
        NoticeKind::Empty => (Symbol::Box, "status", "notice"),
        NoticeKind::Error => (Symbol::Warning, "alert", "notice notice--error"),
    };
    html! {
        <div {class} {role}>
            <Icon {symbol} />
            <h2 class="notice__title">{ &props.title }</h2>
            <div class="notice__text">{ props.children.clone() }</div>
            if let Some(retry) = &props.retry {
                <Button kind={ButtonKind::Primary} onclick={retry.reform(|_| ())}>{ "Try again" }</Button>
            }
        </div>
    }
}

impl NoticeProps {
    /// The properties that tell of a failure.
    pub fn failed(failure: &Failure, retry: Callback<()>) -> Self {
        Self {
            kind: NoticeKind::Error,
            title: failure.title().into(),
            children: html! { <p>{ failure.advice() }</p> },
            retry: failure.may_pass().then_some(retry),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    async fn failed(failure: Failure) -> String {
        rendering::signed_in("/", move || {
            let props = NoticeProps::failed(&failure, Callback::noop());
            html! { <Notice ..props /> }
        })
        .await
    }

    #[tokio::test]
    async fn a_failure_says_what_to_do_and_offers_what_may_help() {
        let html = failed(Failure::Unavailable).await;
        for text in [
            r#"role="alert""#,
            "The server is not answering",
            "Try again in a moment",
            "<button",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        let html = failed(Failure::Forbidden).await;
        assert!(
            html.contains("Ask an owner") && !html.contains("<button"),
            "{html}"
        );
    }
}
