//! Pages are compared with their facts, and what differs is put right.

use shadow_domain::cell::Dimension;
use shadow_domain::time::{QuarterHour, UtcDay};
use shadow_storage::Database;
use shadow_storage::compaction::{
    Audited, PageKey, audit, audits, compact, pick, rebuild, trim_audits,
};

use crate::compaction::{bytes, compact_all, days, read};
use crate::facts::{fact, put_facts};
use crate::support::*;

const NOTED: &str = "SELECT day::text, pages::text, repaired::text, (changed_at IS NOT NULL)::text
    FROM analytics.page_audit WHERE pages > 0 ORDER BY day, audited_at";

/// The bytes of another page, which can be read.
const OTHER_BYTES: &str = "UPDATE analytics.partial_page AS page SET whole_day = other.whole_day
    FROM analytics.partial_page AS other
    WHERE page.dimension = 1 AND other.dimension = 4 AND other.workspace_id = page.workspace_id";

/// A page that no fact amounts to.
const SURPLUS: &str = "INSERT INTO analytics.partial_page
    SELECT workspace_id, dimension, day, 'nobody', opened, ended, completed, failed, timed_out, credits_micro,
           whole_day, quarters
    FROM analytics.partial_page WHERE dimension = 1";

fn noted(row: [&str; 4]) -> Vec<Option<String>> {
    row.map(|value| Some(value.to_owned())).to_vec()
}

fn the_day() -> UtcDay {
    UtcDay::of(at("2026-11-20T00:00:00Z"))
}

fn page(dimension: Dimension, key: &str) -> PageKey {
    PageKey {
        day: the_day(),
        dimension,
        key: key.to_owned(),
    }
}

async fn repaired(db: &Database) -> Vec<PageKey> {
    let audited = audit(db, WORKSPACE, (the_day(), the_day())).await.unwrap();
    let Audited::Done {
        pages,
        mut repaired,
    } = audited
    else {
        panic!("nobody else is at it");
    };
    assert_eq!(pages, 11);
    repaired.sort();
    repaired
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_a_page_is_put_right() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        put(db, &[whole(WORKSPACE, 1), whole(WORKSPACE, 2)]).await;
        put_facts(db, &[fact(WORKSPACE, 1)]).await;
        compact_all(db, 100).await;
        let right = read(db, WORKSPACE).await;
        assert_eq!(repaired(db).await, []);

        let total = page(Dimension::Total, "");
        let agent = page(Dimension::Agent, "billing");
        let model = page(Dimension::Model, "large");
        let nobody = page(Dimension::Agent, "nobody");
        for (damage, wrong) in [
            (
                "UPDATE analytics.partial_page SET quarters = '\\xff' WHERE dimension = 0",
                &total,
            ),
            (OTHER_BYTES, &agent),
            (
                "UPDATE analytics.partial_page SET opened = opened + 1 WHERE dimension = 1",
                &agent,
            ),
            (
                "DELETE FROM analytics.partial_page WHERE dimension = 4",
                &model,
            ),
            (SURPLUS, &nobody),
            (
                "UPDATE analytics.partial_page SET booked_micro = booked_micro - 1 WHERE dimension = 0",
                &total,
            ),
        ] {
            sql(url, damage).await;
            assert_eq!(repaired(db).await, std::slice::from_ref(wrong), "{damage}");
            assert_eq!(read(db, WORKSPACE).await, right);
            assert_eq!(repaired(db).await, [], "{damage}");
        }
        let found = sql(url, NOTED).await;
        let differed = found
            .iter()
            .filter(|row| row[2].as_deref() == Some("1"))
            .count();
        assert_eq!((found.len(), differed), (13, 6));
        // What was found before a repair no longer holds; the repair itself and what came after it does.
        let held = "SELECT count(*) FROM analytics.page_audit WHERE changed_at IS NULL";
        assert_eq!(value(url, held).await, "2");
        // They are there for whoever looks, the latest first, within a scope.
        let since = at("2026-01-01T00:00:00Z");
        let listed = audits(db, &everything().within([WORKSPACE]), since, 3)
            .await
            .unwrap();
        assert_eq!(
            listed
                .iter()
                .map(|audit| audit.repaired)
                .collect::<Vec<_>>(),
            [0, 1, 0]
        );
        assert!(
            listed
                .iter()
                .all(|audit| audit.day == the_day() && audit.pages == 11)
        );
        assert_eq!(
            audits(db, &everything().within([OTHER]), since, 3)
                .await
                .unwrap(),
            []
        );
    })
    .await;
}

