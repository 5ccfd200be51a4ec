//! Summaries of errors stay right whatever becomes of the facts: who was hit is erased, an error gets its group late, an
//! end comes late, months go, and a summary is damaged.

use chrono::TimeDelta;
use shadow_domain::execution::{Execution, Outcome, Seen, Trigger};
use shadow_storage::Database;
use shadow_storage::error_group::{Among, name};
use shadow_storage::summaries::{Made, check, delete, make};

use crate::compaction::compact_all;
use crate::erasure::{ADA, erase, finish_all, found};
use crate::error_days::{executions, of_facts, range, summed};
use crate::facts::put_facts;
use crate::summaries::{make_all, waiting};
use crate::support::*;

/// Executions with errors that programs asked for, on somebody's behalf, one a day.
fn of_programs(user: &str, days: i64) -> Vec<Execution> {
    let day = |day: i64| {
        let mut execution = whole(WORKSPACE, 1 + day as u128);
        execution.identity.opened_at += TimeDelta::days(day);
        execution.identity.trigger = Trigger::Schedule;
        execution.identity.user_id = Some(user.to_owned());
        (execution.started_at, execution.feedback) = (None, None);
        let end = execution.end.as_mut().unwrap();
        end.ended_at = execution.identity.opened_at + TimeDelta::seconds(1);
        end.outcome = Outcome::Failed;
        execution
    };
    (0..days).map(day).collect()
}

