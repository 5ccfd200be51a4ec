//! What workspaces, memberships and agents are.

use shadow_domain::fact::{Agent, Content, MemberRole, Membership, Workspace};

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
    ];
    for (reason, event, field) in table {
        let refused = said(event).unwrap_err();
        assert_eq!((refused.field.as_str(), refused.reason), (field, reason));
        assert!(!refused.description.is_empty());
    }
}
