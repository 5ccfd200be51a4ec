//! The entries of the ledger: why credits came or went.

use std::rc::Rc;

use shadow_proto::metrics::v1::{Direction, GetCreditsResponse, LedgerEntry, Unit};
use yew::prelude::*;

use crate::{
    catalogue::Definition,
    components::{
        tables::{DataCell, DataColumn, DataRow, DataTable},
        ui::{Notice, NoticeKind},
    },
    format,
    session::use_signed_in,
    state::{credits, query::instant},
    zone::Zone,
};

/// Properties of [`Ledger`].
#[derive(Properties, PartialEq)]
pub struct LedgerProps {
    /// What came back.
    pub response: Rc<GetCreditsResponse>,
    /// The zone of times.
    pub zone: Zone,
    /// When the data was read, in words.
    pub as_of: AttrValue,
}

/// The entries of the ledger.
#[component]
pub fn Ledger(props: &LedgerProps) -> Html {
    let viewer = use_signed_in().viewer;
    let response = &*props.response;
    let version = response
        .provenance
        .as_ref()
        .map_or(0, |from| from.definition_version);
    if response.entries.is_empty() {
        return html! {
            <Notice kind={NoticeKind::Empty} title="No credits came or went in this range">
                <p>{ "Purchases, grants, refunds, adjustments and expiries appear here once they are published as events; what executions consume is above." }</p>
            </Notice>
        };
    }
    let text = |id, name: &'static str| DataColumn {
        id,
        name: name.into(),
        metric: None,
        sorts: false,
    };
    let amount = DataColumn {
        metric: Some(Rc::new(amount(version))),
        ..text("amount", "Credits")
    };
    let columns = vec![
        text("when", "When"),
        text("workspace", "Workspace"),
        text("kind", "Kind"),
        amount,
        text("note", "Note"),
    ];
    let rows = response.entries.iter().map(|entry| {
        row(
            entry,
            viewer.workspace_name(&entry.workspace_id),
            &props.zone,
        )
    });
    html! {
        <DataTable
            title="Ledger"
            file="ledger"
            {columns}
            rows={rows.collect::<Vec<_>>()}
            sort="when"
            next={response.next_page_token.clone()}
            as_of={props.as_of.clone()}
        >
            <div>
                <h2 class="panel__title">{ "Ledger" }</h2>
                <p class="panel__note">{ "what came and went in the range, beside what executions consumed; the latest first" }</p>
            </div>
        </DataTable>
    }
}

fn amount(version: u32) -> Definition {
    Definition {
        id: "ledger_amount".into(),
        name: "Credits".into(),
        meaning: "How many credits came, or went where it is less than zero.".into(),
        formula: "as the event says".into(),
        unit: Unit::CreditsMicro,
        direction: Direction::Neutral,
        relative_error: 0.0,
        version,
    }
}

fn row(entry: &LedgerEntry, workspace: AttrValue, zone: &Zone) -> DataRow {
    let at = instant(entry.occurred_at.as_ref());
    let (kind, takes) = credits::kind(entry.kind());
    let micro = entry.amount_micro as f64 * if takes { -1.0 } else { 1.0 };
    let cell = |text: String| DataCell {
        shown: html! { text.clone() },
        text,
    };
    DataRow {
        key: format!("{}/{}", entry.workspace_id, entry.event_id),
        cells: vec![
            DataCell {
                shown: html! { at.map_or_else(|| format::ABSENT.to_owned(), |at| format::moment(at, &**zone)) },
                text: at.map(|at| at.to_rfc3339()).unwrap_or_default(),
            },
            cell(workspace.to_string()),
            cell(kind.to_owned()),
            DataCell {
                shown: html! { format::exact(Unit::CreditsMicro, Some(micro)) },
                text: format::plain(Unit::CreditsMicro, Some(micro)),
            },
            cell(entry.note.clone().unwrap_or_default()),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rendering, state::credits::tests::response};

    async fn ledger(response: GetCreditsResponse) -> String {
        rendering::signed_in("/credits", move || {
            let response = Rc::new(response.clone());
            html! { <Ledger {response} zone={Zone::utc()} as_of="21:00:00" /> }
        })
        .await
    }

    #[tokio::test]
    async fn what_expired_went() {
        let html = ledger(response()).await;
        for text in [
            "22 Nov",
            "Acme",
            "Expiry",
            "−100",
            "of the spring",
            "Next page",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn an_empty_ledger_says_what_would_be_in_it() {
        let html = ledger(GetCreditsResponse::default()).await;
        assert!(html.contains("No credits came or went"), "{html}");
    }
}
