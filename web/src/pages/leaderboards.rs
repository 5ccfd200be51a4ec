//! Leaderboards: agents, workspaces or users by a metric, each with its rank in the period before.

mod choices;
mod row;

use std::rc::Rc;

use shadow_proto::metrics::v1::{GetLeaderboardResponse, LeaderboardSubject};
use yew::prelude::*;

use crate::{
    api, browser,
    components::{
        tables::file_link,
        ui::{Help, Kinds, Notice, NoticeKind, Skeleton, answered},
    },
    format,
    hooks::{Asked, Fresh, use_answer, use_asked, use_set_pulse},
    navigation::use_place,
    session::use_signed_in,
    state::{
        answer,
        list::List,
        ranking::{self, EXECUTIONS, SUBJECTS},
        session::Permission,
        view::Compare,
    },
};

use self::{choices::Choices, row::Shown};

/// Leaderboards.
#[component]
pub fn Leaderboards() -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let workspace = place.view.workspace.as_deref();
    let name = workspace.map_or_else(|| "All workspaces".into(), |id| viewer.workspace_name(id));
    let subject = ranking::subject(&place.view.list);
    let kinds = SUBJECTS.map(|(_, word, name, _)| (word, name)).to_vec();
    let current = named(subject).1;
    html! {
        <>
            <h1 class="page__title">{ "Leaderboards" }<span class="page__scope">{ name }</span></h1>
            if viewer.may(Permission::ViewAnalytics, workspace) {
                <Kinds {kinds} {current} />
                <Board />
            } else {
                <Notice kind={NoticeKind::Empty} title="Leaderboards are not yours to see here">
                    <p>{ "They need the permission view_analytics in this workspace." }</p>
                </Notice>
            }
        </>
    }
}

/// Who is ranked, with all words for it.
fn named(
    subject: LeaderboardSubject,
) -> (LeaderboardSubject, &'static str, &'static str, &'static str) {
    let found = SUBJECTS.iter().find(|(one, ..)| *one == subject);
    *found.unwrap_or(&SUBJECTS[0])
}

/// What was asked, and the places.
#[derive(Clone, PartialEq)]
struct Ranked {
    asked: Asked,
    list: List,
    response: Rc<GetLeaderboardResponse>,
}

#[component]
fn Board() -> Html {
    let place = use_place();
    let catalogue = use_signed_in().catalogue;
    let asked = use_asked();
    let found = use_answer(
        (asked, place.view.list.clone(), catalogue),
        |(asked, list, catalogue)| {
            Box::pin(async move {
                let question = asked.question();
                let request = ranking::request(&question, &list, &catalogue);
                let response = api::leaderboard(request).await?;
                let live = question.is_live(browser::now());
                let answer = Ranked {
                    asked,
                    list,
                    response: Rc::new(response),
                };
                Ok(Fresh { answer, live })
            })
        },
    );
    use_set_pulse(found.pulse(|ranked| answer::as_of(ranked.response.provenance.as_ref())));
    let skeleton = html! { <div role="group" aria-busy="true" aria-label="Loading">{ for (0..12).map(|_| html! { <Skeleton class="skeleton--row" /> }) }</div> };
    answered(
        &found,
        skeleton,
        |ranked| html! { <Places ranked={(**ranked).clone()} /> },
    )
}

/// Properties of [`Places`].
#[derive(Properties, PartialEq)]
struct PlacesProps {
    ranked: Ranked,
}

