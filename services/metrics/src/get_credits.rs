//! GetCredits: what is left of the credits of a scope, how long that lasts, and a page of the ledger.

use chrono::{DateTime, Utc};
use shadow_auth::Permission;
use shadow_domain::{
    catalogue,
    credits::{Burn, Runway},
    fact::CreditEntry,
    provenance,
    time::{Range, Zone},
};
use shadow_proto::{common::v1 as common, metrics::v1 as proto};
use shadow_query::credits::{self, Credits, CreditsQuestion};
use shadow_storage::credits::EntryKey;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::{
    Metrics,
    about::{self, About},
    page_token, query, reply, shared,
};

pub(crate) async fn get_credits(
    metrics: &Metrics,
    request: &Request<proto::GetCreditsRequest>,
) -> Result<proto::GetCreditsResponse, Status> {
    let Parsed {
        about,
        size,
        before,
    } = Parsed::of(request.get_ref()).map_err(query::invalid)?;
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, &about.workspaces)?;
    let zone = query::zone(metrics, request, &scope, &about.workspaces, about.zone).await?;
    let question = CreditsQuestion {
        range: about.range,
        zone,
        entries: i64::from(size),
        before,
    };
    let now = Utc::now();
    let key = shared::key("credits", &scope, &question);
    let credits = async {
        let (now, deadline) = (Utc::now(), shadow_rpc::remaining(request));
        credits::credits(&metrics.database, &scope, &question, now, deadline)
            .await
            .map_err(query::failed)
    };
    let credits = metrics.shared.get_or(key, credits).await?;
    response(Credits::clone(&credits), size as usize, zone.name(), now)
}

/// A request whose fields are understood.
struct Parsed {
    about: About,
    size: u32,
    before: Option<EntryKey>,
}

impl Parsed {
    fn of(request: &proto::GetCreditsRequest) -> Result<Self, Vec<shadow_query::Invalid>> {
        let mut wrong = Vec::new();
        let about = about::about(request.range.as_ref(), &request.workspace_ids, &mut wrong);
        let size = about::page_size(request.page_size, &mut wrong);
        let before = about::page_token(&request.page_token, key, &mut wrong);
        match about {
            Some(about) if wrong.is_empty() => Ok(Self {
                about,
                size,
                before,
            }),
            _ => Err(wrong),
        }
    }
}

/// The entry that a token names: its workspace, and as text its time and its id.
fn key((text, workspace_id): (String, Uuid)) -> Option<EntryKey> {
    let (micros, event_id) = text.split_once(' ')?;
    Some(EntryKey {
        occurred_at: DateTime::from_timestamp_micros(micros.parse().ok()?)?,
        workspace_id,
        event_id: event_id.parse().ok()?,
    })
}

fn token(key: &EntryKey) -> String {
    let text = format!("{} {}", key.occurred_at.timestamp_micros(), key.event_id);
    page_token::encode(&text, key.workspace_id)
}

fn response(
    credits: Credits,
    size: usize,
    zone: &str,
    now: DateTime<Utc>,
) -> Result<proto::GetCreditsResponse, Status> {
    let micro = reply::narrow;
    let account = credits.account;
    let closing = credits.opening_micro + account.balance_micro();
    let shown = &credits.entries[..credits.entries.len().min(size)];
    let more = credits.entries.len() > size;
    let last = shown.last().filter(|_| more);
    let days = credits.days.iter().map(|day| {
        Ok(proto::CreditDay {
            start: Some(reply::timestamp(day.range.start)),
            end: Some(reply::timestamp(day.range.end)),
            consumed_micro: micro(day.consumed_micro)?,
            balance_micro: micro(day.balance_micro)?,
        })
    });
    let runway = credits
        .runway
        .map(|runway| self::runway(&runway, credits.exhausted_at));
    Ok(proto::GetCreditsResponse {
        opening_micro: micro(credits.opening_micro)?,
        account: Some(proto::CreditAccount {
            purchased_micro: micro(account.purchased_micro)?,
            granted_micro: micro(account.granted_micro)?,
            refunded_micro: micro(account.refunded_micro)?,
            adjusted_micro: micro(account.adjusted_micro)?,
            expired_micro: micro(account.expired_micro)?,
            consumed_micro: micro(account.consumed_micro)?,
        }),
        closing_micro: micro(closing)?,
        wasted_micro: micro(credits.wasted_micro)?,
        days: days.collect::<Result<_, Status>>()?,
        burn: credits.burn.map(|burn| self::burn(&burn)).transpose()?,
        runway,
        reconciliation: Some(proto::CreditReconciliation {
            booked_micro: micro(credits.booked_micro)?,
            consumed_micro: micro(credits.consumed_micro)?,
        }),
        entries: shown.iter().map(entry).collect(),
        next_page_token: last.map(|(key, _)| token(key)).unwrap_or_default(),
        provenance: Some(provenance(
            &credits.range,
            credits.snapshot_time,
            credits.last_event_time,
            zone,
            now,
        )),
    })
}

pub(crate) fn burn(burn: &Burn) -> Result<proto::CreditBurn, Status> {
    Ok(proto::CreditBurn {
        mean_micro: reply::narrow(burn.mean_micro)?,
        slow_micro: reply::narrow(burn.slow_micro)?,
        fast_micro: reply::narrow(burn.fast_micro)?,
    })
}

pub(crate) fn runway(runway: &Runway, exhausted_at: Option<DateTime<Utc>>) -> proto::CreditRunway {
    proto::CreditRunway {
        days: runway.days,
        least_days: runway.least_days,
        most_days: runway.most_days,
        exhausted_at: exhausted_at.map(reply::timestamp),
    }
}

fn entry((key, entry): &(EntryKey, CreditEntry)) -> proto::LedgerEntry {
    proto::LedgerEntry {
        workspace_id: key.workspace_id.to_string(),
        event_id: key.event_id.to_string(),
        occurred_at: Some(reply::timestamp(key.occurred_at)),
        // The codes of the domain are those of the API.
        kind: entry.kind.code().into(),
        amount_micro: entry.amount_micro,
        note: entry.note.clone(),
    }
}

/// Runs that are still open are booked when they end: they change nothing of what was answered.
pub(crate) fn provenance(
    range: &Range,
    snapshot_time: DateTime<Utc>,
    last_event_time: Option<DateTime<Utc>>,
    zone: &str,
    now: DateTime<Utc>,
) -> common::Provenance {
    common::Provenance {
        snapshot_time: Some(reply::timestamp(snapshot_time)),
        last_event_time: last_event_time.map(reply::timestamp),
        effective_range: Some(reply::time_range(range, zone)),
        definition_version: catalogue::VERSION,
        open_executions: 0,
        complete: provenance::is_complete(range, 0, now),
        age: None,
        other_currencies: Vec::new(),
    }
}
