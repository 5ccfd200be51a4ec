//! What people say of executions.

use super::*;

fn feedback(change: impl FnOnce(&mut proto::Feedback)) -> proto::Event {
    let mut feedback = proto::Feedback {
        rating: 4,
        ..Default::default()
    };
    change(&mut feedback);
    event(Kind::ExecutionFeedback(proto::ExecutionFeedback {
        identity: Some(identity()),
        feedback: Some(feedback),
    }))
}

#[test]
fn a_rating_is_read_whole() {
    let execution = read(feedback(|feedback| {
        *feedback = proto::Feedback {
            rating: 5,
            comment: Some("y".repeat(4_096)),
            user_id: Some("x".repeat(128)),
        };
    }))
    .unwrap();
    let given = execution.feedback.as_ref().unwrap();
    let occurred_at = DateTime::from_timestamp(NOW - 30, 0).unwrap();
    assert_eq!((given.given_at, given.rating), (occurred_at, 5));
    assert_eq!(given.comment.as_ref().map(String::len), Some(4_096));
    assert_eq!(given.given_by.as_ref().map(String::len), Some(128));
    assert_eq!(
        (execution.started_at, &execution.end, execution.seen().0),
        (None, &None, 9)
    );
    let bare = read(feedback(|feedback| feedback.comment = Some(String::new()))).unwrap();
    assert_eq!(bare.feedback.unwrap().comment, None, "empty means unknown");
}

#[test]
fn each_field_has_its_limit() {
    let unrated = event(Kind::ExecutionFeedback(proto::ExecutionFeedback {
        identity: Some(identity()),
        feedback: None,
    }));
    let nameless = event(Kind::ExecutionFeedback(proto::ExecutionFeedback {
        identity: None,
        feedback: Some(proto::Feedback::default()),
    }));
    check(
        RefusalReason::Missing,
        vec![
            (unrated, "execution_feedback.feedback"),
            (nameless, "execution_feedback.identity"),
            (
                feedback(|feedback| feedback.rating = 0),
                "execution_feedback.feedback.rating",
            ),
        ],
    );
    let early = proto::Event {
        occurred_at: at(NOW - 61),
        ..feedback(|_| {})
    };
    check(
        RefusalReason::OutOfRange,
        vec![
            (early, "occurred_at"),
            (
                feedback(|feedback| feedback.rating = 6),
                "execution_feedback.feedback.rating",
            ),
            (
                feedback(|feedback| feedback.rating = u32::MAX),
                "execution_feedback.feedback.rating",
            ),
            (
                feedback(|feedback| feedback.comment = Some("x".repeat(4_097))),
                "execution_feedback.feedback.comment",
            ),
            (
                feedback(|feedback| feedback.user_id = Some("x".repeat(129))),
                "execution_feedback.feedback.user_id",
            ),
        ],
    );
    check(
        RefusalReason::Malformed,
        vec![
            (
                feedback(|feedback| feedback.comment = Some("a\0b".to_owned())),
                "execution_feedback.feedback.comment",
            ),
            (
                feedback(|feedback| feedback.user_id = Some("a\nb".to_owned())),
                "execution_feedback.feedback.user_id",
            ),
        ],
    );
}
