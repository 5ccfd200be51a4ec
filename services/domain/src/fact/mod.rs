//! What producers report beside executions: each fact has a name of its own and is stored once.
//!
//! Facts may come in any order and any number of times; the state is the same.

mod activity;
mod credit;
mod directory;
mod erasure;
mod step;
mod subscription;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use activity::{Activity, ActivityType};
pub use credit::{CreditEntry, CreditKind};
pub use directory::{Agent, ListPrice, MemberRole, Membership, Plan, User, Workspace};
pub use erasure::{Erasure, pseudonym};
pub use step::{Step, StepKind, StepStatus};
pub use subscription::{BillingInterval, SubscriptionChange, SubscriptionChanged, Terms};

/// A fact and what names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The workspace that it belongs to.
    pub workspace_id: Uuid,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// The producer's id of the event.
    pub event_id: Uuid,
    /// What happened.
    pub content: Content,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A person did something.
    Activity(Activity),
    /// Credits came or went.
    Credit(CreditEntry),
    /// A subscription began, changed or ended.
    Subscription(SubscriptionChanged),
    /// What the workspace is from now on.
    Workspace(Workspace),
    /// What a person is in the workspace from now on.
    Membership(Membership),
    /// What an agent is from now on.
    Agent(Agent),
    /// What the workspace calls a person from now on.
    User(User),
    /// What a plan is from now on.
    Plan(Plan),
    /// A person is to be erased.
    Erasure(Erasure),
    /// A step of an execution ended.
    Step(Box<Step>),
}

/// The kinds of facts, in the order in which they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A person did something.
    Activity,
    /// Credits came or went.
    Credit,
    /// A subscription began, changed or ended.
    Subscription,
    /// What the workspace is from now on.
    Workspace,
    /// What a person is in the workspace from now on.
    Membership,
    /// What an agent is from now on.
    Agent,
    /// What the workspace calls a person from now on.
    User,
    /// What a plan is from now on.
    Plan,
    /// A person is to be erased.
    Erasure,
    /// A step of an execution ended.
    Step,
}

/// What names a fact, in the order in which facts are stored: the workspace, the kind, when it happened, the producer's id,
/// and zero; for a step when its execution was opened, that one's id, and the number of the step. Facts of different kinds
/// never contradict each other, as transitions of an execution do not.
pub type Name = (Uuid, Kind, DateTime<Utc>, Uuid, i32);

impl Fact {
    /// What names it.
    pub fn name(&self) -> Name {
        let kind = self.content.kind();
        let (at, id, number) = match &self.content {
            Content::Step(step) => {
                let identity = &step.identity;
                (identity.opened_at, identity.execution_id, step.number)
            }
            _ => (self.occurred_at, self.event_id, 0),
        };
        (self.workspace_id, kind, at, id, number)
    }

    /// The person whom it names.
    pub fn user(&self) -> Option<&str> {
        match &self.content {
            Content::Activity(activity) => Some(&activity.user_id),
            Content::Membership(membership) => Some(&membership.user_id),
            Content::User(user) => Some(&user.user_id),
            Content::Credit(_)
            | Content::Subscription(_)
            | Content::Workspace(_)
            | Content::Agent(_)
            | Content::Plan(_)
            // Who is erased gets no place in the directory.
            | Content::Erasure(_)
            // Whom a step concerns is named by its execution.
            | Content::Step(_) => None,
        }
    }

    /// Who was active by it.
    pub fn active_user(&self) -> Option<&str> {
        match &self.content {
            Content::Activity(activity) => {
                let active = activity.activity_type.is_active();
                active.then_some(activity.user_id.as_str())
            }
            _ => None,
        }
    }
}

impl Content {
    /// The kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Activity(_) => Kind::Activity,
            Self::Credit(_) => Kind::Credit,
            Self::Subscription(_) => Kind::Subscription,
            Self::Workspace(_) => Kind::Workspace,
            Self::Membership(_) => Kind::Membership,
            Self::Agent(_) => Kind::Agent,
            Self::User(_) => Kind::User,
            Self::Plan(_) => Kind::Plan,
            Self::Erasure(_) => Kind::Erasure,
            Self::Step(_) => Kind::Step,
        }
    }

    /// The first field whose content differs. Other kinds have another name, so that they are never compared.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        match (self, other) {
            (Self::Activity(one), Self::Activity(other)) => one.difference(other),
            (Self::Credit(one), Self::Credit(other)) => one.difference(other),
            (Self::Subscription(one), Self::Subscription(other)) => one.difference(other),
            (Self::Workspace(one), Self::Workspace(other)) => one.difference(other),
            (Self::Membership(one), Self::Membership(other)) => one.difference(other),
            (Self::Agent(one), Self::Agent(other)) => one.difference(other),
            (Self::User(one), Self::User(other)) => one.difference(other),
            (Self::Plan(one), Self::Plan(other)) => one.difference(other),
            (Self::Erasure(one), Self::Erasure(other)) => one.difference(other),
            (Self::Step(one), Self::Step(other)) => one.difference(other),
            _ => Some("event"),
        }
    }
}

impl Kind {
    /// Its name, which is that of the field of an event that carries it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Activity => "activity",
            Self::Credit => "credit_entry",
            Self::Subscription => "subscription_changed",
            Self::Workspace => "workspace_changed",
            Self::Membership => "membership_changed",
            Self::Agent => "agent_changed",
            Self::User => "user_changed",
            Self::Plan => "plan_changed",
            Self::Erasure => "user_erased",
            Self::Step => "execution_step",
        }
    }
}
