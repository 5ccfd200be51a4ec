//! Erasing people: nothing names the person, nothing is counted otherwise, and what comes late does not bring anybody back.

use std::time::Duration;

use chrono::TimeDelta;
use shadow_domain::execution::{Execution, Seen};
use shadow_domain::fact::{
    Activity, ActivityType, Content, Erasure, Fact, MemberRole, Membership, Step, User,
};
use shadow_storage::compaction::rebuild;
use shadow_storage::ingest::FactAnswer;
use shadow_storage::{Database, erasure};
use uuid::Uuid;

use crate::compaction::{bytes, compact_all, days, read};
use crate::facts::put_facts;
use crate::steps::step;
use crate::support::*;

/// How many rows one step of the sweep looks at.
const ROWS_AT_ONCE: i64 = 3;

/// Nothing else in any table is like it.
pub(crate) const ADA: &str = "ada.lovelace@example.com";

fn said(workspace_id: Uuid, id: u128, content: Content) -> Fact {
    Fact {
        workspace_id,
        occurred_at: at("2026-11-20T10:00:00.000001Z") + TimeDelta::minutes(id as i64),
        event_id: Uuid::from_u128(id),
        content,
    }
}

pub(crate) fn erase(workspace: Uuid, id: u128) -> Fact {
    said(
        workspace,
        id,
        Content::Erasure(Erasure {
            user_id: ADA.to_owned(),
            requested_by: "olga".to_owned(),
        }),
    )
}

/// An execution that a person asked for, and that another one rated, or that one.
fn run(workspace: Uuid, id: u128, user: &str, rater: &str) -> Execution {
    let mut execution = whole(workspace, id);
    execution.identity.user_id = Some(user.to_owned());
    if let Some(feedback) = &mut execution.feedback {
        feedback.given_by = Some(rater.to_owned());
    }
    execution
}

pub(crate) fn executions() -> Vec<Execution> {
    vec![
        run(WORKSPACE, 1, ADA, "bob"),
        run(WORKSPACE, 2, "bob", ADA),
        run(WORKSPACE, 3, ADA, ADA),
        run(WORKSPACE, 4, "bob", "bob"),
        run(OTHER, 5, ADA, "bob"),
    ]
}

fn activity(workspace: Uuid, id: u128, user: &str) -> Fact {
    let activity = Activity {
        user_id: user.to_owned(),
        activity_type: ActivityType::PageView,
        session_id: Some("visit".to_owned()),
        name: None,
        path: None,
        device: None,
    };
    said(workspace, id, Content::Activity(activity))
}

pub(crate) fn facts() -> Vec<Fact> {
    let member = |workspace, id, user: &str, role| {
        let user_id = user.to_owned();
        said(
            workspace,
            id,
            Content::Membership(Membership { user_id, role }),
        )
    };
    let called = |workspace, id, user: &str, name: &str| {
        let user = User {
            user_id: user.to_owned(),
            name: Some(name.to_owned()),
            email: Some(format!("{name}@mail")),
            deleted: false,
        };
        said(workspace, id, Content::User(user))
    };
    vec![
        activity(WORKSPACE, 11, ADA),
        activity(WORKSPACE, 12, "bob"),
        activity(OTHER, 13, ADA),
        member(WORKSPACE, 14, ADA, Some(MemberRole::Owner)),
        member(OTHER, 15, ADA, Some(MemberRole::Viewer)),
        member(WORKSPACE, 16, "bob", Some(MemberRole::Viewer)),
        called(WORKSPACE, 17, ADA, "Countess"),
        called(OTHER, 18, ADA, "Countess"),
        called(OTHER, 19, "bob", "Robert"),
    ]
}

/// A step of the first execution, which names its person.
fn first_step() -> Fact {
    let Fact { content, .. } = step(&executions()[0].identity, 1);
    let Content::Step(step) = content else {
        panic!("no step")
    };
    let opened_at = step.identity.opened_at;
    Fact {
        workspace_id: WORKSPACE,
        occurred_at: opened_at + TimeDelta::seconds(1),
        event_id: Uuid::from_u128(20),
        content: Content::Step(Box::new(Step {
            ended_at: opened_at + TimeDelta::seconds(1),
            started_at: None,
            ..*step
        })),
    }
}

