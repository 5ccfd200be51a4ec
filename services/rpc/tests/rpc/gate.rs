//! What the gate lets through, and what it makes of the rest.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::support::*;
use prost::Message;
use shadow_auth::table::{self, Rule};
use shadow_auth::{Permission, PlatformRole, Role, Workspaces};
use shadow_proto::metrics::v1::{GetViewerRequest, GetViewerResponse, QueryRequest};
use shadow_proto::streaming::v1::{PublishBatchRequest, WatchRequest};
use tonic::Code;
use tonic_types::StatusExt;

fn query(currency: &str) -> QueryRequest {
    QueryRequest {
        currency: currency.to_owned(),
        ..QueryRequest::default()
    }
}

fn watch(cursor: &str) -> WatchRequest {
    WatchRequest {
        cursor: Some(cursor.to_owned()),
        ..WatchRequest::default()
    }
}

/// An empty message of whatever method.
fn empty(path: &str, token: Option<&str>) -> http::Request<tonic::body::Body> {
    request(path, token, &GetViewerRequest {})
}

#[tokio::test]
async fn each_rpc_wants_a_token_and_the_permission_of_the_table() {
    let people = People::of_every_role();
    let service = guarded(&gate(&people));
    let mut tried = 0;
    for path in table::paths() {
        let rule = table::rule(path).unwrap();
        if rule == Rule::Public {
            continue;
        }
        tried += 1;
        let without = call(&service, empty(path, None)).await;
        assert_eq!(
            (without.code, without.reason().as_str()),
            (Code::Unauthenticated, "TOKEN_ABSENT"),
            "{path}"
        );
        let wrong = call(&service, empty(path, Some("a.b.c"))).await;
        assert_eq!(
            (wrong.code, wrong.reason().as_str()),
            (Code::Unauthenticated, "TOKEN_MALFORMED"),
            "{path}"
        );
        let roles = Role::all()
            .iter()
            .map(|role| (role.name(), role.permissions()));
        let platform = PlatformRole::all()
            .iter()
            .map(|role| (role.name(), role.permissions()));
        for (name, permissions) in roles.chain(platform).chain([("nobody", &[][..])]) {
            let answer = call(&service, empty(path, Some(&token(&claims(name))))).await;
            let allowed = match rule {
                Rule::Needs(permission) => permissions.contains(&permission),
                Rule::Authenticated | Rule::Public => true,
            };
            assert_eq!(
                answer.code == Code::PermissionDenied,
                !allowed,
                "{path} as {name}: {answer:?}"
            );
            assert_ne!(answer.code, Code::Unauthenticated, "{path} as {name}");
        }
        with_keys(path, rule).await;
    }
    assert_eq!(tried, 29);
}

