//! Data health: how fresh the data is, and whether it is as it must be.

use std::rc::Rc;

use shadow_proto::metrics::v1::GetDataHealthResponse;
use yew::prelude::*;

use crate::{
    api,
    components::{
        data_health::{Audits, Freshness, Identities, Refused, Twins},
        ui::{Notice, NoticeKind, Skeleton, answered},
    },
    hooks::{Fresh, use_answer, use_asked, use_set_pulse},
    navigation::use_place,
    session::use_signed_in,
    state::{answer, data_health, session::Permission},
    zone::Zone,
};

/// Data health.
#[component]
pub fn DataHealth() -> Html {
    let workspace = use_place().view.workspace;
    let viewer = use_signed_in().viewer;
    let name = workspace
        .as_deref()
        .map_or_else(|| "All workspaces".into(), |id| viewer.workspace_name(id));
    html! {
        <>
            <h1 class="page__title">{ "Data health" }<span class="page__scope">{ name }</span></h1>
            if viewer.may(Permission::ViewAnalytics, workspace.as_deref()) {
                <Page />
            } else {
                <Notice kind={NoticeKind::Empty} title="Data health is not yours to see here">
                    <p>{ "It needs the permission view_analytics in this workspace." }</p>
                </Notice>
            }
        </>
    }
}

#[component]
fn Page() -> Html {
    let asked = use_asked();
    let page = use_answer(asked.workspace.clone(), |workspace| {
        Box::pin(async move {
            let answer = api::data_health(data_health::request(workspace.as_deref())).await?;
            Ok(Fresh { answer, live: true })
        })
    });
    use_set_pulse(page.pulse(|known| answer::as_of(known.provenance.as_ref())));
    let waiting = html! {
        <div role="group" aria-busy="true" aria-label="Loading">{ for (0..16).map(|_| html! { <Skeleton class="skeleton--row" /> }) }</div>
    };
    answered(&page, waiting, |known| {
        html! { <Shown known={known.clone()} zone={asked.zone.clone()} /> }
    })
}

/// Properties of [`Shown`].
#[derive(Properties, PartialEq)]
struct ShownProps {
    known: Rc<GetDataHealthResponse>,
    zone: Zone,
}

#[component]
fn Shown(props: &ShownProps) -> Html {
    let (known, zone) = (&props.known, &props.zone);
    let days = data_health::days(known);
    html! {
        <>
            <Identities
                identities={known.identities.clone()}
                broken={known.broken_identities.clone()}
                days={days.clone()}
                zone={zone.clone()}
            />
            <Freshness freshness={known.freshness.unwrap_or_default()} zone={zone.clone()} />
            <Audits audits={known.audits.clone()} repaired={known.repaired_pages.clone()} zone={zone.clone()} />
            <Refused refused={known.refused.clone()} {days} zone={zone.clone()} />
            <Twins twins={known.twins.clone()} zone={zone.clone()} />
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn every_part_is_there_when_nothing_is_known() {
        let html = rendering::signed_in("/data-health", || {
            html! { <Shown known={Rc::new(GetDataHealthResponse::default())} zone={Zone::utc()} /> }
        })
        .await;
        for text in [
            "Identities",
            "Freshness",
            "Nothing was audited",
            "No event was refused",
            "None was found",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn while_it_loads_the_page_has_its_shape() {
        let html = rendering::signed_in("/data-health", || html! { <DataHealth /> }).await;
        assert!(html.contains("skeleton--row"), "{html}");
    }
}
