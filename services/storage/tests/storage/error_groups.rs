//! Groups of errors: named where executions are stored, found by their index, and only ever added to.

use chrono::TimeDelta;
use shadow_domain::error_group::{State, fingerprint};
use shadow_domain::execution::{Execution, Outcome, Seen};
use shadow_domain::time::Range;
use shadow_storage::Error;
use shadow_storage::error_group::{Among, Change, GroupKey, name, put_state};
use uuid::Uuid;

use crate::support::*;

const FINGERPRINTS: &str =
    "SELECT error_fingerprint::text FROM analytics.execution ORDER BY execution_id";

/// An execution whose message is of one pattern.
fn failed(id: u128) -> Execution {
    let mut execution = whole(WORKSPACE, id);
    execution.end.as_mut().unwrap().error_message = Some(format!("no answer after {id} s"));
    execution
}

fn group() -> GroupKey {
    GroupKey {
        workspace_id: WORKSPACE,
        fingerprint: fingerprint(failed(1).end.as_ref().unwrap()).unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_has_its_group_however_it_comes() {
    on_each_server(async |stage| {
        let expected = Some(group().fingerprint.to_string());
        // In one piece; event by event; and the end before the rest.
        put(&stage.db, &[failed(1)]).await;
        for event in events(&failed(2)) {
            put(&stage.db, &[event]).await;
        }
        put(&stage.db, &[failed(3).masked(Seen::ENDED)]).await;
        put(&stage.db, &[failed(3)]).await;
        let mut fine = failed(4);
        let end = fine.end.as_mut().unwrap();
        (end.outcome, end.error_kind, end.error_message) = (Outcome::Completed, None, None);
        put(&stage.db, &[fine, failed(5).masked(Seen::STARTED)]).await;
        let stored: Vec<_> = sql(&stage.url, FINGERPRINTS).await.concat();
        assert_eq!(
            stored,
            [expected.clone(), expected.clone(), expected, None, None]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_version_before_has_stored_gets_its_group() {
    on_each_server(async |stage| {
        let mut fine = failed(3);
        let end = fine.end.as_mut().unwrap();
        (end.outcome, end.error_kind, end.error_message) = (Outcome::Completed, None, None);
        put(&stage.db, &[failed(1), failed(2), fine, whole(OTHER, 4)]).await;
        let before = sql(&stage.url, FINGERPRINTS).await;
        sql(
            &stage.url,
            "UPDATE analytics.execution SET error_fingerprint = NULL WHERE execution_id::text NOT LIKE '%2'",
        )
        .await;
        assert_eq!(name(&stage.db, 10).await.unwrap(), 2);
        assert_eq!(sql(&stage.url, FINGERPRINTS).await, before);
        assert_eq!(name(&stage.db, 10).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn states_are_added_to_and_never_changed() {
    on_each_server(async |stage| {
        let say = async |state, by: &str| {
            put_state(&stage.db, &everything(), &group(), state, by, None).await
        };
        let missing = say(State::Resolved, "ada").await;
        assert!(matches!(missing, Err(Error::NotFound(_))), "{missing:?}");
        put(&stage.db, &[failed(1)]).await;
        for _ in 0..2 {
            let Change::Done(standing) = say(State::Resolved, "ada").await.unwrap() else {
                panic!("refused");
            };
            assert_eq!(standing.state(), State::Resolved);
            assert_eq!(standing.said.unwrap().by, "ada");
        }
        assert_eq!(
            say(State::Ignored, "bob").await.unwrap(),
            Change::Refused(State::Resolved)
        );
        // It comes again, opened after it was resolved: who resolves it once more says something new.
        let mut again = failed(2);
        again.identity.opened_at = chrono::Utc::now() + TimeDelta::seconds(5);
        again.started_at = None;
        again.feedback = None;
        again.end.as_mut().unwrap().ended_at = again.identity.opened_at;
        put(&stage.db, &[again]).await;
        say(State::Resolved, "bob").await.unwrap();
        let said =
            "SELECT number, state, changed_by FROM analytics.error_group_state ORDER BY number";
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            sql(&stage.url, said).await,
            [
                [text("1"), text("3"), text("ada")],
                [text("2"), text("3"), text("bob")]
            ]
        );
        // Another workspace does not have it.
        let elsewhere = GroupKey {
            workspace_id: OTHER,
            ..group()
        };
        let missing = put_state(
            &stage.db,
            &everything(),
            &elsewhere,
            State::New,
            "ada",
            None,
        )
        .await;
        assert!(matches!(missing, Err(Error::NotFound(_))), "{missing:?}");
        for statement in [
            "UPDATE analytics.error_group_state SET state = 1",
            "DELETE FROM analytics.error_group_state",
        ] {
            let attempt = format!(
                "BEGIN; SET LOCAL ROLE shadow_app; SET LOCAL app.workspaces = 'all'; {statement}"
            );
            let error = try_sql(&stage.url, &attempt).await.expect_err(statement);
            let message = error.as_db_error().unwrap().message();
            assert!(message.contains("permission denied"), "{message}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_say_something_at_once_and_each_is_counted_once() {
    on_each_server(async |stage| {
        put(&stage.db, &[failed(1)]).await;
        let said: Vec<_> = (0..8)
            .map(|at| {
                let (db, state) = (stage.db.clone(), State::ALL[at % 2]);
                tokio::spawn(async move {
                    put_state(&db, &everything(), &group(), state, "ada", None).await
                })
            })
            .collect();
        for one in said {
            one.await.unwrap().unwrap();
        }
        let gaps =
            "SELECT count(*) = max(number) AND min(number) = 1 FROM analytics.error_group_state";
        assert_eq!(value(&stage.url, gaps).await, "t");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_of_a_scope() {
    on_each_server(async |stage| {
        put(&stage.db, &[failed(1)]).await;
        for (workspace, there) in [
            (WORKSPACE, true),
            (OTHER, false),
            (Uuid::from_u128(9), false),
        ] {
            let scope = everything().within([workspace]);
            let mut snapshot = stage.db.snapshot(&scope, None).await.unwrap();
            let found = snapshot.error_group(&group()).await.unwrap();
            assert_eq!(found.is_some(), there, "{workspace}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_said_something_is_called_what_the_workspace_calls_the_person() {
    on_each_server(async |stage| {
        put(&stage.db, &[failed(1)]).await;
        put_state(&stage.db, &everything(), &group(), State::Resolved, "ada", None)
            .await
            .unwrap();
        let names = async || {
            let mut snapshot = stage.db.snapshot(&everything().within([WORKSPACE]), None).await.unwrap();
            let range = Range::new(at("2026-11-20T00:00:00Z"), at("2026-11-21T00:00:00Z")).unwrap();
            let among = Among { range, agents: vec![], kinds: vec![] };
            let counted = snapshot.error_counts(&among, 10).await.unwrap().groups;
            let listed = snapshot.error_standings(counted).await.unwrap();
            let one = snapshot.error_group(&group()).await.unwrap().unwrap();
            let history = snapshot.error_history(&group(), 10).await.unwrap();
            let said = [listed[0].standing.said.clone(), one.said, history.into_iter().next()];
            said.map(|said| said.unwrap().name)
        };
        let all = |name: &str| [name, name, name].map(|name| Some(name.to_owned()));
        assert_eq!(names().await, [None, None, None]);
        sql(&stage.url, "INSERT INTO analytics.app_user (user_id, name) VALUES ('ada', 'Ada L.') ON CONFLICT (user_id) DO UPDATE SET name = 'Ada L.'").await;
        assert_eq!(names().await, all("Ada L."));
        // What another workspace calls the person is its own.
        let called = |workspace: Uuid, name: &str| {
            format!("INSERT INTO analytics.workspace_user (workspace_id, user_id, name) VALUES ('{workspace}', 'ada', '{name}')")
        };
        sql(&stage.url, &called(OTHER, "A.")).await;
        assert_eq!(names().await, all("Ada L."));
        sql(&stage.url, &called(WORKSPACE, "Countess")).await;
        assert_eq!(names().await, all("Countess"));
    })
    .await;
}
