//! Agents, workspaces or periods side by side: values, differences, and whether a difference means something.

use std::rc::Rc;

use shadow_proto::metrics::v1::{
    CompareRequest, CompareResponse, ComparedSubject, LeaderboardSubject, ListWorkspacesRequest,
};
use yew::prelude::*;

use crate::{
    api, browser,
    components::{
        side_by_side::Comparison,
        ui::{Button, Kinds, Notice, NoticeKind, Select, Skeleton, answered},
    },
    hooks::{Asked, Fresh, use_answer, use_asked, use_set_pulse},
    navigation::use_place,
    session::use_signed_in,
    state::{
        answer,
        list::{List, MOST_CHOSEN},
        ranking,
        session::Permission,
        side_by_side::{self, Kind, PERIODS},
        view::View,
    },
};

/// Agents, workspaces or periods side by side.
#[component]
pub fn Compare() -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let workspace = place.view.workspace.as_deref();
    let name = workspace.map_or_else(|| "All workspaces".into(), |id| viewer.workspace_name(id));
    let kind = Kind::of(&place.view.list);
    let kinds = Kind::ALL.map(|kind| (kind.id(), kind.label())).to_vec();
    html! {
        <>
            <h1 class="page__title">{ "Compare" }<span class="page__scope">{ name }</span></h1>
            if viewer.may(Permission::ViewAnalytics, workspace) {
                <Kinds {kinds} current={kind.id()} />
                <div class="overview">
                    if kind == Kind::Periods {
                        <Side list={place.view.list.clone()} />
                    } else {
                        <Chosen {kind} />
                    }
                </div>
            } else {
                <Notice kind={NoticeKind::Empty} title="Nothing is yours to compare here">
                    <p>{ "That needs the permission view_analytics in this workspace." }</p>
                </Notice>
            }
        </>
    }
}

/// Those that can be chosen: the word in the address, and what a person reads.
type Candidates = Vec<(String, String)>;

/// Properties of [`Chosen`].
#[derive(Properties, PartialEq)]
struct ChosenProps {
    kind: Kind,
}

/// What is put side by side, what could be, and the comparison. Where nothing is chosen the first two that could be are, so
/// that the page does not begin empty.
#[component]
fn Chosen(props: &ChosenProps) -> Html {
    let place = use_place();
    let asked = use_asked();
    let found = use_answer((asked, props.kind), |(asked, kind)| {
        Box::pin(async move {
            let answer = candidates(&asked, kind).await?;
            // Who could be compared does not change from one moment to the next.
            Ok(Fresh {
                answer,
                live: false,
            })
        })
    });
    let candidates = found.loaded.as_deref().cloned().unwrap_or_default();
    let words = candidates.iter().map(|(word, _)| word.as_str());
    let list = side_by_side::begun(&place.view.list, words);
    let show = {
        let place = place.clone();
        Callback::from(move |list: List| {
            place.show(View {
                list,
                ..place.view.clone()
            });
        })
    };
    let name = |word: &str| {
        let found = candidates.iter().find(|(one, _)| one == word);
        found.map_or_else(|| word.to_owned(), |(_, name)| name.clone())
    };
    let options: Vec<(AttrValue, AttrValue)> = candidates
        .iter()
        .filter(|(word, _)| !list.chosen.contains(word))
        .map(|(word, name)| (word.clone().into(), name.clone().into()))
        .collect();
    let add = {
        let list = list.clone();
        show.reform(move |word: Option<String>| list.with(&word.unwrap_or_default()))
    };
    html! {
        <>
            <section class="panel" aria-label="What is compared">
                <header class="panel__header">
                    <div class="filters" role="group" aria-label="What is compared">
                        if list.chosen.len() < MOST_CHOSEN {
                            <Select label="Add" name="with" any="Choose" {options} onchange={add} />
                        }
                        { for list.chosen.iter().enumerate().map(|(at, word)| {
                            let (text, without) = (name(word), list.without(word));
                            let onclick = show.reform(move |_: MouseEvent| without.clone());
                            let first = if at == 0 { ", what others are compared with" } else { "" };
                            html! {
                                <Button key={word.clone()} label={format!("Leave out {text}{first}")} {onclick} symbol={crate::components::ui::Symbol::Close}>
                                    { text.clone() }
                                </Button>
                            }
                        }) }
                    </div>
                </header>
            </section>
            if place.view.list.chosen.is_empty() {
                { answered(&found, waiting(), |_| html! { <Side list={list.clone()} /> }) }
            } else {
                <Side {list} />
            }
        </>
    }
}

