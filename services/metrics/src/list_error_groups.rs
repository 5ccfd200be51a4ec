//! ListErrorGroups: groups of errors side by side, with what all that match amount to.

use chrono::Utc;
use shadow_auth::Permission;
use shadow_domain::error_group::State;
use shadow_proto::metrics::v1 as proto;
use shadow_query::{
    Invalid,
    error_groups::{self, ListQuestion, Order, Place, Search},
    limits,
};
use shadow_storage::error_group::GroupKey;
use tonic::{Request, Status};

use crate::{
    Metrics,
    about::{self, About},
    error_group, page_token, query, shared,
};

const MAX_CONTAINS_BYTES: usize = 100;

pub(crate) async fn list_error_groups(
    metrics: &Metrics,
    request: &Request<proto::ListErrorGroupsRequest>,
) -> Result<proto::ListErrorGroupsResponse, Status> {
    let message = request.get_ref();
    let mut wrong = Vec::new();
    let about = about::about(message.range.as_ref(), &message.workspace_ids, &mut wrong);
    names("agent_ids", 1, &message.agent_ids, &mut wrong);
    names("kinds", 0, &message.kinds, &mut wrong);
    let search = search(message, &mut wrong);
    let About {
        range,
        zone,
        workspaces,
    } = about
        .filter(|_| wrong.is_empty())
        .ok_or(wrong)
        .map_err(query::invalid)?;
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, &workspaces)?;
    let zone = query::zone(metrics, request, &scope, &workspaces, zone).await?;
    let (order, reversed) = (search.order, search.reversed);
    let question = ListQuestion {
        range,
        zone,
        agents: message.agent_ids.clone(),
        kinds: message.kinds.clone(),
        search,
    };
    let key = shared::key("groups of errors", &scope, &question);
    let found = async {
        let deadline = shadow_rpc::remaining(request);
        error_groups::error_groups(&metrics.database, &scope, &question, deadline)
            .await
            .map_err(query::failed)
    };
    let found = metrics.shared.get_or(key, found).await?;
    let groups = found.groups.iter().map(error_group::group);
    Ok(proto::ListErrorGroupsResponse {
        groups: groups.collect::<Result<_, Status>>()?,
        next_page_token: found
            .next
            .as_ref()
            .map(|place| token(place, order, reversed))
            .unwrap_or_default(),
        matching_groups: found.matching.try_into().unwrap_or(u32::MAX),
        left_out_groups: found.left_out.try_into().unwrap_or(u32::MAX),
        impact: Some(error_group::impact(&found.impact)?),
        timeline: error_group::timeline(&found.timeline),
        provenance: Some(error_group::provenance(&found.source, &zone, Utc::now())),
    })
}

fn search(request: &proto::ListErrorGroupsRequest, wrong: &mut Vec<Invalid>) -> Search {
    let states = states(&request.states, wrong);
    let contains = &request.contains;
    if contains.len() > MAX_CONTAINS_BYTES || contains.chars().any(char::is_control) {
        let text =
            format!("must have at most {MAX_CONTAINS_BYTES} bytes and no control characters");
        wrong.push(Invalid::new("contains", text));
    }
    let order = order(&request.order_by, wrong);
    let size = about::page_size(request.page_size, wrong);
    let token = &request.page_token;
    let after = (!token.is_empty()).then(|| place(token, order, request.reversed));
    if after == Some(None) {
        let text = "must be a next_page_token of the same order";
        wrong.push(Invalid::new("page_token", text));
    }
    Search {
        states,
        regressed_only: request.regressed_only,
        contains: contains.to_lowercase(),
        order,
        reversed: request.reversed,
        after: after.flatten(),
        size: size as usize,
    }
}

fn states(codes: &[i32], wrong: &mut Vec<Invalid>) -> Vec<State> {
    let most = State::ALL.len();
    if codes.len() > most {
        let text = format!("must have at most {most} entries");
        wrong.push(Invalid::new("states", text));
        return Vec::new();
    }
    let mut states = Vec::new();
    for (index, code) in codes.iter().enumerate() {
        match error_group::state(*code) {
            Some(state) => states.push(state),
            None => wrong.push(Invalid::new(
                format!("states[{index}]"),
                "must be specified",
            )),
        }
    }
    states
}

fn order(name: &str, wrong: &mut Vec<Invalid>) -> Order {
    if name.is_empty() {
        return Order::default();
    }
    let found = Order::NAMED.iter().find(|(known, _)| *known == name);
    found.map_or_else(
        || {
            let known = Order::NAMED.map(|(name, _)| name).join(", ");
            wrong.push(Invalid::new("order_by", format!("must be one of {known}")));
            Order::default()
        },
        |(_, order)| *order,
    )
}

/// Checks what a filter names.
fn names(field: &str, least_bytes: usize, names: &[String], wrong: &mut Vec<Invalid>) {
    let (most, most_bytes) = (limits::MAX_FILTER_KEYS, limits::MAX_KEY_BYTES);
    if names.len() > most {
        let text = format!("must have at most {most} entries");
        wrong.push(Invalid::new(field, text));
        return;
    }
    for (index, name) in names.iter().enumerate() {
        let fits = (least_bytes..=most_bytes).contains(&name.len());
        if !fits || name.chars().any(char::is_control) {
            let text =
                format!("must have {least_bytes} to {most_bytes} bytes and no control characters");
            wrong.push(Invalid::new(format!("{field}[{index}]"), text));
        }
    }
}

fn id(order: Order) -> &'static str {
    let named = Order::NAMED.iter().find(|(_, known)| *known == order);
    named.map_or("", |(name, _)| name)
}

fn direction(reversed: bool) -> &'static str {
    if reversed { "reversed" } else { "" }
}

fn token(place: &Place, order: Order, reversed: bool) -> String {
    let value = place.value.map(|value| value.to_string());
    page_token::pack([
        id(order),
        direction(reversed),
        &value.unwrap_or_default(),
        &place.key.workspace_id.to_string(),
        &place.key.fingerprint.to_string(),
    ])
}

/// Where a token of this order says that the page before ended.
fn place(token: &str, order: Order, reversed: bool) -> Option<Place> {
    let [name, turned, value, workspace_id, fingerprint] = page_token::unpack(token)?;
    let value = match value.as_str() {
        "" => None,
        text => Some(text.parse().ok()?),
    };
    (name == id(order) && turned == direction(reversed)).then_some(Place {
        value,
        key: GroupKey {
            workspace_id: workspace_id.parse().ok()?,
            fingerprint: fingerprint.parse().ok()?,
        },
    })
}
