//! When revenue moved, and by whom.

use std::rc::Rc;

use shadow_proto::metrics::v1::{Direction, ListMovementsResponse, RevenueMovement};
use yew::prelude::*;

use crate::{
    catalogue::Definition,
    components::{
        tables::{DataCell, DataColumn, DataRow, DataTable},
        ui::{Notice, NoticeKind, Select},
    },
    format,
    navigation::{Go, Route, use_place},
    state::{
        list::List,
        money::Money,
        query::instant,
        revenue::{MOVEMENTS, amount_unit},
        view::View,
    },
    zone::Zone,
};

/// Properties of [`Movements`].
#[derive(Properties, PartialEq)]
pub struct MovementsProps {
    /// What came back.
    pub response: Rc<ListMovementsResponse>,
    /// The version of the definitions.
    pub version: u32,
    /// The months, in words.
    pub period: AttrValue,
    /// The zone of times.
    pub zone: Zone,
    /// When the data was read, in words.
    pub as_of: AttrValue,
}

/// When revenue moved, and by whom.
#[component]
pub fn Movements(props: &MovementsProps) -> Html {
    let place = use_place();
    let view = place.view.elsewhere();
    let movements = &props.response.movements;
    if movements.is_empty() && place.view.money.movement.is_none() && place.view.list.page.is_none()
    {
        return html! {
            <Notice kind={NoticeKind::Empty} title="Nobody's revenue moved in these months">
                <p>{ "New, expanded, contracted and ended subscriptions appear here once they are published as events." }</p>
            </Notice>
        };
    }
    let text = |id, name: &'static str| DataColumn {
        id,
        name: name.into(),
        metric: None,
        sorts: false,
    };
    let amount = |id: &'static str, name: &'static str, meaning: &'static str| DataColumn {
        metric: Some(Rc::new(Definition {
            id: id.into(),
            name: name.into(),
            meaning: meaning.into(),
            formula: match id {
                "moved" => "after − before",
                _ => "Σ price × quantity less recurring discount, to a month",
            }
            .into(),
            unit: amount_unit("USD"),
            direction: Direction::UpIsGood,
            relative_error: 0.0,
            version: props.version,
        })),
        ..text(id, name)
    };
    let columns = vec![
        text("customer", "Customer"),
        text("when", "When"),
        text("movement", "Movement"),
        amount(
            "before",
            "MRR before",
            "What the customer paid per month before.",
        ),
        amount(
            "after",
            "MRR after",
            "What the customer pays per month from then on.",
        ),
        amount("moved", "Moved", "By how much that is more or less."),
    ];
    let rows = movements.iter().map(|one| row(one, &view, &props.zone));
    html! {
        <DataTable
            title="Movements"
            file="movements"
            {columns}
            rows={rows.collect::<Vec<_>>()}
            sort="when"
            next={props.response.next_page_token.clone()}
            as_of={props.as_of.clone()}
        >
            <div>
                <h2 class="panel__title">{ "Movements" }</h2>
                <p class="panel__note">{ format!("of every currency, {}; the latest first", props.period) }</p>
            </div>
            <Kinds />
        </DataTable>
    }
}

/// Keeps the list to one kind.
#[component]
fn Kinds() -> Html {
    let place = use_place();
    let options: Vec<(AttrValue, AttrValue)> = MOVEMENTS
        .into_iter()
        .map(|(_, word, name, _)| (word.into(), name.into()))
        .collect();
    let value = place.view.money.movement.clone().map(AttrValue::from);
    let onchange = Callback::from(move |movement| {
        place.show(View {
            money: Money {
                movement,
                ..place.view.money.clone()
            },
            list: List {
                page: None,
                ..place.view.list.clone()
            },
            ..place.view.clone()
        });
    });
    html! { <Select label="Movement" name="movement" {options} {value} {onchange} /> }
}

fn row(movement: &RevenueMovement, view: &View, zone: &Zone) -> DataRow {
    let at = instant(movement.occurred_at.as_ref());
    let name = match movement.workspace_name.as_str() {
        "" => &movement.workspace_id,
        name => name,
    };
    let kind = MOVEMENTS
        .into_iter()
        .find(|(kind, ..)| *kind == movement.kind())
        .map_or("Unknown", |(_, _, name, _)| name);
    let amount = |micros: i64| DataCell {
        shown: html! { format::amount(&movement.currency, micros as f64) },
        text: (micros as f64 / 1e6).to_string(),
    };
    let to = Route::Workspace {
        id: movement.workspace_id.clone(),
    };
    DataRow {
        key: format!(
            "{}/{}/{}",
            movement.workspace_id,
            movement.currency,
            at.map_or(0, |at| at.timestamp_micros())
        ),
        cells: vec![
            DataCell {
                shown: html! { <Go {to} view={view.clone()} class="link">{ name.to_owned() }</Go> },
                text: name.to_owned(),
            },
            DataCell {
                shown: html! { at.map_or_else(|| format::ABSENT.to_owned(), |at| format::moment(at, &**zone)) },
                text: at.map(|at| at.to_rfc3339()).unwrap_or_default(),
            },
            DataCell {
                shown: html! { kind },
                text: kind.to_owned(),
            },
            amount(movement.before_micros),
            amount(movement.after_micros),
            amount(movement.after_micros - movement.before_micros),
        ],
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::RevenueMovementKind;

    use super::*;
    use crate::{rendering, state::query::timestamp};

    async fn movements(at: &'static str, response: ListMovementsResponse) -> String {
        rendering::signed_in(at, move || {
            let response = Rc::new(response.clone());
            html! { <Movements {response} version=3 period="November 2026" zone={Zone::utc()} as_of="21:00:00" /> }
        })
        .await
    }

    #[tokio::test]
    async fn a_movement_leads_to_its_customer() {
        let response = ListMovementsResponse {
            movements: vec![RevenueMovement {
                workspace_id: "w1".to_owned(),
                workspace_name: "Acme".to_owned(),
                occurred_at: Some(timestamp("2026-11-22T08:00:00Z".parse().unwrap())),
                kind: RevenueMovementKind::Contraction.into(),
                currency: "EUR".to_owned(),
                before_micros: 40_000_000,
                after_micros: 25_000_000,
            }],
            next_page_token: "AQ".to_owned(),
            ..Default::default()
        };
        let html = movements("/revenue", response).await;
        for text in [
            "/workspaces/w1",
            "Acme",
            "22 Nov",
            "Contraction",
            "40 EUR",
            "−15 EUR",
            "1 on this page",
            "Next page",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn nobody_moved_is_told_but_a_filter_can_be_taken_back() {
        let html = movements("/revenue", ListMovementsResponse::default()).await;
        assert!(html.contains("revenue moved in these months"), "{html}");
        let html = movements("/revenue?movement=churn", ListMovementsResponse::default()).await;
        assert!(html.contains(r#"value="churn" selected"#), "{html}");
    }
}
