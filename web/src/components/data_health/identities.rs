//! What must hold of numbers, and whether it did, day by day.

use chrono::{DateTime, Utc};
use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{BrokenIdentity, IdentityHealth},
};
use yew::prelude::*;

use super::panel::{Column, number, panel, text};
use crate::{
    components::ui::{Badge, BadgeTone},
    format,
    session::use_signed_in,
    state::{
        data_health::{Standing, standing, words},
        query::instant,
    },
    zone::Zone,
};

/// Properties of [`Identities`].
#[derive(Properties, PartialEq)]
pub struct IdentitiesProps {
    /// Each of them.
    pub identities: Vec<IdentityHealth>,
    /// What did not hold, the latest first.
    pub broken: Vec<BrokenIdentity>,
    /// The days of the history.
    pub days: Vec<DateTime<Utc>>,
    /// The zone of the page.
    pub zone: Zone,
}

/// What must hold of numbers, and what did not.
#[component]
pub fn Identities(props: &IdentitiesProps) -> Html {
    let viewer = use_signed_in().viewer;
    let zone = &*props.zone;
    let utc = Zone::utc();
    let columns: Vec<Column> = [text("Identity"), text("State"), text("Last check")]
        .into_iter()
        .chain([number("Compared")])
        .chain(
            props
                .days
                .iter()
                .map(|day| number(format::bucket(Granularity::Day, *day, &*utc))),
        )
        .chain([text("Must hold")])
        .collect();
    let rows = props.identities.iter().map(|health| {
        let (name, rule) = words(health.identity());
        let last = instant(health.last_check_time.as_ref());
        let last = last.map_or_else(|| format::ABSENT.to_owned(), |at| format::moment(at, zone));
        [html! { name }, state(health), html! { last }]
            .into_iter()
            .chain([html! { format::count(health.compared) }])
            .chain(props.days.iter().map(|day| of_day(health, *day)))
            .chain([html! { rule }])
            .collect()
    });
    let found = props.broken.iter().map(|one| {
        let workspace = match one.workspace_id.as_str() {
            "" => "Several together".into(),
            id => viewer.workspace_name(id),
        };
        let at = instant(one.check_time.as_ref());
        let at = at.map_or_else(|| format::ABSENT.to_owned(), |at| format::moment(at, zone));
        vec![
            html! { words(one.identity()).0 },
            html! { workspace },
            html! { at },
            html! { format::count(one.broken) },
            html! { &one.example },
        ]
    });
    html! {
        <>
            { panel(
                "Identities",
                "what must hold of numbers whatever was counted, checked on live data: how many comparisons did not hold, by UTC day",
                &columns,
                rows.collect(),
                "No identity is known.",
            ) }
            if !props.broken.is_empty() {
                { panel(
                    "What did not hold",
                    "the latest finding of each day and workspace; look at the repaired pages below first",
                    &[text("Identity"), text("Workspace"), text("Found"), number("Broken"), text("Example")],
                    found.collect(),
                    "",
                ) }
            }
        </>
    }
}

fn state(health: &IdentityHealth) -> Html {
    let (tone, word) = match standing(health) {
        Standing::Holds => (BadgeTone::Good, "Holds".to_owned()),
        Standing::Broken(broken) => (BadgeTone::Bad, format!("{} broken", format::count(broken))),
        Standing::Nothing => (BadgeTone::Neutral, "Nothing to compare".to_owned()),
        Standing::Unchecked => (BadgeTone::Warning, "Not checked".to_owned()),
    };
    html! { <Badge {tone}>{ word }</Badge> }
}

/// How many did not hold on a day; absent where nothing was checked.
fn of_day(health: &IdentityHealth, day: DateTime<Utc>) -> Html {
    let found = health
        .days
        .iter()
        .find(|one| instant(one.start_time.as_ref()) == Some(day));
    match found {
        None => html! { format::ABSENT },
        Some(one) => {
            let title = format!(
                "{} checks compared {} numbers",
                format::count(one.checks),
                format::count(one.compared)
            );
            let class = (one.broken > 0).then_some("change change--bad");
            html! { <span {class} {title}>{ format::count(one.broken) }</span> }
        }
    }
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;
    use shadow_proto::metrics::v1::{Identity, IdentityDay};

    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn what_holds_is_told_from_what_does_not_and_from_what_is_not_known() {
        let html = rendering::signed_in("/data-health", || {
            let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
            let health = |identity: Identity, compared, broken| IdentityHealth {
                identity: identity.into(),
                last_check_time: at(1_764_000_000),
                compared,
                broken,
                days: vec![IdentityDay {
                    start_time: at(1_763_942_400),
                    checks: 2,
                    compared,
                    broken,
                }],
            };
            let identities = vec![
                health(Identity::Keys, 40, 0),
                health(Identity::Quarters, 40, 3),
                IdentityHealth {
                    identity: Identity::Revenue.into(),
                    ..IdentityHealth::default()
                },
            ];
            let broken = vec![BrokenIdentity {
                identity: Identity::Quarters.into(),
                broken: 3,
                example: "executions of 2025-11-23: 4, not 5".to_owned(),
                ..BrokenIdentity::default()
            }];
            let days = vec![DateTime::from_timestamp(1_763_942_400, 0).unwrap()];
            html! { <Identities {identities} {broken} {days} zone={Zone::utc()} /> }
        })
        .await;
        for text in [
            "Holds",
            "3 broken",
            "Not checked",
            "2 checks compared 40 numbers",
            "executions of 2025-11-23: 4, not 5",
            "Several together",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
