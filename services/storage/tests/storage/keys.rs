//! Service keys: put, read, listed, revoked.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_auth::key::{ServiceKey, ShownKey, spell};
use shadow_auth::{Permission, Workspaces};
use shadow_storage::directory::*;
use uuid::Uuid;

use crate::support::*;

fn key(id: u128, workspaces: Workspaces, expires_at: DateTime<Utc>) -> (String, ServiceKey) {
    let id = Uuid::from_u128(id);
    let (text, hash) = spell(id, &[9; 32]);
    let key = ServiceKey {
        id,
        name: format!("producer {id}"),
        hash,
        permissions: [Permission::PublishEvents, Permission::WatchEvents].into(),
        workspaces,
        expires_at,
    };
    (text, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_in_force_from_when_it_is_put_until_it_ends_or_is_revoked() {
    on_each_server(async |stage| {
        let db = &stage.db;
        let now = at("2026-11-20T10:00:00Z");
        let later = now + TimeDelta::hours(1);
        let (text, all) = key(1, Workspaces::All, later);
        let (_, one) = key(2, Workspaces::Some([WORKSPACE, OTHER].into()), later);
        for key in [&all, &one] {
            assert!(put_key(db, key, "eve", now).await.unwrap());
        }
        let mut kept = keys_in_force(db, now).await.unwrap();
        kept.sort_by_key(|key| key.id);
        assert_eq!(kept, [all.clone(), one.clone()]);
        assert!(kept[0].opens(ShownKey::parse(&text).unwrap(), now));
        assert_eq!(keys_in_force(db, later).await.unwrap(), []);

        assert!(revoke_key(db, one.id, "ada", now).await.unwrap());
        assert_eq!(keys_in_force(db, now).await.unwrap(), [all]);
        // Again changes nothing, and one that is not there is told.
        assert!(revoke_key(db, one.id, "zoe", later).await.unwrap());
        assert!(!revoke_key(db, WORKSPACE, "ada", now).await.unwrap());
        let listed = list_keys(db, None, 10).await.unwrap();
        let revoked = listed.iter().find(|record| record.key_id == one.id);
        assert_eq!(revoked.unwrap().revoked, Some((now, "ada".to_owned())));
        let twice = put_key(db, &one, "eve", now).await;
        assert!(matches!(twice, Err(shadow_storage::Error::Query(..))));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_listed_the_newest_first_page_by_page() {
    on_each_server(async |stage| {
        let db = &stage.db;
        let now = at("2026-11-20T10:00:00Z");
        // Three of one moment, told apart by their ids.
        for (id, seconds) in [(1, 0), (2, 5), (3, 5), (4, 5), (5, 9)] {
            let (_, key) = key(id, Workspaces::All, now + TimeDelta::hours(1));
            let made = now + TimeDelta::seconds(seconds);
            put_key(db, &key, "eve", made).await.unwrap();
        }
        let mut listed: Vec<KeyRecord> = Vec::new();
        loop {
            let page = list_keys(db, listed.last(), 2).await.unwrap();
            if page.is_empty() {
                break;
            }
            listed.extend(page);
        }
        let ids: Vec<u128> = listed.iter().map(|key| key.key_id.as_u128()).collect();
        assert_eq!(ids, [5, 4, 3, 2, 1]);
        let first = &listed[0];
        assert_eq!(first.permissions, ["watch_events", "publish_events"]);
        assert_eq!((first.created_by.as_str(), &first.revoked), ("eve", &None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_keys_in_force_is_bounded() {
    on_each_server(async |stage| {
        let now = at("2026-11-20T10:00:00Z");
        let fill = format!(
            "INSERT INTO analytics.service_key
               (key_id, name, hash, permissions, created_at, created_by, expires_at)
             SELECT gen_random_uuid(), 'one of many', decode(repeat('00', 32), 'hex'), '{{export}}',
                    '2026-11-01', 'eve', '2026-12-01'
             FROM generate_series(2, {MAX_KEYS})"
        );
        sql(&stage.url, &fill).await;
        let later = now + TimeDelta::hours(1);
        let put = async |id| {
            let (_, key) = key(id, Workspaces::All, later);
            put_key(&stage.db, &key, "eve", now).await.unwrap()
        };
        // Of two at the same moment one is too many.
        let (one, two) = tokio::join!(put(1), put(2));
        assert_eq!([one, two].iter().filter(|put| **put).count(), 1);
        let kept = keys_in_force(&stage.db, now).await.unwrap();
        assert_eq!(kept.len() as i64, MAX_KEYS);
        // Those that ended take no place.
        sql(
            &stage.url,
            "UPDATE analytics.service_key SET expires_at = '2026-11-02' WHERE name = 'one of many'",
        )
        .await;
        assert!(put(3).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_platforms_own_work_sees_keys() {
    on_each_server(async |stage| {
        let now = Utc::now();
        let (_, key) = key(
            1,
            Workspaces::Some([WORKSPACE].into()),
            now + TimeDelta::hours(1),
        );
        put_key(&stage.db, &key, "eve", now).await.unwrap();
        for (setting, seen) in [
            (format!("SET LOCAL app.workspaces = '{WORKSPACE}'"), "0"),
            ("SET LOCAL app.workspaces = ''".to_owned(), "0"),
            ("SET LOCAL app.workspaces = 'all'".to_owned(), "1"),
        ] {
            let count = format!(
                "BEGIN; SET LOCAL ROLE shadow_app; {setting}; SELECT count(*) FROM analytics.service_key"
            );
            assert_eq!(value(&stage.url, &count).await, seen, "{setting}");
        }
        for statement in [
            "UPDATE analytics.service_key SET hash = hash",
            "UPDATE analytics.service_key SET expires_at = now() + interval '9 years'",
            "DELETE FROM analytics.service_key",
        ] {
            let attempt = format!(
                "BEGIN; SET LOCAL ROLE shadow_app; SET LOCAL app.workspaces = 'all'; {statement}"
            );
            let error = try_sql(&stage.url, &attempt).await.expect_err(statement);
            let message = error.as_db_error().unwrap().message();
            assert!(message.contains("permission denied"), "{message}");
        }
    })
    .await;
}
