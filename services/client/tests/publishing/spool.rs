//! A publisher with a folder: what it outlives.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use shadow_client::proto::streaming::v1::{Event, Refusal};
use shadow_client::{Client, Durability, Error, PublisherConfig, SpoolConfig, SpooledPublisher};
use tempfile::TempDir;
use tonic::Status;

use crate::store::{Store, any_port, client, event};

fn config(folder: &TempDir) -> SpoolConfig {
    SpoolConfig::new(folder.path().join("spool"))
}

/// Opens a folder as soon as the publisher that was dropped has let it go.
async fn open(client: &Client, config: &SpoolConfig) -> SpooledPublisher {
    loop {
        match client.spooled_publisher(config.clone()).await {
            Err(Error::SpoolInUse { .. }) => tokio::task::yield_now().await,
            opened => return opened.unwrap(),
        }
    }
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "events")
        })
        .collect();
    found.sort();
    found
}

fn ids(numbers: impl IntoIterator<Item = usize>) -> BTreeSet<String> {
    numbers
        .into_iter()
        .map(|number| number.to_string())
        .collect()
}

/// Publishes in a runtime of its own, of which nothing goes on afterwards: as in a process that ends.
fn publish_and_end(address: SocketAddr, config: &SpoolConfig, events: Vec<Event>) {
    let config = config.clone();
    let process = move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let spool = open(&client(address), &config).await;
            for event in events {
                spool.publish(event).await.unwrap();
            }
        });
    };
    std::thread::spawn(process).join().unwrap();
}

/// Where no server is.
async fn nowhere(store: &Store) -> SocketAddr {
    store.serve(any_port()).await.stop().await
}

#[tokio::test]
async fn events_leave_the_folder_when_they_are_answered_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(0);
    let serving = store.serve(any_port()).await;
    let mut config = config(&folder);
    for durability in [Durability::Process, Durability::Disk] {
        config.durability = durability;
        store.ids.lock().unwrap().clear();
        let spool = open(&serving.client(), &config).await;
        for number in 0..100 {
            spool.publish(event(&number.to_string(), 10)).await.unwrap();
        }
        assert_eq!(segments(&config.folder).len(), 1);
        assert!(spool.status().borrow().bytes > 1_000);
        store.gate.add_permits(100);
        spool.flush().await.unwrap();
        assert_eq!(*store.ids.lock().unwrap(), ids(0..100));
        let status = spool.status().borrow().clone();
        assert_eq!((status.bytes, status.unreadable_bytes), (0, 0));
        assert_eq!(segments(&config.folder), Vec::<PathBuf>::new());
        spool.close().await.unwrap();
        store.gate.forget_permits(1_000);
    }
}

#[tokio::test]
async fn events_outlive_their_publisher_and_an_outage() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(1_000);
    let address = nowhere(&store).await;
    let mut config = config(&folder);
    // Far less memory than events.
    config.publisher.memory = 10_000;
    for part in 0..3 {
        let numbers = part * 1_000..(part + 1) * 1_000;
        let events = numbers
            .map(|number| event(&number.to_string(), 100))
            .collect();
        publish_and_end(address, &config, events);
    }
    let _again = store.serve(address).await;
    let spool = open(&client(address), &config).await;
    assert!(spool.status().borrow().bytes > 300_000);
    spool.close().await.unwrap();
    assert_eq!(*store.ids.lock().unwrap(), ids(0..3_000));
    assert_eq!(segments(&config.folder), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_full_folder_names_its_limit_and_has_room_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(0);
    let serving = store.serve(any_port()).await;
    let mut config = config(&folder);
    config.bytes = 100_000;
    let spool = open(&serving.client(), &config).await;
    let mut taken = 0;
    let full = loop {
        match spool.publish(event(&taken.to_string(), 1_000)).await {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
    };
    assert!((90..100).contains(&taken), "{taken}");
    assert!(
        matches!(full, Error::SpoolFull { limit: 100_000, .. }),
        "{full}"
    );
    let said = full.to_string();
    assert!(said.contains("100000") && said.contains("/spool"), "{said}");
    assert!(spool.status().borrow().bytes <= 100_000);

    store.gate.add_permits(1_000);
    spool.flush().await.unwrap();
    spool.publish(event("more", 1_000)).await.unwrap();
    spool.close().await.unwrap();
    let mut stored = ids(0..taken);
    stored.insert("more".to_owned());
    assert_eq!(*store.ids.lock().unwrap(), stored);
}

#[tokio::test]
async fn one_publisher_has_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(10);
    let serving = store.serve(any_port()).await;
    let config = config(&folder);
    let first = open(&serving.client(), &config).await;
    let second = serving.client().spooled_publisher(config.clone()).await;
    assert!(matches!(second.unwrap_err(), Error::SpoolInUse { .. }));
    first.close().await.unwrap();
    let third = serving.client().spooled_publisher(config).await.unwrap();
    third.close().await.unwrap();

    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = serving
        .client()
        .spooled_publisher(SpoolConfig::new(&file))
        .await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Spool { .. }), "{error}");
}

