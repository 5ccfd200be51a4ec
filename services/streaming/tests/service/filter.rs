//! What a watch keeps, and what it cannot be asked for.

use shadow_auth::Role;
use shadow_proto::streaming::v1::{
    Event, ExecutionEnd, ExecutionFilter, ExecutionStatus, Outcome, WatchRequest,
};
use tonic::Code;
use tonic_types::StatusExt;

use crate::support::{ENGINEER, Run, Stack};
use crate::watch::{ONE, after, everything, name};

fn filtered(filter: ExecutionFilter) -> WatchRequest {
    WatchRequest {
        execution_filter: Some(filter),
        ..everything()
    }
}

fn seconds(seconds: i64) -> Option<prost_types::Duration> {
    Some(prost_types::Duration { seconds, nanos: 0 })
}

#[tokio::test(flavor = "multi_thread")]
async fn models_and_lengths_are_filtered_at_first_later_and_after_a_cursor() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let wanted = || {
        filtered(ExecutionFilter {
            models: vec!["large".to_owned()],
            minimum_duration: seconds(5),
            ..Default::default()
        })
    };
    // Of each four only the first is wanted.
    let ends = |first: u128| -> Vec<Event> {
        [
            ("large", Some(5)),
            ("large", Some(4)),
            ("small", Some(6)),
            ("large", None),
        ]
        .into_iter()
        .zip(first..)
        .map(|((model, length), name)| {
            Run::new(ONE, name).ended_with(ExecutionEnd {
                outcome: Outcome::Completed.into(),
                model: Some(model.to_owned()),
                duration: length.and_then(seconds),
                ..Default::default()
            })
        })
        .collect()
    };
    client.publish(ends(10)).await.unwrap();
    let mut watch = client.watch(wanted()).await.unwrap();
    let (_, executions) = watch.snapshot().await;
    assert_eq!(
        executions.iter().map(name).collect::<Vec<_>>(),
        [(10, ExecutionStatus::Completed)]
    );
    for first in [20, 30, 40] {
        client.publish(ends(first)).await.unwrap();
    }
    // The first change comes after what the snapshot held, so nothing of that is after its cursor.
    let (cursor, execution) = watch.change().await;
    assert_eq!(name(&execution).0, 20);
    let again = WatchRequest {
        cursor: Some(cursor),
        ..wanted()
    };
    let after_it = client.watch(again).await.unwrap();
    for mut watch in [watch, after_it] {
        for id in [30, 40] {
            assert_eq!(name(&watch.change().await.1).0, id);
        }
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_watched_is_refused_at_once() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let bad = [
        (WatchRequest::default(), "topics"),
        (
            WatchRequest {
                topics: vec![7],
                ..Default::default()
            },
            "topics[0]",
        ),
        (
            WatchRequest {
                workspace_ids: vec!["x".to_owned()],
                ..everything()
            },
            "workspace_ids[0]",
        ),
        (
            WatchRequest {
                snapshot_size: 501,
                ..everything()
            },
            "snapshot_size",
        ),
        (after("no cursor"), "cursor"),
        (
            filtered(ExecutionFilter {
                models: vec![String::new(); 101],
                ..Default::default()
            }),
            "execution_filter.models",
        ),
        (
            filtered(ExecutionFilter {
                minimum_duration: seconds(366 * 86_400 + 1),
                ..Default::default()
            }),
            "execution_filter.minimum_duration",
        ),
        (
            filtered(ExecutionFilter {
                minimum_duration: seconds(-1),
                ..Default::default()
            }),
            "execution_filter.minimum_duration",
        ),
    ];
    for (request, field) in bad {
        let status = client.watch(request).await.err().unwrap();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(
            status.get_details_bad_request().unwrap().field_violations[0].field,
            field
        );
    }
    let viewer = stack.member("viewer@test", &[ONE], Role::Viewer).await;
    assert_eq!(
        viewer.watch(everything()).await.err().unwrap().code(),
        Code::PermissionDenied
    );
    stack.stop().await;
}
