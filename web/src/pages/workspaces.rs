//! The board of workspaces: how each stands and how healthy it is, searched, sorted and kept to the lists to look at.

mod columns;

use std::rc::Rc;

use shadow_proto::metrics::v1::{ListWorkspacesResponse, Workspace, WorkspaceCounts};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    api, browser,
    components::{
        tables::{DataRow, DataTable},
        ui::{Button, ButtonKind, Notice, NoticeKind, Select, Skeleton, answered},
    },
    format,
    hooks::{Asked, Fresh, use_answer, use_asked, use_set_pulse},
    navigation::use_place,
    session::use_signed_in,
    state::{
        answer,
        list::List,
        session::Permission,
        view::{Compare, View},
        workspaces::{self, NAME, kinds},
    },
};

use self::columns::{Shown, columns};

/// The board of workspaces.
#[component]
pub fn Workspaces() -> Html {
    let viewer = use_signed_in().viewer;
    html! {
        <>
            <h1 class="page__title">{ "Workspaces" }</h1>
            if viewer.may(Permission::ViewAnalytics, None) {
                <Board />
            } else {
                <Notice kind={NoticeKind::Empty} title="Workspaces are not yours to compare">
                    <p>{ "That needs the permission view_analytics in a workspace." }</p>
                </Notice>
            }
        </>
    }
}

/// A page of the board, and what was asked.
#[derive(Clone, PartialEq)]
struct Page {
    asked: Asked,
    response: Rc<ListWorkspacesResponse>,
}

#[component]
fn Board() -> Html {
    let place = use_place();
    let list = List {
        // Which columns are shown is no question.
        hidden: Default::default(),
        ..place.view.list.clone()
    };
    let asked = use_asked();
    let found = use_answer((asked, list), |(asked, list)| {
        Box::pin(async move {
            let question = asked.question();
            let response = api::board(workspaces::request(&question, &list)).await?;
            let live = question.is_live(browser::now());
            let answer = Page {
                asked,
                response: Rc::new(response),
            };
            Ok(Fresh { answer, live })
        })
    });
    use_set_pulse(found.pulse(|page| answer::as_of(page.response.provenance.as_ref())));
    let skeleton = html! { <div role="group" aria-busy="true" aria-label="Loading">{ for (0..12).map(|_| html! { <Skeleton class="skeleton--row" /> }) }</div> };
    answered(
        &found,
        skeleton,
        |page| html! { <BoardTable page={(**page).clone()} /> },
    )
}

/// Properties of [`BoardTable`].
#[derive(Properties, PartialEq)]
struct BoardTableProps {
    page: Page,
}

#[component]
fn BoardTable(props: &BoardTableProps) -> Html {
    let place = use_place();
    let catalogue = use_signed_in().catalogue;
    let (list, response) = (&place.view.list, &*props.page.response);
    let zone = &props.page.asked.zone;
    let counts = response.counts.clone().unwrap_or_default();
    if response.workspaces.is_empty() {
        return html! {
            <>
                <section class="panel"><header class="panel__header"><Filters {counts} /></header></section>
                <Notice kind={NoticeKind::Empty} title="No workspace is as the filters want it">
                    <p>{ if list.is_narrowed() { "Search for another name, or clear the filters." } else { "There is none yet." } }</p>
                </Notice>
            </>
        };
    }
    let compared = props.page.asked.compare != Compare::Off;
    let financial = response
        .workspaces
        .iter()
        .any(|one| one.standing.as_ref().is_some_and(|one| one.bill.is_some()));
    let as_of = answer::as_of(response.provenance.as_ref())
        .map_or_else(String::new, |at| format::time_of_day(at, &**zone));
    let row = |workspace: &Workspace| {
        let shown = Shown {
            catalogue: &catalogue,
            view: &place.view,
            zone,
            compared,
            financial,
        };
        shown.row(workspace)
    };
    let rows: Vec<DataRow> = response.workspaces.iter().map(row).collect();
    html! {
        <DataTable
            title="Workspaces"
            file="workspaces"
            columns={columns(&catalogue, financial)}
            {rows}
            sort={NAME}
            total={response.matching_workspaces.unwrap_or_default()}
            next={response.next_page_token.clone()}
            {as_of}
        >
            <Filters {counts} />
        </DataTable>
    }
}

/// Properties of [`Filters`].
#[derive(Properties, PartialEq)]
struct FiltersProps {
    counts: WorkspaceCounts,
}

/// What narrows the board.
#[component]
fn Filters(props: &FiltersProps) -> Html {
    let place = use_place();
    let list = &place.view.list;
    let narrow = |with: fn(List, Option<String>) -> List| {
        let place = place.clone();
        Callback::from(move |choice| {
            let list = with(place.view.list.clone(), choice);
            place.show(View {
                list: List { page: None, ..list },
                ..place.view.clone()
            });
        })
    };
    let search = narrow(|list, text| list.searched(&text.unwrap_or_default()));
    let onchange = search
        .reform(|event: Event| Some(event.target_unchecked_into::<HtmlInputElement>().value()));
    let options: Vec<(AttrValue, AttrValue)> = kinds(&props.counts)
        .into_iter()
        .map(|(word, name)| (word.into(), name.into()))
        .collect();
    html! {
        <div class="filters" role="group" aria-label="Filters">
            <label class="field field--inline">
                <span>{ "Name" }</span>
                <input type="search" name="search" value={list.contains.clone()} {onchange} maxlength="100" placeholder="Any" />
            </label>
            <Select
                label="Only"
                name="only"
                any={format!("All ({})", props.counts.workspaces)}
                {options}
                value={list.only.clone().map(AttrValue::from)}
                onchange={narrow(|list, only| List { only, ..list })}
            />
            if list.is_narrowed() {
                <Button
                    kind={ButtonKind::Quiet}
                    onclick={narrow(|list, _| List {
                        contains: String::new(),
                        only: None,
                        ..list
                    }).reform(|_| None)}
                >
                    { "Clear filters" }
                </Button>
            }
        </div>
    }
}

#[cfg(test)]
#[path = "workspaces/tests.rs"]
mod tests;
