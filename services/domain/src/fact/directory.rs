//! Who and what the numbers are about. Of several entries of the same thing the latest counts, by time, then by event id.

use crate::execution::coded;

/// What the fact's workspace is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// What people call it.
    pub name: Option<String>,
    /// IANA time zone.
    pub zone: String,
    /// Whether it is gone.
    pub deleted: bool,
}

/// What a person is in the fact's workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The person.
    pub user_id: String,
    /// The role; none for who is no member.
    pub role: Option<MemberRole>,
}

/// What an agent of the fact's workspace is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Its id within the workspace.
    pub agent_id: String,
    /// What people call it.
    pub name: Option<String>,
    /// Whether it is gone.
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

impl Workspace {
    /// The first field whose content differs.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        first([
            ("name", self.name == other.name),
            ("zone", self.zone == other.zone),
            ("deleted", self.deleted == other.deleted),
        ])
    }
}

impl Membership {
    /// The first field whose content differs.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        first([
            ("user_id", self.user_id == other.user_id),
            ("role", self.role == other.role),
        ])
    }
}

impl Agent {
    /// The first field whose content differs.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        first([
            ("agent_id", self.agent_id == other.agent_id),
            ("name", self.name == other.name),
            ("deleted", self.deleted == other.deleted),
        ])
    }
}

fn first<const N: usize>(fields: [(&'static str, bool); N]) -> Option<&'static str> {
    fields
        .into_iter()
        .find_map(|(field, same)| (!same).then_some(field))
}
