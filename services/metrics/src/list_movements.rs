//! ListMovements: when revenue moved and by whom, page by page.

use chrono::{DateTime, Utc};
use shadow_domain::{
    revenue::MovementKind,
    time::{IanaZone, Zone},
};
use shadow_proto::metrics::v1 as proto;
use shadow_query::{Invalid, revenue};
use shadow_rpc::status;
use shadow_storage::revenue::{CustomerMovement, MovementKey};
use tonic::{Request, Status};
use uuid::Uuid;

use crate::{
    Metrics, about, get_credits::provenance, get_revenue::platform, page_token, query, reply,
};

pub(crate) async fn list_movements(
    metrics: &Metrics,
    request: &Request<proto::ListMovementsRequest>,
) -> Result<proto::ListMovementsResponse, Status> {
    let message = request.get_ref();
    let mut wrong = Vec::new();
    let asked = about::about(message.range.as_ref(), &[], &mut wrong);
    let kinds = kinds(&message.kinds, &mut wrong);
    let size = about::page_size(message.page_size, &mut wrong);
    let before = about::page_token(&message.page_token, key, &mut wrong);
    let asked = asked.filter(|_| wrong.is_empty());
    let asked = asked.ok_or(wrong).map_err(query::invalid)?;
    let scope = platform(request)?;
    let page = revenue::movements(
        &metrics.database,
        &scope,
        &asked.range,
        before,
        &kinds,
        i64::from(size),
        shadow_rpc::remaining(request),
    );
    let page = page.await.map_err(status::from_storage)?;
    let shown = &page.movements[..page.movements.len().min(size as usize)];
    let more = page.movements.len() > shown.len();
    let last = shown.last().filter(|_| more);
    Ok(proto::ListMovementsResponse {
        next_page_token: last.map(token).unwrap_or_default(),
        movements: shown.iter().map(movement).collect(),
        provenance: Some(provenance(
            &asked.range,
            page.snapshot_time,
            page.last_event_time,
            asked.zone.unwrap_or(IanaZone::UTC).name(),
            Utc::now(),
        )),
    })
}

fn kinds(codes: &[i32], wrong: &mut Vec<Invalid>) -> Vec<MovementKind> {
    let known = |code: i32| MovementKind::from_code(i16::try_from(code).ok()?);
    if codes.len() > MovementKind::ALL.len() {
        let most = MovementKind::ALL.len();
        wrong.push(Invalid::new(
            "kinds",
            format!("must have at most {most} entries"),
        ));
        return Vec::new();
    }
    let mut kinds = Vec::with_capacity(codes.len());
    for (index, code) in codes.iter().enumerate() {
        match known(*code) {
            Some(kind) => kinds.push(kind),
            None => wrong.push(Invalid::new(format!("kinds[{index}]"), "must be specified")),
        }
    }
    kinds
}

/// The movement that a token names: its customer, and as text its time and its currency.
fn key((text, workspace_id): (String, Uuid)) -> Option<MovementKey> {
    let (micros, currency) = text.split_once(' ')?;
    Some(MovementKey {
        occurred_at: DateTime::from_timestamp_micros(micros.parse().ok()?)?,
        workspace_id,
        currency: currency.to_owned(),
    })
}

fn token(
    CustomerMovement {
        workspace_id,
        movement,
        ..
    }: &CustomerMovement,
) -> String {
    let text = format!("{} {}", movement.at.timestamp_micros(), movement.currency);
    page_token::encode(&text, *workspace_id)
}

fn movement(moved: &CustomerMovement) -> proto::RevenueMovement {
    let movement = &moved.movement;
    proto::RevenueMovement {
        workspace_id: moved.workspace_id.to_string(),
        workspace_name: moved.name.clone().unwrap_or_default(),
        occurred_at: Some(reply::timestamp(movement.at)),
        // The codes of the domain are those of the API.
        kind: movement.kind.code().into(),
        currency: movement.currency.as_str().to_owned(),
        before_micros: movement.before_micros,
        after_micros: movement.after_micros,
    }
}
