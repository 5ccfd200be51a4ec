//! Steps of executions: each is stored once, under the identity of its execution, and counted where that was opened.

use chrono::TimeDelta;
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use shadow_domain::cell::Dimension;
use shadow_domain::execution::{Execution, Identity, Seen};
use shadow_domain::fact::{Content, Fact, Step, StepKind, StepStatus};
use shadow_storage::compaction::rebuild;
use shadow_storage::ingest::FactAnswer::{self, Conflict, New, Repeated};
use shadow_storage::ingest::FactBatch;
use uuid::Uuid;

use crate::compaction::{bytes, compact_all, days, read};
use crate::facts::put_facts;
use crate::support::*;

pub(crate) fn step(identity: &Identity, number: i32) -> Fact {
    let ended_at = identity.opened_at + TimeDelta::seconds(i64::from(number));
    Fact {
        workspace_id: identity.workspace_id,
        occurred_at: ended_at,
        event_id: Uuid::new_v4(),
        content: Content::Step(Box::new(Step {
            identity: identity.clone(),
            number,
            kind: StepKind::ModelCall,
            name: Some("large".to_owned()),
            started_at: Some(identity.opened_at),
            ended_at,
            status: StepStatus::Failed,
            input_tokens: Some(10),
            output_tokens: Some(2),
            error_kind: Some("rate_limited".to_owned()),
            error_message: Some("slow down".to_owned()),
        })),
    }
}

fn answers(batch: &FactBatch) -> Vec<FactAnswer> {
    assert!(batch.failed.is_empty());
    batch.stored.iter().map(|stored| stored.answer).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_is_stored_once_and_only_with_its_execution() {
    on_each_server(async |stage| {
        let execution = whole(WORKSPACE, 1).masked(Seen::OPENED);
        let known = step(&execution.identity, 1);
        let early = put_facts(&stage.db, std::slice::from_ref(&known)).await;
        assert_eq!(answers(&early), [Conflict("identity")]);

        put(&stage.db, std::slice::from_ref(&execution)).await;
        let both = [step(&execution.identity, 2), known.clone()];
        assert_eq!(answers(&put_facts(&stage.db, &both).await), [New, New]);
        let again = [known.clone(), step(&execution.identity, 2)];
        let again = put_facts(&stage.db, &again).await;
        assert_eq!(
            answers(&again),
            [Repeated, Repeated],
            "by another event too"
        );

        type Change = (fn(&mut Step), &'static str);
        let changes: [Change; 12] = [
            (|s| s.identity.agent_id.push('x'), "agent_id"),
            (|s| s.identity.agent_version = None, "agent_version"),
            (|s| s.identity.user_id = None, "user_id"),
            (|s| s.kind = StepKind::Other, "kind"),
            (|s| s.name = None, "name"),
            (|s| s.started_at = None, "started_at"),
            (|s| s.ended_at += TimeDelta::microseconds(1), "ended_at"),
            (|s| s.status = StepStatus::Completed, "status"),
            (|s| s.input_tokens = None, "input_tokens"),
            (|s| s.output_tokens = Some(3), "output_tokens"),
            (|s| s.error_kind = None, "error_kind"),
            (|s| s.error_message = None, "error_message"),
        ];
        for (change, field) in changes {
            let mut other = known.clone();
            let Content::Step(step) = &mut other.content else {
                panic!("no step");
            };
            change(step);
            let stored = put_facts(&stage.db, &[other]).await;
            assert_eq!(answers(&stored), [Conflict(field)]);
        }
        let left =
            "SELECT count(*), sum(number), count(DISTINCT name) FROM analytics.execution_step";
        let left: Vec<_> = sql(&stage.url, left)
            .await
            .remove(0)
            .into_iter()
            .flatten()
            .collect();
        assert_eq!(left, ["2", "3", "1"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn steps_in_any_order_equal_their_pages() {
    on_each_server(async |stage| {
        let workspaces = [WORKSPACE, OTHER];
        let mut random = Random::new(8);
        let executions: Vec<Execution> = (1..=200)
            .map(|id| random.execution(id, &workspaces))
            .collect();
        // The openings are there; all else comes while the steps do.
        let opened: Vec<Execution> = executions.iter().map(|e| e.masked(Seen::OPENED)).collect();
        put(&stage.db, &opened).await;
        let steps: Vec<Fact> = executions
            .iter()
            .flat_map(|e| (1..=random.0.random_range(1..6)).map(|number| step(&e.identity, number)))
            .collect();
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let mut random = Random::new(writer);
                let mut batches = random.batches(&executions, 80).into_iter();
                let mut all = steps.clone();
                all.extend(
                    steps
                        .choose_multiple(&mut random.0, steps.len() / 4)
                        .cloned(),
                );
                all.shuffle(&mut random.0);
                let db = stage.db.clone();
                tokio::spawn(async move {
                    let mut new = 0;
                    for chunk in all.chunks(70) {
                        let mut chunk = chunk.to_vec();
                        chunk.sort_by_key(Fact::name);
                        chunk.dedup_by_key(|fact| fact.name());
                        let answers = answers(&put_facts(&db, &chunk).await);
                        assert!(
                            answers
                                .iter()
                                .all(|answer| matches!(answer, New | Repeated))
                        );
                        new += answers.iter().filter(|answer| **answer == New).count();
                        if let Some(batch) = batches.next() {
                            put(&db, &batch).await;
                        }
                    }
                    for batch in batches {
                        put(&db, &batch).await;
                    }
                    new
                })
            })
            .collect();
        let mut new = 0;
        for writer in writers {
            new += writer.await.unwrap();
        }
        assert_eq!(new, steps.len(), "each is new exactly once");

        for compacted in [false, true] {
            if compacted {
                compact_all(&stage.db, 7).await;
            }
            for workspace in workspaces {
                let rebuilt = rebuild(&stage.db, workspace, days()).await.unwrap();
                let total: u64 = rebuilt
                    .iter()
                    .filter(|(key, _)| key.dimension == Dimension::Total)
                    .map(|(_, page)| page.day.steps)
                    .sum();
                let theirs = steps.iter().filter(|step| step.workspace_id == workspace);
                assert_eq!(total, theirs.count() as u64);
                assert_eq!(read(&stage.db, workspace).await, bytes(rebuilt));
            }
        }
    })
    .await;
}
