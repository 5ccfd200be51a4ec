//! ListExecutions: executions that were opened in a range, page by page, from facts.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_auth::Permission;
use shadow_domain::execution::{Status as Progress, Trigger, limits::DURATION_MICROS};
use shadow_domain::{catalogue, provenance, time::Range, time::Zone};
use shadow_proto::{common::v1 as common, metrics::v1 as proto};
use shadow_query::{
    Invalid,
    executions::{self, ListQuestion, Read},
    limits::{MAX_KEY_BYTES, MAX_LIST_DAYS},
};
use shadow_rpc::{status, wire};
use shadow_storage::executions::{Filter, Key, Known, Order};
use tonic::{Request, Status};

use crate::{
    Metrics,
    about::{self, About},
    page_token, query, reply,
};

const MAX_CONTAINS_BYTES: usize = 100;

pub(crate) async fn list_executions(
    metrics: &Metrics,
    request: &Request<proto::ListExecutionsRequest>,
) -> Result<proto::ListExecutionsResponse, Status> {
    let (about, question) = parse(request.get_ref()).map_err(query::invalid)?;
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, &about.workspaces)?;
    let zone = query::zone(metrics, request, &scope, &about.workspaces, about.zone).await?;
    let size = question.limit as usize;
    // One more tells whether there is a next page.
    let question = ListQuestion {
        limit: question.limit + 1,
        ..question
    };
    let deadline = shadow_rpc::remaining(request);
    let read = executions::list(&metrics.database, &scope, &question, deadline)
        .await
        .map_err(status::from_storage)?;
    let shown = &read.found[..read.found.len().min(size)];
    let more = read.found.len() > size;
    let last = shown.last().filter(|_| more);
    let open = shown.iter().filter(|known| known.execution.end.is_none());
    Ok(proto::ListExecutionsResponse {
        executions: shown.iter().map(execution).collect(),
        next_page_token: last
            .map(|known| token(question.order, &Key::of(&known.execution)))
            .unwrap_or_default(),
        provenance: Some(provenance(
            &read,
            &question.range,
            zone.name(),
            open.count() as u64,
        )),
    })
}

/// An execution as it is answered.
pub(crate) fn execution(known: &Known) -> shadow_proto::streaming::v1::Execution {
    wire::execution(&known.execution, &known.agent_name, known.revision)
}

/// Where an answer from facts comes from.
pub(crate) fn provenance<T>(
    read: &Read<T>,
    range: &Range,
    zone: &str,
    open_executions: u64,
) -> common::Provenance {
    common::Provenance {
        snapshot_time: Some(reply::timestamp(read.snapshot_time)),
        last_event_time: read.last_event_time.map(reply::timestamp),
        effective_range: Some(reply::time_range(range, zone)),
        definition_version: catalogue::VERSION,
        open_executions,
        complete: provenance::is_complete(range, open_executions, read.snapshot_time),
        age: None,
        other_currencies: Vec::new(),
    }
}

fn parse(request: &proto::ListExecutionsRequest) -> Result<(About, ListQuestion), Vec<Invalid>> {
    let mut wrong = Vec::new();
    let about = about::about(request.range.as_ref(), &request.workspace_ids, &mut wrong);
    if let Some(about) = &about
        && about.range.length() > TimeDelta::days(MAX_LIST_DAYS)
    {
        let text = format!("must span at most {MAX_LIST_DAYS} days");
        wrong.push(Invalid::new("range", text));
    }
    let statuses = (Progress::from_code as fn(i16) -> _, Progress::ALL.len());
    let triggers = (Trigger::from_code as fn(i16) -> _, Trigger::ALL.len());
    let filter = Filter {
        agent_id: text("agent_id", request.agent_id.as_ref(), 1, &mut wrong),
        statuses: codes("statuses", &request.statuses, statuses, &mut wrong),
        model: text("model", request.model.as_ref(), 0, &mut wrong),
        user_id: text("user_id", request.user_id.as_ref(), 1, &mut wrong),
        minimum_duration_micros: minimum(request.min_duration.as_ref(), &mut wrong),
        triggers: codes("triggers", &request.triggers, triggers, &mut wrong),
        error_kind: text("error_kind", request.error_kind.as_ref(), 0, &mut wrong),
        contains: contains(&request.contains, &mut wrong),
    };
    let order = match (request.order_by.as_str(), request.reversed) {
        ("" | "opened_at", false) => Order::Newest,
        ("" | "opened_at", true) => Order::Oldest,
        ("duration", false) => Order::Longest,
        ("duration", true) => Order::Shortest,
        _ => {
            wrong.push(Invalid::new("order_by", "must be opened_at or duration"));
            Order::Newest
        }
    };
    let size = about::page_size(request.page_size, &mut wrong);
    let after = (!request.page_token.is_empty()).then(|| key(order, &request.page_token));
    if after == Some(None) {
        let text = "must be a next_page_token of the same order";
        wrong.push(Invalid::new("page_token", text));
    }
    let about = about.filter(|_| wrong.is_empty()).ok_or(wrong)?;
    let question = ListQuestion {
        range: about.range,
        filter,
        order,
        after: after.flatten(),
        limit: i64::from(size),
    };
    Ok((about, question))
}

