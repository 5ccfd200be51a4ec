//! The cookie that holds a session.

use http::header::{COOKIE, HeaderMap, HeaderValue};

const NAME: &str = "shadow_session";

/// The value of the session's cookie.
pub(super) fn read(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='))
        .filter(|value| !value.is_empty())
}

/// The header that sets the cookie for so many seconds; zero of them take it away.
pub(super) fn write(token: &str, seconds: i64, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text =
        format!("{NAME}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    let mut value = HeaderValue::try_from(text).expect("a token is base64url and dots");
    value.set_sensitive(true);
    value
}

/// The header that takes the cookie away.
pub(super) fn clear(secure: bool) -> HeaderValue {
    write("", 0, secure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others_and_by_its_whole_name() {
        let of = |cookies: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for cookie in cookies {
                headers.append(COOKIE, HeaderValue::from_static(cookie));
            }
            read(&headers).map(str::to_owned)
        };
        assert_eq!(
            of(&["a=1; shadow_session=x.y.z; b=2"]).as_deref(),
            Some("x.y.z")
        );
        assert_eq!(of(&["a=1", "shadow_session=x"]).as_deref(), Some("x"));
        assert_eq!(of(&["not_shadow_session=x; shadow_session_old=y"]), None);
        assert_eq!(of(&["shadow_session="]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn no_script_and_no_other_site_gets_the_cookie() {
        let plain = write("t", 900, false);
        assert_eq!(
            plain,
            "shadow_session=t; Path=/; HttpOnly; SameSite=Strict; Max-Age=900"
        );
        let secure = write("t", 900, true);
        assert_eq!(
            secure,
            "shadow_session=t; Path=/; HttpOnly; SameSite=Strict; Max-Age=900; Secure"
        );
        assert!(!format!("{secure:?}").contains("=t;"), "it is not logged");
        assert_eq!(
            clear(false),
            "shadow_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
        );
    }
}
