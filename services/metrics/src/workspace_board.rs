//! Workspaces side by side: counted, searched, ordered and cut into pages. Pure.

use std::cmp::Ordering;

use shadow_auth::Viewer;
use shadow_domain::health::{Band, List};
use shadow_proto::{
    common::v1 as common,
    metrics::v1::{
        self as proto, HealthBand, ListWorkspacesRequest, ListWorkspacesResponse, Workspace,
        WorkspaceList, WorkspaceStanding,
    },
};
use shadow_query::{
    Invalid,
    workspaces::{METRICS, Workspaces},
};
use tonic::Status;

use crate::{
    page_token, reply,
    sortable::{self, Sortable},
    workspace_reply,
};

/// What workspaces are ordered by, beside metrics.
const ORDERS: [&str; 9] = [
    "name",
    "health",
    "members",
    "active_members",
    "seats",
    "agents",
    "credit_balance",
    "runway",
    "last_event",
];

/// Every workspace of a scope.
pub(crate) struct Board {
    workspaces: Vec<Workspace>,
    provenance: common::Provenance,
}

/// Which of the workspaces are shown, and in which order.
#[derive(Debug)]
pub(crate) struct Search {
    /// In lower case.
    contains: String,
    lists: Vec<i32>,
    bands: Vec<i32>,
    order: &'static str,
    reversed: bool,
    after: Option<After>,
    page_size: usize,
}

/// The last workspace of a page.
#[derive(Debug, Clone, PartialEq)]
struct After {
    value: Option<Sortable>,
    workspace_id: String,
}

impl Search {
    /// What a request searches for; nothing where anything is wrong with it.
    pub(crate) fn parse(
        request: &ListWorkspacesRequest,
        page_size: usize,
        wrong: &mut Vec<Invalid>,
    ) -> Option<Self> {
        let before = wrong.len();
        let known = |id: &&&str| **id == request.order_by;
        let order = match request.order_by.as_str() {
            "" => Some("name"),
            _ => ORDERS.iter().chain(&METRICS).find(known).copied(),
        };
        if order.is_none() {
            let known = [&ORDERS[..], &METRICS[..]].concat().join(", ");
            wrong.push(Invalid::new("order_by", format!("must be one of {known}")));
        }
        known_codes("lists", &request.lists, List::ALL.len(), wrong, |code| {
            WorkspaceList::try_from(code).is_ok_and(|list| list != WorkspaceList::Unspecified)
        });
        known_codes("bands", &request.bands, Band::ALL.len(), wrong, |code| {
            HealthBand::try_from(code).is_ok_and(|band| band != HealthBand::Unspecified)
        });
        let order = order.unwrap_or("name");
        let token = (!request.page_token.is_empty())
            .then(|| After::parse(&request.page_token, order, request.reversed));
        if token == Some(None) {
            let text = "must be a next_page_token of the same order";
            wrong.push(Invalid::new("page_token", text));
        }
        (wrong.len() == before).then(|| Self {
            contains: request.name_contains.to_lowercase(),
            lists: request.lists.clone(),
            bands: request.bands.clone(),
            order,
            reversed: request.reversed,
            after: token.flatten(),
            page_size,
        })
    }

    fn keeps(&self, workspace: &Workspace) -> bool {
        let standing = workspace.standing.as_ref();
        let lists = standing.map_or(&[][..], |standing| &standing.lists);
        let band = standing.and_then(|standing| standing.health.as_ref()?.band);
        workspace.name.to_lowercase().contains(&self.contains)
            && (self.lists.is_empty() || self.lists.iter().any(|list| lists.contains(list)))
            && (self.bands.is_empty() || band.is_some_and(|band| self.bands.contains(&band)))
    }
}

fn known_codes(
    field: &str,
    codes: &[i32],
    most: usize,
    wrong: &mut Vec<Invalid>,
    is_known: fn(i32) -> bool,
) {
    if codes.len() > most {
        wrong.push(Invalid::new(
            field,
            format!("must have at most {most} entries"),
        ));
        return;
    }
    for (index, code) in codes.iter().enumerate() {
        if !is_known(*code) {
            wrong.push(Invalid::new(
                format!("{field}[{index}]"),
                "must be specified",
            ));
        }
    }
}

impl Board {
    /// The board of an answer, as the caller may see it.
    pub(crate) fn new(answer: Workspaces, viewer: &Viewer, zone: &str) -> Result<Self, Status> {
        let workspaces = answer.standings.into_iter();
        let workspaces = workspaces.map(|standing| workspace_reply::workspace(viewer, standing));
        Ok(Self {
            workspaces: workspaces.collect::<Result<_, Status>>()?,
            provenance: reply::provenance(answer.provenance, zone),
        })
    }

