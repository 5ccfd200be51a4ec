//! What workspaces, memberships, agents, people and plans are.

use shadow_domain::execution::limits;
use shadow_domain::fact::{
    Agent, BillingInterval, Erasure, ListPrice, MemberRole, Membership, Plan, User, Workspace,
};
use shadow_domain::time::IanaZone;
use shadow_proto::streaming::v1 as proto;

use super::{Fault, Refused, known, money, number, text};

/// Where a workspace is whose zone is not said.
const UTC: &str = "UTC";

/// Reads what the event's workspace is.
pub(super) fn workspace(changed: proto::WorkspaceChanged) -> Result<Workspace, Refused> {
    let at =
        |field: &'static str| move |fault: Fault| fault.at(format!("workspace_changed.{field}"));
    Ok(Workspace {
        name: text::optional(changed.name, limits::NAME_BYTES).map_err(at("name"))?,
        zone: zone(changed.zone).map_err(at("zone"))?,
        deleted: changed.deleted,
    })
}

/// Reads what a person is in the event's workspace.
pub(super) fn membership(changed: proto::MembershipChanged) -> Result<Membership, Refused> {
    let at =
        |field: &'static str| move |fault: Fault| fault.at(format!("membership_changed.{field}"));
    let role = Some(changed.role).filter(|code| *code != 0);
    Ok(Membership {
        user_id: text::required(changed.user_id, limits::ID_BYTES).map_err(at("user_id"))?,
        role: role
            .map(|code| known(code, MemberRole::from_code))
            .transpose()
            .map_err(at("role"))?,
    })
}

/// Reads what an agent of the event's workspace is.
pub(super) fn agent(changed: proto::AgentChanged) -> Result<Agent, Refused> {
    let at = |field: &'static str| move |fault: Fault| fault.at(format!("agent_changed.{field}"));
    Ok(Agent {
        agent_id: text::required(changed.agent_id, limits::ID_BYTES).map_err(at("agent_id"))?,
        name: text::optional(changed.name, limits::NAME_BYTES).map_err(at("name"))?,
        deleted: changed.deleted,
    })
}

/// Reads what the event's workspace calls a person.
pub(super) fn user(changed: proto::UserChanged) -> Result<User, Refused> {
    let at = |field: &'static str| move |fault: Fault| fault.at(format!("user_changed.{field}"));
    Ok(User {
        user_id: text::required(changed.user_id, limits::ID_BYTES).map_err(at("user_id"))?,
        name: text::optional(changed.name, limits::NAME_BYTES).map_err(at("name"))?,
        email: text::optional(changed.email, limits::EMAIL_BYTES).map_err(at("email"))?,
        deleted: changed.deleted,
    })
}

/// Reads what a plan of the event's workspace is.
pub(super) fn plan(changed: proto::PlanChanged) -> Result<Plan, Refused> {
    let at = |field: &'static str| move |fault: Fault| fault.at(format!("plan_changed.{field}"));
    let listed = match changed.price {
        Some(price) => Some(ListPrice {
            price: money::parse("plan_changed.price", price, limits::PERIOD_MICROS)?,
            interval: known(changed.interval, BillingInterval::from_code)
                .map_err(at("interval"))?,
            interval_count: number::from_one(changed.interval_count, limits::INTERVAL_COUNT)
                .map_err(at("interval_count"))?,
        }),
        None => {
            let alone = || Fault::malformed("must not be there without a price");
            if changed.interval != 0 {
                return Err(at("interval")(alone()));
            }
            if changed.interval_count != 0 {
                return Err(at("interval_count")(alone()));
            }
            None
        }
    };
    Ok(Plan {
        plan_id: text::required(changed.plan_id, limits::ID_BYTES).map_err(at("plan_id"))?,
        name: text::optional(changed.name, limits::NAME_BYTES).map_err(at("name"))?,
        listed,
        deleted: changed.deleted,
    })
}

/// Reads who is to be erased; who asks is known to the caller.
pub(super) fn erasure(erased: proto::UserErased) -> Result<Erasure, Refused> {
    let user_id = text::required(erased.user_id, limits::ID_BYTES)
        .map_err(|fault| fault.at("user_erased.user_id"))?;
    Ok(Erasure {
        user_id,
        requested_by: String::new(),
    })
}

fn zone(name: String) -> Result<String, Fault> {
    if name.is_empty() {
        return Ok(UTC.to_owned());
    }
    match IanaZone::parse(&name) {
        Ok(_) => Ok(name),
        Err(_) => Err(Fault::malformed(
            "must be the IANA name of a time zone, such as Asia/Kolkata",
        )),
    }
}
