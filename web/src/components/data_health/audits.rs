//! Pages, compared with the facts that they were made of.

use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{AuditDay, RepairedPages},
};
use yew::prelude::*;

use super::panel::{number, panel, text};
use crate::{format, session::use_signed_in, state::query::instant, zone::Zone};

/// Properties of [`Audits`].
#[derive(Properties, PartialEq)]
pub struct AuditsProps {
    /// By day.
    pub audits: Vec<AuditDay>,
    /// Those that found pages wrong, the latest first.
    pub repaired: Vec<RepairedPages>,
    /// The zone of the page.
    pub zone: Zone,
}

/// Pages, compared with the facts that they were made of.
#[component]
pub fn Audits(props: &AuditsProps) -> Html {
    let viewer = use_signed_in().viewer;
    let utc = Zone::utc();
    let day = |at: Option<&prost_types::Timestamp>| {
        instant(at).map_or_else(
            || format::ABSENT.to_owned(),
            |at| format::bucket_in_full(Granularity::Day, at, &*utc),
        )
    };
    let moment = |at: Option<&prost_types::Timestamp>| {
        instant(at).map_or_else(
            || format::ABSENT.to_owned(),
            |at| format::moment(at, &*props.zone),
        )
    };
    let rows = props.audits.iter().rev().map(|one| {
        vec![
            html! { day(one.start_time.as_ref()) },
            html! { format::count(one.audits) },
            html! { format::count(one.pages) },
            repaired(one.repaired),
            html! { moment(one.last_audit_time.as_ref()) },
        ]
    });
    let wrong = props.repaired.iter().map(|one| {
        vec![
            html! { viewer.workspace_name(&one.workspace_id) },
            html! { day(one.day_start_time.as_ref()) },
            html! { format::count(one.pages) },
            repaired(one.repaired),
            html! { moment(one.audit_time.as_ref()) },
        ]
    });
    html! {
        <>
            { panel(
                "Audits",
                "days of pages, chosen at random and rebuilt from their facts; whatever differs is put right at once",
                &[text("UTC day"), number("Audits"), number("Pages"), number("Repaired"), text("Latest")],
                rows.collect(),
                "Nothing was audited in these days. Audits are of days that are over: they begin once there are some.",
            ) }
            if !props.repaired.is_empty() {
                { panel(
                    "Repaired pages",
                    "the latest audits that found pages wrong",
                    &[text("Workspace"), text("UTC day of the pages"), number("Pages"), number("Repaired"), text("Found")],
                    wrong.collect(),
                    "",
                ) }
            }
        </>
    }
}

fn repaired(pages: u64) -> Html {
    let class = (pages > 0).then_some("change change--bad");
    html! { <span {class}>{ format::count(pages) }</span> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    async fn audits(audits: Vec<AuditDay>, repaired: Vec<RepairedPages>) -> String {
        rendering::signed_in("/data-health", move || {
            let (audits, repaired) = (audits.clone(), repaired.clone());
            html! { <Audits {audits} {repaired} zone={Zone::utc()} /> }
        })
        .await
    }

    #[tokio::test]
    async fn repairs_are_listed_where_there_are_some() {
        let html = audits(Vec::new(), Vec::new()).await;
        assert!(html.contains("Nothing was audited") && !html.contains("Repaired pages"));
        let day = AuditDay {
            audits: 4,
            pages: 1_200,
            repaired: 2,
            ..AuditDay::default()
        };
        let wrong = RepairedPages {
            workspace_id: "w1".to_owned(),
            repaired: 2,
            ..RepairedPages::default()
        };
        let html = audits(vec![day], vec![wrong]).await;
        for text in ["1,200", "Repaired pages", "Acme", "change--bad"] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
