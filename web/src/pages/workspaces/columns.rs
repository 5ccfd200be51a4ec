//! The columns of the board of workspaces: which there are, and what a row has in them.

use std::rc::Rc;

use shadow_proto::metrics::v1::{Direction, Unit, Workspace, WorkspaceStanding};
use yew::prelude::*;

use crate::{
    catalogue::{Catalogue, Definition},
    components::{
        metrics::Change,
        tables::{DataCell, DataColumn, DataRow},
        ui::{Badge, BadgeTone},
        workspaces::{HealthBadge, health_definition},
    },
    format,
    navigation::{Go, Route},
    state::{
        answer::{self, Trend},
        query::instant,
        view::View,
        workspaces::{NAME, list_name, monthly, plan_name, runway, score},
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

/// The columns that a person may see.
pub(super) fn columns(catalogue: &Catalogue, financial: bool) -> Vec<DataColumn> {
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
pub(super) struct Shown<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) view: &'a View,
    pub(super) zone: &'a Zone,
    pub(super) compared: bool,
    pub(super) financial: bool,
}

impl Shown<'_> {
    /// The row of one workspace.
    pub(super) fn row(&self, workspace: &Workspace) -> DataRow {
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
        let plans: Vec<&str> = subscriptions.iter().map(plan_name).collect();
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
