//! Who is signed in, and what that person may see. What is not allowed is not shown; the server decides all the same.

use shadow_proto::metrics::v1::{GetViewerResponse, Workspace};
use yew::AttrValue;

/// Permissions that the dashboard asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Metrics of a workspace.
    ViewAnalytics,
    /// The executive page.
    ViewExecutive,
    /// Executions as they happen.
    WatchEvents,
    /// Money: of one workspace its bill, of every one the platform's revenue.
    ViewFinancial,
}

impl Permission {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::ViewAnalytics => "view_analytics",
            Self::ViewExecutive => "view_executive",
            Self::WatchEvents => "watch_events",
            Self::ViewFinancial => "view_financial",
        }
    }
}

/// A person who is signed in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Viewer {
    /// The id of the person.
    pub subject: AttrValue,
    /// What people call the person.
    pub name: AttrValue,
    /// A role that holds everywhere; empty where there is none.
    pub platform_role: AttrValue,
    /// Permissions that hold everywhere.
    pub permissions: Vec<String>,
    /// The first workspaces by name.
    pub workspaces: Vec<Workspace>,
    /// Whether `workspaces` is every one.
    pub all_listed: bool,
}

impl Viewer {
    /// Puts the two answers together.
    pub fn new(viewer: GetViewerResponse, workspaces: Vec<Workspace>, all_listed: bool) -> Self {
        let name = if viewer.name.is_empty() {
            viewer.subject.clone()
        } else {
            viewer.name
        };
        Self {
            subject: viewer.subject.into(),
            name: name.into(),
            platform_role: viewer.platform_role.into(),
            permissions: viewer.permissions,
            workspaces,
            all_listed,
        }
    }

    /// Whether the permission holds in every workspace.
    pub fn may_everywhere(&self, permission: Permission) -> bool {
        holds(&self.permissions, permission)
    }

    /// Whether the permission holds in a workspace; in some workspace where none is named.
    pub fn may(&self, permission: Permission, workspace: Option<&str>) -> bool {
        self.may_everywhere(permission)
            || self
                .workspaces
                .iter()
                .filter(|one| workspace.is_none_or(|id| one.workspace_id == id))
                .any(|one| holds(&one.permissions, permission))
    }

    /// The workspace of an id, where it is listed.
    pub fn workspace(&self, id: &str) -> Option<&Workspace> {
        self.workspaces.iter().find(|one| one.workspace_id == id)
    }

    /// What to call a workspace: its name, else the beginning of its id.
    pub fn workspace_name(&self, id: &str) -> AttrValue {
        match self.workspace(id) {
            Some(workspace) => workspace.name.clone().into(),
            None => format!("Workspace {}", id.get(..8).unwrap_or(id)).into(),
        }
    }

    /// The zone in which a view is read when its address names none: the workspace's own, or UTC over several.
    pub fn default_zone(&self, workspace: Option<&str>) -> &str {
        workspace
            .and_then(|id| self.workspace(id))
            .map(|one| one.zone.as_str())
            .filter(|zone| !zone.is_empty())
            .unwrap_or("UTC")
    }

    /// The role in words, for the user menu.
    pub fn role_in(&self, workspace: Option<&str>) -> AttrValue {
        if !self.platform_role.is_empty() {
            return capitalised(&self.platform_role).into();
        }
        let role = match workspace {
            Some(id) => self.workspace(id),
            None => self
                .workspaces
                .first()
                .filter(|_| self.workspaces.len() == 1),
        };
        role.map(|one| capitalised(&one.role))
            .unwrap_or_default()
            .into()
    }
}

fn holds(permissions: &[String], permission: Permission) -> bool {
    permissions.iter().any(|one| one == permission.name())
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn workspace(id: &str, name: &str, role: &str, permissions: &[&str]) -> Workspace {
        Workspace {
            workspace_id: id.to_owned(),
            name: name.to_owned(),
            zone: "Asia/Kolkata".to_owned(),
            role: role.to_owned(),
            permissions: permissions.iter().map(|one| (*one).to_owned()).collect(),
            standing: None,
        }
    }

    pub(crate) fn owner() -> Viewer {
        let all = ["view_analytics", "view_executive", "watch_events"];
        Viewer {
            subject: "owner@demo".into(),
            name: "Olivia Owner".into(),
            workspaces: vec![
                workspace("w1", "Acme", "owner", &all),
                workspace("w2", "Borealis", "viewer", &all[..1]),
            ],
            all_listed: true,
            ..Viewer::default()
        }
    }

    #[test]
    fn a_role_holds_in_its_workspace_only() {
        let owner = owner();
        assert!(owner.may(Permission::ViewExecutive, None));
        assert!(owner.may(Permission::ViewExecutive, Some("w1")));
        assert!(!owner.may(Permission::ViewExecutive, Some("w2")));
        assert!(owner.may(Permission::ViewAnalytics, Some("w2")));
        assert!(!owner.may(Permission::ViewAnalytics, Some("w3")));
        assert!(!owner.may_everywhere(Permission::ViewAnalytics));
    }

    #[test]
    fn a_platform_role_holds_everywhere() {
        let engineer = Viewer {
            platform_role: "engineer".into(),
            permissions: vec!["view_analytics".to_owned(), "watch_events".to_owned()],
            ..Viewer::default()
        };
        assert!(engineer.may(Permission::WatchEvents, Some("any")));
        assert!(!engineer.may(Permission::ViewExecutive, None));
        assert_eq!(engineer.role_in(None), "Engineer");
    }

    #[test]
    fn names_zones_and_roles_follow_the_workspace() {
        let owner = owner();
        assert_eq!(owner.workspace_name("w2"), "Borealis");
        assert_eq!(owner.workspace_name("0192f0c1-2222"), "Workspace 0192f0c1");
        assert_eq!(owner.default_zone(Some("w1")), "Asia/Kolkata");
        assert_eq!(owner.default_zone(None), "UTC");
        assert_eq!(owner.role_in(Some("w2")), "Viewer");
        assert_eq!(owner.role_in(None), "");
    }

    #[test]
    fn a_person_without_a_name_is_called_by_the_id() {
        let answer = GetViewerResponse {
            subject: "u-7".to_owned(),
            ..GetViewerResponse::default()
        };
        assert_eq!(Viewer::new(answer, Vec::new(), true).name, "u-7");
    }
}
