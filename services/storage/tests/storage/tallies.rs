//! The live counters against a recount of the facts and of the order in which they became visible.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use rand::Rng;
use rand::seq::IndexedMutRandom;
use shadow_domain::execution::Execution;
use shadow_domain::live::{Board, Counts, LONG_SECONDS, Reading, Window};
use shadow_storage::compaction::compact;
use shadow_storage::feed::{Tallies, begin_tallies, number, tallies_after, trim};
use shadow_storage::ingest::store;
use uuid::Uuid;

use crate::support::*;

const BEGIN: &str = "2026-11-20T10:00:00Z";

/// A reader of the counters, as each replica has one.
struct Reader {
    board: Board,
    position: i64,
}

impl Reader {
    async fn begin(stage: &Stage) -> Self {
        let beginning = begin_tallies(&stage.db).await.unwrap();
        let mut board = Board::new(beginning.open);
        for entry in &beginning.recent.entries {
            let second = entry.numbered_at.timestamp();
            board.add_to_windows(entry.workspace_id, second, &entry.tally);
        }
        Self {
            board,
            position: beginning.recent.position,
        }
    }

    fn from_the_first() -> Self {
        Self {
            board: Board::new([]),
            position: 0,
        }
    }

    async fn follow(&mut self, stage: &Stage) -> Tallies {
        let tallies = tallies_after(&stage.db, self.position)
            .await
            .unwrap()
            .unwrap();
        for entry in &tallies.entries {
            let second = entry.numbered_at.timestamp();
            self.board.add(entry.workspace_id, second, &entry.tally);
        }
        self.position = tallies.position;
        tallies
    }

    fn read(&mut self, only: Option<&BTreeSet<Uuid>>, end: i64) -> Reading {
        self.board.advance(end);
        self.board.read(only)
    }
}

/// What became visible within a window, from the facts and from what each change of them had that the one before had not.
async fn recount(stage: &Stage, only: &str, from: i64, end: i64) -> Window {
    let statement = format!(
        "WITH change AS (
           SELECT feed.workspace_id, one.execution_id, one.opened_at, feed.numbered_at, feed.committed_at,
             one.seen & ~COALESCE(lag(one.seen) OVER (
               PARTITION BY feed.workspace_id, one.opened_at, one.execution_id ORDER BY one.revision), 0) AS new
           FROM analytics.feed
           CROSS JOIN LATERAL unnest(opened_at, execution_id, revision, seen)
             AS one (opened_at, execution_id, revision, seen)
         ), fresh AS (
           SELECT e.*, change.new,
             change.new & 1 <> 0 AND committed_at - e.opened_at < interval '60 seconds' AS is_opened,
             change.new & 2 <> 0 AND committed_at - e.started_at < interval '60 seconds' AS is_started,
             change.new & 4 <> 0 AND committed_at - e.ended_at < interval '60 seconds' AS is_ended
           FROM change
           JOIN analytics.execution AS e USING (workspace_id, opened_at, execution_id)
           WHERE floor(extract(epoch FROM numbered_at)) >= {from} AND floor(extract(epoch FROM numbered_at)) < {end}
             AND workspace_id IN ({only})
         )
         SELECT count(*) FILTER (WHERE is_opened), count(*) FILTER (WHERE is_started), count(*) FILTER (WHERE is_ended),
           count(*) FILTER (WHERE is_ended AND outcome IN (2, 4)),
           COALESCE(sum(credits_micro) FILTER (WHERE is_ended), 0),
           count(DISTINCT user_id) FILTER (WHERE is_opened AND trigger = 1)
         FROM fresh"
    );
    let row: Vec<u64> = sql(&stage.url, &statement).await[0]
        .iter()
        .map(|cell| cell.as_ref().unwrap().parse().unwrap())
        .collect();
    Window {
        counts: Counts {
            opened: row[0],
            started: row[1],
            ended: row[2],
            failed: row[3],
            credits_micro: row[4],
        },
        active_users: row[5],
    }
}