/// What the job does, until nothing is left.
pub(crate) async fn finish_all(db: &Database) {
    for _ in 0..600 {
        let pending = erasure::pending(db, None, 10).await.unwrap();
        if pending.is_empty() {
            return;
        }
        for mut one in pending {
            if !erasure::begin(db, &one).await.unwrap() {
                continue;
            }
            while erasure::sweep(db, &mut one, ROWS_AT_ONCE).await.unwrap() {}
            erasure::finish(db, &one).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("transactions of before did not end");
}

/// Where a text is found, in any column of any table.
pub(crate) async fn found(url: &str, text: &str) -> Vec<String> {
    let tables = "SELECT c.relname FROM pg_class AS c
        WHERE c.relnamespace = 'analytics'::regnamespace AND c.relkind = 'r' ORDER BY 1";
    let mut found = Vec::new();
    for row in sql(url, tables).await {
        let table = row[0].clone().unwrap();
        let rows = format!(
            "SELECT t::text FROM analytics.{table} AS t WHERE strpos(t::text, '{text}') > 0"
        );
        let rows = sql(url, &rows).await;
        found.extend(rows.into_iter().map(|row| format!("{table} {:?}", row[0])));
    }
    found
}

pub(crate) async fn pages_are_their_facts(db: &Database) -> Vec<crate::compaction::Bytes> {
    let mut pages = Vec::new();
    for workspace in [WORKSPACE, OTHER] {
        let stored = read(db, workspace).await;
        let rebuilt = bytes(rebuild(db, workspace, days()).await.unwrap());
        assert!(stored == rebuilt, "pages are not their facts");
        pages.push(stored);
    }
    pages
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_names_who_was_erased_and_no_page_changes() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        put(db, &executions()).await;
        put_facts(db, &facts()).await;
        put_facts(db, &[first_step()]).await;
        compact_all(db, 10).await;
        let before = pages_are_their_facts(db).await;
        assert!(!found(url, ADA).await.is_empty());
        assert!(!found(url, "Countess").await.is_empty());

        let stored = put_facts(db, &[erase(WORKSPACE, 90)]).await;
        assert_eq!(stored.stored[0].answer, FactAnswer::New);
        // At once: no name, no address, no role.
        let directory = "SELECT user_id, COALESCE(name, '') FROM analytics.app_user WHERE name IS NOT NULL
            UNION ALL SELECT user_id, role FROM analytics.membership
            UNION ALL SELECT user_id, name FROM analytics.workspace_user ORDER BY 1, 2";
        let rows = sql(url, directory).await;
        assert!(rows.iter().all(|row| row[0].as_deref() == Some("bob")), "{rows:?}");
        // Pages are right also while the rows still go by the id.
        assert!(pages_are_their_facts(db).await == before);

        finish_all(db).await;
        assert_eq!(found(url, ADA).await, Vec::<String>::new());
        assert_eq!(found(url, "Countess").await, Vec::<String>::new());
        assert!(pages_are_their_facts(db).await == before, "a page has changed");
        let aliased = "SELECT count(*), count(DISTINCT user_id) FROM analytics.execution WHERE user_id LIKE 'erased-%'";
        assert_eq!(sql(url, aliased).await[0], [Some("3".to_owned()), Some("1".to_owned())]);
        // What others said and rated stays; a comment of the person's own does not.
        let rated = "SELECT count(feedback_comment), count(*) FILTER (WHERE feedback_user_id LIKE 'erased-%') FROM analytics.execution";
        assert_eq!(sql(url, rated).await[0], [Some("3".to_owned()), Some("2".to_owned())]);

        let record = erasure::list(db, &everything(), None, 10).await.unwrap();
        assert_eq!((record.len(), record[0].requested_by.as_str()), (1, "olga"));
        assert_eq!((record[0].executions, record[0].activities), (4, 2));
        assert!(record[0].finished_at.is_some());
        let elsewhere = everything().within([OTHER]);
        assert_eq!(erasure::list(db, &elsewhere, None, 10).await.unwrap(), []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_comes_late_is_the_same_or_a_repeat_and_brings_nobody_back() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        // Another process, which has stored for the person and knows of no erasure.
        let other = Database::connect(&config(url)).await.unwrap();
        let opened = executions()[0].masked(Seen::OPENED);
        put(&other, &[opened]).await;
        put(&other, &executions()[1..2]).await;
        put_facts(&other, &facts()).await;
        put_facts(db, &[erase(WORKSPACE, 90)]).await;
        // Before the rows are swept, and after: the rest of an execution, a new one, and everything again.
        for round in 0..2 {
            let stored = put(&other, &executions()).await;
            assert!(stored.failed.is_empty());
            assert!(
                stored.stored.iter().all(|one| one.conflicts.is_empty()),
                "{stored:?}"
            );
            let new = stored
                .stored
                .iter()
                .filter(|one| !one.new.is_empty())
                .count();
            assert_eq!(new, if round == 0 { 4 } else { 0 });
            let mut again = facts();
            again.push(first_step());
            let stored = put_facts(&other, &again).await;
            let answers: Vec<FactAnswer> = stored.stored.iter().map(|one| one.answer).collect();
            let conflicts = answers
                .iter()
                .filter(|one| matches!(one, FactAnswer::Conflict(_)));
            assert_eq!(conflicts.count(), 0, "{answers:?}");
            let new = answers
                .iter()
                .filter(|one| **one == FactAnswer::New)
                .count();
            assert_eq!(new, usize::from(round == 0));
            pages_are_their_facts(db).await;
            finish_all(db).await;
            assert_eq!(found(url, ADA).await, Vec::<String>::new());
        }
        let members = "SELECT string_agg(user_id, ',') FROM analytics.membership";
        assert_eq!(value(url, members).await, "bob");
        // Once more, by another event; and the same event for somebody else.
        let stored = put_facts(db, &[erase(OTHER, 91), erase(WORKSPACE, 90)]).await;
        let answers: Vec<FactAnswer> = stored.stored.iter().map(|one| one.answer).collect();
        assert_eq!(answers, [FactAnswer::New, FactAnswer::Repeated]);
        let mut wrong = erase(WORKSPACE, 90);
        wrong.content = Content::Erasure(Erasure {
            user_id: "bob".to_owned(),
            requested_by: "olga".to_owned(),
        });
        let stored = put_facts(db, &[wrong]).await;
        assert_eq!(stored.stored[0].answer, FactAnswer::Conflict("user_id"));
        finish_all(db).await;
        assert_eq!(found(url, ADA).await, Vec::<String>::new());
        assert_eq!(
            value(url, "SELECT count(*) FROM analytics.erased_user").await,
            "1"
        );
        assert_eq!(
            found(url, "Robert").await.len(),
            2,
            "nobody else was erased"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_begin_afterwards_bring_no_id_back() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        put(db, &executions()).await;
        put_facts(db, &[erase(WORKSPACE, 90)]).await;
        finish_all(db).await;
        // Neither knows the person's number or of the erasure.
        let first = Database::connect(&config(url)).await.unwrap();
        put(&first, &[run(WORKSPACE, 40, ADA, ADA)]).await;
        let second = Database::connect(&config(url)).await.unwrap();
        put_facts(&second, &[activity(WORKSPACE, 41, ADA)]).await;
        assert_eq!(found(url, ADA).await, Vec::<String>::new());
        pages_are_their_facts(db).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_comment_of_an_unknown_rater_goes_with_the_person() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        let unsigned = |id| {
            let mut execution = run(WORKSPACE, id, ADA, ADA);
            let feedback = execution.feedback.as_mut().unwrap();
            feedback.given_by = None;
            feedback.comment = Some("in her own words".to_owned());
            execution
        };
        put(db, &[unsigned(1)]).await;
        put_facts(db, &[erase(WORKSPACE, 90)]).await;
        put(db, &[unsigned(2)]).await;
        finish_all(db).await;
        assert_eq!(found(url, "her own words").await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_job_that_ends_in_the_middle_goes_on_where_it_was() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        put(db, &executions()).await;
        put_facts(db, &facts()).await;
        // The executions of the workspace are at one time; the activities are not.
        let other = [activity(WORKSPACE, 21, ADA), activity(WORKSPACE, 22, ADA)];
        put_facts(db, &other).await;
        put_facts(db, &[erase(WORKSPACE, 90)]).await;
        // Row by row, and after each step nobody hears of it again.
        let mut steps = Vec::new();
        while let Some(mut one) = erasure::pending(db, None, 1).await.unwrap().pop() {
            if !erasure::begin(db, &one).await.unwrap() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            } else if erasure::sweep(db, &mut one, 1).await.unwrap() {
                let record = erasure::list(db, &everything(), None, 10).await.unwrap();
                steps.push((record[0].executions, record[0].activities));
            } else {
                erasure::finish(db, &one).await.unwrap();
            }
        }
        assert_eq!(found(url, ADA).await, Vec::<String>::new());
        // What was done is counted with each step, and once.
        let counted = steps
            .windows(2)
            .all(|two| two[0].0 <= two[1].0 && two[0].1 <= two[1].1);
        assert!(counted && steps.len() > 5, "{steps:?}");
        assert_eq!(steps.last(), Some(&(4, 4)));
        let some = |steps: &(i64, i64)| steps.0 + steps.1 > 0 && *steps != (4, 4);
        assert!(steps.iter().any(some), "{steps:?}");
    })
    .await;
}
