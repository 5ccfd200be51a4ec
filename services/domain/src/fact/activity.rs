//! What people do on the platform.

use crate::execution::coded;

/// Something that a person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Who did it.
    pub user_id: String,
    /// What was done.
    pub activity_type: ActivityType,
    /// The visit that it belongs to.
    pub session_id: Option<String>,
    /// The page, feature or custom activity.
    pub name: Option<String>,
    /// The path that was visited.
    pub path: Option<String>,
    /// Class of device.
    pub device: Option<String>,
}

coded! {
    /// What a person did.
    ActivityType {
        /// Looked at a page.
        PageView = 1, "page_view";
        /// Used a feature.
        FeatureUse = 2, "feature_use";
        /// Signed in.
        Login = 3, "login";
        /// Signed out.
        Logout = 4, "logout";
        /// A program renewed a token; nobody was active.
        TokenRefresh = 5, "token_refresh";
        /// Called an API.
        ApiCall = 6, "api_call";
        /// Took data away.
        Export = 7, "export";
        /// Looked at a report.
        ReportView = 8, "report_view";
        /// Went to this workspace.
        WorkspaceSwitch = 9, "workspace_switch";
        /// Saw an error.
        Error = 10, "error";
        /// Something else, which has a name.
        Custom = 11, "custom";
    }
}

impl Activity {
    /// The first field whose content differs.
    pub fn difference(&self, other: &Activity) -> Option<&'static str> {
        [
            ("user_id", self.user_id == other.user_id),
            ("type", self.activity_type == other.activity_type),
            ("session_id", self.session_id == other.session_id),
            ("name", self.name == other.name),
            ("path", self.path == other.path),
            ("device", self.device == other.device),
        ]
        .into_iter()
        .find_map(|(field, same)| (!same).then_some(field))
    }
}

impl ActivityType {
    /// Whether whoever does this counts as active.
    pub fn is_active(self) -> bool {
        self != ActivityType::TokenRefresh
    }
}
