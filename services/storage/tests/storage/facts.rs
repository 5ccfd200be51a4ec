//! Facts beside executions: each is stored once, whatever the order and however often it comes.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use shadow_domain::cell::Dimension;
use shadow_domain::execution::{Currency, Money};
use shadow_domain::fact::{Activity, ActivityType, Content, CreditEntry, CreditKind, Fact};
use shadow_domain::time::UtcDay;
use shadow_storage::compaction::{PageKey, rebuild};
use shadow_storage::ingest::{FactAnswer, FactBatch, store_facts};
use shadow_storage::{Database, Error};
use uuid::Uuid;

use crate::compaction::{bytes, compact_all, days, read};
use crate::support::*;

pub(crate) fn fact(workspace_id: Uuid, id: u128) -> Fact {
    Fact {
        workspace_id,
        occurred_at: at("2026-11-20T10:00:00.000001Z"),
        event_id: Uuid::from_u128(id),
        content: Content::Activity(Activity {
            user_id: "ada".to_owned(),
            activity_type: ActivityType::PageView,
            session_id: Some("visit".to_owned()),
            name: Some("agents".to_owned()),
            path: Some("/agents".to_owned()),
            device: Some("desktop".to_owned()),
        }),
    }
}

pub(crate) fn credits(workspace_id: Uuid, id: u128) -> Fact {
    Fact {
        content: Content::Credit(CreditEntry {
            kind: CreditKind::Purchase,
            amount_micro: 5_000_000,
            price: Some(Money {
                currency: Currency::USD,
                micros: 49_000_000,
            }),
            note: Some("thank you".to_owned()),
        }),
        ..fact(workspace_id, id)
    }
}

/// The activity of a fact that has one.
fn activity(fact: &mut Fact) -> &mut Activity {
    match &mut fact.content {
        Content::Activity(activity) => activity,
        other => panic!("no activity: {other:?}"),
    }
}

/// The entry of a fact that has one.
fn entry(fact: &mut Fact) -> &mut CreditEntry {
    match &mut fact.content {
        Content::Credit(entry) => entry,
        other => panic!("no credits: {other:?}"),
    }
}

pub(crate) async fn put_facts(db: &Database, facts: &[Fact]) -> FactBatch {
    store_facts(db, &everything(), facts).await.unwrap()
}

