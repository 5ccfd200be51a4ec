//! One place of a leaderboard.

use std::rc::Rc;

use shadow_proto::metrics::v1::{LeaderboardPlace, LeaderboardSubject, Unit};
use yew::prelude::*;

use crate::{
    catalogue::Definition,
    components::{metrics::Change, tables::agent_link},
    format::{self, Tone},
    navigation::{Go, Route},
    scales,
    state::{
        agents::moved,
        answer::{self, Trend},
        session::Viewer,
        view::View,
    },
};

/// What rows are shown with.
pub(super) struct Shown<'a> {
    /// Who is ranked.
    pub(super) subject: LeaderboardSubject,
    /// By what.
    pub(super) metric: Option<Rc<Definition>>,
    /// The unit of that.
    pub(super) unit: Unit,
    /// Whether they are of several workspaces.
    pub(super) several: bool,
    /// Whether there is a period before.
    pub(super) compared: bool,
    /// Whether executions have a column of their own.
    pub(super) counted: bool,
    /// What a link keeps.
    pub(super) view: View,
    /// Who looks.
    pub(super) viewer: &'a Viewer,
    /// The largest value, which is as long as its cell.
    pub(super) largest: f64,
}

impl Shown<'_> {
    /// The row of one place.
    pub(super) fn row(&self, place: &LeaderboardPlace) -> Html {
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

    /// The columns of a file of the places.
    pub(super) fn header(&self, one: &str, metric: &str) -> Vec<String> {
        let several = self.several.then_some("Workspace");
        let before = self
            .compared
            .then(|| ["Rank before".to_owned(), format!("{metric} before")]);
        let counted = self.counted.then_some("Executions");
        ["Rank", one]
            .into_iter()
            .chain(several)
            .chain([metric])
            .map(str::to_owned)
            .chain(before.into_iter().flatten())
            .chain(counted.map(str::to_owned))
            .collect()
    }

    /// The row of one place in a file.
    pub(super) fn record(&self, place: &LeaderboardPlace) -> Vec<String> {
        let plain = |value| format::plain(self.unit, answer::number(value));
        let several = self
            .several
            .then(|| self.viewer.workspace_name(&place.workspace_id).to_string());
        let before = self.compared.then(|| {
            let rank = place.previous_rank.map(|rank| rank.to_string());
            [
                rank.unwrap_or_default(),
                plain(place.previous_value.as_ref()),
            ]
        });
        let counted = self.counted.then(|| place.executions.to_string());
        [place.rank.to_string(), place.name.clone()]
            .into_iter()
            .chain(several)
            .chain([plain(place.value.as_ref())])
            .chain(before.into_iter().flatten())
            .chain(counted)
            .collect()
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
            LeaderboardSubject::User => {
                let to = Route::User {
                    id: place.id.clone(),
                };
                html! { <Go {to} view={self.view.clone()} class="link">{ &place.name }</Go> }
            }
            LeaderboardSubject::Unspecified => html! { &place.name },
        }
    }
}
