//! The board of workspaces: how each stands and how healthy it is, searched, sorted and kept to the lists to look at.

use std::rc::Rc;

use shadow_proto::metrics::v1::{
    Direction, ListWorkspacesResponse, Unit, Workspace, WorkspaceCounts, WorkspaceStanding,
};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    api, browser,
    catalogue::{Catalogue, Definition},
    components::{
        metrics::Change,
        tables::{DataCell, DataColumn, DataRow, DataTable},
        ui::{
            Badge, BadgeTone, Button, ButtonKind, Notice, NoticeKind, Select, Skeleton, answered,
        },
        workspaces::{HealthBadge, health_definition},
    },
    format,
    hooks::{Asked, Fresh, use_answer, use_asked, use_set_pulse},
    navigation::{Go, Route, use_place},
    session::use_signed_in,
    state::{
        answer::{self, Trend},
        list::List,
        query::instant,
        session::Permission,
        view::{Compare, View},
        workspaces::{self, NAME, kinds, list_name, monthly, runway, score},
    },
    zone::Zone,
};

/// The numbers of what each did, in the order of the columns.
const METRICS: [&str; 6] = [
    "executions",
    "success_rate",
    "active_users",
    "credits",
    "wasted_credits",
    "cost",
];

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

/// A number that is no metric of the catalogue.
fn own(
    id: &'static str,
    name: &'static str,
    meaning: &'static str,
    formula: &'static str,
    unit: Unit,
    version: u32,
) -> DataColumn {
    let definition = Definition {
        id: id.into(),
        name: name.into(),
        meaning: meaning.into(),
        formula: formula.into(),
        unit,
        direction: Direction::Neutral,
        relative_error: 0.0,
        version,
    };
    DataColumn {
        id,
        name: name.into(),
        metric: Some(Rc::new(definition)),
        sorts: true,
    }
}

fn columns(catalogue: &Catalogue, financial: bool) -> Vec<DataColumn> {
    let version = catalogue.version;
    let text = |id, name: &'static str, sorts| DataColumn {
        id,
        name: name.into(),
        metric: None,
        sorts,
    };
    let health = DataColumn {
        id: "health",
        name: "Health".into(),
        metric: Some(Rc::new(health_definition(version))),
        sorts: true,
    };
    let numbers = METRICS.into_iter().map(|id| DataColumn {
        id,
        name: catalogue.name(id),
        metric: catalogue.find(id),
        sorts: true,
    });
    let first = [
        text(NAME, "Workspace", true),
        health,
        own(
            "active_members",
            "Active members",
            "Members who were active in the last 7 days, of all members.",
            "distinct active members of 7 days",
            Unit::Count,
            version,
        ),
        own(
            "seats",
            "Seats",
            "What its subscriptions pay for.",
            "Σ quantity of subscriptions that have not ended",
            Unit::Count,
            version,
        ),
        own(
            "agents",
            "Agents",
            "Agents that it has now.",
            "agents that are not deleted",
            Unit::Count,
            version,
        ),
    ];
    let credits = [
        own(
            "credit_balance",
            "Credits left",
            "What is left of its credits.",
            "purchased + granted + refunded ± adjusted − expired − consumed",
            Unit::CreditsMicro,
            version,
        ),
        own(
            "runway",
            "They last",
            "How long its credits last at the pace of the last 28 days.",
            "balance ÷ mean daily consumption of 28 days, each weekday alike",
            Unit::Count,
            version,
        ),
    ];
    let money = financial.then(|| {
        [
            text("plan", "Plan", false),
            text("bill", "Per month", false),
        ]
    });
    first
        .into_iter()
        .chain(numbers)
        .chain(credits)
        .chain(money.into_iter().flatten())
        .chain([text("last_event", "Last event", true)])
        .collect()
}

/// What rows are shown with.
struct Shown<'a> {
    catalogue: &'a Catalogue,
    view: &'a View,
    zone: &'a Zone,
    compared: bool,
    financial: bool,
}

