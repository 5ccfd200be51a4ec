//! The plans of the hot statements: none reads all facts.

use shadow_domain::time::UtcDay;
use shadow_storage::compaction::compact;
use uuid::Uuid;

use crate::support::*;

/// A statement of the source with its parameters, as the application's role runs it: prepared, planned for any values.
async fn plan(url: &str, options: &str, statement: &str, parameters: &str) -> String {
    plan_of("shadow_app", url, options, statement, parameters).await
}

/// The same as a role runs it.
pub(crate) async fn plan_of(
    role: &str,
    url: &str,
    options: &str,
    statement: &str,
    parameters: &str,
) -> String {
    let explain = format!(
        "BEGIN; SET LOCAL ROLE {role}; SET LOCAL app.workspaces = 'all';
         SET LOCAL plan_cache_mode = force_generic_plan;
         PREPARE hot AS {statement};
         EXPLAIN ({options}) EXECUTE hot ({parameters})"
    );
    let rows = sql(url, &explain).await;
    rows.into_iter()
        .flatten()
        .flatten()
        .collect::<Vec<String>>()
        .join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_reads_use_their_index() {
    on_each_server(async |stage| {
        let workspaces: Vec<Uuid> = (1..=6).map(Uuid::from_u128).collect();
        let mut random = Random::new(8);
        for batch in 0..4u128 {
            let executions: Vec<_> = (1..=3_000)
                .map(|id| random.execution(batch * 10_000 + id, &workspaces))
                .collect();
            put(&stage.db, &executions).await;
        }
        for workspace in &workspaces {
            compact(&stage.db, *workspace, 100).await.unwrap();
        }
        while shadow_storage::feed::number(&stage.db).await.unwrap() > 0 {}
        // A step of each execution: of an empty table nothing is worth an index.
        let steps = "INSERT INTO analytics.execution_step
            (workspace_id, opened_at, execution_id, number, kind, ended_at, status)
            SELECT workspace_id, opened_at, execution_id, 1, 1, opened_at, 1 FROM analytics.execution";
        sql(&stage.url, steps).await;
        sql(&stage.url, "ANALYZE").await;

        let one = format!("ARRAY['{}']::uuid[]", workspaces[0]);
        let day = UtcDay::of(at("2026-10-31T22:00:00Z")).date();
        for (name, statement, parameters, tables) in [
            (
                "stored",
                include_str!("../../src/ingest/stored.sql"),
                format!("{one}, ARRAY['{day}'::timestamptz], {one}, '{day}', '{day}'"),
                &["execution_2026"][..],
            ),
            (
                "groups of errors",
                include_str!("../../src/error_group/counts.sql"),
                format!("{one}, '{day}', '{day}', '{{}}', '{{}}', 100"),
                &["execution_2026"],
            ),
            (
                "what groups are",
                include_str!("../../src/error_group/standings.sql"),
                format!("{one}, {one}"),
                &["execution_2026"],
            ),
            (
                "whom errors hit",
                include_str!("../../src/error_group/impact.sql"),
                format!("{one}, {one}, '{day}', '{day}', '{{}}', '{{}}'"),
                &["execution_2026"],
            ),
            (
                "errors by time",
                include_str!("../../src/error_group/quarters.sql"),
                format!("{one}, {one}, '{day}', '{day}', '{{}}', '{{}}', true"),
                &["execution_2026"],
            ),
            (
                "one group of errors",
                include_str!("../../src/error_group/one.sql"),
                format!("'{}', '{}'", workspaces[0], workspaces[1]),
                &["execution_2026"],
            ),
            (
                "executions of a group",
                include_str!("../../src/error_group/executions.sql"),
                format!(
                    "'{}', '{}', '{day}', '{day}', 50",
                    workspaces[0], workspaces[1]
                ),
                &["execution_2026"],
            ),
            (
                "errors without a group",
                include_str!("../../src/error_group/nameless.sql"),
                format!("'{}', 50", workspaces[0]),
                &["execution_2026"],
            ),
            (
                "snapshot",
                include_str!("../../src/feed/snapshot.sql"),
                format!("false, {one}, '{{}}', '{{}}', '{{}}', NULL, 50"),
                &["execution_2026"],
            ),
            (
                "snapshot of an agent",
                include_str!("../../src/feed/snapshot.sql"),
                format!("true, {one}, '{{agent-1}}', '{{3}}', '{{}}', NULL, 50"),
                &["execution_2026"],
            ),
            (
                "read after",
                include_str!("../../src/feed/read_after.sql"),
                format!("11000, true, {one}, 100"),
                &["execution_2026", "feed"],
            ),
            (
                "tallies after",
                include_str!("../../src/feed/tallies_after.sql"),
                "11000, 1000".to_owned(),
                &["feed"],
            ),
            (
                "tallies before",
                include_str!("../../src/feed/tallies_before.sql"),
                "11000, 100".to_owned(),
                &["feed"],
            ),
            (
                "open by pages",
                include_str!("../../src/feed/open_pages.sql"),
                "0::smallint".to_owned(),
                &["partial_page"],
            ),
            (
                "pages by key",
                include_str!("../../src/partials/by_keys.sql"),
                format!("{one}, 1::smallint, '{day}', '{day}', ARRAY['agent-1'], false, '{{}}'"),
                &["partial_page"],
            ),
            (
                "pages by prefix",
                include_str!("../../src/partials/by_prefix.sql"),
                format!("{one}, 17::smallint, '{day}', '{day}', 'agent-1', true, '{{}}'"),
                &["partial_page"],
            ),
            (
                "openings",
                include_str!("../../src/partials/opened.sql"),
                format!("{one}, 1::smallint, '{day}', '{day}', ARRAY[date '{day}']"),
                &["partial_page"],
            ),
            (
                "booked credits",
                include_str!("../../src/credits/booked.sql"),
                format!("{one}, '{day}'"),
                &["partial_page"],
            ),
            (
                "booked credits by workspace",
                include_str!("../../src/workspaces/booked.sql"),
                format!("{one}, '{day}'"),
                &["partial_page"],
            ),
            (
                "sums of pages",
                include_str!("../../src/partials/totals.sql"),
                format!("{one}, 1::smallint, '{day}', '{day}', ''"),
                &["partial_page"],
            ),
            (
                "newest executions",
                include_str!("../../src/executions/newest.sql"),
                format!("{one}, '2026-10-01', '2026-11-01', NULL, '{{}}', NULL, NULL, NULL, '{{}}', NULL, '', '2026-10-20', gen_random_uuid(), gen_random_uuid(), 50"),
                &["execution_2026"],
            ),
            (
                "executions that have a text",
                include_str!("../../src/executions/newest.sql"),
                format!("{one}, '2026-10-01', '2026-11-01', 'agent-1', '{{3}}', 'm', 'u', 1, '{{1}}', 'e', 'x', '2026-10-20', gen_random_uuid(), gen_random_uuid(), 50"),
                &["execution_2026"],
            ),
            (
                "oldest executions",
                include_str!("../../src/executions/oldest.sql"),
                format!("{one}, '2026-10-01', '2026-11-01', NULL, '{{}}', NULL, NULL, NULL, '{{}}', NULL, '', '2026-10-20', gen_random_uuid(), gen_random_uuid(), 50"),
                &["execution_2026"],
            ),
            (
                "longest executions",
                include_str!("../../src/executions/by_duration.sql"),
                format!("{one}, '2026-10-01', '2026-11-01', NULL, '{{}}', NULL, NULL, NULL, '{{}}', NULL, '', '2026-10-20', gen_random_uuid(), gen_random_uuid(), 50, -1, 0"),
                &["execution_2026"],
            ),
            (
                "one execution",
                include_str!("../../src/executions/one.sql"),
                "gen_random_uuid(), gen_random_uuid()".to_owned(),
                &["execution_2026"],
            ),
            (
                "steps of an execution",
                include_str!("../../src/executions/steps.sql"),
                "gen_random_uuid(), now(), gen_random_uuid(), 10".to_owned(),
                &["execution_step"],
            ),
            (
                "open executions",
                include_str!("../../src/executions/open.sql"),
                format!("{one}, ARRAY[timestamptz '2026-10-20'], 50"),
                &["execution_2026"],
            ),
            (
                "days with open executions",
                include_str!("../../src/executions/open_days.sql"),
                format!("{one}, 0::smallint, 50"),
                &["partial_page"],
            ),
        ] {
            // A parameter's type follows from where it stands, so that the text needs no list of types.
            let plan = plan(&stage.url, "COSTS OFF", statement, &parameters).await;
            for table in tables {
                assert!(
                    !plan.contains(&format!("Seq Scan on {table}")),
                    "{name}:\n{plan}"
                );
                assert!(plan.contains("Index Cond"), "{name}:\n{plan}");
            }
        }

        // Of what waits behind a slow reader only the entries that the limit reaches are taken apart.
        let ran = plan(
            &stage.url,
            "ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF",
            include_str!("../../src/feed/read_after.sql"),
            &format!("0, true, {one}, 100"),
        )
        .await;
        let taken_apart = ran
            .lines()
            .find(|line| line.contains("Function Scan on one"))
            .unwrap();
        assert!(taken_apart.contains("loops=1)"), "{ran}");
    })
    .await;
}
