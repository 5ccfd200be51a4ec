//! The board of errors: what goes wrong, since when, whom it hits, and what people have said of it.

use std::rc::Rc;

use shadow_proto::metrics::v1::{ErrorGroup, ListErrorGroupsResponse};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    api, browser,
    catalogue::Catalogue,
    components::{
        errors::{ErrorTimeline, Impact, StateBadges},
        metrics::{OverviewEmpty, OverviewSkeleton},
        tables::{DataCell, DataColumn, DataRow, DataTable},
        ui::{Button, ButtonKind, Notice, NoticeKind, Select, answered},
    },
    format,
    hooks::{Asked, Fresh, use_answer, use_asked, use_set_pulse},
    navigation::{Go, Route, use_place},
    session::use_signed_in,
    state::{
        answer,
        errors::{self, OCCURRENCES, REGRESSED},
        list::List,
        query::instant,
        session::{Permission, Viewer},
        view::View,
    },
    zone::Zone,
};

/// The numbers of the board, in the order of its columns; the last is a time.
const NUMBERS: [&str; 4] = [OCCURRENCES, "users", "agents", "credits_lost"];
/// States that a list can be kept to: what travels, and what a person reads.
const STATES: [(&str, &str); 5] = [
    ("new", "New"),
    ("acknowledged", "Acknowledged"),
    ("resolved", "Resolved"),
    (REGRESSED, "Regressed"),
    ("ignored", "Ignored"),
];

/// The board of errors.
#[component]
pub fn Errors() -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let workspace = place.view.workspace;
    let name = workspace
        .as_deref()
        .map_or_else(|| "All workspaces".into(), |id| viewer.workspace_name(id));
    html! {
        <>
            <h1 class="page__title">{ "Errors" }<span class="page__scope">{ name }</span></h1>
            if viewer.may(Permission::ViewAnalytics, workspace.as_deref()) {
                <Board />
            } else {
                <Notice kind={NoticeKind::Empty} title="Errors are not yours to see here">
                    <p>{ "They need the permission view_analytics in this workspace." }</p>
                </Notice>
            }
        </>
    }
}

/// A page of the board, and whom it is about.
#[derive(Clone, PartialEq)]
struct Page {
    asked: Asked,
    /// Whether the range was longer than is answered.
    cut: bool,
    response: Rc<ListErrorGroupsResponse>,
}

#[component]
fn Board() -> Html {
    let place = use_place();
    let catalogue = use_signed_in().catalogue;
    let list = List {
        // Which columns are shown is no question.
        hidden: Default::default(),
        ..place.view.list.clone()
    };
    let agent = place.view.agent.clone();
    let asked = use_asked();
    let page = use_answer((asked, list, agent), |(asked, list, agent)| {
        Box::pin(async move {
            let (question, cut) = errors::bounded(asked.question());
            let request = errors::request(&question, &list, agent.as_deref());
            let response = api::error_groups(request).await?;
            let live = question.is_live(browser::now());
            let answer = Page {
                asked,
                cut,
                response: Rc::new(response),
            };
            Ok(Fresh { answer, live })
        })
    });
    use_set_pulse(page.pulse(|known| answer::as_of(known.response.provenance.as_ref())));
    answered(&page, html! { <OverviewSkeleton /> }, |known| {
        html! { <Shown page={(**known).clone()} {catalogue} /> }
    })
}

/// Properties of [`Shown`].
#[derive(Properties, PartialEq)]
struct ShownProps {
    page: Page,
    catalogue: Rc<Catalogue>,
}

#[component]
fn Shown(props: &ShownProps) -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let (list, response) = (&place.view.list, &*props.page.response);
    let zone = &props.page.asked.zone;
    let narrowed = list.is_narrowed() || place.view.agent.is_some();
    if response.groups.is_empty() {
        return html! {
            <>
                if narrowed {
                    <section class="panel" aria-label="Filters"><header class="panel__header"><Filters /></header></section>
                }
                { empty(narrowed || list.page.is_some(), response, zone) }
            </>
        };
    }
    let several = props.page.asked.workspace.is_none();
    let as_of = answer::as_of(response.provenance.as_ref())
        .map_or_else(String::new, |at| format::time_of_day(at, &**zone));
    let all = ErrorGroup {
        impact: response.impact,
        ..ErrorGroup::default()
    };
    let view = place.view.elsewhere();
    let rows: Vec<DataRow> = response
        .groups
        .iter()
        .map(|group| row(group, &view, &viewer, several, zone))
        .collect();
    html! {
        <>
            if props.page.cut {
                <p class="banner">{ "Errors are shown of the latest 366 days." }</p>
            }
            <Impact group={all} catalogue={props.catalogue.clone()} as_of={as_of.clone()} />
            <ErrorTimeline buckets={response.timeline.clone()} provenance={response.provenance.clone()} zone={zone.clone()} />
            <DataTable
                title="Groups of errors"
                file="errors"
                columns={columns(&props.catalogue, several)}
                {rows}
                sort={OCCURRENCES}
                total={response.matching_groups}
                next={response.next_page_token.clone()}
                {as_of}
            >
                <Filters />
            </DataTable>
            if response.left_out_groups > 0 {
                <p class="banner">{ format!("{} groups with the fewest occurrences are left out.", response.left_out_groups) }</p>
            }
        </>
    }
}

fn empty(narrowed: bool, response: &ListErrorGroupsResponse, zone: &Zone) -> Html {
    if narrowed {
        return html! {
            <Notice kind={NoticeKind::Empty} title="No error is as the filters want it">
                <p>{ "Search for other words, ask for another state, or choose a longer range." }</p>
            </Notice>
        };
    }
    let from = response.provenance.as_ref();
    match from.and_then(|from| instant(from.last_event_time.as_ref())) {
        Some(_) => html! {
            <Notice kind={NoticeKind::Empty} title="No errors in this range">
                <p>{ "Nothing failed. Choose a longer range to see what went wrong before." }</p>
            </Notice>
        },
        None => html! { <OverviewEmpty last_event={None} zone={zone.clone()} /> },
    }
}