/// Executions of two minutes, all events of which may come in a minute late or much later.
fn executions(random: &mut Random) -> Vec<Execution> {
    (1..=150)
        .map(|id| {
            let mut execution = random.execution(id, &[WORKSPACE, OTHER]);
            let mut later = |from| from + TimeDelta::milliseconds(random.0.random_range(0..60_000));
            execution.identity.opened_at = later(at(BEGIN) + TimeDelta::seconds(30));
            let opened_at = execution.identity.opened_at;
            execution.started_at = execution.started_at.map(|_| later(opened_at));
            let started_at = execution.started_at.unwrap_or(opened_at);
            if let Some(end) = &mut execution.end {
                end.ended_at = later(started_at);
            }
            execution
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_what_a_recount_finds_wherever_a_reader_begins() {
    on_each_server(async |stage| {
        for seed in 0..3 {
            sql(&stage.url, "TRUNCATE analytics.execution, analytics.feed, analytics.partial_delta, analytics.partial_page;
                             UPDATE analytics.feed_position SET position = 0, trimmed = 0").await;
            let mut random = Random::new(seed);
            let executions = executions(&mut random);
            let mut readers = vec![Reader::begin(&stage).await];
            for batch in random.batches(&executions, 8) {
                let now = at(BEGIN) + TimeDelta::milliseconds(random.0.random_range(0..240_000));
                store(&stage.db, &everything(), &batch, now).await.unwrap();
                // Between the steps there are entries without a position, and deltas that are not compacted.
                match random.0.random_range(0..6) {
                    0 => readers.push(Reader::begin(&stage).await),
                    1 => drop(readers.choose_mut(&mut random.0).unwrap().follow(&stage).await),
                    2 => drop(number(&stage.db).await.unwrap()),
                    3 => drop(compact(&stage.db, WORKSPACE, 3).await.unwrap()),
                    _ => {}
                }
            }
            while number(&stage.db).await.unwrap() > 0 {}
            // Whoever begins now is told of the last minute what whoever was there from the first has seen.
            let mut first = Reader::from_the_first();
            let last = first.follow(&stage).await.entries.last().unwrap().numbered_at;
            let mut begun = Reader::begin(&stage).await;
            for end in [last.timestamp() + 1, last.timestamp()] {
                assert_eq!(begun.read(None, end), first.read(None, end), "seed {seed}");
            }
            // As if it had taken minutes.
            let spread = format!(
                "UPDATE analytics.feed SET numbered_at = '{BEGIN}'::timestamptz + first_position * interval '0.9 seconds'");
            sql(&stage.url, &spread).await;
            let mut first = Reader::from_the_first();
            let last = first.follow(&stage).await.entries.last().unwrap().numbered_at.timestamp();
            let mut opened = 0;
            // A board only moves on.
            for end in [last - 200, last - 61, last - 20, last + 1] {
                for (only, list) in [
                    (None, format!("'{WORKSPACE}', '{OTHER}'")),
                    (Some(BTreeSet::from([OTHER])), format!("'{OTHER}'")),
                ] {
                    let read = first.read(only.as_ref(), end);
                    opened += read.last_minute.counts.opened;
                    assert_eq!(read.last_minute, recount(&stage, &list, end - LONG_SECONDS, end).await, "seed {seed}");
                    assert_eq!(read.last_second, recount(&stage, &list, end - 1, end).await, "seed {seed}");
                }
            }
            assert!(opened > 0);
            let open = "SELECT count(*) FROM analytics.execution WHERE ended_at IS NULL";
            let open: u64 = value(&stage.url, open).await.parse().unwrap();
            assert!(open > 0);
            for reader in &mut readers {
                reader.follow(&stage).await;
                assert_eq!(reader.read(None, i64::MAX).open, open, "seed {seed}");
            }
            assert_eq!(Reader::begin(&stage).await.read(None, i64::MAX).open, open);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_begins_again_where_it_cannot_go_on() {
    on_each_server(async |stage| {
        put(&stage.db, &[whole(WORKSPACE, 1)]).await;
        number(&stage.db).await.unwrap();
        let reader = Reader::begin(&stage).await;
        put(&stage.db, &[whole(WORKSPACE, 2)]).await;
        number(&stage.db).await.unwrap();
        let read = tallies_after(&stage.db, reader.position).await.unwrap();
        assert_eq!(read.unwrap().entries.len(), 1);
        // As an earlier version wrote it.
        sql(
            &stage.url,
            "UPDATE analytics.feed SET open_change = NULL, opened = NULL, started = NULL, ended = NULL, failed = NULL,
               credits_micro = NULL, users = NULL WHERE first_position = 2",
        )
        .await;
        assert_eq!(tallies_after(&stage.db, reader.position).await.unwrap(), None);
        assert_eq!(begin_tallies(&stage.db).await.unwrap().recent.position, 2);
        // What it read last is gone, and so is what came after.
        trim(&stage.db, chrono::Utc::now() + TimeDelta::hours(1)).await.unwrap();
        assert_eq!(tallies_after(&stage.db, reader.position).await.unwrap(), None);
        assert!(tallies_after(&stage.db, 2).await.unwrap().is_some());
    })
    .await;
}