fn text(
    field: &str,
    text: Option<&String>,
    least: usize,
    wrong: &mut Vec<Invalid>,
) -> Option<String> {
    let text = text?;
    let fits = (least..=MAX_KEY_BYTES).contains(&text.len());
    if !fits || text.chars().any(char::is_control) {
        let description =
            format!("must have {least} to {MAX_KEY_BYTES} bytes and no control characters");
        wrong.push(Invalid::new(field, description));
    }
    Some(text.clone())
}

fn contains(text: &str, wrong: &mut Vec<Invalid>) -> String {
    if text.len() > MAX_CONTAINS_BYTES || text.chars().any(char::is_control) {
        let description =
            format!("must have at most {MAX_CONTAINS_BYTES} bytes and no control characters");
        wrong.push(Invalid::new("contains", description));
    }
    text.to_lowercase()
}

/// Values of a closed set, whose codes are those of the API.
fn codes<T>(
    field: &str,
    codes: &[i32],
    (from_code, most): (fn(i16) -> Option<T>, usize),
    wrong: &mut Vec<Invalid>,
) -> Vec<T> {
    if codes.len() > most {
        let text = format!("must have at most {most} entries");
        wrong.push(Invalid::new(field, text));
        return Vec::new();
    }
    let mut found = Vec::with_capacity(codes.len());
    for (index, code) in codes.iter().enumerate() {
        match i16::try_from(*code).ok().and_then(from_code) {
            Some(one) => found.push(one),
            None => wrong.push(Invalid::new(
                format!("{field}[{index}]"),
                "must be specified",
            )),
        }
    }
    found
}

fn minimum(length: Option<&prost_types::Duration>, wrong: &mut Vec<Invalid>) -> Option<i64> {
    let length = length?;
    let micros = u32::try_from(length.nanos)
        .ok()
        .filter(|nanos| *nanos < 1_000_000_000 && length.seconds >= 0)
        .and_then(|nanos| {
            let micros = length.seconds.checked_mul(1_000_000)?;
            micros.checked_add(i64::from(nanos / 1_000))
        })
        .filter(|micros| *micros <= DURATION_MICROS);
    if micros.is_none() {
        wrong.push(Invalid::new("min_duration", "must be 0 to 366 days"));
    }
    micros
}

/// What a token says of the order: a token of one is none of another.
fn name(order: Order) -> &'static str {
    match order {
        Order::Newest => "n",
        Order::Oldest => "o",
        Order::Longest => "l",
        Order::Shortest => "s",
    }
}

fn token(order: Order, key: &Key) -> String {
    let duration = key.duration_micros.map(|micros| micros.to_string());
    page_token::pack([
        name(order),
        &key.opened_at.timestamp_micros().to_string(),
        &key.workspace_id.to_string(),
        &key.execution_id.to_string(),
        &duration.unwrap_or_default(),
    ])
}

fn key(order: Order, token: &str) -> Option<Key> {
    let [of, opened_at, workspace_id, execution_id, duration] = page_token::unpack(token)?;
    let duration_micros = match duration.as_str() {
        "" => None,
        micros => Some(micros.parse().ok()?),
    };
    let opened_at = DateTime::<Utc>::from_timestamp_micros(opened_at.parse().ok()?)?;
    let key = Key {
        duration_micros,
        opened_at,
        workspace_id: workspace_id.parse().ok()?,
        execution_id: execution_id.parse().ok()?,
    };
    // Times that the database does not have are of no token of ours.
    let known = shadow_query::limits::YEARS.contains(&chrono::Datelike::year(&opened_at));
    (of == name(order) && known).then_some(key)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_token_leads_on_in_its_own_order_alone() {
        for duration_micros in [None, Some(0), Some(7_000_001)] {
            let of = Key {
                duration_micros,
                opened_at: "2026-03-08T06:59:59.123456Z".parse().unwrap(),
                workspace_id: Uuid::from_u128(1),
                execution_id: Uuid::from_u128(2),
            };
            let token = token(Order::Longest, &of);
            assert_eq!(key(Order::Longest, &token), Some(of));
            assert_eq!(key(Order::Newest, &token), None);
            assert_eq!(key(Order::Longest, &token[1..]), None);
        }
    }
}
