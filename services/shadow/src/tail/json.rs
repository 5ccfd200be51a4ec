//! JSON Lines for programs: what is absent is null, times are RFC 3339 in UTC.

use chrono::SecondsFormat;
use prost_types::Timestamp;
use serde_json::{Value as Json, json};
use shadow_client::proto::streaming::v1::{Execution, ExecutionChange, Outcome, Trigger};

use super::line;

/// One line for each execution. The last one has the cursor: only after all of them is everything up to it known.
pub(super) fn snapshot(cursor: &str, executions: &[&Execution]) -> String {
    let last = executions.len().saturating_sub(1);
    let lines = executions.iter().enumerate().map(|(index, one)| {
        let line = json!({
            "kind": "snapshot",
            "cursor": (index == last).then_some(cursor),
            "commit_time": null,
            "execution": execution(one),
        });
        format!("{line}\n")
    });
    lines.collect()
}

/// An execution after one change.
pub(super) fn change(cursor: &str, change: &ExecutionChange) -> String {
    let line = json!({
        "kind": "change",
        "cursor": cursor,
        "commit_time": time(change.commit_time.as_ref()),
        "execution": change.execution.as_ref().map(execution),
    });
    format!("{line}\n")
}

/// So many changes were left out.
pub(super) fn lagged(cursor: &str, missed: u64) -> String {
    let line = json!({ "kind": "lagged", "cursor": cursor, "missed": missed });
    format!("{line}\n")
}

fn execution(execution: &Execution) -> Json {
    let identity = execution.identity.clone().unwrap_or_default();
    let end = execution.end.clone().unwrap_or_default();
    let outcome = execution.end.as_ref().map(|end| end.outcome());
    json!({
        "workspace_id": execution.workspace_id,
        "execution_id": identity.execution_id,
        "revision": execution.revision,
        "status": line::status(execution.status()),
        "agent_id": identity.agent_id,
        "agent_name": execution.agent_name,
        "agent_version": identity.agent_version,
        "trigger": name(identity.trigger().as_str_name(), Trigger::Unspecified.as_str_name()),
        "environment": identity.environment,
        "user_id": identity.user_id,
        "opened_at": time(identity.opened_at.as_ref()),
        "started_at": time(execution.started_at.as_ref()),
        "ended_at": time(execution.ended_at.as_ref()),
        "outcome": outcome.map(|outcome| name(outcome.as_str_name(), Outcome::Unspecified.as_str_name())),
        "duration_micros": end.duration.map(|it| it.seconds * 1_000_000 + i64::from(it.nanos) / 1_000),
        "model": end.model,
        "provider": end.provider,
        "input_tokens": end.input_tokens,
        "output_tokens": end.output_tokens,
        "credits_micro": end.credits_micro,
        "cost": end.cost.map(|cost| json!({ "currency": cost.currency, "micros": cost.micros })),
        "error_kind": end.error_kind,
        "error_message": end.error_message,
        "feedback": execution.feedback.as_ref().map(|feedback| json!({
            "time": time(execution.feedback_at.as_ref()),
            "rating": feedback.rating,
            "comment": feedback.comment,
            "user_id": feedback.user_id,
        })),
    })
}

/// A value of an enum of the API without its prefix, which that of the zero value shows.
fn name(name: &str, zero: &str) -> String {
    let prefix = zero.trim_end_matches("UNSPECIFIED");
    name.trim_start_matches(prefix).to_ascii_lowercase()
}

fn time(at: Option<&Timestamp>) -> Option<String> {
    let at = at.and_then(line::instant)?;
    Some(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

#[cfg(test)]
mod tests {
    use shadow_client::proto::common::v1::Money;
    use shadow_client::proto::streaming::v1::{
        ExecutionEnd, ExecutionIdentity, ExecutionStatus, Feedback,
    };

    use super::*;

    fn ended() -> Execution {
        let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
        let identity = ExecutionIdentity {
            execution_id: "e".to_owned(),
            opened_at: at(1_700_000_000),
            agent_id: "a".to_owned(),
            trigger: Trigger::User.into(),
            ..ExecutionIdentity::default()
        };
        let end = ExecutionEnd {
            outcome: Outcome::TimedOut.into(),
            duration: Some(prost_types::Duration {
                seconds: 1,
                nanos: 500_000_000,
            }),
            input_tokens: Some(0),
            cost: Some(Money {
                currency: "EUR".to_owned(),
                micros: 7,
            }),
            error_message: Some("two\nlines".to_owned()),
            ..ExecutionEnd::default()
        };
        Execution {
            workspace_id: "w".to_owned(),
            identity: Some(identity),
            status: ExecutionStatus::TimedOut.into(),
            ended_at: at(1_700_000_002),
            end: Some(end),
            revision: 3,
            feedback: Some(Feedback {
                rating: 4,
                comment: None,
                user_id: Some("u".to_owned()),
            }),
            feedback_at: at(1_700_086_400),
            ..Execution::default()
        }
    }

    #[test]
    fn a_change_is_one_line_and_says_all() {
        let change = ExecutionChange {
            execution: Some(ended()),
            commit_time: Some(Timestamp {
                seconds: 1_700_000_003,
                nanos: 1_000,
            }),
        };
        let text = super::change("c", &change);
        assert_eq!(text.lines().count(), 1);
        let read: Json = serde_json::from_str(&text).unwrap();
        let expected = json!({
            "kind": "change", "cursor": "c", "commit_time": "2023-11-14T22:13:23.000001Z",
            "execution": {
                "workspace_id": "w", "execution_id": "e", "revision": 3, "status": "timed_out",
                "agent_id": "a", "agent_name": "", "agent_version": null, "trigger": "user",
                "environment": null, "user_id": null, "opened_at": "2023-11-14T22:13:20Z",
                "started_at": null, "ended_at": "2023-11-14T22:13:22Z", "outcome": "timed_out",
                "duration_micros": 1_500_000, "model": null, "provider": null, "input_tokens": 0,
                "output_tokens": null, "credits_micro": null,
                "cost": { "currency": "EUR", "micros": 7 },
                "error_kind": null, "error_message": "two\nlines",
                "feedback": {
                    "time": "2023-11-15T22:13:20Z", "rating": 4, "comment": null, "user_id": "u",
                },
            },
        });
        assert_eq!(read, expected);
    }

    #[test]
    fn the_cursor_of_a_snapshot_comes_with_its_last_line() {
        let text = snapshot("c", &[&ended(), &ended()]);
        let cursors: Vec<Json> = text
            .lines()
            .map(|line| serde_json::from_str::<Json>(line).unwrap()["cursor"].clone())
            .collect();
        assert_eq!(cursors, [Json::Null, json!("c")]);
        assert_eq!(snapshot("c", &[]), "");
    }
}
