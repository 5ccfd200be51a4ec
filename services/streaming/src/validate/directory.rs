//! What workspaces, memberships and agents are.

use shadow_domain::execution::limits;
use shadow_domain::fact::{Agent, MemberRole, Membership, Workspace};
use shadow_domain::time::IanaZone;
use shadow_proto::streaming::v1 as proto;

use super::{Fault, Refused, known, text};

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
