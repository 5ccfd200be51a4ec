//! The second wall: what the database hides, whatever the code asks for.

use shadow_domain::fact::SubscriptionChange;
use shadow_domain::time::UtcDay;
use shadow_storage::compaction::{audit, compact};
use shadow_storage::summaries;

use crate::facts::{credits, fact, put_facts};
use crate::steps::step;
use crate::subscriptions::changed;
use crate::support::*;

const WALLED: [&str; 25] = [
    "workspace",
    "membership",
    "agent",
    "execution",
    "partial_delta",
    "partial_page",
    "feed",
    "activity",
    "credit_ledger",
    "subscription_event",
    "subscription_state",
    "mrr_movement",
    "page_audit",
    "directory_entry",
    "erasure",
    "workspace_user",
    "plan",
    "execution_step",
    "identity_check",
    "execution_twin",
    "error_group_state",
    "page_version",
    "user_day_made",
    "user_day",
    "error_day",
];

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_other_workspaces_do_not_exist() {
    on_each_server(async |stage| {
        put(&stage.db, &[whole(WORKSPACE, 1), whole(OTHER, 2)]).await;
        let facts = [WORKSPACE, OTHER].map(|workspace| {
            let subscribed = changed(workspace, 3, SubscriptionChange::Started);
            [fact(workspace, 1), credits(workspace, 2), subscribed]
        });
        put_facts(&stage.db, &facts.concat()).await;
        let steps = [whole(WORKSPACE, 1), whole(OTHER, 2)].map(|e| step(&e.identity, 1));
        put_facts(&stage.db, &steps).await;
        for workspace in [WORKSPACE, OTHER] {
            compact(&stage.db, workspace, 10).await.unwrap();
        }
        for workspace in [WORKSPACE, OTHER] {
            let day = UtcDay::of(at("2026-11-20T00:00:00Z"));
            audit(&stage.db, workspace, (day, day)).await.unwrap();
        }
        for workspace in [WORKSPACE, OTHER] {
            let day = UtcDay::of(at("2026-11-20T00:00:00Z"));
            summaries::make(&stage.db, (workspace, day)).await.unwrap();
        }
        put(&stage.db, &[whole(WORKSPACE, 3), whole(OTHER, 4)]).await;
        let members = format!(
            "INSERT INTO analytics.membership (workspace_id, user_id, role)
             VALUES ('{WORKSPACE}', 'ada', 'owner'), ('{OTHER}', 'ada', 'viewer')"
        );
        sql(&stage.url, &members).await;
        let entries = format!(
            "INSERT INTO analytics.directory_entry (workspace_id, kind, occurred_at, event_id, subject, deleted)
             VALUES ('{WORKSPACE}', 3, now(), '{WORKSPACE}', 'billing', false),
                    ('{OTHER}', 3, now(), '{OTHER}', 'billing', false)"
        );
        sql(&stage.url, &entries).await;
        let erased = format!(
            "INSERT INTO analytics.erasure (workspace_id, occurred_at, event_id, pseudonym, user_id, requested_by)
             VALUES ('{WORKSPACE}', now(), '{OTHER}', 'x', 'y', 'z'), ('{OTHER}', now(), '{OTHER}', 'x', 'y', 'z')"
        );
        sql(&stage.url, &erased).await;
        for table in ["workspace_user (workspace_id, user_id)", "plan (workspace_id, plan_id)"] {
            let said = format!("INSERT INTO analytics.{table} VALUES ('{WORKSPACE}', 'x'), ('{OTHER}', 'x')");
            sql(&stage.url, &said).await;
        }
        let checked = format!(
            "INSERT INTO analytics.identity_check
             SELECT id, 1, current_date, now(), 1, 1, 0, NULL, NULL FROM unnest('{{{WORKSPACE},{OTHER}}}'::uuid[]) AS id;
             INSERT INTO analytics.execution_twin
             SELECT id, id, now() - interval '1 day', now(), now() FROM unnest('{{{WORKSPACE},{OTHER}}}'::uuid[]) AS id"
        );
        sql(&stage.url, &checked).await;
        let said = format!(
            "INSERT INTO analytics.error_group_state (workspace_id, error_fingerprint, number, state, changed_by)
             VALUES ('{WORKSPACE}', '{OTHER}', 1, 2, 'ada'), ('{OTHER}', '{OTHER}', 1, 3, 'ada')"
        );
        sql(&stage.url, &said).await;
        for table in WALLED {
            let workspaces = |setting: &str| {
                format!(
                    "BEGIN; SET LOCAL ROLE shadow_app; {setting};
                     SELECT string_agg(DISTINCT workspace_id::text, ',' ORDER BY workspace_id::text) FROM analytics.{table}"
                )
            };
            let one = workspaces(&format!("SET LOCAL app.workspaces = '{WORKSPACE}'"));
            assert_eq!(value(&stage.url, &one).await, WORKSPACE.to_string(), "{table}");
            let both = format!("{WORKSPACE},{OTHER}");
            let two = workspaces(&format!("SET LOCAL app.workspaces = '{both}'"));
            assert_eq!(value(&stage.url, &two).await, both, "{table}");
            assert_eq!(value(&stage.url, &workspaces("SET LOCAL app.workspaces = 'all'")).await, both, "{table}");
            for nothing in ["SET LOCAL work_mem = '8MB'", "SET LOCAL app.workspaces = ''"] {
                assert_eq!(value(&stage.url, &workspaces(nothing)).await, "", "{table}");
            }
        }
        // Users' numbers are the platform's, agents' are their workspace's.
        let numbers = format!(
            "BEGIN; SET LOCAL ROLE shadow_app; SET LOCAL app.workspaces = '{WORKSPACE}';
             SELECT string_agg(kind::text, ',' ORDER BY kind) FROM analytics.ordinal"
        );
        assert_eq!(value(&stage.url, &numbers).await, "1,2");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_application_cannot_reach_around_the_wall() {
    on_each_server(async |stage| {
        put(&stage.db, &[whole(WORKSPACE, 1), whole(OTHER, 2)]).await;
        let setting = format!("SET LOCAL app.workspaces = '{WORKSPACE}'");
        for (statement, refused) in [
            (
                format!(
                    "INSERT INTO analytics.agent (workspace_id, agent_id) VALUES ('{OTHER}', 'x')"
                ),
                "row-level security",
            ),
            (
                format!("UPDATE analytics.execution SET workspace_id = '{OTHER}'"),
                "row-level security",
            ),
            (
                "DELETE FROM analytics.execution".to_owned(),
                "permission denied",
            ),
            (
                "SELECT * FROM analytics.execution_2026_11".to_owned(),
                "permission denied",
            ),
            (
                "INSERT INTO analytics.partial_page (workspace_id) SELECT NULL".to_owned(),
                "permission denied",
            ),
            (
                "SELECT * FROM analytics.fact_residue".to_owned(),
                "permission denied",
            ),
            (
                "UPDATE analytics.feed_position SET position = 0".to_owned(),
                "permission denied",
            ),
            (
                "CREATE TABLE analytics.mine (id integer)".to_owned(),
                "permission denied",
            ),
            (
                "ALTER TABLE analytics.execution DISABLE ROW LEVEL SECURITY".to_owned(),
                "must be owner",
            ),
        ] {
            let attempt = format!("BEGIN; SET LOCAL ROLE shadow_app; {setting}; {statement}");
            let error = try_sql(&stage.url, &attempt).await.expect_err(&statement);
            let message = error.as_db_error().unwrap().message();
            assert!(message.contains(refused), "{statement}: {message}");
        }
        for (statement, refused) in [
            (
                "UPDATE analytics.execution SET seen = 1",
                "permission denied",
            ),
            (
                "INSERT INTO analytics.partial_delta (workspace_id) SELECT NULL",
                "permission denied",
            ),
            ("SELECT * FROM analytics.membership", "permission denied"),
        ] {
            let attempt = format!(
                "BEGIN; SET LOCAL ROLE shadow_jobs; SET LOCAL app.workspaces = 'all'; {statement}"
            );
            let error = try_sql(&stage.url, &attempt).await.expect_err(statement);
            let message = error.as_db_error().unwrap().message();
            assert!(message.contains(refused), "{statement}: {message}");
        }
    })
    .await;
}
