//! What becomes of batches, one after the other.

use chrono::{TimeDelta, Utc};
use shadow_auth::Scope;
use shadow_domain::execution::{Execution, Feedback, Outcome, Seen};
use shadow_storage::feed::{self, Filter};
use shadow_storage::ingest::{Stored, store};
use shadow_storage::{Database, Error};
use uuid::Uuid;

use crate::support::*;

/// Every order of four events.
fn orders() -> Vec<[usize; 4]> {
    let places = || 0..4;
    let mut orders = Vec::new();
    for (a, b) in places().flat_map(|a| places().map(move |b| (a, b))) {
        for (c, d) in places().flat_map(|c| places().map(move |d| (c, d))) {
            let order = [a, b, c, d];
            if places().all(|place| order.contains(&place)) {
                orders.push(order);
            }
        }
    }
    orders
}

async fn only(db: &Database, execution: &Execution) -> Stored {
    let mut batch = put(db, std::slice::from_ref(execution)).await;
    assert!(batch.failed.is_empty());
    batch.stored.remove(0)
}

/// What is stored of a workspace, the latest first.
async fn stored(db: &Database, workspace: Uuid) -> Vec<(Execution, i32)> {
    let scope = everything().within([workspace]);
    let (_, recent) = feed::snapshot(db, &scope, &Filter::default(), 500)
        .await
        .unwrap();
    recent
        .into_iter()
        .map(|recent| (recent.execution, recent.revision))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_of_events_gives_the_same_row() {
    on_each_server(async |stage| {
        for (index, order) in orders().iter().enumerate() {
            let execution = whole(WORKSPACE, 1 + index as u128);
            let events = events(&execution);
            let mut known = Seen::NONE;
            for (step, event) in order.iter().enumerate() {
                let result = only(&stage.db, &events[*event]).await;
                assert_eq!(
                    result.new,
                    events[*event].seen().difference(known),
                    "{order:?}"
                );
                assert_eq!(result.conflicts, []);
                known = known.union(events[*event].seen());
                // The opened event says nothing new once another has come.
                let changes = 1 + order[1..=step].iter().filter(|event| **event != 0).count();
                assert_eq!(result.revision, changes as i32, "{order:?}");
            }
        }
        let rows = stored(&stage.db, WORKSPACE).await;
        assert_eq!(rows.len(), 24);
        for (execution, _) in rows {
            let expected = whole(WORKSPACE, execution.identity.execution_id.as_u128());
            assert_eq!(execution, expected);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_changes_nothing() {
    on_each_server(async |stage| {
        let batch = [whole(WORKSPACE, 1), whole(OTHER, 2).masked(Seen::STARTED)];
        let first = put(&stage.db, &batch).await.stored;
        assert_eq!(first[0].new, Seen::ALL);
        assert_eq!(first[1].new, Seen::OPENED.union(Seen::STARTED));
        let before = sql(&stage.url, EVERYTHING).await;
        // The whole, each event alone, and in another process, which remembers nothing.
        let fresh = Database::connect(&config(&stage.url)).await.unwrap();
        for db in [&stage.db, &fresh] {
            for again in std::iter::once(batch.to_vec())
                .chain(events(&batch[0]).into_iter().map(|event| vec![event]))
            {
                for stored in put(db, &again).await.stored {
                    assert_eq!((stored.new, stored.revision), (Seen::NONE, 1));
                    assert_eq!(stored.conflicts, []);
                }
            }
        }
        assert_eq!(sql(&stage.url, EVERYTHING).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_was_believed_to_be_new_is_merged_with_what_is_there() {
    on_each_server(async |stage| {
        let open = whole(WORKSPACE, 1).masked(Seen::STARTED);
        put(&stage.db, &[open, whole(OTHER, 2)]).await;
        // Another process knows of neither.
        let fresh = Database::connect(&config(&stage.url)).await.unwrap();
        let batch = [whole(WORKSPACE, 1), whole(OTHER, 2), whole(OTHER, 3)];
        let batch = put(&fresh, &batch).await;
        assert!(batch.failed.is_empty());
        let stored: Vec<_> = batch
            .stored
            .iter()
            .map(|stored| (stored.new, stored.revision, stored.conflicts.as_slice()))
            .collect();
        let none: &[(Seen, &str)] = &[];
        let rest = Seen::ALL.difference(Seen::OPENED.union(Seen::STARTED));
        assert_eq!(
            stored,
            [(rest, 2, none), (Seen::NONE, 1, none), (Seen::ALL, 1, none)]
        );
        let rows = "SELECT count(*) FROM analytics.execution";
        assert_eq!(value(&stage.url, rows).await, "3");
        let changes = "SELECT sum(cardinality(execution_id)) FROM analytics.feed";
        assert_eq!(value(&stage.url, changes).await, "4");
    })
    .await;
}

const EVERYTHING: &str = "
    SELECT 'execution', e::text FROM analytics.execution e UNION ALL
    SELECT 'delta', d::text FROM analytics.partial_delta d UNION ALL
    SELECT 'feed', f::text FROM analytics.feed f UNION ALL
    SELECT 'ordinal', o::text FROM analytics.ordinal o UNION ALL
    SELECT 'agent', a::text FROM analytics.agent a UNION ALL
    SELECT 'user', u::text FROM analytics.app_user u UNION ALL
    SELECT 'workspace', w::text FROM analytics.workspace w
    ORDER BY 1, 2";

#[tokio::test(flavor = "multi_thread")]
async fn other_content_is_refused_and_overwrites_nothing() {
    on_each_server(async |stage| {
        let known = whole(WORKSPACE, 1);
        only(&stage.db, &known).await;
        let before = sql(&stage.url, EVERYTHING).await;

        let mut later = known.clone();
        later.started_at = later.started_at.map(|at| at + TimeDelta::microseconds(1));
        let result = only(&stage.db, &later).await;
        assert_eq!(result.new, Seen::NONE);
        assert_eq!(result.conflicts, [(Seen::STARTED, "started_at")]);

        let mut other = known.clone();
        let end = other.end.as_mut().unwrap();
        end.input_tokens = None;
        let result = only(&stage.db, &other).await;
        assert_eq!(result.conflicts, [(Seen::ENDED, "input_tokens")]);

        for change in [
            (|feedback: &mut Feedback| feedback.rating = 5) as fn(&mut Feedback),
            |feedback| feedback.comment = None,
            |feedback| feedback.given_by = None,
            |feedback| feedback.given_at += TimeDelta::microseconds(1),
        ] {
            let mut other = known.clone();
            change(other.feedback.as_mut().unwrap());
            let result = only(&stage.db, &other).await;
            assert_eq!(result.new, Seen::NONE);
            let fields: Vec<Seen> = result.conflicts.iter().map(|(seen, _)| *seen).collect();
            assert_eq!(fields, [Seen::FEEDBACK]);
        }

        let mut both = later.clone();
        both.end.as_mut().unwrap().outcome = Outcome::Completed;
        let result = only(&stage.db, &both).await;
        assert_eq!(
            result.conflicts,
            [(Seen::STARTED, "started_at"), (Seen::ENDED, "outcome")]
        );

        for change in [
            (|e: &mut Execution| e.identity.agent_id = "other".to_owned()) as fn(&mut Execution),
            |e| e.identity.agent_version = None,
            |e| e.identity.environment = None,
            |e| e.identity.user_id = Some("eve".to_owned()),
            |e| e.identity.timeout_micros = Some(1),
        ] {
            let mut imposter = known.clone();
            change(&mut imposter);
            let result = only(&stage.db, &imposter).await;
            assert_eq!((result.new, result.conflicts.len()), (Seen::NONE, 4));
        }
        // Ordinals of refused names are gaps; nothing else is left of them.
        let after = sql(&stage.url, EVERYTHING).await;
        let rest = |rows: &[Vec<Option<String>>]| -> Vec<Vec<Option<String>>> {
            rows.iter()
                .filter(|row| row[0].as_deref() != Some("ordinal"))
                .cloned()
                .collect()
        };
        assert_eq!(rest(&after), rest(&before));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_beside_a_conflict_goes_in() {
    on_each_server(async |stage| {
        let whole = whole(WORKSPACE, 1);
        only(&stage.db, &whole.masked(Seen::STARTED)).await;
        let mut given = whole.clone();
        given.started_at = given.started_at.map(|at| at + TimeDelta::seconds(1));
        let fine = crate::support::whole(WORKSPACE, 2);
        let batch = put(&stage.db, &[given, fine.clone()]).await;
        assert_eq!(batch.stored[0].new, Seen::ENDED.union(Seen::FEEDBACK));
        assert_eq!(batch.stored[0].conflicts, [(Seen::STARTED, "started_at")]);
        assert_eq!(batch.stored[0].revision, 2);
        assert_eq!(batch.stored[1].new, Seen::ALL);
        let rows = stored(&stage.db, WORKSPACE).await;
        assert_eq!(rows, [(fine, 1), (whole, 2)]);
        let seen = value(
            &stage.url,
            "SELECT seen FROM analytics.feed ORDER BY feed_id DESC LIMIT 1",
        )
        .await;
        assert_eq!(seen, "{15,15}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_the_database_refuses_does_not_stop_the_others() {
    on_each_server(async |stage| {
        let mut bad = whole(OTHER, 2);
        bad.end.as_mut().unwrap().error_message = Some("a NUL \0 that nobody caught".to_owned());
        let third = Uuid::from_u128(0xC);
        let batch = put(
            &stage.db,
            &[
                whole(third, 3),
                bad.clone(),
                whole(WORKSPACE, 1),
                whole(third, 4),
            ],
        )
        .await;
        let indexes: Vec<usize> = batch.stored.iter().map(|stored| stored.execution).collect();
        assert_eq!(indexes, [0, 2, 3]);
        assert_eq!(batch.failed.len(), 1);
        assert_eq!(batch.failed[0].workspaces, [OTHER]);
        assert!(matches!(batch.failed[0].error, Error::Query(..)));
        assert_eq!(stored(&stage.db, third).await.len(), 2);
        assert_eq!(stored(&stage.db, OTHER).await.len(), 0);
        // Alone it is an error.
        let refused = store(&stage.db, &everything(), &[bad], Utc::now()).await;
        assert!(matches!(refused, Err(Error::Query(..))));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_holds_an_execution_once_and_stays_in_its_scope() {
    on_each_server(async |stage| {
        let twice = [
            whole(WORKSPACE, 1),
            whole(WORKSPACE, 1).masked(Seen::OPENED),
        ];
        let result = store(&stage.db, &everything(), &twice, Utc::now()).await;
        assert!(matches!(result, Err(Error::Duplicate(id)) if id == Uuid::from_u128(1)));
        let scope: Scope = everything().within([WORKSPACE]);
        let result = store(&stage.db, &scope, &[whole(OTHER, 1)], Utc::now()).await;
        assert!(matches!(result, Err(Error::OutOfScope(OTHER))));
        assert_eq!(
            store(&stage.db, &scope, &[], Utc::now())
                .await
                .unwrap()
                .stored,
            []
        );
        assert_eq!(
            value(&stage.url, "SELECT count(*) FROM analytics.execution").await,
            "0"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_of_any_month_find_a_partition() {
    on_each_server(async |stage| {
        let times = [
            "2000-01-01T00:00:00Z",
            "2024-12-31T23:59:59.999999Z",
            "2025-01-01T00:00:00Z",
            "2026-11-30T23:00:00Z",
        ];
        let batch: Vec<Execution> = (1..)
            .zip(times)
            .map(|(id, time)| {
                let mut execution = whole(WORKSPACE, id).masked(Seen::OPENED);
                execution.identity.opened_at = at(time);
                execution
            })
            .collect();
        assert_eq!(put(&stage.db, &batch).await.stored.len(), 4);
        let tables = sql(
            &stage.url,
            "SELECT tableoid::regclass::text FROM analytics.execution ORDER BY opened_at",
        )
        .await;
        let tables: Vec<&str> = tables.iter().filter_map(|row| row[0].as_deref()).collect();
        assert_eq!(
            tables,
            [
                "analytics.execution_older",
                "analytics.execution_older",
                "analytics.execution_2025_01",
                "analytics.execution_2026_11"
            ]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_batch_is_a_handful_of_statements() {
    on_each_server(async |stage| {
        let mut random = Random::new(5);
        let workspaces: Vec<Uuid> = (1..=20).map(Uuid::from_u128).collect();
        let batch: Vec<Execution> = (1..=5_000).map(|id| random.execution(id, &workspaces)).collect();
        assert_eq!(put(&stage.db, &batch).await.stored.len(), 5_000);
        let counts = "SELECT (SELECT count(*) FROM analytics.execution), (SELECT count(*) FROM analytics.partial_delta),
            (SELECT count(*) FROM analytics.feed), (SELECT count(*) FROM analytics.workspace)";
        let counts = sql(&stage.url, counts).await;
        let counts: Vec<&str> = counts[0].iter().flatten().map(String::as_str).collect();
        assert_eq!(counts, ["5000", "20", "20", "20"]);
    })
    .await;
}
