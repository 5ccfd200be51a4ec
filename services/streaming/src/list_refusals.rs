//! ListRefusals: how many events were refused, page by page.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use prost_types::Timestamp;
use shadow_auth::Permission;
use shadow_proto::streaming::v1 as proto;
use shadow_rpc::{status, wire};
use shadow_storage::refusals::{self, Count, Key, MAX_FIELD_BYTES};
use tonic::{Request, Status};
use uuid::Uuid;

use crate::Handler;
use crate::validate;

const WORKSPACES: usize = 100;
const PAGE: u32 = 100;
const PAGE_MOST: u32 = 1_000;
const VERSION: u8 = 1;

/// A page as it was asked for.
#[derive(Debug)]
struct Wanted {
    workspace_ids: Vec<Uuid>,
    range: (DateTime<Utc>, DateTime<Utc>),
    size: u32,
    after: Option<Key>,
}

pub(crate) async fn list_refusals(
    handler: &Handler,
    request: &Request<proto::ListRefusalsRequest>,
) -> Result<proto::ListRefusalsResponse, Status> {
    let Wanted {
        workspace_ids,
        range,
        size,
        after,
    } = parse(request.get_ref(), Utc::now())?;
    let scope = shadow_rpc::scope(request, Permission::PublishEvents, &workspace_ids)?;
    // One more than is shown tells whether there is a next page.
    let limit = i64::from(size) + 1;
    let mut counts = refusals::list(&handler.db, &scope, range, after.as_ref(), limit)
        .await
        .map_err(status::from_storage)?;
    let more = counts.len() > size as usize;
    counts.truncate(size as usize);
    let last = counts.last().filter(|_| more);
    Ok(proto::ListRefusalsResponse {
        next_page_token: last.map_or_else(String::new, |last| encode(&last.key)),
        counts: counts.into_iter().map(count).collect(),
    })
}

fn parse(request: &proto::ListRefusalsRequest, now: DateTime<Utc>) -> Result<Wanted, Status> {
    let mut wrong: Vec<(String, String)> = Vec::new();
    let mut refuse = |field: &str, description: &str| {
        wrong.push((field.to_owned(), description.to_owned()));
    };
    if request.workspace_ids.len() > WORKSPACES {
        refuse("workspace_ids", &format!("must be at most {WORKSPACES}"));
    }
    let mut workspace_ids = BTreeSet::new();
    for (index, text) in request.workspace_ids.iter().enumerate() {
        match validate::uuid(text) {
            Ok(id) => drop(workspace_ids.insert(id)),
            Err(fault) => refuse(&format!("workspace_ids[{index}]"), &fault.description),
        }
    }
    let mut time = |field: &str, timestamp: Option<&Timestamp>, absent: DateTime<Utc>| {
        let Some(timestamp) = timestamp else {
            return absent;
        };
        instant(timestamp).unwrap_or_else(|| {
            refuse(field, "must be a time from the year 1 to the year 9999");
            absent
        })
    };
    let since = time("since", request.since.as_ref(), now - TimeDelta::days(1));
    let until = time(
        "until",
        request.until.as_ref(),
        since.max(now) + TimeDelta::hours(1),
    );
    if until <= since {
        refuse("until", "must be later than since");
    }
    if request.page_size > PAGE_MOST {
        refuse("page_size", &format!("must be at most {PAGE_MOST}"));
    }
    let token = &request.page_token;
    let after = (!token.is_empty()).then(|| decode(token));
    if after == Some(None) {
        refuse("page_token", "must be a next_page_token");
    }
    if !wrong.is_empty() {
        return Err(status::invalid_all(wrong));
    }
    let size = if request.page_size == 0 {
        PAGE
    } else {
        request.page_size
    };
    Ok(Wanted {
        workspace_ids: workspace_ids.into_iter().collect(),
        // The hour in which it is, as a whole.
        range: (
            since - TimeDelta::seconds(since.timestamp().rem_euclid(3_600)),
            until,
        ),
        size,
        after: after.flatten(),
    })
}

/// A time of the years that every calendar has.
fn instant(timestamp: &Timestamp) -> Option<DateTime<Utc>> {
    const FIRST: i64 = -62_135_596_800;
    const LAST: i64 = 253_402_300_799;
    let nanos = u32::try_from(timestamp.nanos).ok()?;
    let seconds = Some(timestamp.seconds).filter(|seconds| (FIRST..=LAST).contains(seconds))?;
    DateTime::from_timestamp(seconds, nanos)
}