async fn users(db: &Database) -> [u64; 2] {
    let among = Among {
        range: range(("2026-11-20T00:00:00Z", "2026-11-30T00:00:00Z")),
        agents: vec![],
        kinds: vec![],
    };
    let mut snapshot = db.snapshot(&everything(), None).await.unwrap();
    let summed = summed(&mut snapshot, &among, 10).await;
    let facts = of_facts(&mut snapshot, &among, 10).await;
    assert_eq!(
        summed.counts.impact.occurrences,
        facts.counts.impact.occurrences
    );
    [summed, facts].map(|answer| answer.counts.impact.users)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_hit_by_what_programs_asked_for_is_counted_once_and_can_be_erased() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        put(db, &of_programs(ADA, 8)).await;
        compact_all(db, 10).await;
        let numbers = async |id: &str| {
            let ours =
                format!("SELECT count(*) FROM analytics.ordinal WHERE kind = 2 AND id LIKE '{id}'");
            value(url, &ours).await
        };
        assert_eq!(numbers("%").await, "0");
        let days = waiting(db).await;
        assert_eq!(days.len(), 8);
        for day in &days[..5] {
            assert!(matches!(
                make(db, *day).await.unwrap(),
                Made::Done { users: 0 }
            ));
        }
        assert_eq!(numbers(ADA).await, "1");
        assert_eq!(users(db).await, [1, 1]);
        put_facts(db, &[erase(WORKSPACE, 90)]).await;
        assert_eq!([numbers(ADA).await, numbers("erased-%").await], ["0", "1"]);
        // Facts still name the person, and each day that is summed up now has the number of the pseudonym.
        make_all(db).await;
        assert_eq!(users(db).await, [1, 1]);
        finish_all(db).await;
        assert_eq!(users(db).await, [1, 1]);
        assert_eq!(found(url, ADA).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_a_number_by_an_id_that_was_erased() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        put(db, &of_programs(ADA, 8)).await;
        compact_all(db, 10).await;
        // This process has not heard of it, and the facts still go by the id.
        put_facts(db, &[erase(WORKSPACE, 90)]).await;
        make_all(db).await;
        let numbers = "SELECT string_agg(left(id, 7), ',') FROM analytics.ordinal WHERE kind = 2";
        assert_eq!(value(url, numbers).await, "erased-");
        assert_eq!(users(db).await, [1, 1]);
        finish_all(db).await;
        assert_eq!(users(db).await, [1, 1]);
        assert_eq!(found(url, ADA).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_with_errors_without_a_group_waits_for_their_groups() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        put(db, &of_programs("bob", 8)).await;
        compact_all(db, 10).await;
        let before = "UPDATE analytics.execution SET error_fingerprint = NULL WHERE opened_at < '2026-11-22'";
        sql(url, before).await;
        let mut nameless = 0;
        for day in waiting(db).await {
            nameless += usize::from(make(db, day).await.unwrap() == Made::Nameless);
        }
        assert_eq!(nameless, 2);
        assert_eq!(waiting(db).await.len(), 2);
        assert_eq!(users(db).await, [1, 1]);
        assert_eq!(name(db, 10).await.unwrap(), 2);
        assert_eq!(users(db).await, [1, 1]);
        assert_eq!(make_all(db).await, 2);
        assert_eq!(users(db).await, [1, 1]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_comes_late_is_counted_at_once() {
    on_each_server(async |stage| {
        let db = &stage.db;
        let all = of_programs("bob", 8);
        let opened: Vec<_> = all
            .iter()
            .map(|one| one.clone().masked(Seen::OPENED))
            .collect();
        put(db, &opened).await;
        put(db, &all[2..]).await;
        compact_all(db, 10).await;
        make_all(db).await;
        assert_eq!(users(db).await, [1, 1]);
        // Of the first day, whose summary has no errors, at a time of the seventh.
        let mut late = all[0].clone();
        late.end.as_mut().unwrap().ended_at = all[6].identity.opened_at;
        put(db, &[late.masked(Seen::ENDED)]).await;
        assert_eq!(users(db).await, [1, 1]);
        compact_all(db, 10).await;
        assert_eq!(users(db).await, [1, 1]);
        assert!(make_all(db).await >= 1);
        assert_eq!(users(db).await, [1, 1]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn summaries_of_errors_go_with_their_facts() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        put(db, &of_programs("bob", 12)).await;
        compact_all(db, 10).await;
        make_all(db).await;
        // A version before knows nothing of them, and has left some.
        let before = "DELETE FROM analytics.user_day_made WHERE day < '2026-11-25';
            UPDATE analytics.user_day_made SET version = 0 WHERE day >= '2026-11-25'";
        sql(url, before).await;
        delete(db, at("2026-11-30T00:00:00Z")).await.unwrap();
        let left = "SELECT string_agg(day::text, ',' ORDER BY day) FROM analytics.";
        for table in ["error_day", "user_day_made"] {
            let left = value(url, &format!("{left}{table}")).await;
            assert_eq!(left, "2026-11-30,2026-12-01", "{table}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn summaries_that_are_wrong_are_found_and_put_right() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        let mut random = Random::new(43);
        put(db, &executions(&mut random, 300)).await;
        compact_all(db, 1_000).await;
        make_all(db).await;
        let checked = async || check(db, WORKSPACE, 100).await.unwrap();
        let tally = checked().await;
        assert!(tally.compared > 20);
        assert_eq!(tally.broken, 0, "{tally:?}");
        let kept = async |table: &str| {
            let rows = format!("SELECT md5(string_agg(one::text, '|' ORDER BY one::text)) FROM analytics.{table} AS one");
            value(url, &rows).await
        };
        let both = async || {
            [kept("user_day").await, kept("error_day").await]
        };
        let right = both().await;
        for wrong in [
            "UPDATE analytics.user_day SET runs = runs + 1 WHERE day = '2026-11-02'",
            "DELETE FROM analytics.user_day WHERE day = '2026-11-02'",
            "DELETE FROM analytics.error_day WHERE day = '2026-11-02'",
            "UPDATE analytics.error_day SET errors = errors || '\\x00' WHERE day = '2026-11-02'",
        ] {
            sql(url, &format!("{wrong} AND workspace_id = '{WORKSPACE}'")).await;
            assert_ne!(both().await, right, "{wrong}");
            let tally = checked().await;
            assert!(tally.broken > 0 && tally.example.is_some(), "{wrong}");
            assert_eq!(both().await, right, "{wrong}");
            assert_eq!(checked().await.broken, 0);
        }
        // What nobody reads is not looked at.
        let unread =
            "UPDATE analytics.user_day_made SET version = 0; DELETE FROM analytics.error_day";
        sql(url, unread).await;
        assert_eq!(checked().await.compared, 0);
        make_all(db).await;
        assert_eq!(both().await, right);
    })
    .await;
}
