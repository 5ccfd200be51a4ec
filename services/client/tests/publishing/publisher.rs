//! The publisher against a server that answers when it is let.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use prost::Message;
use shadow_client::proto::streaming::v1::Refusal;
use shadow_client::{Answer, Error, MAX_BATCH_BYTES, PublisherConfig, Receipt};

use crate::store::{Store, any_port, event};

/// Batches that are cut by nothing but these events and bytes, or a flush.
fn by_size(batch_events: usize, batch_bytes: usize) -> PublisherConfig {
    PublisherConfig {
        batch_events,
        batch_bytes,
        batch_time: Duration::from_secs(3_600),
        ..PublisherConfig::default()
    }
}

async fn answers(receipts: Vec<Receipt>) -> Vec<Answer> {
    let answers = join_all(receipts).await;
    answers.into_iter().map(Result::unwrap).collect()
}

#[tokio::test]
async fn each_event_has_its_own_answer() {
    let store = Store::new(100);
    let serving = store.serve(any_port()).await;
    let mut config = by_size(3, MAX_BATCH_BYTES);
    config.in_flight = 1;
    let publisher = serving.client().publisher(config);
    let mut receipts = Vec::new();
    for id in ["a", "bad", "b", "a", "c"] {
        receipts.push(publisher.publish(event(id, 0)).await.unwrap());
    }
    publisher.flush().await.unwrap();
    let sizes: Vec<_> = store.batches().iter().map(|(events, _)| *events).collect();
    assert_eq!(sizes, [3, 2]);
    let refused = Refusal {
        index: 1,
        event_id: "bad".to_owned(),
        ..Refusal::default()
    };
    assert_eq!(
        answers(receipts).await,
        [
            Answer::Accepted,
            Answer::Refused(refused),
            Answer::Accepted,
            Answer::Repeated,
            Answer::Accepted
        ]
    );
    let receipt = publisher.publish(event("d", 0)).await.unwrap();
    publisher.close().await.unwrap();
    assert_eq!(receipt.now_or_never().unwrap().unwrap(), Answer::Accepted);
}

#[tokio::test]
async fn a_batch_goes_by_its_time_alone_and_after_the_publisher_is_dropped() {
    let store = Store::new(100);
    let serving = store.serve(any_port()).await;
    let publisher = serving.client().publisher(PublisherConfig::default());
    let receipt = publisher.publish(event("a", 0)).await.unwrap();
    assert_eq!(receipt.await.unwrap(), Answer::Accepted);

    let publisher = serving.client().publisher(by_size(10, MAX_BATCH_BYTES));
    let receipt = publisher.publish(event("b", 0)).await.unwrap();
    drop(publisher);
    assert_eq!(receipt.await.unwrap(), Answer::Accepted);
}

#[tokio::test]
async fn batches_stay_below_what_the_server_takes() {
    let store = Store::new(100);
    let serving = store.serve(any_port()).await;
    let publisher = serving.client().publisher(by_size(usize::MAX, usize::MAX));
    let mut receipts = Vec::new();
    for index in 0..20 {
        let event = event(&index.to_string(), 300_000 + index * 10_000);
        receipts.push(publisher.publish(event).await.unwrap());
    }
    let id_and_tags = event("largest", 0).encoded_len() + 10;
    let largest = event("largest", MAX_BATCH_BYTES - id_and_tags);
    receipts.push(publisher.publish(largest).await.unwrap());
    publisher.flush().await.unwrap();
    assert_eq!(answers(receipts).await, vec![Answer::Accepted; 21]);
    assert!(
        store
            .batches()
            .iter()
            .all(|(_, bytes)| *bytes <= MAX_BATCH_BYTES)
    );

    let error = publisher
        .publish(event("huge", MAX_BATCH_BYTES))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    let said = error.to_string();
    assert!(said.contains("huge") && said.contains("4194304"), "{said}");
}

#[tokio::test]
async fn publish_waits_while_the_memory_is_full() {
    let store = Store::new(0);
    let serving = store.serve(any_port()).await;
    let mut config = by_size(1, MAX_BATCH_BYTES);
    config.memory = 2_500;
    let publisher = serving.client().publisher(config);
    let first = publisher.publish(event("a", 1_000)).await.unwrap();
    publisher.publish(event("b", 1_000)).await.unwrap();
    let mut third = Box::pin(publisher.publish(event("c", 1_000)));
    store.came(2).await;
    assert!(third.as_mut().now_or_never().is_none());
    store.gate.add_permits(1);
    let third = third.await.unwrap();
    store.gate.add_permits(10);
    assert_eq!(answers(vec![first, third]).await, vec![Answer::Accepted; 2]);
    // One that is larger than the memory passes all the same.
    let large = publisher.publish(event("d", 10_000)).await.unwrap();
    assert_eq!(large.await.unwrap(), Answer::Accepted);
}

#[tokio::test]
async fn so_many_batches_are_on_their_way_and_no_more() {
    let store = Store::new(0);
    let serving = store.serve(any_port()).await;
    let mut config = by_size(1, MAX_BATCH_BYTES);
    config.in_flight = 3;
    let publisher = serving.client().publisher(config);
    let mut receipts = Vec::new();
    for id in ["a", "b", "c", "d", "e"] {
        receipts.push(publisher.publish(event(id, 0)).await.unwrap());
    }
    // Three without an answer to any; each further one only after an answer.
    store.came(3).await;
    for answered in 1..=2 {
        assert_eq!(store.batches().len(), 2 + answered);
        store.gate.add_permits(1);
        store.came(3 + answered).await;
    }
    store.gate.add_permits(10);
    assert_eq!(answers(receipts).await, vec![Answer::Accepted; 5]);
}

#[tokio::test]
async fn a_batch_outlives_a_restart_of_the_server() {
    let store = Store::new(1);
    let serving = store.serve(any_port()).await;
    let publisher = serving.client().publisher(by_size(1, MAX_BATCH_BYTES));
    let before = publisher.publish(event("before", 0)).await.unwrap();
    assert_eq!(before.await.unwrap(), Answer::Accepted);
    let address = serving.stop().await;
    let during = publisher.publish(event("during", 0)).await.unwrap();
    store.gate.add_permits(10);
    let _again = store.serve(address).await;
    assert_eq!(during.await.unwrap(), Answer::Accepted);
}

#[tokio::test]
async fn a_batch_is_given_up_in_the_end() {
    let serving = Store::new(0).serve(any_port()).await;
    let client = serving.client();
    serving.stop().await;
    let mut config = by_size(2, MAX_BATCH_BYTES);
    config.give_up = Duration::ZERO;
    let publisher = client.publisher(config);
    let first = publisher.publish(event("a", 0)).await.unwrap();
    let second = publisher.publish(event("b", 0)).await.unwrap();
    publisher.close().await.unwrap();
    for receipt in [first, second] {
        let error = receipt.await.unwrap_err();
        assert!(
            matches!(*error, Error::Exhausted { attempts: 1, .. }),
            "{error}"
        );
    }
}
