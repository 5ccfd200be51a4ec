//! Leaderboards: agents, workspaces or users by a metric, each with its rank in the period before.

use std::rc::Rc;

use shadow_proto::metrics::v1::{
    GetLeaderboardResponse, LeaderboardPlace, LeaderboardSubject, Unit,
};
use yew::prelude::*;

use crate::{
    api, browser,
    catalogue::{Catalogue, Definition},
    components::{
        metrics::Change,
        tables::agent_link,
        ui::{Button, Help, Kinds, Notice, NoticeKind, Select, Skeleton, answered},
    },
    format::{self, Tone},
    hooks::{Asked, Fresh, use_answer, use_asked, use_set_pulse},
    navigation::{Go, Route, use_place},
    scales,
    session::use_signed_in,
    state::{
        agents::moved,
        answer::{self, Trend},
        list::List,
        ranking::{self, EXECUTIONS, SUBJECTS},
        session::{Permission, Viewer},
        view::{Compare, View},
    },
};

/// How many executions a rank can be asked to take.
const AT_LEAST: [u64; 4] = [10, 20, 100, 1_000];

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
    let least = ranking::least(list, ranking::is_rate(metric));
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ &title }</h2>
                    <p class="panel__note">{ note(response, least) }</p>
                </div>
                <Choices catalogue={catalogue.clone()} />
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

/// Properties of [`Choices`].
#[derive(Properties, PartialEq)]
struct ChoicesProps {
    catalogue: Rc<Catalogue>,
}

/// By what, from how many executions on, and which end first.
#[component]
fn Choices(props: &ChoicesProps) -> Html {
    let place = use_place();
    let list = &place.view.list;
    let show = |with: fn(List, Option<String>) -> List| {
        let place = place.clone();
        Callback::from(move |choice| {
            place.show(View {
                list: with(place.view.list.clone(), choice),
                ..place.view.clone()
            });
        })
    };
    let known = ranking::metrics(ranking::subject(list));
    let options: Vec<(AttrValue, AttrValue)> = known
        .iter()
        .filter(|id| **id != EXECUTIONS)
        .map(|id| (AttrValue::from(*id), props.catalogue.name(id)))
        .collect();
    let chosen = Some(ranking::metric(list)).filter(|id| *id != EXECUTIONS);
    let at_least: Vec<(AttrValue, AttrValue)> = AT_LEAST
        .map(|runs| (runs.to_string().into(), format::count(runs).into()))
        .to_vec();
    let fewest =
        (list.min_executions > 0).then(|| AttrValue::from(list.min_executions.to_string()));
    html! {
        <div class="filters" role="group" aria-label="How they are ranked">
            <Select
                label="By"
                name="metric"
                any={props.catalogue.name(EXECUTIONS)}
                {options}
                value={chosen.map(AttrValue::from)}
                onchange={show(|list, sort| List { sort, ..list })}
            />
            <Select
                label="Executions, at least"
                name="min_executions"
                options={at_least}
                value={fewest}
                onchange={show(|list, runs| List {
                    min_executions: runs.and_then(|runs| runs.parse().ok()).unwrap_or_default(),
                    ..list
                })}
            />
            <Button
                pressed={list.reversed}
                onclick={show(|list, _| List { reversed: !list.reversed, ..list }).reform(|_| None)}
            >
                { "Worst first" }
            </Button>
        </div>
    }
}

/// What rows are shown with.
struct Shown<'a> {
    subject: LeaderboardSubject,
    metric: Option<Rc<Definition>>,
    unit: Unit,
    several: bool,
    compared: bool,
    counted: bool,
    view: View,
    viewer: &'a Viewer,
    largest: f64,
}

impl Shown<'_> {
    fn row(&self, place: &LeaderboardPlace) -> Html {
        let trend = Trend {
            total: answer::number(place.value.as_ref()),
            previous: answer::number(place.previous_value.as_ref()),
            change: place.change,
            ..Trend::default()
        };
        let width = format!("{:.1}", scales::share(trend.total, self.largest));
        html! {
            <tr key={format!("{}/{}", place.workspace_id, place.id)} data-row={place.id.clone()}>
                <td class="number">
                    { place.rank }
                    if self.compared {
                        { self.moved(place) }
                    }
                </td>
                <th scope="row" class="top__name">
                    <span>{ self.link(place) }</span>
                    <svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                        <rect {width} height="4" />
                    </svg>
                </th>
                if self.several {
                    <td>{ self.viewer.workspace_name(&place.workspace_id) }</td>
                }
                <td class="number" title={format::exact(self.unit, trend.total)}>{ format::value(self.unit, trend.total) }</td>
                if self.compared {
                    <td class="number">
                        if let Some(metric) = &self.metric {
                            <Change unit={self.unit} direction={metric.direction} {trend} />
                        }
                    </td>
                }
                if self.counted {
                    <td class="number">{ format::count(place.executions) }</td>
                }
            </tr>
        }
    }

    fn moved(&self, place: &LeaderboardPlace) -> Html {
        let Some((tone, text)) = moved(Some(place.rank), place.previous_rank) else {
            return html! { <>{ " " }<span class="change">{ "new" }</span></> };
        };
        let class = match tone {
            Tone::Good => "change change--good",
            Tone::Bad => "change change--bad",
            Tone::Neutral => "change",
        };
        html! {
            <>
                { " " }
                <span {class}>
                    { text }
                    <span class="only-read">{ format!(", before {}", place.previous_rank.unwrap_or_default()) }</span>
                </span>
            </>
        }
    }

    fn link(&self, place: &LeaderboardPlace) -> Html {
        match self.subject {
            LeaderboardSubject::Agent => {
                agent_link(&self.view, &place.workspace_id, &place.id, &place.name)
            }
            LeaderboardSubject::Workspace => {
                let to = Route::Workspace {
                    id: place.id.clone(),
                };
                html! { <Go {to} view={self.view.clone()} class="link">{ &place.name }</Go> }
            }
            _ => html! { <span title={place.id.clone()}>{ &place.name }</span> },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rendering, state::answer::tests::integer, zone::Zone};

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
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn workspaces_lead_to_their_pages_and_users_to_none() {
        let html = shown("/leaderboards?only=workspaces", vec![place(1, Some(1))]).await;
        assert!(html.contains("/workspaces/a-1"), "{html}");
        let html = shown("/leaderboards?only=users", vec![place(1, Some(1))]).await;
        assert!(!html.contains("<a "), "{html}");
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
