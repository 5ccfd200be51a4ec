//! ListUsers: who was active, what they ran and did, page by page.

use chrono::Utc;
use shadow_auth::Permission;
use shadow_domain::{execution::Outcome, time::Zone};
use shadow_proto::metrics::v1 as proto;
use shadow_query::{
    Invalid,
    users::{self, User},
};
use shadow_storage::users::{Runs, UserKey, UserOrder, UserSearch};
use tonic::{Request, Status};

use crate::{
    Metrics,
    about::{self, About},
    get_credits::provenance,
    page_token, query,
    reply::timestamp,
    shared,
};

const MAX_CONTAINS_BYTES: usize = 100;

/// What users can be ordered by.
const ORDERS: [(&str, UserOrder); 7] = [
    ("last_seen", UserOrder::LastSeen),
    ("active_days", UserOrder::ActiveDays),
    ("runs", UserOrder::Runs),
    ("success_rate", UserOrder::SuccessRate),
    ("credits", UserOrder::Credits),
    ("activities", UserOrder::Activities),
    ("id", UserOrder::Id),
];

pub(crate) async fn list_users(
    metrics: &Metrics,
    request: &Request<proto::ListUsersRequest>,
) -> Result<proto::ListUsersResponse, Status> {
    let Parsed {
        about,
        search,
        order,
        size,
    } = Parsed::of(request.get_ref()).map_err(query::invalid)?;
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, &about.workspaces)?;
    let zone = query::zone(metrics, request, &scope, &about.workspaces, about.zone).await?;
    let key = shared::key("users", &scope, &(&about.range, &zone, &search, size));
    let found = async {
        let (within, deadline) = ((&about.range, &zone), shadow_rpc::remaining(request));
        users::users(&metrics.database, &scope, within, &search, size, deadline)
            .await
            .map_err(query::failed)
    };
    let found = metrics.shared.get_or(key, found).await?;
    let shown = &found.users[..found.users.len().min(size)];
    let more = found.users.len() > shown.len();
    let last = shown.last().filter(|_| more);
    Ok(proto::ListUsersResponse {
        users: shown.iter().map(user).collect(),
        next_page_token: last
            .map(|last| token(order, search.reversed, &last.row.key))
            .unwrap_or_default(),
        matching_users: found.matching,
        provenance: Some(provenance(
            &found.range,
            found.snapshot_time,
            found.last_event_time,
            zone.name(),
            Utc::now(),
        )),
    })
}

/// A request whose fields are understood.
struct Parsed {
    about: About,
    search: UserSearch,
    order: &'static str,
    size: usize,
}

impl Parsed {
    fn of(request: &proto::ListUsersRequest) -> Result<Self, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let about = about::about(request.range.as_ref(), &request.workspace_ids, &mut wrong);
        let size = about::page_size(request.page_size, &mut wrong);
        let contains = &request.contains;
        if contains.len() > MAX_CONTAINS_BYTES || contains.chars().any(char::is_control) {
            let most = MAX_CONTAINS_BYTES;
            let text = format!("must have at most {most} bytes and no control characters");
            wrong.push(Invalid::new("contains", text));
        }
        let name = match request.order_by.as_str() {
            "" => ORDERS[0].0,
            some => some,
        };
        let order = ORDERS.into_iter().find(|(known, _)| *known == name);
        if order.is_none() {
            let known = ORDERS.map(|(name, _)| name).join(", ");
            wrong.push(Invalid::new("order_by", format!("must be one of {known}")));
        }
        let (order, by) = order.unwrap_or(ORDERS[0]);
        let after = (!request.page_token.is_empty())
            .then(|| key(order, request.reversed, &request.page_token));
        if let Some(None) = after {
            let text = "must be a next_page_token of the same order";
            wrong.push(Invalid::new("page_token", text));
        }
        match about {
            Some(about) if wrong.is_empty() => Ok(Self {
                about,
                search: UserSearch {
                    contains: contains.to_lowercase(),
                    order: by,
                    reversed: request.reversed,
                    after: after.flatten(),
                },
                order,
                size: size as usize,
            }),
            _ => Err(wrong),
        }
    }
}

fn token(order: &str, reversed: bool, key: &UserKey) -> String {
    let place = format!("{:016x}", key.place.to_bits());
    page_token::pack([order, direction(reversed), &place, &key.user_id])
}

/// The user that a token names, where it is of this order.
fn key(order: &str, reversed: bool, token: &str) -> Option<UserKey> {
    let [of, way, place, user_id] = page_token::unpack(token)?;
    let place = f64::from_bits(u64::from_str_radix(&place, 16).ok()?);
    let sound = of == order && way == direction(reversed) && !place.is_nan();
    // The database knows no text with a zero.
    (sound && !user_id.contains('\0')).then_some(UserKey { place, user_id })
}

fn direction(reversed: bool) -> &'static str {
    if reversed { "reversed" } else { "" }
}

fn user(user: &User) -> proto::UserStanding {
    proto::UserStanding {
        user_id: user.row.key.user_id.clone(),
        last_seen_at: Some(timestamp(user.row.last_seen_at)),
        first_day: user.first_day.map(|day| timestamp(day.start())),
        active_days: user.row.active_days,
        activities: user.row.activities,
        sessions: Some(user.sessions),
        ..standing(&user.row.runs)
    }
}

/// What runs say.
pub(crate) fn standing(runs: &Runs) -> proto::UserStanding {
    proto::UserStanding {
        runs: runs.opened,
        completed: runs.ended_as(Outcome::Completed),
        failed: runs.ended_as(Outcome::Failed),
        timed_out: runs.ended_as(Outcome::TimedOut),
        cancelled: runs.ended_as(Outcome::Cancelled),
        unknown_outcome: runs.ended_as(Outcome::Unknown),
        open_executions: runs.open(),
        success_rate: success_rate(runs),
        credits_micro: runs.credits_micro,
        ..proto::UserStanding::default()
    }
}

/// Completed ÷ (completed + failed + timed out).
pub(crate) fn success_rate(runs: &Runs) -> Option<f64> {
    let completed = runs.ended_as(Outcome::Completed);
    let judged = completed + runs.ended_as(Outcome::Failed) + runs.ended_as(Outcome::TimedOut);
    (judged > 0).then(|| completed as f64 / judged as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_of_one_order_and_direction() {
        let after = UserKey {
            place: f64::NEG_INFINITY,
            user_id: "user 7".to_owned(),
        };
        let token = token("credits", true, &after);
        assert_eq!(key("credits", true, &token), Some(after));
        assert_eq!(key("credits", false, &token), None);
        assert_eq!(key("runs", true, &token), None);
        assert_eq!(key("credits", true, &token[1..]), None);
    }
}
