use crate::support::*;

const SCRIPT: &str = "/assets/app.0123abcd.js";
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; style-src-attr \
    'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors \
    'none'; form-action 'self'; manifest-src 'self'";

#[tokio::test]
async fn an_asset_comes_in_the_smallest_encoding_and_is_kept_for_ever() {
    let gateway = gateway(nowhere().await).await;
    let mut tags = std::collections::BTreeSet::new();
    for (accepted, encoding, content) in [
        ("gzip, deflate, br", Some("br"), "brotli script"),
        ("gzip", Some("gzip"), "gzip script"),
        ("br;q=0", None, "plain script"),
    ] {
        let answer = gateway.get(SCRIPT, &[("accept-encoding", accepted)]).await;
        assert_eq!((answer.status, answer.text()), (200, content));
        assert_eq!(answer.header("content-encoding"), encoding);
        assert_eq!(
            answer.header("content-type"),
            Some("text/javascript; charset=utf-8")
        );
        assert_eq!(
            answer.header("cache-control"),
            Some("public,max-age=31536000,immutable")
        );
        assert_eq!(answer.header("vary"), Some("accept-encoding"));
        tags.insert(answer.header("etag").unwrap().to_owned());
    }
    assert_eq!(tags.len(), 3, "each encoding is another entity");
    for (path, kind) in [
        ("/assets/app.0123abcd.wasm", "application/wasm"),
        ("/assets/app.0123abcd.bin", "application/octet-stream"),
        ("/assets/app.0123abcd.css", "text/css; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml"),
    ] {
        // There is no compressed copy of these.
        let answer = gateway.get(path, &[("accept-encoding", "br")]).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some(kind))
        );
        assert_eq!(answer.header("content-encoding"), None);
    }
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let gateway = gateway(nowhere().await).await;
    let first = gateway.get("/", &[]).await;
    let tag = first.header("etag").unwrap();
    let again = gateway
        .get("/", &[("if-none-match", &format!("\"x\", W/{tag}"))])
        .await;
    assert_eq!(
        (again.status, again.body.len(), again.header("etag")),
        (304, 0, Some(tag))
    );
    std::fs::write(gateway.dist.path().join("index.html"), "another build").unwrap();
    let rebuilt = gateway.get("/", &[("if-none-match", tag)]).await;
    assert_eq!((rebuilt.status, rebuilt.text()), (200, "another build"));
}

#[tokio::test]
async fn unknown_paths_are_the_application_and_unknown_assets_are_not() {
    let gateway = gateway(nowhere().await).await;
    for path in [
        "/",
        "/index.html",
        "/login",
        "/executive?range=7d",
        "/workspaces/0/x",
        "/favicon.ico",
        "/../../etc/passwd",
    ] {
        let answer = gateway.get(path, &[]).await;
        assert_eq!(
            (answer.status, answer.text()),
            (200, "<!doctype html>the application"),
            "{path}"
        );
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
    }
    assert_eq!(
        gateway.get("/assets/app.ffffffff.js", &[]).await.status,
        404
    );
    let direct = gateway.get("/assets/app.0123abcd.js.br", &[]).await;
    assert_eq!(direct.status, 404, "a copy is no file of its own");
    let head = gateway.send(gateway.request("HEAD", SCRIPT, &[], "")).await;
    assert_eq!(
        (head.status, head.header("content-length"), head.body.len()),
        (200, Some("12"), 0)
    );
    assert_eq!(
        gateway
            .send(gateway.request("POST", "/login", &[], "x"))
            .await
            .status,
        405
    );
}

#[tokio::test]
async fn a_dashboard_that_is_not_built_is_said_to_be() {
    let empty = tempfile::tempdir().unwrap();
    let path = empty.path().to_owned();
    let gateway = gateway_with(nowhere().await, |config| config.dist = path).await;
    let answer = gateway.get("/", &[]).await;
    assert!(
        answer.status == 503 && answer.text().contains("not built"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let gateway = gateway(nowhere().await).await;
    let mut answers = Vec::new();
    for path in [
        "/",
        SCRIPT,
        "/assets/nothing.js",
        "/health",
        "/session",
        "/session/options",
        "/session/nothing",
    ] {
        answers.push(gateway.get(path, &[]).await);
    }
    answers.push(gateway.send(gateway.rpc(QUERY, None, b"")).await);
    answers.push(gateway.send(gateway.request("POST", QUERY, &[], "")).await);
    for answer in answers {
        assert_eq!(
            answer.header("content-security-policy"),
            Some(POLICY),
            "{answer:?}"
        );
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            Some("same-origin")
        );
        assert!(
            answer
                .header("permissions-policy")
                .unwrap()
                .contains("camera=()")
        );
        assert_eq!(answer.header("access-control-allow-origin"), None);
        assert_eq!(
            answer.header("strict-transport-security"),
            None,
            "loopback is plain HTTP"
        );
    }
}