    /// One page of those that are searched for.
    pub(crate) fn page(self, search: &Search) -> Result<ListWorkspacesResponse, Status> {
        let counts = self.counts();
        let mut found: Vec<(After, Workspace)> = self
            .workspaces
            .into_iter()
            .filter(|workspace| search.keeps(workspace))
            .map(|workspace| (After::of(&workspace, search.order), workspace))
            .collect();
        found.sort_by(|(a, _), (b, _)| a.compare(b, search.reversed));
        let begin = search.after.as_ref().map_or(0, |after| {
            found.partition_point(|(place, _)| place.compare(after, search.reversed).is_le())
        });
        let matching = found.len();
        let end = (begin + search.page_size).min(matching);
        let last = found[begin..end].last().filter(|_| end < matching);
        Ok(ListWorkspacesResponse {
            next_page_token: last
                .map(|(place, _)| place.token(search.order, search.reversed))
                .unwrap_or_default(),
            workspaces: found
                .drain(begin..end)
                .map(|(_, workspace)| workspace)
                .collect(),
            matching_workspaces: Some(workspace_reply::narrow(matching as u64)),
            counts: Some(counts),
            provenance: Some(self.provenance),
        })
    }

    fn counts(&self) -> proto::WorkspaceCounts {
        let standings = || {
            self.workspaces
                .iter()
                .filter_map(|one| one.standing.as_ref())
        };
        let in_band = |code: i32| {
            let band = |standing: &&WorkspaceStanding| {
                standing.health.as_ref().and_then(|health| health.band) == Some(code)
            };
            workspace_reply::narrow(standings().filter(band).count() as u64)
        };
        let on_list = |code: i32| {
            let on = standings().filter(|standing| standing.lists.contains(&code));
            workspace_reply::narrow(on.count() as u64)
        };
        proto::WorkspaceCounts {
            workspaces: workspace_reply::narrow(self.workspaces.len() as u64),
            bands: Band::ALL
                .map(|band| workspace_reply::band(band).into())
                .map(|band| proto::BandCount {
                    band,
                    workspaces: in_band(band),
                })
                .to_vec(),
            lists: List::ALL
                .map(|list| workspace_reply::list(list).into())
                .map(|list| proto::ListCount {
                    list,
                    workspaces: on_list(list),
                })
                .to_vec(),
        }
    }
}

impl After {
    fn of(workspace: &Workspace, order: &str) -> Self {
        let value = match (order, &workspace.standing) {
            ("name", _) => Some(Sortable::Text(workspace.name.to_lowercase())),
            (order, Some(standing)) => value(standing, order),
            (_, None) => None,
        };
        Self {
            value,
            workspace_id: workspace.workspace_id.clone(),
        }
    }

    /// The workspace that a token of this order names.
    fn parse(token: &str, order: &str, reversed: bool) -> Option<Self> {
        let [id, direction, value, workspace_id] = page_token::unpack(token)?;
        let value = match value.as_str() {
            "" => None,
            text => Some(Sortable::parse(text, order == "name")?),
        };
        (id == order && direction == sortable::direction(reversed)).then_some(Self {
            value,
            workspace_id,
        })
    }

    fn token(&self, order: &str, reversed: bool) -> String {
        let value = self.value.as_ref().map(Sortable::text).unwrap_or_default();
        let direction = sortable::direction(reversed);
        page_token::pack([order, direction, &value, &self.workspace_id])
    }

    /// Absent values come last either way; equal ones go by id.
    fn compare(&self, other: &Self, reversed: bool) -> Ordering {
        sortable::compare(self.value.as_ref(), other.value.as_ref(), reversed)
            .then_with(|| self.workspace_id.cmp(&other.workspace_id))
    }
}

fn value(standing: &WorkspaceStanding, order: &str) -> Option<Sortable> {
    let count = |count: u64| Some(Sortable::Integer(i64::try_from(count).unwrap_or(i64::MAX)));
    match order {
        "health" => standing.health.as_ref()?.score.map(Sortable::Real),
        "members" => count(standing.members.into()),
        "active_members" => count(standing.active_members.into()),
        "seats" => count(standing.seats?),
        "agents" => count(standing.agents.into()),
        "credit_balance" => Some(Sortable::Integer(standing.credit_balance_micro)),
        "runway" => Some(Sortable::Real(standing.runway.as_ref()?.days)),
        "last_event" => {
            let at = standing.last_event_time.as_ref()?;
            let micros = i64::from(at.nanos) / 1_000;
            Some(Sortable::Integer(
                at.seconds.saturating_mul(1_000_000).saturating_add(micros),
            ))
        }
        metric => {
            let at = METRICS.iter().position(|known| *known == metric)?;
            let total = standing.series.get(at)?.total.as_ref()?;
            total.number.map(Sortable::from)
        }
    }
}

/// What a field of the query of a board is called here.
pub(crate) fn field(field: String) -> String {
    match field.strip_prefix("selections[0].") {
        Some(own) if own.starts_with("group_by") => "range".to_owned(),
        Some(own) => own.to_owned(),
        None => field,
    }
}
