//! What people do on the platform.

use shadow_domain::execution::limits;
use shadow_domain::fact::{Activity, ActivityType};
use shadow_proto::streaming::v1 as proto;

use super::{Fault, Refused, known, text};

/// Reads one activity.
pub(super) fn parse(activity: proto::Activity) -> Result<Activity, Refused> {
    let at = |field: &'static str| move |fault: Fault| fault.at(format!("activity.{field}"));
    let activity_type = known(activity.r#type, ActivityType::from_code).map_err(at("type"))?;
    let name = text::optional(activity.name, limits::ID_BYTES).map_err(at("name"))?;
    if activity_type == ActivityType::Custom && name.is_none() {
        let fault = Fault::missing("a custom activity has a name");
        return Err(fault.at("activity.name"));
    }
    Ok(Activity {
        user_id: text::required(activity.user_id, limits::ID_BYTES).map_err(at("user_id"))?,
        activity_type,
        session_id: text::optional(activity.session_id, limits::ID_BYTES)
            .map_err(at("session_id"))?,
        name,
        path: text::optional(activity.path, limits::PATH_BYTES).map_err(at("path"))?,
        device: text::optional(activity.device, limits::LABEL_BYTES).map_err(at("device"))?,
    })
}