/// The busiest agents of the range, or the workspaces.
async fn candidates(
    asked: &Asked,
    kind: Kind,
) -> Result<Candidates, crate::state::failure::Failure> {
    if kind == Kind::Workspaces {
        let request = ListWorkspacesRequest {
            page_size: 200,
            ..ListWorkspacesRequest::default()
        };
        let response = api::board(request).await?;
        let workspaces = response.workspaces.into_iter();
        return Ok(workspaces.map(|one| (one.workspace_id, one.name)).collect());
    }
    let request = shadow_proto::metrics::v1::GetLeaderboardRequest {
        subject: LeaderboardSubject::Agent.into(),
        ..ranking::request(&asked.question(), &List::default(), &Default::default())
    };
    let response = api::leaderboard(request).await?;
    let agents = response.places.into_iter();
    Ok(agents
        .map(|place| {
            (
                side_by_side::agent(&place.workspace_id, &place.id),
                place.name,
            )
        })
        .collect())
}

/// What was asked, and what came.
#[derive(Clone, PartialEq)]
struct Compared {
    kind: Kind,
    response: Option<Rc<CompareResponse>>,
}

/// Properties of [`Side`].
#[derive(Properties, PartialEq)]
struct SideProps {
    /// With what is put side by side.
    list: List,
}

/// The comparison.
#[component]
fn Side(props: &SideProps) -> Html {
    let signed_in = use_signed_in();
    let asked = use_asked();
    let found = use_answer((asked, props.list.clone()), |(asked, list)| {
        Box::pin(async move {
            let question = asked.question();
            let request: Option<CompareRequest> =
                side_by_side::request(&question, &list, &*asked.zone, browser::now());
            let live = request.is_some() && question.is_live(browser::now());
            let response = match request {
                Some(request) => Some(Rc::new(api::compare(request).await?)),
                None => None,
            };
            let answer = Compared {
                kind: Kind::of(&list),
                response,
            };
            Ok(Fresh { answer, live })
        })
    });
    use_set_pulse(found.pulse(|compared| {
        let subjects = &compared.response.as_ref()?.subjects;
        answer::as_of(subjects.first()?.provenance.as_ref())
    }));
    answered(&found, waiting(), |compared| match &compared.response {
        Some(response) => html! {
            <Comparison
                response={response.clone()}
                names={names(compared.kind, &response.subjects)}
                catalogue={signed_in.catalogue.clone()}
            />
        },
        None => html! {
            <Notice kind={NoticeKind::Empty} title="Choose two or more to compare">
                <p>{ "The first is what the others are compared with." }</p>
            </Notice>
        },
    })
}

/// What stands there while the comparison is awaited.
fn waiting() -> Html {
    html! {
        <div role="group" aria-busy="true" aria-label="Loading">
            { for (0..8).map(|_| html! { <Skeleton class="skeleton--row" /> }) }
        </div>
    }
}

fn names(kind: Kind, subjects: &[ComparedSubject]) -> Vec<String> {
    match kind {
        Kind::Periods => PERIODS.map(str::to_owned).to_vec(),
        _ => subjects
            .iter()
            .map(|subject| subject.name.clone())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn the_kinds_are_offered_and_the_page_has_its_shape_while_it_loads() {
        let html = rendering::signed_in("/compare", || html! { <Compare /> }).await;
        for text in ["Agents", "Workspaces", "Periods", "skeleton--row", "Choose"] {
            assert!(html.contains(text), "{text} in {html}");
        }
        let html = rendering::signed_in("/compare?only=periods", || html! { <Compare /> }).await;
        assert!(!html.contains("What is compared"), "{html}");
    }

    #[tokio::test]
    async fn what_is_chosen_can_be_left_out_again() {
        let html = rendering::signed_in(
            "/compare?with=w1%2Fa-1&with=w1%2Fa-2",
            || html! { <Compare /> },
        )
        .await;
        assert_eq!(
            html.matches(r#"aria-label="Leave out"#).count(),
            2,
            "{html}"
        );
        assert!(html.contains("what others are compared with"), "{html}");
    }
}
