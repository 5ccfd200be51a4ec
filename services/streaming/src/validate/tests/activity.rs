//! What people do.

use shadow_domain::fact::{ActivityType, Content, Kind as FactKind};

use super::*;

fn activity(change: impl FnOnce(&mut proto::Activity)) -> proto::Event {
    let mut activity = proto::Activity {
        user_id: "ada".to_owned(),
        r#type: proto::ActivityType::PageView.into(),
        ..Default::default()
    };
    change(&mut activity);
    event(Kind::Activity(activity))
}

#[test]
fn an_activity_is_read_whole() {
    let whole = activity(|activity| {
        *activity = proto::Activity {
            user_id: "x".repeat(128),
            r#type: proto::ActivityType::Custom.into(),
            session_id: Some("x".repeat(128)),
            name: Some("x".repeat(128)),
            path: Some("x".repeat(1_024)),
            device: Some(String::new()),
        };
    });
    let Ok(Said::Fact(fact)) = said(whole) else {
        panic!("no fact");
    };
    let id: Uuid = ID.parse().unwrap();
    assert_eq!(
        fact.name(),
        (
            id,
            FactKind::Activity,
            DateTime::from_timestamp(NOW - 30, 0).unwrap(),
            id,
            0
        )
    );
    let Content::Activity(activity) = fact.content else {
        panic!("no activity");
    };
    assert_eq!(activity.activity_type, ActivityType::Custom);
    assert_eq!(activity.path.as_ref().map(String::len), Some(1_024));
    assert_eq!(activity.device, None, "empty means unknown");
}

#[test]
fn each_field_has_its_limit() {
    let long = |length: usize| Some("x".repeat(length + 1));
    let table: [(RefusalReason, proto::Event, &str); 9] = [
        (
            RefusalReason::Missing,
            activity(|a| a.user_id.clear()),
            "user_id",
        ),
        (
            RefusalReason::OutOfRange,
            activity(|a| a.user_id = "x".repeat(129)),
            "user_id",
        ),
        (
            RefusalReason::Malformed,
            activity(|a| a.user_id.push('\n')),
            "user_id",
        ),
        (RefusalReason::Missing, activity(|a| a.r#type = 0), "type"),
        (
            RefusalReason::Malformed,
            activity(|a| a.r#type = 12),
            "type",
        ),
        (
            RefusalReason::OutOfRange,
            activity(|a| a.session_id = long(128)),
            "session_id",
        ),
        (
            RefusalReason::OutOfRange,
            activity(|a| a.name = long(128)),
            "name",
        ),
        (
            RefusalReason::OutOfRange,
            activity(|a| a.path = long(1_024)),
            "path",
        ),
        (
            RefusalReason::OutOfRange,
            activity(|a| a.device = long(64)),
            "device",
        ),
    ];
    for (reason, event, field) in table {
        let refused = said(event).unwrap_err();
        assert_eq!(
            (refused.field, refused.reason),
            (format!("activity.{field}"), reason)
        );
    }
    let nameless = activity(|a| a.r#type = proto::ActivityType::Custom.into());
    assert_eq!(said(nameless).unwrap_err().field, "activity.name");
}
