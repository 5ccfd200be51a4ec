//! Errors as gRPC statuses: mapped once, logged once, here. What is internal goes into the log and never into a message.
//!
//! The codes are a closed set: INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED, NOT_FOUND, ALREADY_EXISTS,
//! FAILED_PRECONDITION, RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED, UNAVAILABLE, ABORTED, INTERNAL; and UNIMPLEMENTED for
//! methods that do not exist.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use shadow_auth::Denied;
use shadow_auth::token::TokenError;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

/// The domain of every `ErrorInfo`.
pub const DOMAIN: &str = "shadow-analytics";

/// When to try again what was refused because something is away.
pub const RETRY_UNAVAILABLE: Duration = Duration::from_secs(1);
/// When to try again what was refused because there is too much of it.
pub const RETRY_EXHAUSTED: Duration = Duration::from_millis(500);

/// INVALID_ARGUMENT for one field, as a path such as `selections[0].metrics`.
pub fn invalid(field: impl Into<String>, description: impl Into<String>) -> Status {
    invalid_all([(field.into(), description.into())])
}

/// INVALID_ARGUMENT for every field that is wrong, with its description.
pub fn invalid_all(violations: impl IntoIterator<Item = (String, String)>) -> Status {
    let violations: Vec<FieldViolation> = violations
        .into_iter()
        .map(|(field, description)| FieldViolation::new(field, description))
        .collect();
    let message = match violations.as_slice() {
        [] => "the request is wrong".to_owned(),
        [one] => format!("{}: {}", one.field, one.description),
        [first, others @ ..] => format!(
            "{}: {} (and {} more)",
            first.field,
            first.description,
            others.len()
        ),
    };
    Status::with_error_details(
        Code::InvalidArgument,
        message,
        ErrorDetails::with_bad_request(violations),
    )
}

/// UNAUTHENTICATED, with the token's fault as the reason.
pub fn unauthenticated(error: TokenError) -> Status {
    with_reason(
        Code::Unauthenticated,
        error.to_string(),
        error.reason(),
        HashMap::new(),
    )
}

/// NOT_FOUND or PERMISSION_DENIED.
pub fn denied(denied: Denied) -> Status {
    match denied {
        Denied::NotFound(workspace) => {
            let metadata = HashMap::from([("workspace_id".to_owned(), workspace.to_string())]);
            with_reason(
                Code::NotFound,
                denied.to_string(),
                "WORKSPACE_NOT_FOUND",
                metadata,
            )
        }
        Denied::Missing(permission) => {
            let metadata = HashMap::from([("permission".to_owned(), permission.name().to_owned())]);
            with_reason(
                Code::PermissionDenied,
                denied.to_string(),
                "PERMISSION_MISSING",
                metadata,
            )
        }
    }
}

/// NOT_FOUND; `what` is a noun such as "agent". "Not yours" and "not there" are the same answer.
pub fn not_found(what: &str) -> Status {
    with_reason(
        Code::NotFound,
        format!("{what} was not found"),
        "NOT_FOUND",
        HashMap::new(),
    )
}

/// FAILED_PRECONDITION, with a reason such as `CURSOR_EXPIRED`.
pub fn precondition(reason: &str, message: impl Into<String>) -> Status {
    with_reason(Code::FailedPrecondition, message, reason, HashMap::new())
}

/// RESOURCE_EXHAUSTED, with the time after which to try again.
pub fn exhausted(reason: &str, message: impl Into<String>, retry: Duration) -> Status {
    with_retry(Code::ResourceExhausted, message, reason, retry)
}

/// UNAVAILABLE, with the time after which to try again.
pub fn unavailable(message: impl Into<String>) -> Status {
    with_retry(Code::Unavailable, message, "UNAVAILABLE", RETRY_UNAVAILABLE)
}

/// DEADLINE_EXCEEDED.
pub fn deadline_exceeded() -> Status {
    with_reason(
        Code::DeadlineExceeded,
        "the deadline passed",
        "DEADLINE_EXCEEDED",
        HashMap::new(),
    )
}

/// INTERNAL, with the error and its sources in the log only.
pub fn internal(error: &dyn Error) -> Status {
    tracing::error!(error = %chain(error), "a request failed inside");
    with_reason(
        Code::Internal,
        "an internal error; the request id names it in the log",
        "INTERNAL",
        HashMap::new(),
    )
}

