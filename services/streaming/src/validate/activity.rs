//! What people do on the platform.

use chrono::{DateTime, Utc};
use shadow_domain::execution::limits;
use shadow_domain::fact::{Activity, ActivityType, Content, Fact};
use shadow_proto::streaming::v1 as proto;
use uuid::Uuid;

use super::{Fault, Refused, known, text};

/// Reads one activity.
pub(super) fn parse(
    workspace_id: Uuid,
    occurred_at: DateTime<Utc>,
    event_id: Uuid,
    activity: proto::Activity,
) -> Result<Fact, Refused> {
    let at = |field: &'static str| move |fault: Fault| fault.at(format!("activity.{field}"));
    let activity_type = known(activity.r#type, ActivityType::from_code).map_err(at("type"))?;
    let name = text::optional(activity.name, limits::ID_BYTES).map_err(at("name"))?;
    if activity_type == ActivityType::Custom && name.is_none() {
        let fault = Fault::missing("a custom activity has a name");
        return Err(fault.at("activity.name"));
    }
    Ok(Fact {
        workspace_id,
        occurred_at,
        event_id,
        content: Content::Activity(Activity {
            user_id: text::required(activity.user_id, limits::ID_BYTES).map_err(at("user_id"))?,
            activity_type,
            session_id: text::optional(activity.session_id, limits::ID_BYTES)
                .map_err(at("session_id"))?,
            name,
            path: text::optional(activity.path, limits::PATH_BYTES).map_err(at("path"))?,
            device: text::optional(activity.device, limits::LABEL_BYTES).map_err(at("device"))?,
        }),
    })
}
