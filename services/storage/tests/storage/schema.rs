//! Rules of the schema itself, whatever is in it.

use shadow_local::{TestDatabase, TestServers, postgres_versions};
use shadow_storage::migrations::{revert_all, run, server_version};
use shadow_storage::{Database, Error};

use crate::support::*;

/// Everything that a migration can make, but the rows.
const SHAPE: &str = "
    SELECT c.relkind::text, c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull::text
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'analytics'::regnamespace
    UNION ALL
    SELECT 'constraint', conname::text, pg_get_constraintdef(oid), '', '' FROM pg_constraint
    WHERE connamespace = 'analytics'::regnamespace
    UNION ALL
    SELECT 'policy', polname::text, pg_get_expr(polqual, polrelid), '', '' FROM pg_policy
    UNION ALL
    SELECT 'grant', relname::text, relacl::text, '', '' FROM pg_class WHERE relnamespace = 'analytics'::regnamespace
    UNION ALL
    SELECT 'function', proname::text, pg_get_functiondef(oid), proacl::text, '' FROM pg_proc
    WHERE pronamespace = 'analytics'::regnamespace
    ORDER BY 1, 2, 3, 4, 5";

#[tokio::test(flavor = "multi_thread")]
async fn up_down_and_up_again() {
    // A migrated database beside it keeps the server's roles in use, as in life.
    on_each_server(async |beside| {
        for installation in postgres_versions() {
            let servers = TestServers::postgres_of(&installation).await.unwrap();
            let database = TestDatabase::empty_on(servers).await.unwrap();
            let url = database.url();
            assert_eq!(server_version(url).await.unwrap() as u32, servers.version());
            assert!(matches!(
                Database::connect(&config(url)).await,
                Err(Error::NotMigrated)
            ));

            let applied = run(url).await.unwrap();
            assert!(applied.len() >= 7, "{applied:?}");
            assert!(run(url).await.unwrap().is_empty());
            let shape = sql(url, SHAPE).await;
            assert!(shape.len() > 100);

            let mut reverted = revert_all(url).await.unwrap();
            reverted.reverse();
            assert_eq!(reverted, applied);
            let left = "SELECT count(*) FROM pg_namespace WHERE nspname = 'analytics'";
            assert_eq!(value(url, left).await, "0");
            assert!(matches!(
                Database::connect(&config(url)).await,
                Err(Error::NotMigrated)
            ));

            assert_eq!(run(url).await.unwrap(), applied);
            assert_eq!(sql(url, SHAPE).await, shape);
        }
        assert!(beside.db.ping().await.is_ok());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_migrate_at_once_and_one_does_it() {
    on_each_server(async |beside| {
        let installation = postgres_versions().remove(0);
        let servers = TestServers::postgres_of(&installation).await.unwrap();
        let database = TestDatabase::empty_on(servers).await.unwrap();
        let runs: Vec<_> = (0..4)
            .map(|_| {
                let url = database.url().to_owned();
                tokio::spawn(async move { run(&url).await.unwrap().len() })
            })
            .collect();
        let mut applied = Vec::new();
        for run in runs {
            applied.push(run.await.unwrap());
        }
        applied.sort_unstable();
        assert_eq!(applied[..3], [0, 0, 0]);
        assert!(applied[3] >= 7);
        assert!(beside.db.ping().await.is_ok());
    })
    .await;
}

/// Nothing may be found.
async fn none(url: &str, rule: &str, offenders: &str) {
    let found = sql(url, offenders).await;
    assert!(found.is_empty(), "{rule}: {found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_keeps_its_rules() {
    on_each_server(async |stage| {
        // With a partition of a month, which keeps them too.
        put(&stage.db, &[whole(WORKSPACE, 1)]).await;
        let url = &stage.url;
        none(url, "tables have comments", "
            SELECT relname FROM pg_class
            WHERE relnamespace = 'analytics'::regnamespace AND relkind IN ('r', 'p')
              AND obj_description(oid, 'pg_class') IS NULL").await;
        none(url, "columns have comments", "
            SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
            WHERE c.relnamespace = 'analytics'::regnamespace AND c.relkind IN ('r', 'p')
              AND c.relname <> 'execution_older' AND col_description(c.oid, a.attnum) IS NULL").await;
        none(url, "indexes that no constraint names say what for", "
            SELECT i.relname FROM pg_class i JOIN pg_index x ON x.indexrelid = i.oid
            WHERE i.relnamespace = 'analytics'::regnamespace AND NOT i.relispartition
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.oid)
              AND obj_description(i.oid, 'pg_class') IS NULL").await;
        none(url, "constraints are named by their table, not by the server", "
            SELECT c.relname, k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
            WHERE k.connamespace = 'analytics'::regnamespace AND NOT c.relispartition AND k.contype <> 'n'
              AND (k.conname !~ ('^' || c.relname || '_') OR k.conname ~ '_check[0-9]*$|_key[0-9]*$')").await;
        none(url, "times have a zone, text is text, no JSON", "
            SELECT table_name, column_name, data_type FROM information_schema.columns
            WHERE table_schema = 'analytics' AND (
              data_type IN ('timestamp without time zone', 'time without time zone', 'character varying', 'character',
                            'json', 'jsonb', 'real', 'double precision', 'money'))").await;
        none(url, "foreign keys have an index", "
            SELECT k.conname FROM pg_constraint k
            WHERE k.contype = 'f' AND k.connamespace = 'analytics'::regnamespace AND NOT EXISTS (
              SELECT FROM pg_index x
              WHERE x.indrelid = k.conrelid
                AND (x.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey)").await;
        none(url, "no foreign key leads from a fact", "
            SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid IN (
              'analytics.execution'::regclass, 'analytics.partial_delta'::regclass,
              'analytics.partial_page'::regclass, 'analytics.feed'::regclass)").await;
        tenants(url).await;
        roles(url).await;
    })
    .await;
}

async fn tenants(url: &str) {
    let tenants = "
        WITH tenant AS (
          SELECT c.oid, c.relname, c.relrowsecurity, c.relispartition, c.relacl, a.attnum
          FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
          WHERE c.relnamespace = 'analytics'::regnamespace AND c.relkind IN ('r', 'p')
        )";
    assert_eq!(
        value(
            url,
            &format!("{tenants} SELECT count(*) FROM tenant WHERE NOT relispartition")
        )
        .await,
        "27"
    );
    none(
        url,
        "the tenant key is the first column",
        &format!("{tenants} SELECT relname FROM tenant WHERE attnum <> 1"),
    )
    .await;
    none(url, "the tenant key is the first of the primary key, and in each unique index", &format!("{tenants}
        SELECT tenant.relname, x.indexrelid::regclass FROM tenant JOIN pg_index x ON x.indrelid = tenant.oid
        WHERE x.indisunique AND NOT tenant.attnum = ANY (x.indkey)
           OR x.indisprimary AND x.indkey[0] <> tenant.attnum")).await;
    none(
        url,
        "tenants are walled",
        &format!(
            "{tenants}
        SELECT relname FROM tenant WHERE NOT relispartition AND (NOT relrowsecurity OR NOT EXISTS (
          SELECT FROM pg_policy WHERE polrelid = tenant.oid AND polcmd = '*'
            AND pg_get_expr(polqual, polrelid) LIKE '%app.workspaces%'))"
        ),
    )
    .await;
    none(
        url,
        "partitions are reached through their parent",
        &format!(
            "{tenants}
        SELECT relname, relacl FROM tenant WHERE relispartition AND relacl::text LIKE '%shadow%'"
        ),
    )
    .await;
}

async fn roles(url: &str) {
    let roles = "SELECT rolname FROM pg_roles WHERE rolname IN ('shadow_app', 'shadow_jobs')";
    assert_eq!(sql(url, roles).await.len(), 2);
    none(
        url,
        "roles may nothing by themselves",
        &format!(
            "
        {roles} AND (rolcanlogin OR rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)"
        ),
    )
    .await;
    none(url, "roles own nothing", "
        SELECT relname FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner WHERE rolname LIKE 'shadow\\_%'").await;
    none(
        url,
        "nothing is granted to everybody",
        "
        SELECT relname, relacl FROM pg_class, aclexplode(relacl)
        WHERE relnamespace = 'analytics'::regnamespace AND grantee = 0",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_server_is_one_clear_error() {
    let nowhere = "postgresql://nobody@localhost/none?host=/nonexistent";
    let error = Database::connect(&config(nowhere))
        .await
        .expect_err("nobody is there");
    assert!(matches!(error, Error::Unreachable(_)));
    assert!(error.is_transient());
    assert_eq!(error.to_string(), "the database cannot be reached");
}