/// What narrows the board.
#[component]
fn Filters() -> Html {
    let place = use_place();
    let list = &place.view.list;
    let narrow = |with: fn(View, Option<String>) -> View| {
        let place = place.clone();
        Callback::from(move |choice| {
            let view = with(place.view.clone(), choice);
            place.show(view.from_the_start());
        })
    };
    let search = narrow(|view, text| View {
        list: view.list.searched(&text.unwrap_or_default()),
        ..view
    });
    let onchange = search
        .reform(|event: Event| Some(event.target_unchecked_into::<HtmlInputElement>().value()));
    let states: Vec<(AttrValue, AttrValue)> =
        STATES.map(|(id, name)| (id.into(), name.into())).to_vec();
    let chip = |name: &str, value: &str, without: fn(View, Option<String>) -> View| {
        let onclick = narrow(without).reform(|_: MouseEvent| None);
        html! { <Button {onclick} label={format!("Show every {name}")}>{ format!("{name}: {value} ✕") }</Button> }
    };
    html! {
        <div class="filters" role="group" aria-label="Filters">
            <label class="field field--inline">
                <span>{ "Search" }</span>
                <input type="search" name="search" value={list.contains.clone()} {onchange} maxlength="100" placeholder="Kind or message" />
            </label>
            <Select
                label="State"
                name="state"
                options={states}
                value={list.state.clone().map(AttrValue::from)}
                onchange={narrow(|view, state| View { list: List { state, ..view.list.clone() }, ..view })}
            />
            if let Some(agent) = &place.view.agent {
                { chip("agent", agent, |view, _| View { agent: None, ..view }) }
            }
            if let Some(kind) = &list.kind {
                { chip("kind", if kind.is_empty() { "none" } else { kind }, |view, _| View { list: List { kind: None, ..view.list.clone() }, ..view }) }
            }
            if list.is_narrowed() || place.view.agent.is_some() {
                <Button
                    kind={ButtonKind::Quiet}
                    onclick={narrow(|view, _| View {
                        agent: None,
                        list: List { contains: String::new(), state: None, kind: None, ..view.list.clone() },
                        ..view
                    }).reform(|_| None)}
                >
                    { "Clear filters" }
                </Button>
            }
        </div>
    }
}

fn columns(catalogue: &Catalogue, several: bool) -> Vec<DataColumn> {
    let text = |id, name: &'static str| DataColumn {
        id,
        name: name.into(),
        metric: None,
        sorts: false,
    };
    let number = |id| DataColumn {
        id,
        name: errors::definition(catalogue, id).map_or(id.into(), |metric| metric.name.clone()),
        metric: errors::definition(catalogue, id),
        // Agents are few: nobody looks for the error of the most of them.
        sorts: id != "agents",
    };
    [text("error", "Error")]
        .into_iter()
        .chain(several.then(|| text("workspace", "Workspace")))
        .chain([text("state", "State")])
        .chain(NUMBERS.map(number))
        .chain([number("last_seen"), text("first_seen", "First seen")])
        .collect()
}

fn row(group: &ErrorGroup, view: &View, viewer: &Viewer, several: bool, zone: &Zone) -> DataRow {
    let title = errors::title(group);
    let kind = group.kind.clone().unwrap_or_default();
    let name = DataCell {
        shown: html! {
            <span class="data__name data__name--wide">
                { group_link(view, group, &title) }
                if !kind.is_empty() && kind != title {
                    <span class="data__under">{ kind.clone() }</span>
                }
            </span>
        },
        text: format!("{kind}: {title}"),
    };
    let workspace = several.then(|| {
        let name = viewer.workspace_name(&group.workspace_id);
        DataCell {
            shown: html! { name.clone() },
            text: name.to_string(),
        }
    });
    let state = errors::state_of(group.state());
    let spikes = group.spike_hours.len();
    let state = DataCell {
        shown: html! { <StateBadges {state} regressed={group.regressed} spike_hours={spikes} /> },
        text: if group.regressed {
            REGRESSED.to_owned()
        } else {
            state.to_string()
        },
    };
    let number = |id: &str| {
        let (unit, value) = (errors::unit(id), errors::number(group, id));
        DataCell {
            shown: html! { <span title={format::exact(unit, value)}>{ format::value(unit, value) }</span> },
            text: format::plain(unit, value),
        }
    };
    let time = |at: &Option<prost_types::Timestamp>| {
        let at = instant(at.as_ref()).map(|at| format::moment(at, &**zone));
        let text = at.unwrap_or_else(|| format::ABSENT.to_owned());
        DataCell {
            shown: html! { text.clone() },
            text,
        }
    };
    DataRow {
        key: format!("{}/{}", group.workspace_id, group.error_group_id),
        cells: [name]
            .into_iter()
            .chain(workspace)
            .chain([state])
            .chain(NUMBERS.map(number))
            .chain([time(&group.last_seen_at), time(&group.first_seen_at)])
            .collect(),
    }
}

/// A link to the page of a group.
fn group_link(view: &View, group: &ErrorGroup, title: &str) -> Html {
    let to = Route::Error {
        id: group.error_group_id.clone(),
    };
    let view = View {
        workspace: Some(group.workspace_id.clone()),
        ..view.clone()
    };
    html! { <Go {to} {view} class="link"><span title={group.latest_message.clone()}>{ title }</span></Go> }
}

#[cfg(test)]
mod tests;
