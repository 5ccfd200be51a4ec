//! Service keys at the gate: whom they let in, where, and until when.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::support::*;
use chrono::Utc;
use shadow_auth::{Permission, Workspaces};
use shadow_proto::metrics::v1::{GetViewerRequest, GetViewerResponse, QueryRequest};
use shadow_rpc::{Gate, Members};
use tonic::Code;
use uuid::Uuid;

const KEY: Uuid = Uuid::from_u128(0xbeef);

fn ask(key: &str) -> http::Request<tonic::body::Body> {
    request(GET_VIEWER, Some(key), &GetViewerRequest {})
}

#[tokio::test]
async fn a_key_may_do_what_it_names_where_it_names_it() {
    let people = People::default();
    let permissions = [Permission::ViewAnalytics];
    let key = people.put_key(KEY, permissions, Workspaces::Some([ONE].into()));
    let service = guarded(&gate(&people));
    let viewer: GetViewerResponse = call(&service, ask(&key)).await.message();
    assert_eq!(
        (viewer.subject.as_str(), viewer.name.as_str()),
        ("key:00000000-0000-0000-0000-00000000beef", "a producer")
    );
    assert_eq!(viewer.permissions, ["view_analytics"]);
    let query = |workspaces: &[Uuid]| {
        let workspace_ids = workspaces.iter().map(Uuid::to_string).collect();
        let question = QueryRequest {
            workspace_ids,
            ..QueryRequest::default()
        };
        request(QUERY, Some(&key), &question)
    };
    assert_eq!(call(&service, query(&[])).await.code, Code::Ok);
    assert_eq!(call(&service, query(&[ONE])).await.code, Code::Ok);
    let other = call(&service, query(&[TWO])).await;
    assert_eq!(
        (other.code, other.reason().as_str()),
        (Code::NotFound, "WORKSPACE_NOT_FOUND")
    );
    let publish = request(PUBLISH, Some(&key), &GetViewerRequest {});
    assert_eq!(call(&service, publish).await.code, Code::PermissionDenied);
}

#[tokio::test]
async fn whatever_is_wrong_with_a_key_the_answer_is_the_same() {
    let people = People::default();
    let good = people.put_key(KEY, [], Workspaces::All);
    let ended = people.put_key(Uuid::from_u128(2), [], Workspaces::All);
    people.keys.lock().unwrap()[1].expires_at = Utc::now();
    let service = guarded(&gate(&people));
    assert_eq!(call(&service, ask(&good)).await.code, Code::Ok);
    let bodies = good.rsplit_once('_').unwrap();
    let mut said = std::collections::BTreeSet::new();
    for wrong in [
        ended,
        format!("{}_{}", bodies.0, "0".repeat(64)),
        good.replace("beef", "beee"),
        good.to_uppercase().replacen("SHK_", "shk_", 1),
        format!("{good}0"),
        "shk_".to_owned(),
    ] {
        let answer = call(&service, ask(&wrong)).await;
        assert_eq!(
            (answer.code, answer.reason().as_str()),
            (Code::Unauthenticated, "SERVICE_KEY_INVALID"),
            "{wrong}"
        );
        said.insert(answer.status.message().to_owned());
    }
    assert_eq!(said.len(), 1, "{said:?}");
}

#[tokio::test]
async fn guessing_asks_the_directory_nothing() {
    let people = People::default();
    let key = people.put_key(KEY, [], Workspaces::All);
    let service = guarded(&Gate {
        members: Members::remembering(people.clone(), Duration::from_secs(3_600)),
        max_requests: 1_000,
        ..gate(&people)
    });
    // All at the same moment, then one after the other.
    let guess = |id: u128| key.replace("beef", &format!("{id:04x}"));
    let asked: Vec<_> = (0..100).map(|id| call(&service, ask(&guess(id)))).collect();
    let mut asked = Box::pin(futures_util::future::join_all(asked)).await;
    for id in 100..200 {
        asked.push(call(&service, ask(&guess(id))).await);
    }
    assert!(asked.iter().all(|one| one.code == Code::Unauthenticated));
    assert_eq!(call(&service, ask(&key)).await.code, Code::Ok);
    assert_eq!(people.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_directory_that_is_away_lets_no_key_in_and_is_asked_again() {
    let people = People::default();
    let key = people.put_key(KEY, [], Workspaces::All);
    let service = guarded(&gate(&people));
    people.away.store(true, Ordering::SeqCst);
    assert_eq!(call(&service, ask(&key)).await.code, Code::Unavailable);
    people.away.store(false, Ordering::SeqCst);
    assert_eq!(call(&service, ask(&key)).await.code, Code::Ok);
}
