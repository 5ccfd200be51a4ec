//! Keys for people.

use chrono::{DateTime, SecondsFormat, Utc};
use shadow_auth::Workspaces;
use shadow_storage::directory::KeyRecord;

use crate::query::table::aligned;

const HEAD: [&str; 8] = [
    "name",
    "id",
    "scope",
    "permissions",
    "created",
    "by",
    "expires",
    "state",
];

/// One row for each key, with how it stands at `now`.
pub(super) fn keys(keys: &[KeyRecord], now: DateTime<Utc>) -> String {
    let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
    rows.extend(keys.iter().map(|key| {
        vec![
            key.name.clone(),
            key.key_id.to_string(),
            scope(&key.workspaces),
            key.permissions.join(","),
            time(key.created_at),
            key.created_by.clone(),
            time(key.expires_at),
            state(key, now),
        ]
    }));
    aligned(&rows, HEAD.len())
}

/// A time as RFC 3339, to the second.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Where the key holds: the one workspace by its id, several by their number.
fn scope(workspaces: &Workspaces) -> String {
    match workspaces {
        Workspaces::All => "all workspaces".to_owned(),
        Workspaces::Some(some) => match some.first() {
            Some(only) if some.len() == 1 => only.to_string(),
            _ => format!("{} workspaces", some.len()),
        },
    }
}

fn state(key: &KeyRecord, now: DateTime<Utc>) -> String {
    match &key.revoked {
        Some((at, by)) => format!("revoked {} by {by}", time(*at)),
        None if now >= key.expires_at => "expired".to_owned(),
        None => "in force".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn a_key_is_one_row_with_how_it_stands() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let key = |workspaces, expires, revoked: Option<i64>| KeyRecord {
            key_id: one,
            name: "producer".to_owned(),
            permissions: vec!["export".to_owned(), "publish_events".to_owned()],
            workspaces,
            created_at: at(0),
            created_by: "eve".to_owned(),
            expires_at: at(expires),
            revoked: revoked.map(|second| (at(second), "ada".to_owned())),
        };
        let records = [
            key(Workspaces::All, 200, None),
            key(Workspaces::Some([one].into()), 100, None),
            key(Workspaces::Some([one, two].into()), 200, Some(60)),
        ];
        let shown = keys(&records, at(100));
        let rows: Vec<Vec<&str>> = shown
            .lines()
            .map(|line| {
                line.split("  ")
                    .map(str::trim)
                    .filter(|cell| !cell.is_empty())
                    .collect()
            })
            .collect();
        assert_eq!(rows[0], HEAD);
        let id = one.to_string();
        assert_eq!(
            rows[1],
            [
                "producer",
                &id,
                "all workspaces",
                "export,publish_events",
                "1970-01-01T00:00:00Z",
                "eve",
                "1970-01-01T00:03:20Z",
                "in force"
            ]
        );
        assert_eq!((rows[2][2], rows[2][7]), (id.as_str(), "expired"));
        assert_eq!(
            (rows[3][2], rows[3][7]),
            ("2 workspaces", "revoked 1970-01-01T00:01:00Z by ada")
        );
    }
}
