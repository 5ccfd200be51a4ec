//! The kinds of entries of the directory, each as columns of the one table and back.

use chrono::{DateTime, Utc};
use shadow_domain::fact::{
    Agent, BillingInterval, Content, ListPrice, MemberRole, Membership, Plan, User, Workspace,
};
use uuid::Uuid;

use crate::Error;
use crate::row::money;

const WORKSPACE: i16 = 1;
const MEMBERSHIP: i16 = 2;
const AGENT: i16 = 3;
const USER: i16 = 4;
const PLAN: i16 = 5;

/// An entry as columns.
#[derive(Default)]
pub(super) struct Columns<'a> {
    pub(super) subject: &'a str,
    pub(super) name: Option<&'a str>,
    pub(super) zone: Option<&'a str>,
    pub(super) role: Option<i16>,
    pub(super) deleted: bool,
    pub(super) email: Option<&'a str>,
    listed: Option<&'a ListPrice>,
}

impl<'a> Columns<'a> {
    pub(super) fn currency(&self) -> Option<&'a str> {
        self.listed.map(|listed| listed.price.currency.as_str())
    }

    pub(super) fn micros(&self) -> Option<i64> {
        self.listed.map(|listed| listed.price.micros)
    }

    pub(super) fn interval(&self) -> Option<i16> {
        self.listed.map(|listed| listed.interval.code())
    }

    pub(super) fn interval_count(&self) -> Option<i32> {
        self.listed.map(|listed| listed.interval_count)
    }
}

/// A stored entry.
#[derive(diesel::Queryable)]
pub(super) struct Row {
    pub(super) workspace_id: Uuid,
    pub(super) occurred_at: DateTime<Utc>,
    pub(super) event_id: Uuid,
    subject: String,
    name: Option<String>,
    zone: Option<String>,
    role: Option<i16>,
    deleted: bool,
    email: Option<String>,
    price_currency: Option<String>,
    price_micros: Option<i64>,
    billing_interval: Option<i16>,
    interval_count: Option<i32>,
}

impl Row {
    fn listed(&self) -> Result<Option<ListPrice>, Error> {
        let price = money(self.price_currency.as_deref(), self.price_micros)?;
        let (Some(price), Some(interval), Some(interval_count)) =
            (price, self.billing_interval, self.interval_count)
        else {
            return Ok(None);
        };
        let unknown = || Error::malformed("an interval", "the code is not known");
        Ok(Some(ListPrice {
            price,
            interval: BillingInterval::from_code(interval).ok_or_else(unknown)?,
            interval_count,
        }))
    }
}

/// A kind of entry.
pub(super) trait Entry: Sized {
    const KIND: i16;

    fn of(content: &Content) -> Option<&Self>;

    fn columns(&self) -> Columns<'_>;

    fn content(row: Row) -> Result<Content, Error>;
}

impl Entry for Workspace {
    const KIND: i16 = WORKSPACE;

    fn of(content: &Content) -> Option<&Self> {
        match content {
            Content::Workspace(workspace) => Some(workspace),
            _ => None,
        }
    }

    fn columns(&self) -> Columns<'_> {
        Columns {
            name: self.name.as_deref(),
            zone: Some(&self.zone),
            deleted: self.deleted,
            ..Columns::default()
        }
    }

    fn content(row: Row) -> Result<Content, Error> {
        Ok(Content::Workspace(Workspace {
            name: row.name,
            zone: row
                .zone
                .ok_or_else(|| Error::malformed("a workspace", "it has no zone"))?,
            deleted: row.deleted,
        }))
    }
}

impl Entry for Membership {
    const KIND: i16 = MEMBERSHIP;

    fn of(content: &Content) -> Option<&Self> {
        match content {
            Content::Membership(membership) => Some(membership),
            _ => None,
        }
    }

    fn columns(&self) -> Columns<'_> {
        Columns {
            subject: &self.user_id,
            role: self.role.map(MemberRole::code),
            deleted: self.role.is_none(),
            ..Columns::default()
        }
    }

    fn content(row: Row) -> Result<Content, Error> {
        let role = |code| {
            MemberRole::from_code(code)
                .ok_or_else(|| Error::malformed("a role", "the code is not known"))
        };
        Ok(Content::Membership(Membership {
            user_id: row.subject,
            role: row.role.map(role).transpose()?,
        }))
    }
}

impl Entry for Agent {
    const KIND: i16 = AGENT;

    fn of(content: &Content) -> Option<&Self> {
        match content {
            Content::Agent(agent) => Some(agent),
            _ => None,
        }
    }

    fn columns(&self) -> Columns<'_> {
        Columns {
            subject: &self.agent_id,
            name: self.name.as_deref(),
            deleted: self.deleted,
            ..Columns::default()
        }
    }

    fn content(row: Row) -> Result<Content, Error> {
        Ok(Content::Agent(Agent {
            agent_id: row.subject,
            name: row.name,
            deleted: row.deleted,
        }))
    }
}

impl Entry for User {
    const KIND: i16 = USER;

    fn of(content: &Content) -> Option<&Self> {
        match content {
            Content::User(user) => Some(user),
            _ => None,
        }
    }

    fn columns(&self) -> Columns<'_> {
        Columns {
            subject: &self.user_id,
            name: self.name.as_deref(),
            email: self.email.as_deref(),
            deleted: self.deleted,
            ..Columns::default()
        }
    }

    fn content(row: Row) -> Result<Content, Error> {
        Ok(Content::User(Self {
            user_id: row.subject,
            name: row.name,
            email: row.email,
            deleted: row.deleted,
        }))
    }
}

impl Entry for Plan {
    const KIND: i16 = PLAN;

    fn of(content: &Content) -> Option<&Self> {
        match content {
            Content::Plan(plan) => Some(plan),
            _ => None,
        }
    }

    fn columns(&self) -> Columns<'_> {
        Columns {
            subject: &self.plan_id,
            name: self.name.as_deref(),
            listed: self.listed.as_ref(),
            deleted: self.deleted,
            ..Columns::default()
        }
    }

    fn content(row: Row) -> Result<Content, Error> {
        Ok(Content::Plan(Self {
            listed: row.listed()?,
            plan_id: row.subject,
            name: row.name,
            deleted: row.deleted,
        }))
    }
}
