//! Workspaces in their protobuf form, with what the caller may know of each.

use shadow_auth::{Permission, Viewer};
use shadow_domain::health::{Band, Health, List};
use shadow_proto::{common::v1 as common, metrics::v1 as proto};
use shadow_query::workspaces::{Bill, HealthPoint, Person, Standing};
use tonic::Status;

use crate::{get_credits, list_workspaces, reply};

/// A workspace with its standing. What it pays, and that it does, is for those who may see that.
pub(crate) fn workspace(viewer: &Viewer, standing: Standing) -> Result<proto::Workspace, Status> {
    let (id, name, zone) = (standing.workspace_id, &standing.name, &standing.zone);
    let mut workspace = list_workspaces::workspace(viewer, id, name, zone);
    let financial = viewer
        .permissions_in(id)
        .contains(&Permission::ViewFinancial);
    let exhausted_at = standing.exhausted_at;
    let runway = standing.runway;
    workspace.standing = Some(proto::WorkspaceStanding {
        members: narrow(standing.members),
        active_members: narrow(standing.active_members),
        seats: standing.seats,
        agents: narrow(standing.agents),
        credit_balance_micro: reply::narrow(standing.balance_micro)?,
        burn: standing
            .burn
            .map(|burn| get_credits::burn(&burn))
            .transpose()?,
        runway: runway.map(|runway| get_credits::runway(&runway, exhausted_at)),
        bill: financial.then(|| proto::WorkspaceBill {
            subscriptions: standing.bills.iter().map(subscription).collect(),
        }),
        health: Some(health(&standing.health)),
        lists: standing
            .lists
            .iter()
            .filter(|list| financial || !list.tells_payment())
            .map(|on| list(*on).into())
            .collect(),
        last_event_time: standing.last_event_at.map(reply::timestamp),
        series: standing.series.into_iter().map(reply::series).collect(),
    });
    Ok(workspace)
}

fn subscription(bill: &Bill) -> proto::WorkspaceSubscription {
    proto::WorkspaceSubscription {
        plan_id: bill.plan_id.clone(),
        status: bill.status.name().to_owned(),
        quantity: bill.quantity,
        monthly: Some(common::Money {
            currency: bill.currency.as_str().to_owned(),
            micros: bill.monthly_micros,
        }),
        period_ends_at: bill.period_ends_at.map(reply::timestamp),
        plan_name: bill.plan_name.clone(),
    }
}

/// A health with its components.
pub(crate) fn health(health: &Health) -> proto::WorkspaceHealth {
    proto::WorkspaceHealth {
        score: health.score(),
        band: health.band().map(|of| band(of).into()),
        activity: health.activity,
        engagement: health.engagement,
        efficiency: health.efficiency,
        reliability: health.reliability,
    }
}

/// The health at a time.
pub(crate) fn point(point: &HealthPoint) -> proto::HealthPoint {
    proto::HealthPoint {
        time: Some(reply::timestamp(point.at)),
        health: Some(health(&point.health)),
    }
}

/// A member.
pub(crate) fn member(person: &Person) -> proto::WorkspaceMember {
    proto::WorkspaceMember {
        user_id: person.user_id.clone(),
        name: person
            .name
            .clone()
            .unwrap_or_else(|| person.user_id.clone()),
        role: person.role.name().to_owned(),
        active_days: person.active_days,
        active_lately: person.active_lately,
    }
}

/// A band as it travels.
pub(crate) fn band(band: Band) -> proto::HealthBand {
    match band {
        Band::Critical => proto::HealthBand::Critical,
        Band::Weak => proto::HealthBand::Weak,
        Band::Fair => proto::HealthBand::Fair,
        Band::Healthy => proto::HealthBand::Healthy,
    }
}

/// A list as it travels.
pub(crate) fn list(list: List) -> proto::WorkspaceList {
    match list {
        List::Slipping => proto::WorkspaceList::Slipping,
        List::Zombie => proto::WorkspaceList::Zombie,
        List::ReadyToExpand => proto::WorkspaceList::ReadyToExpand,
    }
}

pub(crate) fn narrow(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
