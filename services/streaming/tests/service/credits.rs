//! Credits: published beside what else happens, each entry answered for.

use chrono::{TimeDelta, Utc};
use prost_types::Timestamp;
use shadow_proto::streaming::v1::event::Event as Kind;
use shadow_proto::streaming::v1::{
    Activity, ActivityType, CreditEntry, CreditKind, Event, RefusalReason, SubscriptionChange,
    SubscriptionChanged,
};
use uuid::Uuid;

use crate::publish::letters;
use crate::support::{ENGINEER, Stack};

fn event(id: u128, kind: Kind) -> Event {
    let occurred_at = Utc::now() - TimeDelta::minutes(1);
    Event {
        event_id: Uuid::from_u128(id).to_string(),
        workspace_id: Uuid::from_u128(0xa1).to_string(),
        occurred_at: Some(Timestamp {
            seconds: occurred_at.timestamp(),
            nanos: 0,
        }),
        event: Some(kind),
    }
}

fn purchase(amount_micro: i64) -> Kind {
    Kind::CreditEntry(CreditEntry {
        kind: CreditKind::Purchase.into(),
        amount_micro,
        ..Default::default()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_answered_for_and_never_meet_another_kind() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let bought = event(1, purchase(5));
    let other = Event {
        event: Some(purchase(6)),
        ..bought.clone()
    };
    // Under the same id and time, and yet other facts.
    let seen = Event {
        event: Some(Kind::Activity(Activity {
            user_id: "ada".to_owned(),
            r#type: ActivityType::PageView.into(),
            ..Default::default()
        })),
        ..bought.clone()
    };
    let left = Event {
        event: Some(Kind::SubscriptionChanged(SubscriptionChanged {
            subscription_id: "main".to_owned(),
            change: SubscriptionChange::Cancelled.into(),
            ..Default::default()
        })),
        ..bought.clone()
    };
    let batch = vec![
        bought.clone(),
        seen.clone(),
        left.clone(),
        bought.clone(),
        other.clone(),
        event(2, purchase(-1)),
    ];
    let answer = client.publish(batch).await.unwrap();
    assert_eq!(letters(&answer), "aaarxx");
    let refusals = answer.refusals.iter();
    let refusals: Vec<_> = refusals.map(|r| (r.field.as_str(), r.reason())).collect();
    let field = "credit_entry.amount_micro";
    assert_eq!(
        refusals,
        [
            (field, RefusalReason::Conflict),
            (field, RefusalReason::OutOfRange)
        ]
    );
    let again = client
        .publish(vec![other, bought, seen, left])
        .await
        .unwrap();
    assert_eq!(letters(&again), "xxrr");
    let again = again.refusals.iter().map(|r| r.field.as_str());
    assert_eq!(again.collect::<Vec<_>>(), [field, field]);
    stack.stop().await;
}
