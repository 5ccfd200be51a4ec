//! The shell of what is asked from the server: its shape while it loads, why there is none, that it may be old, the answer.

use std::rc::Rc;

use yew::prelude::*;

use super::{Button, Notice, NoticeProps};
use crate::hooks::Answered;

/// Shows how far an answer is: `waiting` until there is one, then what `show` makes of it.
///
/// An answer to an earlier question stays, dimmed, until the next one is there; where that one failed, it does not, as it
/// would be read as the answer.
pub fn answered<A>(
    answered: &Answered<A>,
    waiting: Html,
    show: impl FnOnce(&Rc<A>) -> Html,
) -> Html {
    let loaded = match (&answered.loaded, &answered.failure) {
        (None, None) => return waiting,
        (Some(loaded), None) => loaded,
        (Some(loaded), Some(_)) if !answered.outdated => loaded,
        (_, Some(failure)) => {
            let props = NoticeProps::failed(failure, answered.retry.clone());
            return html! { <Notice ..props /> };
        }
    };
    html! {
        <div class={classes!("overview", answered.outdated.then_some("is-outdated"))} aria-busy={answered.outdated.then_some("true")}>
            if let Some(failure) = &answered.failure {
                <p class="banner" role="alert">
                    { format!("{}. What you see may be old.", failure.title()) }
                    <Button onclick={answered.retry.reform(|_| ())}>{ "Try again" }</Button>
                </p>
            }
            { show(loaded) }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rendering, state::failure::Failure};

    async fn shell(loaded: bool, failure: Option<Failure>, outdated: bool) -> String {
        rendering::signed_in("/agents", move || {
            let of = Answered {
                loaded: loaded.then(|| Rc::new("the answer")),
                live: true,
                failure: failure.clone(),
                outdated,
                retry: Callback::noop(),
            };
            answered(&of, html! { "the shape" }, |answer| html! { **answer })
        })
        .await
    }

    #[tokio::test]
    async fn each_step_has_its_look() {
        let old = "What you see may be old";
        let html = shell(false, None, false).await;
        assert!(html.contains("the shape"), "{html}");
        let html = shell(false, Some(Failure::Unavailable), false).await;
        assert!(html.contains(r#"role="alert""#) && !html.contains("the shape"));
        let html = shell(true, None, false).await;
        assert!(html.contains("the answer") && !html.contains(old) && !html.contains("aria-busy"));
        let html = shell(true, Some(Failure::Unavailable), false).await;
        assert!(html.contains("the answer") && html.contains(old), "{html}");
        let html = shell(true, None, true).await;
        assert!(html.contains("is-outdated") && html.contains("aria-busy"));
    }

    #[tokio::test]
    async fn an_earlier_answer_is_not_shown_as_the_one_that_failed() {
        let html = shell(true, Some(Failure::Unavailable), true).await;
        assert!(!html.contains("the answer"), "{html}");
        assert!(html.contains("Try again in a moment"), "{html}");
    }
}