/// A key with every permission but one, with that one alone, and with it in another workspace.
async fn with_keys(path: &str, rule: Rule) {
    let needed = match rule {
        Rule::Needs(permission) => Some(permission),
        Rule::Authenticated | Rule::Public => None,
    };
    let one = || Workspaces::Some([ONE].into());
    let people = People::default();
    let others = Permission::all().iter().copied();
    let others = others.filter(|permission| Some(*permission) != needed);
    let without = people.put_key(uuid::Uuid::from_u128(1), others, one());
    let with = people.put_key(uuid::Uuid::from_u128(2), needed, one());
    let elsewhere = Workspaces::Some([TWO].into());
    let elsewhere = people.put_key(uuid::Uuid::from_u128(3), needed, elsewhere);
    let service = guarded(&gate(&people));
    for (key, allowed) in [(with, true), (elsewhere, true), (without, needed.is_none())] {
        let answer = call(&service, empty(path, Some(&key))).await;
        assert_eq!(
            answer.code != Code::PermissionDenied,
            allowed,
            "{path}: {answer:?}"
        );
        assert_ne!(answer.code, Code::Unauthenticated, "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn every_fault_of_a_token_has_its_reason() {
    let service = guarded(&gate(&People::of_every_role()));
    let with = |change: fn(&mut shadow_auth::token::Claims)| {
        let mut claims = claims("owner");
        change(&mut claims);
        token(&claims)
    };
    for (token, reason) in [
        (with(|claims| claims.exp -= 3600), "TOKEN_EXPIRED"),
        (
            with(|claims| claims.nbf = Some(claims.exp)),
            "TOKEN_NOT_YET_VALID",
        ),
        (
            with(|claims| claims.aud = vec!["other".to_owned()]),
            "TOKEN_AUDIENCE_MISMATCH",
        ),
        (
            with(|claims| claims.iss = "other".to_owned()),
            "TOKEN_ISSUER_MISMATCH",
        ),
        (
            with(|claims| claims.name = Some("n".repeat(9000))),
            "TOKEN_TOO_LARGE",
        ),
        (format!("{}x", with(|_| {})), "TOKEN_SIGNATURE_WRONG"),
    ] {
        let answer = call(&service, empty(GET_VIEWER, Some(&token))).await;
        let at_fault = answer.reason();
        // One more character makes the last group of the signature unreadable.
        let accepted = at_fault == reason
            || (reason == "TOKEN_SIGNATURE_WRONG" && at_fault == "TOKEN_MALFORMED");
        assert!(
            answer.code == Code::Unauthenticated && accepted,
            "{at_fault} instead of {reason}"
        );
    }
}

#[tokio::test]
async fn a_workspace_of_others_is_not_found() {
    let service = guarded(&gate(&People::of_every_role()));
    let of = |id: uuid::Uuid| QueryRequest {
        workspace_ids: vec![id.to_string()],
        ..QueryRequest::default()
    };
    let owner = token(&claims("owner"));
    assert_eq!(
        call(&service, request(QUERY, Some(&owner), &of(ONE)))
            .await
            .code,
        Code::Ok
    );
    let other = call(&service, request(QUERY, Some(&owner), &of(TWO))).await;
    assert_eq!(
        (other.code, other.reason().as_str()),
        (Code::NotFound, "WORKSPACE_NOT_FOUND")
    );
    let executive = token(&claims("executive"));
    assert_eq!(
        call(&service, request(QUERY, Some(&executive), &of(TWO)))
            .await
            .code,
        Code::Ok
    );
}

#[tokio::test]
async fn services_see_the_caller_and_no_token() {
    let service = guarded(&gate(&People::of_every_role()));
    let mut claims = claims("owner");
    claims.permissions = Some(vec!["view_analytics".to_owned(), "administer".to_owned()]);
    claims.name = Some("Olga".to_owned());
    let answer = call(&service, empty(GET_VIEWER, Some(&token(&claims)))).await;
    let viewer: GetViewerResponse = answer.message();
    assert_eq!(
        (viewer.subject.as_str(), viewer.name.as_str()),
        ("owner", "Olga")
    );
    assert_eq!(viewer.permissions, ["view_analytics"]);
}

#[tokio::test]
async fn the_directory_is_asked_once_and_its_absence_is_temporary() {
    let people = People::of_every_role();
    let service = guarded(&gate(&people));
    people.away.store(true, Ordering::SeqCst);
    let owner = token(&claims("owner"));
    let away = call(&service, empty(GET_VIEWER, Some(&owner))).await;
    assert_eq!(away.code, Code::Unavailable);
    assert!(
        away.status
            .get_details_retry_info()
            .unwrap()
            .retry_delay
            .is_some()
    );
    people.away.store(false, Ordering::SeqCst);
    for _ in 0..3 {
        assert_eq!(
            call(&service, empty(GET_VIEWER, Some(&owner))).await.code,
            Code::Ok
        );
    }
    assert_eq!(people.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn unknown_methods_are_unimplemented_for_everybody() {
    let service = guarded(&gate(&People::default()));
    for path in [
        "/shadow.metrics.v1.MetricsService/DropEverything",
        "/nothing",
        "/",
    ] {
        assert_eq!(
            call(&service, empty(path, None)).await.code,
            Code::Unimplemented,
            "{path}"
        );
    }
}

#[tokio::test]
async fn panics_are_internal_and_say_nothing() {
    let service = guarded(&gate(&People::of_every_role()));
    let engineer = token(&claims("engineer"));
    let handler = call(&service, empty(DESCRIBE, Some(&engineer))).await;
    let stream = call(&service, request(WATCH, Some(&engineer), &watch("panic"))).await;
    assert!(
        !stream.body.is_empty(),
        "what was sent before the panic arrives"
    );
    for answer in [handler, stream] {
        assert_eq!(answer.code, Code::Internal);
        assert!(!format!("{answer:?}").contains("a secret"), "{answer:?}");
    }
    assert_eq!(
        call(&service, empty(GET_VIEWER, Some(&engineer)))
            .await
            .code,
        Code::Ok
    );
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_what_does_not_answer() {
    let service = guarded(&gate(&People::of_every_role()));
    let owner = token(&claims("owner"));
    for (timeout, expected) in [(Some("250m"), 250), (Some("1H"), 30_000), (None, 30_000)] {
        let mut request = request(QUERY, Some(&owner), &query("never"));
        if let Some(timeout) = timeout {
            request
                .headers_mut()
                .insert("grpc-timeout", timeout.parse().unwrap());
        }
        let began = tokio::time::Instant::now();
        assert_eq!(call(&service, request).await.code, Code::DeadlineExceeded);
        let took = began.elapsed();
        let expected = Duration::from_millis(expected);
        assert!(
            took >= expected && took < expected + Duration::from_millis(50),
            "{took:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_at_its_clients_deadline_and_at_no_other() {
    let service = guarded(&gate(&People::of_every_role()));
    let engineer = token(&claims("engineer"));
    let mut short = request(WATCH, Some(&engineer), &watch("never"));
    short
        .headers_mut()
        .insert("grpc-timeout", "90S".parse().unwrap());
    let answer = call(&service, short).await;
    assert_eq!(answer.code, Code::DeadlineExceeded);
    assert!(!answer.body.is_empty());
    let endless = call(&service, request(WATCH, Some(&engineer), &watch("never")));
    assert!(
        tokio::time::timeout(Duration::from_secs(86_400), endless)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn what_is_over_the_bound_is_refused_at_once() {
    let service = guarded(&shadow_rpc::Gate {
        max_requests: 1,
        ..gate(&People::of_every_role())
    });
    let owner = token(&claims("owner"));
    let first = tokio::spawn({
        let (service, request) = (
            service.clone(),
            request(QUERY, Some(&owner), &query("never")),
        );
        async move { call(&service, request).await }
    });
    let refused = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            let answer = call(&service, empty(GET_VIEWER, Some(&owner))).await;
            if answer.code != Code::Ok {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    });
    let refused = refused.await.unwrap();
    assert_eq!(
        (refused.code, refused.reason().as_str()),
        (Code::ResourceExhausted, "TOO_MANY_REQUESTS")
    );
    assert!(
        refused
            .status
            .get_details_retry_info()
            .unwrap()
            .retry_delay
            .is_some()
    );
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert_eq!(
        call(&service, empty(GET_VIEWER, Some(&owner))).await.code,
        Code::Ok,
        "the place is free again"
    );
}

#[tokio::test]
async fn bytes_that_are_no_message_are_the_callers_fault() {
    let service = guarded(&gate(&People::of_every_role()));
    let engineer = token(&claims("engineer"));
    let garbage = raw(PUBLISH, Some(&engineer), vec![0, 0, 0, 0, 2, 0xff, 0xff]);
    let garbage = call(&service, garbage).await;
    assert_eq!(garbage.code, Code::InvalidArgument, "{garbage:?}");
    assert_eq!(
        garbage
            .status
            .get_details_bad_request()
            .unwrap()
            .field_violations[0]
            .field,
        "request"
    );
    let large = QueryRequest {
        currency: "x".repeat(2048),
        ..QueryRequest::default()
    };
    let large = call(&service, request(QUERY, Some(&engineer), &large)).await;
    assert_eq!(large.code, Code::InvalidArgument, "{large:?}");
    assert!(
        large.status.message().contains("1024 bytes"),
        "the limit is named: {large:?}"
    );
    let fine = call(
        &service,
        request(PUBLISH, Some(&engineer), &PublishBatchRequest::default()),
    )
    .await;
    assert_eq!(fine.code, Code::Ok);
    assert!(PublishBatchRequest::default().encode_to_vec().is_empty());
}

#[tokio::test]
async fn the_request_id_comes_back() {
    let service = guarded(&gate(&People::default()));
    let mut request = empty(GET_VIEWER, None);
    request
        .headers_mut()
        .insert("x-request-id", "from-the-caller".parse().unwrap());
    let answer = call(&service, request).await;
    assert_eq!(answer.headers["x-request-id"], "from-the-caller");
    let fresh = call(&service, empty(GET_VIEWER, None)).await;
    assert!(uuid::Uuid::parse_str(fresh.headers["x-request-id"].to_str().unwrap()).is_ok());
}
