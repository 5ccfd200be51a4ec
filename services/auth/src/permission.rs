//! What a caller may be allowed to do.

use std::fmt;

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident => $name:literal,)*) => {
        /// One thing that a role allows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $($(#[$doc])* $variant,)*
        }

        impl Permission {
            const ALL: &'static [Permission] = &[$(Permission::$variant,)*];

            /// The name in tokens, answers and documents.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Permission::$variant => $name,)*
                }
            }
        }
    };
}

permissions! {
    /// Query the catalogue's metrics.
    ViewAnalytics => "view_analytics",
    /// See the executive page.
    ViewExecutive => "view_executive",
    /// See revenue.
    ViewFinancial => "view_financial",
    /// Take data away in files.
    Export => "export",
    /// Save and schedule reports.
    CreateReports => "create_reports",
    /// See alert rules and what they found.
    ViewAlerts => "view_alerts",
    /// Watch executions live.
    WatchEvents => "watch_events",
    /// Change alert rules.
    ManageAlerts => "manage_alerts",
    /// Change the state of error groups.
    ManageErrors => "manage_errors",
    /// Change a workspace's members and settings.
    ManageWorkspace => "manage_workspace",
    /// See workspaces without being a member of them.
    ViewAllWorkspaces => "view_all_workspaces",
    /// Send events in.
    PublishEvents => "publish_events",
    /// Operate the platform.
    Administer => "administer",
}

impl Permission {
    /// Every permission, in the order of the documentation.
    pub const fn all() -> &'static [Permission] {
        Self::ALL
    }

    /// The permission of that name.
    pub fn parse(name: &str) -> Option<Permission> {
        Self::ALL
            .iter()
            .copied()
            .find(|permission| permission.name() == name)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_parse_back() {
        for permission in Permission::all() {
            assert_eq!(Permission::parse(permission.name()), Some(*permission));
        }
        assert_eq!(Permission::parse("View_Analytics"), None);
    }
}