/// The quarter-hours of a page that has one, as the first version wrote them.
fn as_before(quarter: QuarterHour) -> String {
    let mut bytes = vec![1, 1];
    let mut number = quarter.0.unsigned_abs() << 1;
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    let bytes: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "UPDATE analytics.partial_page SET quarters = '\\x{bytes}'::bytea || whole_day WHERE dimension = 1"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_version_before_wrote_is_written_anew_and_was_not_wrong() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        let execution = whole(WORKSPACE, 1);
        let quarter = QuarterHour::of(execution.identity.opened_at);
        put(db, &[execution]).await;
        put_facts(db, &[fact(WORKSPACE, 1)]).await;
        compact_all(db, 100).await;
        let right = read(db, WORKSPACE).await;
        let stored = "SELECT md5(quarters) FROM analytics.partial_page WHERE dimension = 1";
        let written = value(url, stored).await;
        sql(url, &as_before(quarter)).await;
        assert_ne!(value(url, stored).await, written);
        assert_eq!(read(db, WORKSPACE).await, right, "it can be read");
        assert_eq!(repaired(db).await, []);
        assert_eq!(value(url, stored).await, written);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_holds_until_compaction_changes_the_day() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        put(db, &[whole(WORKSPACE, 1)]).await;
        // What waits is compacted first, and is no difference.
        assert_eq!(repaired(db).await, []);
        let nothing = value(url, "SELECT count(*) FROM analytics.partial_delta").await;
        assert_eq!(nothing, "0");
        let mut elsewhere = whole(WORKSPACE, 2);
        elsewhere.identity.opened_at += chrono::TimeDelta::days(-3);
        elsewhere.started_at = None;
        elsewhere.end = None;
        put(db, &[elsewhere]).await;
        compact_all(db, 100).await;
        assert_eq!(
            sql(url, NOTED).await,
            [noted(["2026-11-20", "11", "0", "false"])]
        );
        put_facts(db, &[fact(WORKSPACE, 1)]).await;
        compact_all(db, 100).await;
        assert_eq!(
            sql(url, NOTED).await,
            [noted(["2026-11-20", "11", "0", "true"])]
        );
        assert_eq!(repaired(db).await, []);
        assert_eq!(
            sql(url, NOTED).await,
            [
                noted(["2026-11-20", "11", "0", "true"]),
                noted(["2026-11-20", "11", "0", "false"])
            ]
        );
        // A day without facts is audited, too: it must have no pages.
        let day = UtcDay::of(at("2026-11-10T00:00:00Z"));
        let empty = audit(db, WORKSPACE, (day, day)).await.unwrap();
        assert_eq!(
            empty,
            Audited::Done {
                pages: 0,
                repaired: Vec::new()
            }
        );
        assert_eq!(trim_audits(db, chrono::Utc::now()).await.unwrap(), 3);
        assert_eq!(
            value(url, "SELECT count(*) FROM analytics.page_audit").await,
            "0"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_chosen_among_those_that_are_over_and_have_pages() {
    on_each_server(async |stage| {
        let db = &stage.db;
        put(db, &[whole(WORKSPACE, 1)]).await;
        put_facts(db, &[fact(OTHER, 1)]).await;
        let next = UtcDay(the_day().0 + 1);
        assert_eq!(
            pick(db, next, 10).await.unwrap(),
            [],
            "nothing has pages yet"
        );
        compact_all(db, 100).await;
        assert_eq!(pick(db, the_day(), 10).await.unwrap(), []);
        let mut both = pick(db, next, 10).await.unwrap();
        both.sort();
        assert_eq!(both, [(WORKSPACE, the_day()), (OTHER, the_day())]);
        assert_eq!(pick(db, next, 1).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_wrong_while_facts_come_in_and_are_compacted() {
    on_each_server(async |stage| {
        let mut random = Random::new(11);
        let executions: Vec<_> = (1..=600)
            .map(|id| random.execution(id, &[WORKSPACE]))
            .collect();
        let batches = random.batches(&executions, 20);
        let writer = tokio::spawn({
            let db = stage.db.clone();
            async move {
                for batch in batches {
                    put(&db, &batch).await;
                }
            }
        });
        let compactor = tokio::spawn({
            let db = stage.db.clone();
            async move {
                for _ in 0..60 {
                    compact(&db, WORKSPACE, 2).await.unwrap();
                }
            }
        });
        // 2026-10-31 to 2026-11-03.
        let touched = (UtcDay(20_757), UtcDay(20_760));
        let mut audits = 0;
        loop {
            let last = writer.is_finished() && compactor.is_finished();
            match audit(&stage.db, WORKSPACE, touched).await.unwrap() {
                Audited::Busy => {}
                Audited::Done { repaired, .. } => {
                    assert_eq!(repaired, []);
                    audits += 1;
                    if last {
                        break;
                    }
                }
            }
        }
        writer.await.unwrap();
        compactor.await.unwrap();
        assert!(audits > 1, "{audits}");
        assert_eq!(
            read(&stage.db, WORKSPACE).await,
            bytes(rebuild(&stage.db, WORKSPACE, days()).await.unwrap())
        );
    })
    .await;
}
