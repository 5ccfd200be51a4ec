//! What workspaces, memberships, agents, people and plans are.

use shadow_domain::execution::{Currency, Money};
use shadow_domain::fact::{
    Agent, BillingInterval, Content, Erasure, ListPrice, MemberRole, Membership, Plan, User,
    Workspace,
};
use shadow_proto::common::v1 as common;

use super::*;

fn workspace(name: Option<&str>, zone: &str) -> proto::Event {
    event(Kind::WorkspaceChanged(proto::WorkspaceChanged {
        name: name.map(str::to_owned),
        zone: zone.to_owned(),
        deleted: true,
    }))
}

fn membership(user_id: &str, role: i32) -> proto::Event {
    event(Kind::MembershipChanged(proto::MembershipChanged {
        user_id: user_id.to_owned(),
        role,
    }))
}

fn agent(agent_id: &str, name: &str) -> proto::Event {
    event(Kind::AgentChanged(proto::AgentChanged {
        agent_id: agent_id.to_owned(),
        name: Some(name.to_owned()),
        deleted: false,
    }))
}

fn user(user_id: &str, name: &str, email: &str) -> proto::Event {
    event(Kind::UserChanged(proto::UserChanged {
        user_id: user_id.to_owned(),
        name: Some(name.to_owned()),
        email: Some(email.to_owned()),
        deleted: false,
    }))
}

/// A plan with a price, or with none, that is billed by an interval.
fn plan(micros: Option<i64>, interval: i32, interval_count: u32) -> proto::Event {
    event(Kind::PlanChanged(proto::PlanChanged {
        plan_id: "team".to_owned(),
        name: None,
        price: micros.map(|micros| common::Money {
            currency: "USD".to_owned(),
            micros,
        }),
        interval,
        interval_count,
        deleted: true,
    }))
}

fn erased(user_id: &str) -> proto::Event {
    event(Kind::UserErased(proto::UserErased {
        user_id: user_id.to_owned(),
    }))
}

#[test]
fn people_and_plans_are_read_whole() {
    let read = |listed| {
        Content::Plan(Plan {
            plan_id: "team".to_owned(),
            name: None,
            listed,
            deleted: true,
        })
    };
    let ada = User {
        user_id: "ada".to_owned(),
        name: Some("Ada".to_owned()),
        email: Some("ada@example.com".to_owned()),
        deleted: false,
    };
    let table = [
        (user("ada", "Ada", "ada@example.com"), Content::User(ada)),
        (
            erased("ada"),
            Content::Erasure(Erasure {
                user_id: "ada".to_owned(),
                requested_by: String::new(),
            }),
        ),
        (plan(None, 0, 0), read(None)),
        (
            plan(Some(0), 3, 2),
            read(Some(ListPrice {
                price: Money {
                    currency: Currency::USD,
                    micros: 0,
                },
                interval: BillingInterval::Month,
                interval_count: 2,
            })),
        ),
    ];
    for (event, expected) in table {
        let Ok(Said::Fact(fact)) = said(event) else {
            panic!("no fact");
        };
        assert_eq!(fact.content, expected);
    }
}

#[test]
fn each_is_read_whole() {
    let zoned = |zone: &str| {
        Content::Workspace(Workspace {
            name: Some("Acme".to_owned()),
            zone: zone.to_owned(),
            deleted: true,
        })
    };
    let member = |role| {
        Content::Membership(Membership {
            user_id: "ada".to_owned(),
            role,
        })
    };
    let table = [
        (
            workspace(Some("Acme"), "Asia/Kolkata"),
            zoned("Asia/Kolkata"),
        ),
        (workspace(Some("Acme"), ""), zoned("UTC")),
        (membership("ada", 1), member(Some(MemberRole::Owner))),
        (membership("ada", 4), member(Some(MemberRole::Viewer))),
        (membership("ada", 0), member(None)),
        (
            agent("writer", ""),
            Content::Agent(Agent {
                agent_id: "writer".to_owned(),
                name: None,
                deleted: false,
            }),
        ),
    ];
    for (event, expected) in table {
        let Ok(Said::Fact(fact)) = said(event) else {
            panic!("no fact");
        };
        assert_eq!(fact.content, expected);
    }
}

#[test]
fn each_field_has_its_limit() {
    use RefusalReason::{Malformed, Missing, OutOfRange};
    let long = "x".repeat(201);
    let table = [
        (
            OutOfRange,
            workspace(Some(&long), ""),
            "workspace_changed.name",
        ),
        (
            Malformed,
            workspace(None, "Mars/Olympus"),
            "workspace_changed.zone",
        ),
        (Missing, membership("", 1), "membership_changed.user_id"),
        (Malformed, membership("ada", 5), "membership_changed.role"),
        (Missing, agent("", "Writer"), "agent_changed.agent_id"),
        (OutOfRange, agent(&long, "Writer"), "agent_changed.agent_id"),
        (OutOfRange, agent("writer", &long), "agent_changed.name"),
        (Malformed, agent("writer", "a\nb"), "agent_changed.name"),
        (Missing, user("", "Ada", ""), "user_changed.user_id"),
        (OutOfRange, user("ada", &long, ""), "user_changed.name"),
        (
            OutOfRange,
            user("ada", "", &long.repeat(2)),
            "user_changed.email",
        ),
        (Missing, erased(""), "user_erased.user_id"),
        (OutOfRange, erased(&long), "user_erased.user_id"),
        (Missing, plan(Some(5), 0, 1), "plan_changed.interval"),
        (Malformed, plan(Some(5), 9, 1), "plan_changed.interval"),
        (Missing, plan(Some(5), 3, 0), "plan_changed.interval_count"),
        (
            OutOfRange,
            plan(Some(5), 3, 1_001),
            "plan_changed.interval_count",
        ),
        (
            OutOfRange,
            plan(Some(-5), 3, 1),
            "plan_changed.price.micros",
        ),
        (Malformed, plan(None, 3, 0), "plan_changed.interval"),
        (Malformed, plan(None, 0, 1), "plan_changed.interval_count"),
    ];
    for (reason, event, field) in table {
        let refused = said(event).unwrap_err();
        assert_eq!((refused.field.as_str(), refused.reason), (field, reason));
        assert!(!refused.description.is_empty());
    }
}
