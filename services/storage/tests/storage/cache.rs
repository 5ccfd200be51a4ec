//! The cache: there, empty, and gone.

use std::time::{Duration, Instant};

use secrecy::SecretString;
use shadow_local::TestServers;
use shadow_storage::cache::Cache;

fn cache(url: &str) -> Cache {
    Cache::new(Some(&SecretString::from(url.to_owned())), 4).unwrap()
}

/// A first connection may take longer than the cache waits.
async fn ready(cache: &Cache) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while cache.answers().await != Some(true) {
        assert!(Instant::now() < deadline, "Redis does not answer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_are_kept_for_a_time() {
    let cache = cache(&TestServers::redis_url().await.unwrap());
    ready(&cache).await;
    assert_eq!(cache.get("a").await, None);
    assert!(cache.put("a", b"\0\xff", Duration::from_secs(60)).await);
    assert_eq!(cache.get("a").await.as_deref(), Some(&b"\0\xff"[..]));
    assert!(cache.put("a", b"short", Duration::from_millis(1)).await);
    let deadline = Instant::now() + Duration::from_secs(20);
    while cache.get("a").await.is_some() {
        assert!(Instant::now() < deadline, "it is kept for ever");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_everything_is_a_miss_at_once() {
    let nowhere = cache("redis://127.0.0.1:1/");
    let begun = Instant::now();
    for _ in 0..5 {
        assert_eq!(nowhere.get("a").await, None);
        assert!(!nowhere.put("a", b"x", Duration::from_secs(1)).await);
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(nowhere.answers().await, Some(false));
    let none = Cache::new(None, 4).unwrap();
    assert_eq!((none.get("a").await, none.answers().await), (None, None));
    assert!(Cache::new(Some(&SecretString::from("nonsense".to_owned())), 4).is_err());
}
