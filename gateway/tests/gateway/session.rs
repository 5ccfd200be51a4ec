use chrono::{DateTime, Utc};
use http::header::SET_COOKIE;
use secrecy::SecretString;
use shadow_auth::token::{Claims, Verifier, VerifierConfig};
use shadow_runtime::config::Origin;

use crate::support::*;

fn said_by(token: &str) -> Claims {
    let config = VerifierConfig {
        issuer: "issuer".to_owned(),
        audience: "audience".to_owned(),
        hs256_secret: Some(SecretString::from(SECRET)),
        jwks: None,
    };
    Verifier::new(config)
        .unwrap()
        .verify(token, Utc::now())
        .unwrap()
}

fn cookie_of(claims: &Claims) -> String {
    format!("shadow_session={}", token(claims))
}

/// A session that began and ends so many seconds from now.
fn session(began: i64, ends: i64) -> Claims {
    let now = Utc::now().timestamp();
    Claims {
        auth_time: Some(now + began),
        exp: now + ends,
        ..claims("ada")
    }
}

#[tokio::test]
async fn a_session_begins_with_a_token_and_ends_with_signing_out() {
    let services = services().await;
    let gateway = gateway(services.address).await;
    let nobody = gateway.get("/session", &[]).await;
    assert_eq!(
        (nobody.status, nobody.json()["reason"].as_str()),
        (401, Some("TOKEN_ABSENT"))
    );

    let person = Claims {
        name: Some("Ada".to_owned()),
        permissions: Some(vec!["export".to_owned()]),
        ..claims("ada")
    };
    let begun = gateway
        .json(
            "POST",
            "/session",
            None,
            &format!(r#"{{"token":"{}"}}"#, token(&person)),
        )
        .await;
    assert_eq!(begun.status, 200, "{begun:?}");
    assert_eq!(begun.header("cache-control"), Some("no-store"));
    let cookie = begun.header("set-cookie").unwrap();
    let attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
    assert_eq!(
        attributes,
        ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=900"],
        "no Secure on loopback"
    );
    let cookie = begun.cookie().unwrap();

    let shown = gateway.get("/session", &[("cookie", &cookie)]).await;
    let value = shown.json();
    assert_eq!(
        (
            shown.status,
            value["subject"].as_str(),
            value["name"].as_str()
        ),
        (200, Some("ada"), Some("Ada"))
    );
    let ends: DateTime<Utc> = value["expires_at"].as_str().unwrap().parse().unwrap();
    let lasts = (ends - Utc::now()).num_seconds();
    assert!((880..=900).contains(&lasts), "{lasts}");
    assert!(
        !shown.text().contains(cookie.split('=').nth(1).unwrap()),
        "no script sees the token"
    );

    let answer = gateway.send(gateway.rpc(QUERY, Some(&cookie), b"")).await;
    let header = String::from_utf8(frames(&answer.body)[0].1.to_vec()).unwrap();
    let seen = said_by(header.strip_prefix("Bearer ").unwrap());
    assert_eq!(
        (seen.sub.as_str(), seen.permissions),
        ("ada", person.permissions)
    );

    let out = gateway.json("DELETE", "/session", Some(&cookie), "").await;
    assert_eq!(out.status, 204);
    assert!(
        out.header("set-cookie")
            .unwrap()
            .starts_with("shadow_session=; ")
            && out.header("set-cookie").unwrap().contains("Max-Age=0")
    );
    assert_eq!(
        gateway.get("/session", &[("cookie", &cookie)]).await.status,
        401,
        "a copy is worth nothing"
    );
    let after = gateway.send(gateway.rpc(QUERY, Some(&cookie), b"")).await;
    assert!(frames(&after.body)[0].1.is_empty(), "services see nobody");
}

#[tokio::test]
async fn who_signs_out_may_sign_in_again_at_once_and_the_old_session_stays_ended() {
    let services = services().await;
    let gateway = gateway(services.address).await;
    let begin = async |token: &str| {
        let body = format!(r#"{{"token":"{token}"}}"#);
        gateway.json("POST", "/session", None, &body).await
    };
    let person = token(&claims("ada"));
    // Within one second, which is as fine as the times of a token are.
    for _ in 0..3 {
        let begun = begin(&person).await;
        assert_eq!(begun.status, 200, "{begun:?}");
        let cookie = begun.cookie().unwrap();
        let out = gateway.json("DELETE", "/session", Some(&cookie), "").await;
        assert_eq!(out.status, 204);
        let copied = cookie.split('=').nth(1).unwrap();
        assert_eq!(begin(copied).await.status, 401, "a copy begins no session");
    }
}

#[tokio::test]
async fn of_sessions_without_a_name_one_ends_and_no_other() {
    let gateway = gateway(nowhere().await).await;
    let status = async |cookie: &str| gateway.get("/session", &[("cookie", cookie)]).await.status;
    let [one, other] = [session(-800, 100), session(-700, 200)];
    assert_eq!((&one.sid, &other.sid), (&None, &None));
    let [one, other] = [one, other].map(|claims| cookie_of(&claims));
    let renewed = gateway.get("/session", &[("cookie", &one)]).await;
    let renewed = renewed.cookie().unwrap();
    let out = gateway.json("DELETE", "/session", Some(&renewed), "").await;
    assert_eq!(out.status, 204);
    assert_eq!(status(&renewed).await, 401);
    assert_eq!(status(&one).await, 401, "what it was renewed from");
    assert_eq!(status(&other).await, 200, "another session of the person");
}

#[tokio::test]
async fn use_renews_a_session_past_its_half() {
    let services = services().await;
    let gateway = gateway(services.address).await;
    let young = cookie_of(&session(-10, 880));
    assert_eq!(
        gateway
            .get("/session", &[("cookie", &young)])
            .await
            .cookie(),
        None
    );
    let old = cookie_of(&session(-800, 100));
    for answer in [
        gateway.get("/session", &[("cookie", &old)]).await,
        gateway.send(gateway.rpc(QUERY, Some(&old), b"")).await,
    ] {
        let renewed = said_by(
            answer
                .cookie()
                .unwrap()
                .strip_prefix("shadow_session=")
                .unwrap(),
        );
        let lasts = renewed.exp - Utc::now().timestamp();
        assert!((880..=900).contains(&lasts), "{lasts}");
        let began = Utc::now().timestamp() - renewed.auth_time.unwrap();
        assert!(
            (800..=820).contains(&began),
            "signing in stays when it was: {began}"
        );
    }
}

#[tokio::test]
async fn a_session_ends_whatever_its_use() {
    let gateway = gateway(nowhere().await).await;
    let day = 12 * 3600;
    let at_limit = gateway
        .get(
            "/session",
            &[("cookie", &cookie_of(&session(100 - day, 50)))],
        )
        .await;
    let renewed = said_by(
        at_limit
            .cookie()
            .unwrap()
            .strip_prefix("shadow_session=")
            .unwrap(),
    );
    assert!(
        renewed.exp - Utc::now().timestamp() <= 100,
        "never past twelve hours"
    );
    for (over, why) in [
        (session(-day - 1, 600), "twelve hours have passed"),
        (session(-1000, -100), "it was not used in time"),
        (claims("ada"), "it is a token and no session"),
    ] {
        let answer = gateway
            .get("/session", &[("cookie", &cookie_of(&over))])
            .await;
        assert_eq!((answer.status, answer.cookie()), (401, None), "{why}");
    }
    let exchanged = format!(r#"{{"token":"{}"}}"#, token(&session(-day - 1, 600)));
    assert_eq!(
        gateway
            .json("POST", "/session", None, &exchanged)
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn off_loopback_the_cookie_is_secure() {
    let public = "https://analytics.example.com";
    let origins = vec![Origin::parse(public).unwrap()];
    let gateway = gateway_with(nowhere().await, |config| config.public_origins = origins).await;
    let begun = gateway
        .json(
            "POST",
            "/session",
            None,
            &format!(r#"{{"token":"{}"}}"#, token(&claims("ada"))),
        )
        .await;
    assert!(
        begun.header("set-cookie").unwrap().ends_with("; Secure"),
        "{begun:?}"
    );
    assert_eq!(
        begun.header("strict-transport-security"),
        Some("max-age=31536000")
    );
    let local = format!("http://{}", gateway.address);
    let headers = [
        ("content-type", "application/json"),
        ("origin", local.as_str()),
    ];
    let request = gateway.request("DELETE", "/session", &headers, "");
    assert_eq!(
        gateway.send(request).await.status,
        403,
        "only the configured origin counts"
    );
}

#[tokio::test]
async fn demo_roles_can_be_used_only_where_they_are_on() {
    let off = gateway(nowhere().await).await;
    assert_eq!(
        off.get("/session/options", &[]).await.json()["demo"],
        serde_json::json!([])
    );
    assert_eq!(
        off.json("POST", "/session/demo", None, r#"{"user_id":"owner@demo"}"#)
            .await
            .status,
        404
    );

    let on = gateway_with(nowhere().await, |config| config.demo_sign_in = true).await;
    let options = on.get("/session/options", &[]).await.json();
    let users = options["demo"].as_array().unwrap();
    assert_eq!(users.len(), 6);
    for user in users {
        let id = user["user_id"].as_str().unwrap();
        assert!(
            !user["label"].as_str().unwrap().is_empty()
                && !user["description"].as_str().unwrap().is_empty()
        );
        let begun = on
            .json(
                "POST",
                "/session/demo",
                None,
                &format!(r#"{{"user_id":"{id}"}}"#),
            )
            .await;
        assert_eq!(
            (begun.status, begun.json()["subject"].as_str()),
            (200, Some(id))
        );
        let shown = on
            .get("/session", &[("cookie", &begun.cookie().unwrap())])
            .await;
        assert_eq!(shown.status, 200);
    }
    assert_eq!(
        on.json("POST", "/session/demo", None, r#"{"user_id":"root"}"#)
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn what_changes_a_session_comes_from_pages_of_ours_as_json() {
    let gateway = gateway_with(nowhere().await, |config| config.demo_sign_in = true).await;
    let body = format!(r#"{{"token":"{}"}}"#, token(&claims("ada")));
    let origin = gateway.origin.clone();
    for (method, path) in [
        ("POST", "/session"),
        ("DELETE", "/session"),
        ("POST", "/session/demo"),
    ] {
        for (headers, expected) in [
            (vec![("content-type", "application/json")], 403),
            (
                vec![
                    ("content-type", "application/json"),
                    ("origin", "http://evil.example"),
                ],
                403,
            ),
            (vec![("origin", origin.as_str())], 415),
            (
                vec![("origin", origin.as_str()), ("content-type", "text/plain")],
                415,
            ),
            (
                vec![
                    ("origin", origin.as_str()),
                    ("content-type", "application/x-www-form-urlencoded"),
                ],
                415,
            ),
        ] {
            let answer = gateway
                .send(gateway.request(method, path, &headers, body.clone()))
                .await;
            assert_eq!(answer.status, expected, "{method} {path} {headers:?}");
            assert!(answer.headers.get(SET_COOKIE).is_none());
        }
    }
    assert_eq!(
        gateway.json("PUT", "/session", None, "{}").await.status,
        405
    );
}

#[tokio::test]
async fn bad_tokens_and_bodies_are_refused_by_reason() {
    let gateway = gateway(nowhere().await).await;
    let with = |change: fn(&mut Claims)| {
        let mut claims = claims("ada");
        change(&mut claims);
        format!(r#"{{"token":"{}"}}"#, token(&claims))
    };
    for (body, status, reason) in [
        (r#"{"token":""}"#.to_owned(), 401, "TOKEN_ABSENT"),
        (r#"{"token":"a.b.c"}"#.to_owned(), 401, "TOKEN_MALFORMED"),
        (with(|claims| claims.exp -= 7200), 401, "TOKEN_EXPIRED"),
        (
            with(|claims| claims.aud = vec!["other".to_owned()]),
            401,
            "TOKEN_AUDIENCE_MISMATCH",
        ),
        (
            format!(r#"{{"token":"{}"}}"#, "x".repeat(8193)),
            401,
            "TOKEN_TOO_LARGE",
        ),
        (
            format!(r#"{{"token":"{}"}}"#, "x".repeat(20_000)),
            413,
            "BODY_TOO_LARGE",
        ),
        ("{".to_owned(), 400, "MALFORMED"),
        ("{}".to_owned(), 400, "MALFORMED"),
        (String::new(), 400, "MALFORMED"),
    ] {
        let answer = gateway.json("POST", "/session", None, &body).await;
        assert_eq!(
            (answer.status, answer.json()["reason"].as_str()),
            (status, Some(reason))
        );
        assert!(answer.headers.get(SET_COOKIE).is_none());
    }
}
