//! Who and what the platform consists of, as plain values for the caller to store.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::workspaces::{Profile, VISITORS};

/// The people with a role on the whole platform.
const PLATFORM: [(&str, &str, &str); 2] = [
    ("executive@demo", "Esther Executive", "executive"),
    ("engineer@demo", "Enzo Engineer", "engineer"),
];

/// Everything that events only name by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Workspaces, the largest first.
    pub workspaces: Vec<Workspace>,
    /// People, each once.
    pub users: Vec<User>,
    /// Who belongs to which workspace.
    pub memberships: Vec<Membership>,
    /// Who has a role everywhere.
    pub platform_roles: Vec<PlatformRole>,
    /// The agents of all workspaces.
    pub agents: Vec<Agent>,
    /// People whom a visitor can sign in as.
    pub sign_ins: Vec<SignIn>,
}

/// A workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its id.
    pub workspace_id: Uuid,
    /// What people call it.
    pub name: &'static str,
    /// Its IANA time zone.
    pub zone: &'static str,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id, as tokens and events have it.
    pub user_id: String,
    /// Their name.
    pub name: String,
}

/// A person's role in a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The workspace.
    pub workspace_id: Uuid,
    /// The person.
    pub user_id: String,
    /// "owner", "admin", "member" or "viewer".
    pub role: &'static str,
}

/// A person's role on the whole platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformRole {
    /// The person.
    pub user_id: String,
    /// "executive" or "engineer".
    pub role: &'static str,
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// The workspace that it belongs to.
    pub workspace_id: Uuid,
    /// Its id within the workspace.
    pub agent_id: String,
    /// What people call it.
    pub name: &'static str,
}

/// A way to look at the platform with somebody's eyes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The person.
    pub user_id: String,
    /// What the choice is called.
    pub label: String,
    /// What one sees by it.
    pub description: String,
}

pub(crate) fn of(profiles: &[Profile]) -> Directory {
    let mut users = BTreeMap::new();
    for person in profiles.iter().flat_map(|profile| &profile.people) {
        users.insert(person.id.clone(), person.name.clone());
    }
    for (id, name, _) in PLATFORM {
        users.insert(id.to_owned(), name.to_owned());
    }
    Directory {
        workspaces: profiles.iter().map(workspace).collect(),
        users: users
            .into_iter()
            .map(|(user_id, name)| User { user_id, name })
            .collect(),
        memberships: profiles.iter().flat_map(memberships).collect(),
        platform_roles: PLATFORM
            .into_iter()
            .map(|(id, _, role)| PlatformRole {
                user_id: id.to_owned(),
                role,
            })
            .collect(),
        agents: profiles.iter().flat_map(agents).collect(),
        sign_ins: sign_ins(profiles),
    }
}

fn workspace(profile: &Profile) -> Workspace {
    Workspace {
        workspace_id: profile.id,
        name: profile.name,
        zone: profile.zone_name,
    }
}

fn memberships(profile: &Profile) -> impl Iterator<Item = Membership> + '_ {
    profile.people.iter().map(|person| Membership {
        workspace_id: profile.id,
        user_id: person.id.clone(),
        role: person.role.name(),
    })
}

fn agents(profile: &Profile) -> impl Iterator<Item = Agent> + '_ {
    profile.agents.iter().map(|agent| Agent {
        workspace_id: profile.id,
        agent_id: agent.id.clone(),
        name: agent.name,
    })
}

fn sign_ins(profiles: &[Profile]) -> Vec<SignIn> {
    let (first, second) = (profiles[0].name, profiles[1].name);
    let describe = |id: &str| match id {
        "executive@demo" => "The whole platform, money included".to_owned(),
        "engineer@demo" => {
            "The whole platform as those who run it see it, without money".to_owned()
        }
        "owner@demo" => format!("Owner of {first}, viewer in {second}"),
        "admin@demo" => format!("Admin of {first}: everything but its money"),
        "member@demo" => format!("Member of {first}: its analytics and live executions"),
        _ => format!("Viewer in {first}: its analytics"),
    };
    let visitors = VISITORS.iter().map(|(id, name, _)| (*id, *name));
    PLATFORM
        .iter()
        .map(|(id, name, _)| (*id, *name))
        .chain(visitors)
        .map(|(id, name)| SignIn {
            user_id: id.to_owned(),
            label: name.to_owned(),
            description: describe(id),
        })
        .collect()
}
