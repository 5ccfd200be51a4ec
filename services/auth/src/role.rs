//! Roles and what each of them allows.

use std::fmt;

use crate::Permission::{self, *};

/// What a person is in one workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Answers for the workspace, its money included.
    Owner,
    /// Runs the workspace.
    Admin,
    /// Works in the workspace.
    Member,
    /// Looks at the workspace.
    Viewer,
}

impl Role {
    /// Every role, the widest first.
    pub const fn all() -> &'static [Role] {
        &[Role::Owner, Role::Admin, Role::Member, Role::Viewer]
    }

    /// The name in the directory.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Member => "member",
            Role::Viewer => "viewer",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Role> {
        Self::all().iter().copied().find(|role| role.name() == name)
    }

    /// What the role allows within its workspace.
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Role::Owner => &[
                ViewAnalytics,
                ViewExecutive,
                ViewFinancial,
                Export,
                CreateReports,
                ViewAlerts,
                WatchEvents,
                ManageAlerts,
                ManageErrors,
                ManageWorkspace,
            ],
            Role::Admin => &[
                ViewAnalytics,
                ViewExecutive,
                Export,
                CreateReports,
                ViewAlerts,
                WatchEvents,
                ManageAlerts,
                ManageErrors,
            ],
            Role::Member => &[ViewAnalytics, Export, ViewAlerts, WatchEvents],
            Role::Viewer => &[ViewAnalytics],
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What a person is on the whole platform; it holds in every workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlatformRole {
    /// Answers for the platform's results.
    Executive,
    /// Keeps the platform running and sends events in.
    Engineer,
}

impl PlatformRole {
    /// Every platform role.
    pub const fn all() -> &'static [PlatformRole] {
        &[PlatformRole::Executive, PlatformRole::Engineer]
    }

    /// The name in the directory.
    pub const fn name(self) -> &'static str {
        match self {
            PlatformRole::Executive => "executive",
            PlatformRole::Engineer => "engineer",
        }
    }

    /// The platform role of that name.
    pub fn parse(name: &str) -> Option<PlatformRole> {
        Self::all().iter().copied().find(|role| role.name() == name)
    }

    /// What the role allows everywhere.
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            PlatformRole::Executive => &[
                ViewAnalytics,
                ViewExecutive,
                ViewFinancial,
                Export,
                CreateReports,
                ViewAlerts,
                WatchEvents,
                ViewAllWorkspaces,
            ],
            PlatformRole::Engineer => &[
                ViewAnalytics,
                Export,
                ViewAlerts,
                WatchEvents,
                ManageAlerts,
                ManageErrors,
                ViewAllWorkspaces,
                PublishEvents,
                Administer,
            ],
        }
    }
}

impl fmt::Display for PlatformRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table as people read it, in the columns owner, admin, member, viewer, executive, engineer.
    const TABLE: &str = "
        view_analytics       x x x x x x
        view_executive       x x . . x .
        view_financial       x . . . x .
        export               x x x . x x
        create_reports       x x . . x .
        view_alerts          x x x . x x
        watch_events         x x x . x x
        manage_alerts        x x . . . x
        manage_errors        x x . . . x
        manage_workspace     x . . . . .
        view_all_workspaces  . . . . x x
        publish_events       . . . . . x
        administer           . . . . . x
    ";

    #[test]
    fn roles_allow_what_the_table_says() {
        let columns: Vec<&[Permission]> = Role::all()
            .iter()
            .map(|role| role.permissions())
            .chain(PlatformRole::all().iter().map(|role| role.permissions()))
            .collect();
        let mut rows = 0;
        for line in TABLE.lines().filter(|line| !line.trim().is_empty()) {
            let mut words = line.split_whitespace();
            let name = words.next().unwrap();
            let permission = Permission::parse(name).unwrap();
            for (column, mark) in columns.iter().zip(words.by_ref()) {
                assert_eq!(
                    column.contains(&permission),
                    mark == "x",
                    "{name} in {column:?}"
                );
            }
            assert_eq!(words.next(), None);
            rows += 1;
        }
        assert_eq!(rows, Permission::all().len());
    }

    #[test]
    fn names_parse_back() {
        for role in Role::all() {
            assert_eq!(Role::parse(role.name()), Some(*role));
        }
        for role in PlatformRole::all() {
            assert_eq!(PlatformRole::parse(role.name()), Some(*role));
        }
        assert_eq!(Role::parse("executive"), None);
        assert_eq!(PlatformRole::parse("owner"), None);
    }
}
