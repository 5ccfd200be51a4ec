//! What the numbers of users mean that are no metrics of the catalogue.

use std::rc::Rc;

use shadow_proto::metrics::v1::{Direction, Unit};
use yew::prelude::*;

use crate::{
    catalogue::{Catalogue, Definition},
    components::metrics::MetricCard,
    state::answer::Trend,
};

/// A number that is no metric of the catalogue: id, name, meaning, formula, unit.
pub type Term = (&'static str, &'static str, &'static str, &'static str, Unit);

pub(super) const SESSIONS: Term = (
    "sessions",
    "Visits",
    "Visits to the platform, each of one user in one workspace.",
    "sessions that the producer names, else activities with less than 30 minutes between two of them",
    Unit::Count,
);
pub(super) const BOUNCE: Term = (
    "bounce_rate",
    "Bounce rate",
    "The share of visits that consist of a single event.",
    "visits of one event ÷ visits",
    Unit::Ratio,
);
pub(super) const EVENTS: Term = (
    "events_mean",
    "Events per visit",
    "How much people do in one visit, on average.",
    "activities but token refreshes ÷ visits",
    Unit::Count,
);
pub(super) const MEAN: Term = (
    "session_mean",
    "Mean visit",
    "How long visits last on average.",
    "mean time from a visit's first event to its last",
    Unit::Microseconds,
);
pub(super) const MEDIAN: Term = (
    "session_median",
    "Median visit",
    "How long the visit in the middle lasts.",
    "nearest rank of the time from a visit's first event to its last",
    Unit::Microseconds,
);

/// The definition of a term, in the version of the catalogue that active users are defined by.
pub fn definition(
    (id, name, meaning, formula, unit): Term,
    catalogue: &Catalogue,
) -> Rc<Definition> {
    let version = catalogue
        .find("active_users")
        .map_or(catalogue.version, |active| active.version);
    Rc::new(Definition {
        id: id.into(),
        name: name.into(),
        meaning: meaning.into(),
        formula: formula.into(),
        unit,
        direction: Direction::Neutral,
        relative_error: 0.0,
        version,
    })
}

/// A card of one number without a history.
pub fn term_card(term: Term, catalogue: &Catalogue, total: Option<f64>, as_of: &str) -> Html {
    let trend = Trend {
        total,
        ..Trend::default()
    };
    html! { <MetricCard metric={definition(term, catalogue)} {trend} as_of={as_of.to_owned()} /> }
}