/// What storage's failures are to a caller.
pub fn from_storage(error: shadow_storage::Error) -> Status {
    use shadow_storage::Error as Storage;
    match error {
        Storage::Timeout(_) => {
            tracing::warn!(error = %chain(&error), "the database took too long");
            deadline_exceeded()
        }
        Storage::NotFound(what) => not_found(what),
        Storage::OutOfScope(workspace) => denied(Denied::NotFound(workspace)),
        _ if error.is_transient() => {
            tracing::warn!(error = %chain(&error), "the database is away");
            unavailable("the database is not available")
        }
        _ => internal(&error),
    }
}

/// After how long what was answered so may be tried again; `None` where that would not help.
pub fn retry_delay(status: &Status) -> Option<Duration> {
    let told = status
        .get_details_retry_info()
        .and_then(|retry| retry.retry_delay);
    told.or_else(|| (status.code() == Code::DeadlineExceeded).then_some(RETRY_UNAVAILABLE))
}

/// The name of a code, as gRPC writes it.
pub fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// An error and its sources in one line.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

fn with_reason(
    code: Code,
    message: impl Into<String>,
    reason: &str,
    metadata: HashMap<String, String>,
) -> Status {
    Status::with_error_details(
        code,
        message,
        ErrorDetails::with_error_info(reason, DOMAIN, metadata),
    )
}

fn with_retry(code: Code, message: impl Into<String>, reason: &str, retry: Duration) -> Status {
    let mut details = ErrorDetails::with_retry_info(Some(retry));
    details.set_error_info(reason, DOMAIN, HashMap::new());
    Status::with_error_details(code, message, details)
}

#[cfg(test)]
mod tests {
    use shadow_auth::Permission;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let wrong = [
            ("a".to_owned(), "too long".to_owned()),
            ("b[1]".to_owned(), "missing".to_owned()),
        ];
        let status = invalid_all(wrong);
        assert_eq!(
            (status.code(), status.message()),
            (Code::InvalidArgument, "a: too long (and 1 more)")
        );
        let fields: Vec<String> = status
            .get_details_bad_request()
            .unwrap()
            .field_violations
            .into_iter()
            .map(|one| one.field)
            .collect();
        assert_eq!(fields, ["a", "b[1]"]);
    }

    #[test]
    fn reasons_are_for_programs() {
        let reason = |status: &Status| status.get_details_error_info().unwrap().reason;
        let expired = unauthenticated(TokenError::Expired);
        assert_eq!(
            (expired.code(), reason(&expired).as_str()),
            (Code::Unauthenticated, "TOKEN_EXPIRED")
        );
        let missing = denied(Denied::Missing(Permission::WatchEvents));
        assert_eq!(
            (missing.code(), reason(&missing).as_str()),
            (Code::PermissionDenied, "PERMISSION_MISSING")
        );
        let other = denied(Denied::NotFound(Uuid::from_u128(7)));
        assert_eq!(
            (other.code(), reason(&other).as_str()),
            (Code::NotFound, "WORKSPACE_NOT_FOUND")
        );
        let away = from_storage(shadow_storage::Error::Busy);
        assert_eq!(
            away.get_details_retry_info().unwrap().retry_delay,
            Some(RETRY_UNAVAILABLE)
        );
        assert_eq!(
            (away.code(), reason(&away).as_str()),
            (Code::Unavailable, "UNAVAILABLE")
        );
    }

    #[test]
    fn what_may_pass_may_be_tried_again() {
        let full = exhausted("FULL", "full", RETRY_EXHAUSTED);
        assert_eq!(retry_delay(&full), Some(RETRY_EXHAUSTED));
        assert_eq!(retry_delay(&deadline_exceeded()), Some(RETRY_UNAVAILABLE));
        assert_eq!(retry_delay(&invalid("events", "too many")), None);
    }

    #[test]
    fn nothing_internal_is_in_a_message() {
        let status = internal(&std::io::Error::other("password=hunter2"));
        assert_eq!(status.code(), Code::Internal);
        assert!(!format!("{status:?}").contains("hunter2"));
    }
}
