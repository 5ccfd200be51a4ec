//! What goes in, and a property over everything.

use chrono::TimeDelta;
use proptest::prelude::*;
use shadow_domain::execution::{Outcome, Seen};
use shadow_rpc::wire;

use super::*;

#[test]
fn what_is_at_its_limit_goes_in() {
    let execution = read(ended(|end| {
        *end = proto::ExecutionEnd {
            outcome: proto::Outcome::TimedOut.into(),
            duration: Some(Duration {
                seconds: 366 * 86_400,
                nanos: 0,
            }),
            model: Some("x".repeat(128)),
            provider: Some(String::new()),
            input_tokens: Some(1_000_000_000),
            output_tokens: Some(0),
            credits_micro: Some(1_000_000_000_000),
            cost: Some(Money {
                currency: "EUR".to_owned(),
                micros: 1_000_000_000_000,
            }),
            error_kind: None,
            error_message: Some(format!("{}\n", "x".repeat(4_095))),
            started_at: at(NOW - 30),
        };
    }))
    .unwrap();
    let end = execution.end.clone().unwrap();
    assert_eq!(
        (end.outcome, end.ended_at),
        (Outcome::TimedOut, now() - TimeDelta::seconds(30))
    );
    // Empty means unknown; zero means zero.
    assert_eq!((end.provider, end.output_tokens), (None, Some(0)));
    assert_eq!(execution.seen(), Seen(7));
    assert!(read(started(|event| event.occurred_at = at(NOW + 86_400))).is_ok());
}

#[test]
fn times_are_cut_off_at_the_microsecond() {
    let precise = Some(Timestamp {
        seconds: NOW - 60,
        nanos: 123_456_999,
    });
    let execution = read(opened(|identity| identity.opened_at = precise)).unwrap();
    assert_eq!(
        execution.identity.opened_at.timestamp_subsec_nanos(),
        123_456_000
    );
    assert_eq!(
        wire::timestamp(execution.identity.opened_at),
        Timestamp {
            seconds: NOW - 60,
            nanos: 123_456_000
        }
    );
    assert_eq!(
        wire::duration(1_500_001),
        Duration {
            seconds: 1,
            nanos: 500_001_000
        }
    );
}

proptest! {
    /// Whatever is sent, it is read or refused by a field that exists; what is read keeps every limit.
    #[test]
    fn nothing_slips_through(
        seconds in prop_oneof![any::<i64>(), 946_684_700..NOW + 90_000],
        nanos in any::<i32>(),
        text in ".{0,140}",
        trigger in -1..7_i32,
        tokens in any::<i64>(),
        duration in (-1..366 * 86_400 + 2_i64, -1..1_000_000_001_i32),
    ) {
        let mut event = ended(|end| {
            end.input_tokens = Some(tokens);
            end.model = Some(text.clone());
            end.duration = Some(Duration { seconds: duration.0, nanos: duration.1 });
        });
        event.occurred_at = Some(Timestamp { seconds, nanos });
        if let Some(Kind::ExecutionEnded(ended)) = &mut event.event {
            let identity = ended.identity.as_mut().unwrap();
            identity.agent_id = text.clone();
            identity.trigger = trigger;
        }
        match read(event) {
            Ok(execution) => {
                let end = execution.end.unwrap();
                prop_assert!(end.ended_at >= execution.identity.opened_at);
                prop_assert!(end.ended_at <= now() + TimeDelta::days(1));
                prop_assert_eq!(end.ended_at.timestamp_subsec_nanos() % 1_000, 0);
                prop_assert!((1..=128).contains(&execution.identity.agent_id.len()));
                prop_assert!(!execution.identity.agent_id.chars().any(char::is_control));
                prop_assert!((0..=1_000_000_000).contains(&end.input_tokens.unwrap()));
                prop_assert!((0..=366 * 86_400_000_000).contains(&end.duration_micros.unwrap()));
            }
            Err(refused) => {
                prop_assert!(refused.field == "occurred_at" || refused.field.starts_with("execution_ended."));
                prop_assert!(refused.reason != RefusalReason::Unspecified);
            }
        }
    }
}
