//! Writers, executions and erasures in any order: what is stored in the end is the same.

use rand::seq::SliceRandom;
use shadow_domain::execution::Execution;
use shadow_storage::Database;
use shadow_storage::ingest::FactAnswer;

use crate::compaction::compact_all;
use crate::erasure::{ADA, erase, executions, facts, finish_all, found, pages_are_their_facts};
use crate::facts::put_facts;
use crate::support::*;

/// All that is stored, but for what says how it came about; the pseudonym is the same for the same person.
const ROWS: &str = "
    SELECT 'execution', (to_jsonb(e) - 'revision' - 'prev_seen')::text FROM analytics.execution e UNION ALL
    SELECT 'activity', a::text FROM analytics.activity a UNION ALL
    SELECT 'entry', e::text FROM analytics.directory_entry e UNION ALL
    SELECT 'member', m.workspace_id::text || m.user_id || m.role FROM analytics.membership m UNION ALL
    SELECT 'user', u::text FROM analytics.workspace_user u UNION ALL
    SELECT 'person', u.user_id FROM analytics.app_user u UNION ALL
    SELECT 'erased', e.pseudonym FROM analytics.erased_user e UNION ALL
    SELECT 'people', count(*)::text FROM analytics.ordinal WHERE kind = 2
    ORDER BY 1, 2";

const FORGET: &str = "
    TRUNCATE analytics.execution, analytics.activity, analytics.directory_entry, analytics.membership,
      analytics.workspace_user, analytics.platform_role, analytics.app_user, analytics.erased_user, analytics.erasure,
      analytics.ordinal, analytics.partial_delta, analytics.partial_page, analytics.feed";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn any_order_and_any_repetition_of_writers_and_erasures_come_to_the_same() {
    on_each_server(async |stage| {
        let mut random = Random::new(5);
        let mut known: Option<Vec<Vec<Option<String>>>> = None;
        for _ in 0..4 {
            sql(&stage.url, FORGET).await;
            // Processes of their own: none knows what another has learnt.
            let mut writers = Vec::new();
            for _ in 0..3 {
                let db = Database::connect(&config(&stage.url)).await.unwrap();
                let mut runs: Vec<Execution> = executions().iter().flat_map(events).collect();
                let mut said = facts();
                said.extend([erase(WORKSPACE, 90), erase(OTHER, 91)]);
                runs.shuffle(&mut random.0);
                said.shuffle(&mut random.0);
                writers.push(tokio::spawn(async move {
                    for (index, fact) in said.iter().enumerate() {
                        if let Some(run) = runs.get(index) {
                            let stored = put(&db, std::slice::from_ref(run)).await;
                            assert_eq!(stored.stored[0].conflicts, [], "{run:?}");
                        }
                        let stored = put_facts(&db, std::slice::from_ref(fact)).await;
                        assert!(
                            !matches!(stored.stored[0].answer, FactAnswer::Conflict(_)),
                            "{fact:?}"
                        );
                    }
                    for run in runs.iter().skip(said.len()) {
                        put(&db, std::slice::from_ref(run)).await;
                    }
                }));
            }
            for writer in writers {
                writer.await.unwrap();
            }
            finish_all(&stage.db).await;
            compact_all(&stage.db, 10).await;
            let fresh = Database::connect(&config(&stage.url)).await.unwrap();
            pages_are_their_facts(&fresh).await;
            assert_eq!(found(&stage.url, ADA).await, Vec::<String>::new());
            let rows = sql(&stage.url, ROWS).await;
            match &known {
                None => known = Some(rows),
                Some(known) => assert_eq!(known, &rows),
            }
        }
    })
    .await;
}
