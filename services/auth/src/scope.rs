//! Which workspaces a piece of work may touch.

use std::collections::BTreeSet;

use uuid::Uuid;

/// A set of workspaces.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Workspaces {
    /// Every workspace, those made later included.
    All,
    /// Exactly these.
    Some(BTreeSet<Uuid>),
}

/// Proof that somebody was allowed to touch these workspaces.
///
/// It comes from [`Viewer::scope`](crate::Viewer::scope) or, for the platform's own work, from [`Scope::system`];
/// everything that reads or writes data asks for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    workspaces: Workspaces,
    subject: Option<String>,
    reason: &'static str,
}

impl Scope {
    /// Every workspace, for work that nobody asked for: `reason` says which, for logs.
    pub fn system(reason: &'static str) -> Scope {
        Scope {
            workspaces: Workspaces::All,
            subject: None,
            reason,
        }
    }

    pub(crate) fn of(subject: &str, reason: &'static str, workspaces: Workspaces) -> Scope {
        Scope {
            workspaces,
            subject: Some(subject.to_owned()),
            reason,
        }
    }

    /// The workspaces that may be touched.
    pub fn workspaces(&self) -> &Workspaces {
        &self.workspaces
    }

    /// Whether this workspace may be touched.
    pub fn contains(&self, workspace: &Uuid) -> bool {
        match &self.workspaces {
            Workspaces::All => true,
            Workspaces::Some(some) => some.contains(workspace),
        }
    }

    /// The part of this scope that is among `workspaces`.
    pub fn within(&self, workspaces: impl IntoIterator<Item = Uuid>) -> Scope {
        let kept = workspaces
            .into_iter()
            .filter(|workspace| self.contains(workspace))
            .collect();
        Scope {
            workspaces: Workspaces::Some(kept),
            subject: self.subject.clone(),
            reason: self.reason,
        }
    }

    /// Who asked; `None` for the platform itself.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Why it was given: the permission's name, or the reason of the platform's own work.
    pub fn reason(&self) -> &'static str {
        self.reason
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_never_widens() {
        let (a, b, c) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let everything = Scope::system("test");
        let two = everything.within([a, b]);
        assert_eq!(two.workspaces(), &Workspaces::Some([a, b].into()));
        assert_eq!(
            two.within([b, c]).workspaces(),
            &Workspaces::Some([b].into())
        );
        assert!(everything.contains(&c) && !two.contains(&c));
    }
}
