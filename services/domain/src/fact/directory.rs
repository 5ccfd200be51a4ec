//! Who and what the numbers are about. Of several entries of the same thing the latest counts, by time, then by event id.

use super::BillingInterval;
use crate::execution::{Money, coded};

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

/// What the fact's workspace calls a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The person.
    pub user_id: String,
    /// What people call the person.
    pub name: Option<String>,
    /// The person's address.
    pub email: Option<String>,
    /// Whether the person is gone.
    pub deleted: bool,
}

/// What a plan of the fact's workspace is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its id within the workspace.
    pub plan_id: String,
    /// What people call it.
    pub name: Option<String>,
    /// What it costs on the list, where it is there.
    pub listed: Option<ListPrice>,
    /// Whether it is gone.
    pub deleted: bool,
}

/// What one unit of a plan costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListPrice {
    /// For one period.
    pub price: Money,
    /// The unit of the period.
    pub interval: BillingInterval,
    /// How many intervals make a period.
    pub interval_count: i32,
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

impl User {
    /// The first field whose content differs.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        first([
            ("user_id", self.user_id == other.user_id),
            ("name", self.name == other.name),
            ("email", self.email == other.email),
            ("deleted", self.deleted == other.deleted),
        ])
    }
}

impl Plan {
    /// The first field whose content differs.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        let price = |plan: &Self| plan.listed.map(|listed| listed.price);
        let interval = |plan: &Self| plan.listed.map(|listed| listed.interval);
        let count = |plan: &Self| plan.listed.map(|listed| listed.interval_count);
        first([
            ("plan_id", self.plan_id == other.plan_id),
            ("name", self.name == other.name),
            ("price", price(self) == price(other)),
            ("interval", interval(self) == interval(other)),
            ("interval_count", count(self) == count(other)),
            ("deleted", self.deleted == other.deleted),
        ])
    }
}

fn first<const N: usize>(fields: [(&'static str, bool); N]) -> Option<&'static str> {
    fields
        .into_iter()
        .find_map(|(field, same)| (!same).then_some(field))
}
