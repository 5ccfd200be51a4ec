//! Who and what the numbers are about. Of two entries of the same thing the later one counts, by time, then by event id.

use crate::execution::coded;

/// What something is from a time on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// The fact's workspace.
    Workspace(Workspace),
    /// A person's role in the fact's workspace.
    Membership(Membership),
    /// An agent of the fact's workspace.
    Agent(Agent),
    /// A person of the platform.
    User(User),
    /// A plan of the platform.
    Plan(Plan),
}

/// What a workspace is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// What people call it.
    pub name: Option<String>,
    /// IANA time zone.
    pub zone: String,
    /// Whether it is gone.
    pub deleted: bool,
}

/// What a person is in a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The person.
    pub user_id: String,
    /// The role; none for who is no member.
    pub role: Option<MemberRole>,
}

/// What an agent is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Its id within the workspace.
    pub agent_id: String,
    /// What people call it.
    pub name: Option<String>,
    /// Whether it is gone.
    pub deleted: bool,
}

/// Who a person is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The platform's name of the person.
    pub user_id: String,
    /// What people call the person.
    pub name: Option<String>,
    /// Whether the person is gone.
    pub deleted: bool,
}

/// What a plan is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub plan_id: String,
    /// What people call it.
    pub name: Option<String>,
    /// Seats that it includes; none where there is no limit.
    pub seats: Option<i32>,
    /// Millionths of a credit that it includes each month.
    pub monthly_credits_micro: Option<i64>,
    /// Whether it is no longer offered.
    pub deleted: bool,
}

coded! {
    /// What a person may do in a workspace.
    MemberRole {
        /// Everything.
        Owner = 1, "owner";
        /// Everything but money and settings.
        Admin = 2, "admin";
        /// See, watch and export.
        Member = 3, "member";
        /// See.
        Viewer = 4, "viewer";
    }
}