#[component]
fn Places(props: &PlacesProps) -> Html {
    let place = use_place();
    let signed_in = use_signed_in();
    let Ranked {
        asked,
        list,
        response,
    } = &props.ranked;
    let metric = ranking::metric(list);
    let subject = ranking::subject(list);
    let (.., name, one) = named(subject);
    let catalogue = &signed_in.catalogue;
    let definition = catalogue.find(metric);
    let as_of = answer::as_of(response.provenance.as_ref())
        .map_or_else(String::new, |at| format::time_of_day(at, &*asked.zone));
    let shown = Shown {
        subject,
        metric: definition.clone(),
        unit: catalogue.unit(metric),
        several: asked.workspace.is_none() && subject == LeaderboardSubject::Agent,
        compared: asked.compare != Compare::Off,
        counted: metric != EXECUTIONS,
        view: place.view.elsewhere(),
        viewer: &signed_in.viewer,
        largest: response
            .places
            .iter()
            .filter_map(|place| answer::number(place.value.as_ref()))
            .fold(0.0, f64::max),
    };
    let title = format!("{name} by {}", catalogue.name(metric).to_lowercase());
    let header = shown.header(one, &catalogue.name(metric));
    let records: Vec<Vec<String>> = response
        .places
        .iter()
        .map(|place| shown.record(place))
        .collect();
    let least = ranking::least(list, ranking::is_rate(metric));
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ &title }</h2>
                    <p class="panel__note">{ note(response, least) }</p>
                </div>
                <Choices catalogue={catalogue.clone()} />
                if !response.places.is_empty() {
                    <div class="table-tools">{ file_link("leaderboard", &header, &records) }</div>
                }
            </header>
            if response.places.is_empty() {
                <p class="panel__note parts__note">{ "Nobody has a rank in this range: choose a longer one, or ask for fewer executions." }</p>
            } else {
                <div class="table-scroll" tabindex="0" role="region" aria-label={title.clone()}>
                    <table class="table">
                        <caption class="only-read">{ title }</caption>
                        <thead>
                            <tr>
                                <th scope="col" class="number">{ "Rank" }</th>
                                <th scope="col">{ one }</th>
                                if shown.several {
                                    <th scope="col">{ "Workspace" }</th>
                                }
                                <th scope="col" class="number">
                                    <span class="data__head">
                                        { catalogue.name(metric) }
                                        if let Some(metric) = definition {
                                            <Help id="help-ranked" {metric} {as_of} />
                                        }
                                    </span>
                                </th>
                                if shown.compared {
                                    <th scope="col" class="number">{ "Change" }</th>
                                }
                                if shown.counted {
                                    <th scope="col" class="number">{ "Executions" }</th>
                                }
                            </tr>
                        </thead>
                        <tbody>{ for response.places.iter().map(|place| shown.row(place)) }</tbody>
                    </table>
                </div>
            }
        </section>
    }
}

fn note(response: &GetLeaderboardResponse, least: u64) -> String {
    let ranked = response.ranked_subjects;
    let shown = response.places.len();
    let mut note = if shown < ranked as usize {
        format!("the first {shown} of {}", format::count(ranked.into()))
    } else {
        format!("{} ranked", format::count(ranked.into()))
    };
    if least > 0 {
        note.push_str(&format!(
            " · with at least {} executions",
            format::count(least)
        ));
    }
    if response.left_out_subjects > 0 {
        note.push_str(&format!(
            " · {} without a rank",
            format::count(response.left_out_subjects.into())
        ));
    }
    note
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::LeaderboardPlace;

    use super::*;
    use crate::{
        rendering,
        state::{answer::tests::integer, view::View},
        zone::Zone,
    };

    async fn shown(at: &'static str, places: Vec<LeaderboardPlace>) -> String {
        rendering::signed_in(at, move || {
            let ranked = Ranked {
                asked: Asked {
                    workspace: None,
                    span: Default::default(),
                    zone: Zone::utc(),
                    compare: Compare::Previous,
                },
                list: View::parse(at.split_once('?').map_or("", |(_, query)| query)).list,
                response: Rc::new(GetLeaderboardResponse {
                    places: places.clone(),
                    ranked_subjects: 120,
                    left_out_subjects: 7,
                    ..GetLeaderboardResponse::default()
                }),
            };
            html! { <Places {ranked} /> }
        })
        .await
    }

    fn place(rank: u32, previous_rank: Option<u32>) -> LeaderboardPlace {
        LeaderboardPlace {
            rank,
            previous_rank,
            workspace_id: "w1".to_owned(),
            id: "a-1".to_owned(),
            name: "Invoice reader".to_owned(),
            value: Some(integer(1_234)),
            previous_value: Some(integer(1_000)),
            change: Some(0.234),
            executions: 1_234,
        }
    }

    #[tokio::test]
    async fn a_place_has_its_rank_its_change_and_its_link() {
        let html = shown("/leaderboards", vec![place(1, Some(4)), place(2, None)]).await;
        for text in [
            "▲ 3",
            "new",
            "Invoice reader",
            "/agents/a-1?workspace=w1",
            "Acme",
            "1.23K",
            "the first 2 of 120",
            "7 without a rank",
            "Worst first",
            "leaderboard.csv",
            // Its rank and what it was, its workspace, and numbers without words.
            "%0D%0A1%2CInvoice%20reader%2CAcme%2C1234%2C4%2C1000%0D%0A2%2C",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn workspaces_and_users_lead_to_their_pages() {
        let html = shown("/leaderboards?only=workspaces", vec![place(1, Some(1))]).await;
        assert!(html.contains("/workspaces/a-1"), "{html}");
        let html = shown("/leaderboards?only=users", vec![place(1, Some(1))]).await;
        assert!(html.contains("/users/a-1"), "{html}");
    }

    #[tokio::test]
    async fn where_nobody_has_a_rank_it_says_what_to_do() {
        let html = shown("/leaderboards?sort=success_rate", Vec::new()).await;
        assert!(
            html.contains("Nobody has a rank") && html.contains("at least 20"),
            "{html}"
        );
    }
}