fn count(count: Count) -> proto::RefusalCount {
    let Count {
        key,
        events,
        last_at,
    } = count;
    proto::RefusalCount {
        workspace_id: key
            .workspace_id
            .map_or_else(String::new, |id| id.to_string()),
        hour: Some(wire::timestamp(key.hour)),
        reason: key.reason.into(),
        field: key.field,
        events: events.unsigned_abs(),
        last_time: Some(wire::timestamp(last_at)),
    }
}

/// The token of the page after this count.
fn encode(key: &Key) -> String {
    let mut bytes = vec![VERSION];
    bytes.extend(key.hour.timestamp().to_be_bytes());
    bytes.extend(key.workspace_id.unwrap_or_default().as_bytes());
    bytes.extend(key.reason.to_be_bytes());
    bytes.extend(key.field.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The count that a token names, unless it is no token of ours.
fn decode(token: &str) -> Option<Key> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (&[version], rest) = bytes.split_first_chunk()?;
    let (hour, rest) = rest.split_first_chunk()?;
    let (workspace_id, rest) = rest.split_first_chunk()?;
    let (reason, field) = rest.split_first_chunk()?;
    let field = String::from_utf8(field.to_vec()).ok()?;
    let seconds = i64::from_be_bytes(*hour);
    let fits = version == VERSION && field.len() <= MAX_FIELD_BYTES && !field.contains('\0');
    fits.then_some(Key {
        workspace_id: Some(Uuid::from_bytes(*workspace_id)).filter(|id| !id.is_nil()),
        hour: instant(&Timestamp { seconds, nanos: 0 })?,
        reason: i16::from_be_bytes(*reason),
        field,
    })
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-20T10:30:00Z".parse().unwrap()
    }

    #[test]
    fn a_token_is_read_as_it_was_written_and_nothing_else_is() {
        for workspace_id in [None, Some(Uuid::from_u128(7))] {
            let key = Key {
                workspace_id,
                hour: "2026-11-20T10:00:00Z".parse().unwrap(),
                reason: 3,
                field: "execution_ended.end.cost".to_owned(),
            };
            let token = encode(&key);
            assert_eq!(decode(&token), Some(key));
            assert_eq!(decode(&token[..20]), None);
            assert_eq!(decode(&token.replacen('A', "B", 1)), None);
        }
        let far = [&[VERSION][..], &[0x7f; 8], &[0; 18]].concat();
        assert_eq!(decode(&URL_SAFE_NO_PAD.encode(far)), None);
        assert_eq!(decode("not base64!"), None);
    }

    #[test]
    fn what_is_left_out_has_a_default() {
        let wanted = parse(&proto::ListRefusalsRequest::default(), now()).unwrap();
        let since = "2026-11-19T10:00:00Z".parse().unwrap();
        assert_eq!(wanted.range, (since, now() + TimeDelta::hours(1)));
        assert_eq!((wanted.size, wanted.after), (100, None));
    }

    #[test]
    fn every_field_that_is_wrong_is_named_with_its_limit() {
        let wrong = |request: proto::ListRefusalsRequest| -> Vec<(String, String)> {
            let status = parse(&request, now()).unwrap_err();
            let details = status.get_details_bad_request().unwrap();
            let all = details.field_violations.into_iter();
            all.map(|one| (one.field, one.description)).collect()
        };
        let found = wrong(proto::ListRefusalsRequest {
            workspace_ids: vec!["x".to_owned(); 101],
            since: Some(Timestamp {
                seconds: i64::MAX,
                nanos: 0,
            }),
            until: Some(Timestamp {
                seconds: 0,
                nanos: 0,
            }),
            page_size: 1_001,
            page_token: "x".to_owned(),
        });
        assert_eq!(found.len(), 1 + 101 + 4);
        for (field, part) in [
            ("workspace_ids", "100"),
            ("workspace_ids[100]", "UUID"),
            ("since", "9999"),
            ("until", "since"),
            ("page_size", "1000"),
            ("page_token", "next_page_token"),
        ] {
            let said = found.iter().find(|(name, _)| name == field).unwrap();
            assert!(said.1.contains(part), "{said:?}");
        }
    }
}