pub(crate) fn answers(batch: &FactBatch) -> Vec<FactAnswer> {
    assert!(batch.failed.is_empty());
    let indexes = batch.stored.iter().map(|stored| stored.fact);
    assert!(indexes.eq(0..batch.stored.len()));
    batch.stored.iter().map(|stored| stored.answer).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_again_is_a_repeat_and_other_content_a_conflict() {
    use FactAnswer::{Conflict, New, Repeated};
    on_each_server(async |stage| {
        let known = fact(WORKSPACE, 1);
        let first = [known.clone(), fact(OTHER, 1), fact(WORKSPACE, 2)];
        let stored = put_facts(&stage.db, &first).await;
        assert_eq!(answers(&stored), [New, New, New]);

        let other = |change: fn(&mut Activity)| {
            let mut fact = known.clone();
            change(activity(&mut fact));
            fact
        };
        let differing: [(Fact, &str); 6] = [
            (other(|a| a.user_id.push('x')), "user_id"),
            (other(|a| a.activity_type = ActivityType::Export), "type"),
            (other(|a| a.session_id = None), "session_id"),
            (other(|a| a.name = None), "name"),
            (other(|a| a.path = None), "path"),
            (other(|a| a.device = None), "device"),
        ];
        for (fact, field) in differing {
            let stored = put_facts(&stage.db, &[fact, first[2].clone()]).await;
            assert_eq!(answers(&stored), [Conflict(field), Repeated]);
        }
        let known_entry = credits(WORKSPACE, 1);
        let stored = put_facts(&stage.db, &[known_entry.clone(), known.clone()]).await;
        assert_eq!(
            answers(&stored),
            [New, Repeated],
            "another kind is another name"
        );
        let other = |change: fn(&mut CreditEntry)| {
            let mut fact = known_entry.clone();
            change(entry(&mut fact));
            fact
        };
        let differing: [(Fact, &str); 4] = [
            (other(|e| e.kind = CreditKind::Grant), "kind"),
            (other(|e| e.amount_micro += 1), "amount_micro"),
            (other(|e| e.price = None), "price"),
            (other(|e| e.note = None), "note"),
        ];
        for (fact, field) in differing {
            let stored = put_facts(&stage.db, &[fact]).await;
            assert_eq!(answers(&stored), [Conflict(field)]);
        }
        let stored = put_facts(&stage.db, &[known_entry]).await;
        assert_eq!(answers(&stored), [Repeated], "nothing was overwritten");
        // The name is the workspace, the time and the id together.
        let mut later = known.clone();
        later.occurred_at += TimeDelta::microseconds(1);
        let stored = put_facts(&stage.db, &[known.clone(), later]).await;
        assert_eq!(answers(&stored), [Repeated, New]);
        let deltas = "SELECT count(*) FROM analytics.partial_delta";
        assert_eq!(
            value(&stage.url, deltas).await,
            "3",
            "a repeat appends nothing"
        );
        let places =
            "SELECT count(*) FROM analytics.workspace JOIN analytics.app_user ON user_id = 'ada'";
        assert_eq!(value(&stage.url, places).await, "2");

        let twice = store_facts(&stage.db, &everything(), &[known.clone(), known.clone()]).await;
        assert!(matches!(twice, Err(Error::Duplicate(_))));
        let scope = everything().within([OTHER]);
        let foreign = store_facts(&stage.db, &scope, &[fact(WORKSPACE, 9)]).await;
        assert!(matches!(foreign, Err(Error::OutOfScope(WORKSPACE))));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_whose_facts_the_database_refuses_stops_no_other() {
    on_each_server(async |stage| {
        let mut refused = fact(OTHER, 2);
        activity(&mut refused).path = Some("NUL \0 is no text".to_owned());
        let third = Uuid::from_u128(0xC);
        let batch = [fact(WORKSPACE, 1), refused, fact(third, 3), fact(OTHER, 4)];
        let stored = put_facts(&stage.db, &batch).await;
        let indexes: Vec<usize> = stored.stored.iter().map(|stored| stored.fact).collect();
        assert_eq!(indexes, [0, 2]);
        assert_eq!(stored.failed.len(), 1);
        assert_eq!(stored.failed[0].workspaces, [OTHER]);
        let workspaces = "SELECT count(DISTINCT workspace_id) FROM analytics.activity";
        assert_eq!(value(&stage.url, workspaces).await, "2");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn any_order_and_any_repetition_give_the_same_rows_and_pages() {
    on_each_server(async |stage| {
        let mut random = Random::new(11);
        let rng = &mut random.0;
        let facts: Vec<Fact> = (1..=600)
            .map(|id| {
                let workspace = *[WORKSPACE, OTHER].choose(rng).unwrap();
                let occurred_at = at("2026-10-31T22:00:00Z")
                    + TimeDelta::microseconds(rng.random_range(0..14_400_000_000));
                if id % 3 == 0 {
                    let mut fact = credits(workspace, id);
                    fact.occurred_at = occurred_at;
                    entry(&mut fact).amount_micro = rng.random_range(1..5_000_000);
                    return fact;
                }
                let mut fact = fact(workspace, id);
                fact.occurred_at = occurred_at;
                let activity = activity(&mut fact);
                activity.user_id = format!("user-{}", rng.random_range(0..40));
                activity.activity_type = *ActivityType::ALL.choose(rng).unwrap();
                fact
            })
            .collect();
        // Each fact on three connections at once, in an order and in batches of their own.
        let writers: Vec<_> = [7, 50, 200]
            .into_iter()
            .map(|size| {
                let (mut facts, db) = (facts.clone(), stage.db.clone());
                facts.shuffle(rng);
                tokio::spawn(async move {
                    let mut new = 0;
                    for batch in facts.chunks(size) {
                        let stored = put_facts(&db, batch).await;
                        new += answers(&stored)
                            .iter()
                            .filter(|answer| **answer == FactAnswer::New)
                            .count();
                    }
                    new
                })
            })
            .collect();
        let mut new = 0;
        for writer in writers {
            new += writer.await.unwrap();
        }
        assert_eq!(new, facts.len(), "each was new once");
        let count = "SELECT (SELECT count(*) FROM analytics.activity) || ' ' || count(*) || ' ' || sum(amount_micro)
            FROM analytics.credit_ledger";
        let bought: i64 = facts.iter().map(amount_micro).sum();
        assert_eq!(value(&stage.url, count).await, format!("400 200 {bought}"));

        for compacted in [false, true] {
            if compacted {
                compact_all(&stage.db, 3).await;
            }
            for workspace in [WORKSPACE, OTHER] {
                let rebuilt = rebuild(&stage.db, workspace, days()).await.unwrap();
                assert_eq!(activities(&facts, workspace), counted(&rebuilt));
                assert_eq!(read(&stage.db, workspace).await, bytes(rebuilt));
            }
        }
    })
    .await;
}

fn amount_micro(fact: &Fact) -> i64 {
    match &fact.content {
        Content::Credit(entry) => entry.amount_micro,
        _ => 0,
    }
}

/// Activities and active users by day.
type Counts = BTreeMap<UtcDay, (u64, u64)>;

fn activities(facts: &[Fact], workspace: Uuid) -> Counts {
    let mut found = BTreeMap::<UtcDay, (u64, std::collections::BTreeSet<&str>)>::new();
    for fact in facts.iter().filter(|fact| fact.workspace_id == workspace) {
        let Content::Activity(activity) = &fact.content else {
            continue;
        };
        let (count, users) = found.entry(UtcDay::of(fact.occurred_at)).or_default();
        *count += 1;
        if activity.activity_type != ActivityType::TokenRefresh {
            users.insert(&activity.user_id);
        }
    }
    let counts = found.into_iter();
    counts
        .map(|(day, (count, users))| (day, (count, users.len() as u64)))
        .collect()
}

fn counted(pages: &BTreeMap<PageKey, shadow_domain::cell::Page>) -> Counts {
    pages
        .iter()
        .inspect(|(key, _)| assert_eq!(key.dimension, Dimension::Total))
        .map(|(key, page)| (key.day, (page.day.activities, page.day.active_users())))
        .collect()
}
