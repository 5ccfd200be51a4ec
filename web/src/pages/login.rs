//! Sign in: one click per role of the demo on a local stack, and a token everywhere.

use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    api::{self, DemoUser},
    components::ui::{Button, ButtonKind},
    session::{Absence, State, use_session},
    state::failure::Failure,
};

/// Sign in.
#[component]
pub fn Login() -> Html {
    let session = use_session();
    let people = use_state_eq(|| None::<Vec<DemoUser>>);
    let failure = use_state_eq(|| None::<Failure>);
    let busy = use_state_eq(|| false);
    let token = use_node_ref();
    use_effect_with((), {
        let (people, failure) = (people.setter(), failure.setter());
        move |()| {
            spawn_local(async move {
                match api::sign_in_options().await {
                    Ok(demo) => people.set(Some(demo)),
                    Err(problem) => failure.set(Some(problem)),
                }
            });
        }
    });
    let after = {
        let (reload, failure, busy) = (session.reload.clone(), failure.setter(), busy.setter());
        Callback::from(move |result: Result<(), Failure>| {
            busy.set(false);
            match result {
                Ok(()) => reload.emit(()),
                Err(problem) => failure.set(Some(problem)),
            }
        })
    };
    let as_person = {
        let (after, busy) = (after.clone(), busy.setter());
        Callback::from(move |id: String| {
            busy.set(true);
            let after = after.clone();
            spawn_local(async move { after.emit(api::sign_in_demo(&id).await) });
        })
    };
    let with_token = {
        let (token, busy) = (token.clone(), busy.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(input) = token.cast::<HtmlInputElement>() else {
                return;
            };
            let value = input.value().trim().to_owned();
            if value.is_empty() {
                return;
            }
            // The token leaves the page as soon as it is sent.
            input.set_value("");
            busy.set(true);
            let after = after.clone();
            spawn_local(async move { after.emit(api::sign_in_token(&value).await) });
        })
    };
    let expired = session.state == State::Absent(Absence::Expired);
    html! {
        <main class="login">
            <div class="login__card">
                <p class="brand"><span class="brand__mark" aria-hidden="true"></span>{ "Shadow Analytics" }</p>
                <h1 class="login__title">{ "Sign in" }</h1>
                if expired {
                    <p class="banner" role="status">{ "Your session has ended. Sign in to go on where you were." }</p>
                }
                if let Some(failure) = &*failure {
                    <p class="banner banner--error" role="alert">{ refused(failure) }</p>
                }
                <People people={(*people).clone()} busy={*busy} onclick={as_person} />
                <form class="login__form" onsubmit={with_token}>
                    <label class="field">
                        <span>{ "Token" }</span>
                        <input ref={token} type="password" name="token" autocomplete="off" spellcheck="false" placeholder="Paste a token" />
                    </label>
                    <Button kind={ButtonKind::Primary} submits=true disabled={*busy}>{ "Sign in with the token" }</Button>
                    <p class="login__hint">{ "A token is made by " }<code>{ "shadow token" }</code>{ ", or by your identity provider." }</p>
                </form>
            </div>
        </main>
    }
}

fn refused(failure: &Failure) -> String {
    match failure {
        Failure::SignedOut | Failure::Forbidden => {
            "This token was not accepted. It may have expired.".to_owned()
        }
        other => format!("{}. {}", other.title(), other.advice()),
    }
}

/// Properties of [`People`].
#[derive(Properties, PartialEq)]
struct PeopleProps {
    /// The people of the demo; absent while they are asked for.
    people: Option<Vec<DemoUser>>,
    busy: bool,
    onclick: Callback<String>,
}

/// The people of the demo.
#[component]
fn People(props: &PeopleProps) -> Html {
    let Some(people) = &props.people else {
        return html! { <div class="login__people" aria-busy="true"></div> };
    };
    if people.is_empty() {
        return Html::default();
    }
    html! {
        <div class="login__people">
            <p class="login__hint">{ "This is a demo. Look around as:" }</p>
            { for people.iter().map(|person| {
                let id = person.user_id.clone();
                html! {
                    <button
                        type="button"
                        class="person"
                        disabled={props.busy}
                        data-user={id.clone()}
                        onclick={props.onclick.reform(move |_| id.clone())}
                    >
                        <span class="person__role">{ &person.label }</span>
                        <span class="person__about">{ &person.description }</span>
                    </button>
                }
            }) }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn each_person_of_the_demo_is_one_click_away() {
        let html = rendering::signed_in("/login", || {
            let person = |id: &str, label: &str| DemoUser {
                user_id: id.to_owned(),
                label: label.to_owned(),
                description: format!("What {label} sees"),
            };
            let people = Some(vec![
                person("owner@demo", "Owner"),
                person("viewer@demo", "Viewer"),
            ]);
            html! { <People {people} busy=false onclick={Callback::noop()} /> }
        })
        .await;
        assert_eq!(html.matches("<button").count(), 2, "{html}");
        assert!(
            html.contains("owner@demo") && html.contains("What Viewer sees"),
            "{html}"
        );
    }

    #[tokio::test]
    async fn a_token_can_be_pasted() {
        let html = rendering::signed_in("/login", || html! { <Login /> }).await;
        assert!(
            html.contains(r#"name="token""#) && html.contains(r#"type="password""#),
            "{html}"
        );
    }
}
