//! What is known of one execution, as it is shown. What is unknown is absent.

use shadow_proto::{
    metrics::v1::Unit,
    streaming::v1::{Execution, ExecutionStatus, Trigger},
};

use crate::{components::ui::BadgeTone, format, state::query::instant};

/// What a status is called.
pub(crate) fn status_name(status: ExecutionStatus) -> &'static str {
    match status {
        ExecutionStatus::Queued => "Queued",
        ExecutionStatus::Running => "Running",
        ExecutionStatus::Completed => "Completed",
        ExecutionStatus::Failed => "Failed",
        ExecutionStatus::Cancelled => "Cancelled",
        ExecutionStatus::TimedOut => "Timed out",
        ExecutionStatus::Unknown | ExecutionStatus::Unspecified => "Unknown",
    }
}

/// What the colour of a status means.
pub(crate) fn tone(status: ExecutionStatus) -> BadgeTone {
    match status {
        ExecutionStatus::Completed => BadgeTone::Good,
        ExecutionStatus::Failed => BadgeTone::Bad,
        ExecutionStatus::TimedOut => BadgeTone::Warning,
        ExecutionStatus::Running => BadgeTone::Active,
        _ => BadgeTone::Neutral,
    }
}

/// What asked for it.
pub(crate) fn trigger_name(execution: &Execution) -> &'static str {
    match execution
        .identity
        .as_ref()
        .map(|identity| identity.trigger())
    {
        Some(Trigger::User) => "User",
        Some(Trigger::Schedule) => "Schedule",
        Some(Trigger::Api) => "API",
        Some(Trigger::Agent) => "Agent",
        Some(Trigger::Unspecified) | None => format::ABSENT,
    }
}

/// The time that the work took in microseconds, where the producer said it, else from start to end.
pub(crate) fn duration(execution: &Execution) -> Option<f64> {
    if let Some(duration) = execution.end.as_ref().and_then(|end| end.duration.as_ref()) {
        return Some(duration.seconds as f64 * 1e6 + f64::from(duration.nanos) / 1e3);
    }
    let started = instant(execution.started_at.as_ref())?;
    let ended = instant(execution.ended_at.as_ref())?;
    micros(ended - started)
}

/// The time from being asked for to its start in microseconds.
pub(crate) fn wait(execution: &Execution) -> Option<f64> {
    let opened = instant(execution.identity.as_ref()?.opened_at.as_ref())?;
    let started = instant(execution.started_at.as_ref())?;
    micros(started - opened).filter(|micros| *micros >= 0.0)
}

/// Input and output together; absent where neither is known.
pub(crate) fn tokens(execution: &Execution) -> Option<f64> {
    let end = execution.end.as_ref()?;
    match (end.input_tokens, end.output_tokens) {
        (None, None) => None,
        (input, output) => Some((input.unwrap_or(0) + output.unwrap_or(0)) as f64),
    }
}

/// Credits that it consumed, in millionths.
pub(crate) fn credits(execution: &Execution) -> Option<f64> {
    let credits = execution.end.as_ref()?.credits_micro;
    credits.map(|micro| micro as f64)
}

/// What the provider charges.
pub(crate) fn cost(execution: &Execution) -> String {
    match execution.end.as_ref().and_then(|end| end.cost.as_ref()) {
        Some(money) => format::amount(&money.currency, money.micros as f64),
        None => format::ABSENT.to_owned(),
    }
}

/// One fact with its name.
pub(crate) type Fact = (&'static str, String);

/// Everything that is known, in groups. Facts that this execution cannot have yet are left out.
pub(crate) fn all(execution: &Execution) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |name: &'static str, value: Option<String>| {
        facts.extend(
            value
                .filter(|text| !text.is_empty())
                .map(|text| (name, text)),
        );
    };
    if let Some(identity) = &execution.identity {
        add("Trigger", Some(trigger_name(execution).to_owned()));
        add("User", identity.user_id.clone());
        add("Environment", identity.environment.clone());
        add("Agent version", identity.agent_version.clone());
        let timeout = identity.timeout.as_ref();
        add(
            "Timeout",
            timeout.map(|length| format::duration(length.seconds as f64 * 1e6)),
        );
    }
    if let Some(end) = &execution.end {
        let count = |tokens: i64| format::exact(Unit::Tokens, Some(tokens as f64));
        add("Model", end.model.clone());
        add("Provider", end.provider.clone());
        add("Input tokens", end.input_tokens.map(count));
        add("Output tokens", end.output_tokens.map(count));
        let credits = credits(execution);
        add(
            "Credits",
            credits.map(|micro| format::exact(Unit::CreditsMicro, Some(micro))),
        );
        add("Cost", end.cost.as_ref().map(|_| cost(execution)));
    }
    if let Some(feedback) = &execution.feedback {
        add("Rating", Some(format!("{} of 5", feedback.rating)));
        add("Rated by", feedback.user_id.clone());
        add("Comment", feedback.comment.clone());
    }
    facts
}

fn micros(length: chrono::TimeDelta) -> Option<f64> {
    length.num_microseconds().map(|micros| micros as f64)
}

#[cfg(test)]
mod tests {
    use prost_types::Duration;
    use shadow_proto::{
        common::v1::Money,
        streaming::v1::{ExecutionEnd, Feedback},
    };

    use super::*;
    use crate::state::{
        feed::tests::{at, execution},
        query::timestamp,
    };

    #[test]
    fn what_is_unknown_is_absent() {
        let open = execution("a", 1, 1, ExecutionStatus::Running);
        assert_eq!(
            (duration(&open), wait(&open), tokens(&open), credits(&open)),
            (None, None, None, None)
        );
        assert_eq!(cost(&open), "—");
        assert_eq!(all(&open), [("Trigger", "—".to_owned())]);
    }

    #[test]
    fn what_is_known_is_shown() {
        let end = ExecutionEnd {
            duration: Some(Duration {
                seconds: 2,
                nanos: 500_000_000,
            }),
            model: Some("m-1".to_owned()),
            output_tokens: Some(20_000),
            cost: Some(Money {
                currency: "EUR".to_owned(),
                micros: 1_500_000,
            }),
            ..ExecutionEnd::default()
        };
        let ended = Execution {
            end: Some(end),
            started_at: Some(timestamp("2026-11-23T20:01:03Z".parse().unwrap())),
            feedback: Some(Feedback {
                rating: 4,
                user_id: Some("ada".to_owned()),
                ..Feedback::default()
            }),
            ..execution("a", 1, 2, ExecutionStatus::Completed)
        };
        assert_eq!(duration(&ended), Some(2_500_000.0));
        assert_eq!(wait(&ended), Some(3_000_000.0));
        assert_eq!(tokens(&ended), Some(20_000.0));
        let facts = all(&ended);
        for fact in [
            ("Model", "m-1"),
            ("Output tokens", "20,000"),
            ("Cost", "1.50 EUR"),
            ("Rating", "4 of 5"),
            ("Rated by", "ada"),
        ] {
            assert!(facts.contains(&(fact.0, fact.1.to_owned())), "{facts:?}");
        }
        let absent = ["Input tokens", "Comment"];
        assert!(facts.iter().all(|(name, _)| !absent.contains(name)));
    }

    #[test]
    fn a_start_before_the_opening_is_no_wait() {
        let odd = Execution {
            started_at: Some(timestamp(at(-40 * 86_400))),
            ..execution("a", 1, 2, ExecutionStatus::Running)
        };
        assert_eq!(wait(&odd), None);
    }
}