/// Wherever the file was cut off or damaged, every event before that arrives, and what comes later does too.
#[tokio::test]
async fn a_file_that_was_cut_or_damaged_is_read_as_far_as_it_goes() {
    for (at_end, cut) in [(1, true), (50, true), (150, true), (1_000, false)] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(1_000);
        let address = nowhere(&store).await;
        let config = config(&folder);
        let name = |number: usize| format!("{number:03}");
        let events = (0..100).map(|number| event(&name(number), 80)).collect();
        publish_and_end(address, &config, events);

        let [file] = &segments(&config.folder)[..] else {
            panic!("one segment was expected");
        };
        let mut bytes = fs::read(file).unwrap();
        let record = bytes.len() / 100;
        let at = bytes.len() - at_end;
        match cut {
            true => bytes.truncate(at),
            false => bytes[at] ^= 1,
        }
        fs::write(file, &bytes).unwrap();

        let _serving = store.serve(address).await;
        let spool = open(&client(address), &config).await;
        spool.publish(event("later", 80)).await.unwrap();
        spool.flush().await.unwrap();
        let whole = at / record;
        let mut expected: BTreeSet<_> = (0..whole).map(name).collect();
        expected.insert("later".to_owned());
        assert_eq!(*store.ids.lock().unwrap(), expected, "{at_end}");
        let unreadable = spool.status().borrow().unreadable_bytes;
        assert_eq!(
            unreadable,
            (bytes.len() - whole * record) as u64,
            "{at_end}"
        );
        spool.close().await.unwrap();
        assert_eq!(segments(&config.folder), Vec::<PathBuf>::new());
    }
}

#[tokio::test]
async fn what_the_server_does_not_take_stays_and_what_it_refuses_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(0);
    let serving = store.serve(any_port()).await;
    let mut config = config(&folder);
    config.publisher = PublisherConfig {
        batch_events: 2,
        in_flight: 1,
        ..PublisherConfig::default()
    };
    let expired = Status::unauthenticated("the token has expired");
    store
        .failures
        .lock()
        .unwrap()
        .extend([expired.clone(), expired]);
    let spool = open(&serving.client(), &config).await;
    let mut refusals = spool.refusals();
    let mut status = spool.status();
    for id in ["a", "bad", "b", "c"] {
        spool.publish(event(id, 10)).await.unwrap();
    }
    store.gate.add_permits(1);
    let troubled = status
        .wait_for(|status| status.trouble.is_some())
        .await
        .unwrap()
        .clone();
    let said = troubled.trouble.unwrap();
    assert!(said.contains("the token has expired"), "{said}");
    store.gate.add_permits(1_000);
    spool.flush().await.unwrap();
    let status = status.borrow().clone();
    assert_eq!((status.trouble, status.bytes), (None, 0));
    assert!(status.refused >= 1);
    let refusal: Refusal = refusals.recv().await.unwrap();
    assert_eq!(refusal.event_id, "bad");
    assert_eq!(
        *store.ids.lock().unwrap(),
        BTreeSet::from(["a", "b", "c"].map(str::to_owned))
    );
    spool.close().await.unwrap();
}
