//! The board of errors, rendered.

use shadow_proto::{
    common::v1::Provenance,
    metrics::v1::{ErrorBucket, ErrorGroupState, ErrorImpact},
};

use super::*;
use crate::{
    catalogue::tests::catalogue,
    rendering,
    state::{query::timestamp, view::Compare},
};

fn at(text: &str) -> Option<prost_types::Timestamp> {
    Some(timestamp(text.parse().unwrap()))
}

fn response() -> ListErrorGroupsResponse {
    let impact = Some(ErrorImpact {
        occurrences: 1_234,
        users: 56,
        agents: 7,
        credits_lost_micro: Some(8_900_000),
    });
    let group = ErrorGroup {
        workspace_id: "w1".to_owned(),
        error_group_id: "169c11e0-a81e-550c-ae90-0660e22a31b9".to_owned(),
        kind: Some("timeout".to_owned()),
        pattern: Some("no answer after * s".to_owned()),
        latest_message: Some("no answer after 30 s".to_owned()),
        first_seen_at: at("2026-11-01T08:00:00Z"),
        last_seen_at: at("2026-11-22T12:00:00Z"),
        state: ErrorGroupState::Resolved.into(),
        regressed: true,
        impact,
        spike_hours: at("2026-11-22T12:00:00Z").into_iter().collect(),
        ..ErrorGroup::default()
    };
    ListErrorGroupsResponse {
        groups: vec![group],
        matching_groups: 51,
        next_page_token: "AQ".to_owned(),
        left_out_groups: 3,
        impact,
        timeline: vec![ErrorBucket {
            start: at("2026-11-22T12:00:00Z"),
            end: at("2026-11-22T13:00:00Z"),
            occurrences: 1_234,
            spike_hours: 1,
        }],
        provenance: Some(Provenance {
            snapshot_time: at("2026-11-23T21:00:00Z"),
            last_event_time: at("2026-11-23T20:59:00Z"),
            ..Provenance::default()
        }),
    }
}

async fn board(at: &'static str, response: ListErrorGroupsResponse, cut: bool) -> String {
    rendering::signed_in(at, move || {
        let asked = Asked {
            workspace: None,
            span: Default::default(),
            zone: Zone::utc(),
            compare: Compare::Off,
        };
        let response = Rc::new(response.clone());
        let page = Page {
            asked,
            cut,
            response,
        };
        html! { <Shown {page} catalogue={Rc::new(catalogue())} /> }
    })
    .await
}

#[tokio::test]
async fn a_group_says_whom_it_hits_since_when_and_what_was_said() {
    let html = board("/errors", response(), false).await;
    for text in [
        "no answer after * s",
        "no answer after 30 s",
        "timeout",
        "Acme",
        "Regressed",
        "Spike of 1 hour",
        "1.23K",
        "8.9",
        "1 of 51",
        "Next page",
        "Errors over time",
        "3 groups with the fewest occurrences",
        "/errors/169c11e0-a81e-550c-ae90-0660e22a31b9?workspace=w1",
        r#"aria-sort="descending""#,
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
    assert!(!html.contains("366 days"), "{html}");
    assert!(
        board("/errors", response(), true)
            .await
            .contains("366 days")
    );
}

#[tokio::test]
async fn what_narrows_the_board_is_shown_and_can_be_taken_away() {
    let html = board(
        "/errors?agent=a-1&kind=timeout&state=regressed",
        response(),
        false,
    )
    .await;
    for text in ["agent: a-1", "kind: timeout", "Clear filters"] {
        assert!(html.contains(text), "{text} in {html}");
    }
}

#[tokio::test]
async fn nothing_found_says_why() {
    let nothing = |last: Option<prost_types::Timestamp>| ListErrorGroupsResponse {
        provenance: Some(Provenance {
            last_event_time: last,
            ..Provenance::default()
        }),
        ..ListErrorGroupsResponse::default()
    };
    let html = board("/errors?search=zzz", nothing(None), false).await;
    assert!(
        html.contains("No error is as the filters want it"),
        "{html}"
    );
    let html = board("/errors", nothing(at("2026-11-22T12:00:00Z")), false).await;
    assert!(html.contains("Nothing failed"), "{html}");
    let html = board("/errors", nothing(None), false).await;
    assert!(html.contains("shadow import"), "{html}");
}

#[tokio::test]
async fn while_it_loads_the_page_has_its_shape() {
    let html = rendering::signed_in("/errors", || html! { <Errors /> }).await;
    assert!(html.contains("skeleton--chart"), "{html}");
}
