//! The people of the demo, for signing in by one click on a local stack.

use serde::Serialize;

/// Somebody to sign in as.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct DemoUser {
    /// The id in the directory.
    pub user_id: &'static str,
    /// What the button says.
    pub label: &'static str,
    /// What the role shows.
    pub description: &'static str,
}

/// One person for each role; the demo puts them into the directory.
pub const DEMO_USERS: &[DemoUser] = &[
    DemoUser {
        user_id: "executive@demo",
        label: "Executive",
        description: "Every workspace: runs, success, active users, credits and cost.",
    },
    DemoUser {
        user_id: "owner@demo",
        label: "Owner",
        description: "Owner of one workspace, viewer of another.",
    },
    DemoUser {
        user_id: "admin@demo",
        label: "Admin",
        description: "Runs one workspace.",
    },
    DemoUser {
        user_id: "member@demo",
        label: "Member",
        description: "Works in one workspace and watches it live.",
    },
    DemoUser {
        user_id: "viewer@demo",
        label: "Viewer",
        description: "Looks at one workspace.",
    },
    DemoUser {
        user_id: "engineer@demo",
        label: "Engineer",
        description: "Keeps the platform running; sends and watches events everywhere.",
    },
];
