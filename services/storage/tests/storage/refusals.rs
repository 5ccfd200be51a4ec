//! Counts of refused events.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_storage::refusals::*;
use uuid::Uuid;

use crate::support::*;

fn hour() -> DateTime<Utc> {
    at("2026-11-20T10:00:00Z")
}

fn count(workspace_id: Option<Uuid>, hours: i64, reason: i16, field: &str, events: i64) -> Count {
    let hour = hour() + TimeDelta::hours(hours);
    Count {
        key: Key {
            workspace_id,
            hour,
            reason,
            field: field.to_owned(),
        },
        events,
        last_at: hour + TimeDelta::minutes(events),
    }
}

fn always() -> (DateTime<Utc>, DateTime<Utc>) {
    (hour() - TimeDelta::days(1), hour() + TimeDelta::days(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_of_many_servers_add_up() {
    on_each_server(async |stage| {
        let db = &stage.db;
        let both = |events| {
            [
                count(Some(WORKSPACE), 0, 2, "event_id", events),
                count(None, 0, 5, "workspace_id", events),
            ]
        };
        let reversed: Vec<Count> = both(2).into_iter().rev().collect();
        let runs = (0..10).map(|_| async {
            let (one, two) = (both(3), reversed.clone());
            let (one, two) = tokio::join!(add(db, &one), add(db, &two));
            one.and(two).unwrap();
        });
        for run in runs {
            run.await;
        }
        let mut expected = both(50);
        for count in &mut expected {
            count.last_at = count.key.hour + TimeDelta::minutes(3);
        }
        let listed = list(db, &everything(), always(), None, 10).await.unwrap();
        assert_eq!(listed, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_listed_by_hour_page_by_page_within_a_scope_and_a_range() {
    on_each_server(async |stage| {
        let db = &stage.db;
        let mut counts = Vec::new();
        for hours in 0..3 {
            for workspace in [None, Some(WORKSPACE), Some(OTHER)] {
                counts.push(count(workspace, hours, 1, "event_id", 1));
                counts.push(count(workspace, hours, 3, "event_id", 2));
                counts.push(count(workspace, hours, 3, "occurred_at", 3));
            }
        }
        add(db, &counts).await.unwrap();
        let mut paged: Vec<Count> = Vec::new();
        loop {
            let after = paged.last().map(|last| &last.key);
            let page = list(db, &everything(), always(), after, 4).await.unwrap();
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(paged.len(), counts.len());
        assert!(counts.iter().all(|count| paged.contains(count)));
        assert!(paged.is_sorted_by(|one, next| one.key.hour >= next.key.hour));

        let ours = everything().within([WORKSPACE]);
        let middle = (hour() + TimeDelta::hours(1), hour() + TimeDelta::hours(2));
        let found = list(db, &ours, middle, None, 100).await.unwrap();
        assert_eq!(found.len(), 3);
        for count in found {
            let expected = (Some(WORKSPACE), middle.0);
            assert_eq!((count.key.workspace_id, count.key.hour), expected);
        }
        // The wall hides what the statement would not.
        let wall = format!(
            "BEGIN; SET LOCAL ROLE shadow_app; SET LOCAL app.workspaces = '{WORKSPACE}';
             SELECT string_agg(DISTINCT workspace_id::text, ',') FROM analytics.refusal_count"
        );
        assert_eq!(value(&stage.url, &wall).await, WORKSPACE.to_string());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_ones_are_trimmed_however_many_they_are() {
    on_each_server(async |stage| {
        let db = &stage.db;
        let many: Vec<Count> = (0..2_500)
            .map(|field| count(Some(WORKSPACE), -1, 2, &field.to_string(), 1))
            .collect();
        add(db, &many).await.unwrap();
        let kept = count(Some(WORKSPACE), 0, 2, "event_id", 1);
        add(db, std::slice::from_ref(&kept)).await.unwrap();
        assert_eq!(trim(db, hour()).await.unwrap(), 2_500);
        assert_eq!(trim(db, hour()).await.unwrap(), 0);
        let left = list(db, &everything(), always(), None, 10).await.unwrap();
        assert_eq!(left, [kept]);
    })
    .await;
}
