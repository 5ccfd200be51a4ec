//! `/session`: who is signed in, signing in, signing out.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use http::header::{CONTENT_TYPE, HeaderMap, SET_COOKIE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use shadow_auth::token::{Claims, MAX_TOKEN_BYTES, TokenError};
use tonic::body::Body;

use super::{DEMO_USERS, Sessions, cookie};
use crate::reply;

/// A token and the JSON around it.
const MAX_BODY_BYTES: usize = MAX_TOKEN_BYTES + 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Exchange {
    token: String,
}

#[derive(Deserialize)]
struct Demo {
    user_id: String,
}

impl Sessions {
    /// Answers a request to `/session…`; `own` says whether it comes from a page of ours.
    pub(crate) async fn answer(&self, request: Request<Incoming>, own: bool) -> Response<Body> {
        let method = request.method().clone();
        if method != Method::GET && method != Method::HEAD {
            if !own {
                return failure(
                    StatusCode::FORBIDDEN,
                    "ORIGIN_NOT_ALLOWED",
                    "the origin is not allowed",
                );
            }
            if !is_json(request.headers()) {
                let words = "the content type must be application/json";
                return failure(StatusCode::UNSUPPORTED_MEDIA_TYPE, "CONTENT_TYPE", words);
            }
        }
        let now = Utc::now();
        match (method, request.uri().path()) {
            (Method::GET, "/session") => self.show(request.headers(), now),
            (Method::POST, "/session") => self.sign_in(request, now).await,
            (Method::DELETE, "/session") => self.sign_out(request.headers(), now),
            (Method::GET, "/session/options") => {
                let demo = if self.demo { DEMO_USERS } else { &[] };
                reply::json(StatusCode::OK, &json!({ "demo": demo }))
            }
            (Method::POST, "/session/demo") if self.demo => self.sign_in_demo(request, now).await,
            (_, "/session" | "/session/options") => failure(
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                "method not allowed",
            ),
            _ => failure(StatusCode::NOT_FOUND, "NOT_FOUND", "not found"),
        }
    }

    fn show(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Response<Body> {
        match self.at(headers, now) {
            Ok(session) => {
                let mut response = signed_in(&session.claims);
                if let Some(cookie) = session.renewal {
                    response.headers_mut().append(SET_COOKIE, cookie);
                }
                response
            }
            Err(error) => refused(error),
        }
    }

    async fn sign_in(&self, request: Request<Incoming>, now: DateTime<Utc>) -> Response<Body> {
        let Exchange { token } = match body(request).await {
            Ok(exchange) => exchange,
            Err(response) => return response,
        };
        match self
            .verifier
            .verify(token.trim(), now)
            .and_then(|claims| self.begin(claims, now))
        {
            Ok((claims, cookie)) => {
                tracing::info!(subject = claims.sub, "signed in");
                with_cookie(signed_in(&claims), cookie)
            }
            Err(error) => refused(error),
        }
    }

    async fn sign_in_demo(&self, request: Request<Incoming>, now: DateTime<Utc>) -> Response<Body> {
        let Demo { user_id } = match body(request).await {
            Ok(demo) => demo,
            Err(response) => return response,
        };
        let Some(user) = DEMO_USERS.iter().find(|user| user.user_id == user_id) else {
            return failure(
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                "there is no such demo role",
            );
        };
        let person = Claims {
            sub: user.user_id.to_owned(),
            iss: String::new(),
            aud: Vec::new(),
            exp: 0,
            nbf: None,
            iat: None,
            auth_time: None,
            sid: None,
            permissions: None,
            name: None,
        };
        match self.begin(person, now) {
            Ok((claims, cookie)) => {
                tracing::info!(subject = claims.sub, "signed in for a demo");
                with_cookie(signed_in(&claims), cookie)
            }
            Err(error) => refused(error),
        }
    }

    fn sign_out(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Response<Body> {
        if let Ok(session) = self.at(headers, now) {
            tracing::info!(subject = session.claims.sub, "signed out");
            self.ended.add(&session.claims, self.terms.limit(), now);
        }
        with_cookie(
            reply::empty(StatusCode::NO_CONTENT),
            cookie::clear(self.secure),
        )
    }
}

fn signed_in(claims: &Claims) -> Response<Body> {
    let ends = DateTime::from_timestamp(claims.exp, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let mut value = json!({
        "subject": claims.sub,
        "expires_at": ends.to_rfc3339_opts(SecondsFormat::Secs, true),
    });
    if let Some(name) = &claims.name {
        value["name"] = json!(name);
    }
    reply::json(StatusCode::OK, &value)
}

fn with_cookie(mut response: Response<Body>, cookie: http::HeaderValue) -> Response<Body> {
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}

fn refused(error: TokenError) -> Response<Body> {
    failure(StatusCode::UNAUTHORIZED, error.reason(), &error.to_string())
}

fn failure(status: StatusCode, reason: &str, words: &str) -> Response<Body> {
    reply::json(status, &json!({ "reason": reason, "message": words }))
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .eq_ignore_ascii_case("application/json")
}

async fn body<T: DeserializeOwned>(request: Request<Incoming>) -> Result<T, Response<Body>> {
    let read = Limited::new(request.into_body(), MAX_BODY_BYTES).collect();
    let bytes = match tokio::time::timeout(BODY_TIMEOUT, read).await {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(_)) => {
            let words = format!("the body must be at most {MAX_BODY_BYTES} bytes");
            return Err(failure(
                StatusCode::PAYLOAD_TOO_LARGE,
                "BODY_TOO_LARGE",
                &words,
            ));
        }
        Err(_) => {
            return Err(failure(
                StatusCode::REQUEST_TIMEOUT,
                "TIMEOUT",
                "the body did not arrive in time",
            ));
        }
    };
    serde_json::from_slice(&bytes).map_err(|_| {
        failure(
            StatusCode::BAD_REQUEST,
            "MALFORMED",
            "the body is not what is expected",
        )
    })
}