impl Shown<'_> {
    fn row(&self, workspace: &Workspace) -> DataRow {
        let nothing = WorkspaceStanding::default();
        let one = workspace.standing.as_ref().unwrap_or(&nothing);
        let health = one.health.unwrap_or_default();
        let seats = one.seats.map(|seats| seats.to_string());
        let first = [
            self.name(workspace, one),
            DataCell {
                shown: html! { <HealthBadge {health} /> },
                text: score(Some(&health)).unwrap_or_default(),
            },
            DataCell {
                shown: html! { format!("{} of {}", one.active_members, one.members) },
                text: one.active_members.to_string(),
            },
            DataCell {
                shown: html! { seats.clone().unwrap_or_else(|| format::ABSENT.to_owned()) },
                text: seats.unwrap_or_default(),
            },
            plain(one.agents.to_string()),
        ];
        let balance = Some(one.credit_balance_micro as f64);
        let days = one.runway.as_ref().map(|found| found.days);
        let credits = [
            DataCell {
                shown: html! { <span title={format::exact(Unit::CreditsMicro, balance)}>{ format::value(Unit::CreditsMicro, balance) }</span> },
                text: format::plain(Unit::CreditsMicro, balance),
            },
            DataCell {
                shown: html! { days.map_or_else(|| format::ABSENT.to_owned(), runway) },
                text: days.map(|days| format!("{days:.1}")).unwrap_or_default(),
            },
        ];
        let subscriptions = one
            .bill
            .as_ref()
            .map_or(&[][..], |bill| &bill.subscriptions);
        let plans: Vec<&str> = subscriptions
            .iter()
            .map(|one| one.plan_id.as_str())
            .collect();
        let money = self.financial.then(|| {
            [
                plain(plans.join(", ")),
                plain(monthly(subscriptions).unwrap_or_default()),
            ]
        });
        let last = instant(one.last_event_time.as_ref());
        let last = last.map(|at| format::moment(at, &**self.zone));
        DataRow {
            key: workspace.workspace_id.clone(),
            cells: first
                .into_iter()
                .chain(METRICS.iter().map(|id| self.number(one, id)))
                .chain(credits)
                .chain(money.into_iter().flatten())
                .chain([plain(last.unwrap_or_default())])
                .collect(),
        }
    }

    fn name(&self, workspace: &Workspace, one: &WorkspaceStanding) -> DataCell {
        let to = Route::Workspace {
            id: workspace.workspace_id.clone(),
        };
        DataCell {
            shown: html! {
                <span class="data__name">
                    <Go {to} view={self.view.elsewhere()} class="link">{ &workspace.name }</Go>
                    { for one.lists().map(|list| html! { <>{ " " }<Badge tone={BadgeTone::Warning}>{ list_name(list) }</Badge></> }) }
                </span>
            },
            text: workspace.name.clone(),
        }
    }

    fn number(&self, one: &WorkspaceStanding, id: &str) -> DataCell {
        let unit = self.catalogue.unit(id);
        let trend: Trend = answer::of(&one.series, id).unwrap_or_default();
        // Side by side only what decides has its change; the rest has it on the workspace's own page.
        let metric = self
            .catalogue
            .find(id)
            .filter(|_| self.compared && matches!(id, "success_rate" | "executions"));
        DataCell {
            text: format::plain(unit, trend.total),
            shown: html! {
                <>
                    <span title={format::exact(unit, trend.total)}>{ format::value(unit, trend.total) }</span>
                    if let Some(metric) = metric {
                        { " " }
                        <Change {unit} direction={metric.direction} trend={trend.clone()} />
                    }
                </>
            },
        }
    }
}

/// What is seen as a file has it; a dash where there is nothing.
fn plain(text: String) -> DataCell {
    let shown = if text.is_empty() {
        format::ABSENT
    } else {
        &text
    };
    DataCell {
        shown: html! { shown },
        text,
    }
}

#[cfg(test)]
#[path = "workspaces/tests.rs"]
mod tests;
