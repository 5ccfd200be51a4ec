//! The plans of the statements that make and read summaries: none reads all of a table.

use shadow_domain::time::UtcDay;
use uuid::Uuid;

use crate::plans::plan_of;
use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn summaries_are_made_and_read_by_their_indexes() {
    on_each_server(async |stage| {
        let workspaces: Vec<Uuid> = (1..=6).map(Uuid::from_u128).collect();
        let mut random = Random::new(8);
        let executions: Vec<_> = (1..=6_000)
            .map(|id| random.execution(id, &workspaces))
            .collect();
        put(&stage.db, &executions).await;
        // Months of days: of less nothing is worth an index.
        let days = "
            INSERT INTO analytics.activity (workspace_id, occurred_at, event_id, user_id, type)
            SELECT workspace_id, opened_at, execution_id, 'user-1', 1 FROM analytics.execution;
            INSERT INTO analytics.page_version
            SELECT id, day::date, 1
            FROM (SELECT DISTINCT workspace_id FROM analytics.execution) AS one (id)
            CROSS JOIN generate_series(timestamp '2026-01-01', '2026-12-31', '1 day') AS day;
            INSERT INTO analytics.user_day_made SELECT workspace_id, day, 1, 2, now() FROM analytics.page_version;
            INSERT INTO analytics.error_day
            SELECT workspace_id, day, decode(repeat('00', 900), 'hex') FROM analytics.page_version;
            INSERT INTO analytics.user_day
            SELECT workspace_id, day, who, day, repeat('0', 96)::bit(96), 1, 1, 0, 0, 0, 0, 0, NULL, '{}', '{}', '{}'
            FROM analytics.page_version CROSS JOIN generate_series(1, 20) AS who;
            ANALYZE";
        sql(&stage.url, days).await;

        let one = format!("'{}'", workspaces[0]);
        let some = format!("ARRAY['{}']::uuid[]", workspaces[0]);
        let day = UtcDay::of(at("2026-10-31T22:00:00Z")).date();
        let stretch = format!("'{day}', '{day}', '{day}', '{day}', '{day}', '{day}'");
        let gaps = "'{}', '{}', '{}'";
        let whole = format!("{some}, '{day}', '{day}', '{{}}', '{{}}'");
        let numbered = "'{}', '{}', '{}', '{}'";
        let search = "'{}', '', 1, false, NULL, '', 50";
        let facts = &["execution_2026"][..];
        for (name, role, statement, parameters, tables) in [
            (
                "which days are covered",
                "shadow_app",
                include_str!("../../src/summaries/uncovered.sql"),
                format!("{some}, '{day}', '{day}', 2::smallint"),
                &["page_version", "user_day_made"][..],
            ),
            (
                "a list of users",
                "shadow_app",
                include_str!("../../src/users/board.sql"),
                format!("{whole}, {numbered}, {stretch}, {gaps}, {search}"),
                &["user_day", "execution_2026", "activity"],
            ),
            (
                "visits of users",
                "shadow_app",
                include_str!("../../src/users/visits.sql"),
                format!("{whole}, '{{1}}', '{{user-1}}', '{{user-1}}', {stretch}, {gaps}, 1"),
                &["user_day", "activity"],
            ),
            (
                "errors of days",
                "shadow_app",
                include_str!("../../src/error_group/days.sql"),
                whole.clone(),
                &["error_day"],
            ),
            (
                "errors that are not summed up",
                "shadow_app",
                include_str!("../../src/error_group/rest.sql"),
                format!("{some}, {stretch}, {gaps}, '{{}}'"),
                facts,
            ),
            (
                "users of a day",
                "shadow_jobs",
                include_str!("../../src/summaries/put.sql"),
                format!("{one}, '{day}', '{day}', '{day}', 1"),
                &["execution_2026", "activity"],
            ),
            (
                "errors of a day",
                "shadow_jobs",
                include_str!("../../src/summaries/errors.sql"),
                format!("{one}, '{day}', '{day}'"),
                facts,
            ),
            (
                "errors of a day without a group",
                "shadow_jobs",
                include_str!("../../src/summaries/nameless.sql"),
                format!("{one}, '{day}', '{day}'"),
                facts,
            ),
            (
                "noting a day",
                "shadow_jobs",
                include_str!("../../src/summaries/note.sql"),
                format!("{one}, '{day}', 2::smallint"),
                &["page_version"],
            ),
            (
                "clearing a day",
                "shadow_jobs",
                include_str!("../../src/summaries/clear.sql"),
                format!("{one}, '{day}'"),
                &["user_day", "error_day"],
            ),
            (
                "deleting users",
                "shadow_jobs",
                include_str!("../../src/summaries/delete_rows.sql"),
                format!("{one}, '{day}', 10"),
                &["user_day"],
            ),
            (
                "deleting errors",
                "shadow_jobs",
                include_str!("../../src/summaries/delete_errors.sql"),
                format!("{one}, '{day}'"),
                &["error_day"],
            ),
            (
                "deleting days",
                "shadow_jobs",
                include_str!("../../src/summaries/delete_made.sql"),
                format!("{one}, '{day}'"),
                &["user_day_made"],
            ),
            (
                "days to check",
                "shadow_jobs",
                include_str!("../../src/summaries/pick.sql"),
                format!("{one}, 2::smallint, 1"),
                &["user_day_made", "page_version"],
            ),
            (
                "users to check",
                "shadow_jobs",
                include_str!("../../src/summaries/users.sql"),
                format!("{one}, '{day}'"),
                &["user_day"],
            ),
            (
                "errors to check",
                "shadow_jobs",
                include_str!("../../src/summaries/kept_errors.sql"),
                format!("{one}, '{day}'"),
                &["error_day"],
            ),
        ] {
            let plan = plan_of(role, &stage.url, "COSTS OFF", statement, &parameters).await;
            for table in tables {
                // The months of executions go by the name of the year; of other tables the name ends there.
                let ends = |rest: &str| *table == "execution_2026" || rest.starts_with([' ', '\n']);
                let all = format!("Seq Scan on {table}");
                let reads_all = plan.split(&all).skip(1).any(ends);
                assert!(!reads_all, "{name}:\n{plan}");
            }
            assert!(plan.contains("Index Cond"), "{name}:\n{plan}");
        }
    })
    .await;
}
