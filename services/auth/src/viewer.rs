//! A caller whose token was verified, with the roles that the directory gives it.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::{Permission, PlatformRole, Role, Scope, Workspaces};

/// A caller and everything that it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The id of the person or service that the token names.
    pub subject: String,
    /// What people call it; the subject where there is no name.
    pub name: String,
    /// The role that holds in every workspace.
    pub platform: Option<PlatformRole>,
    /// The role in each workspace that it is a member of.
    pub memberships: BTreeMap<Uuid, Role>,
    narrowed: Option<BTreeSet<Permission>>,
    grant: Option<Grant>,
}

/// What a service key allows, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Grant {
    permissions: BTreeSet<Permission>,
    workspaces: Workspaces,
}

/// Why a scope was not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The workspace is not the caller's, or not there: the two are not told apart.
    #[error("workspace {0} was not found")]
    NotFound(Uuid),
    /// The caller sees the workspace but lacks the permission in it, or has it nowhere.
    #[error("the permission {0} is missing")]
    Missing(Permission),
}

impl Viewer {
    /// A caller with what the directory says of it.
    pub fn new(
        subject: impl Into<String>,
        name: Option<String>,
        platform: Option<PlatformRole>,
        memberships: BTreeMap<Uuid, Role>,
    ) -> Viewer {
        let subject = subject.into();
        let name = name
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| subject.clone());
        Viewer {
            subject,
            name,
            platform,
            memberships,
            narrowed: None,
            grant: None,
        }
    }

    /// A caller with exactly these permissions in exactly these workspaces, and no role.
    pub(crate) fn granted(
        subject: String,
        name: String,
        permissions: BTreeSet<Permission>,
        workspaces: Workspaces,
    ) -> Viewer {
        let mut viewer = Viewer::new(subject, Some(name), None, BTreeMap::new());
        viewer.grant = Some(Grant {
            permissions,
            workspaces,
        });
        viewer
    }

    /// The same caller with no more than the named permissions: a token's `permissions` claim. `None` changes nothing,
    /// and names that do not exist allow nothing.
    #[must_use]
    pub fn narrowed(mut self, names: Option<&[String]>) -> Viewer {
        if let Some(names) = names {
            let named: BTreeSet<Permission> = names
                .iter()
                .filter_map(|name| Permission::parse(name))
                .collect();
            self.narrowed = Some(match self.narrowed {
                Some(before) => before.intersection(&named).copied().collect(),
                None => named,
            });
        }
        self
    }

    /// What the caller may do in every workspace.
    pub fn platform_permissions(&self) -> BTreeSet<Permission> {
        let mut permissions = self.keep(self.platform.map_or(&[][..], PlatformRole::permissions));
        if let Some(grant) = &self.grant
            && grant.workspaces == Workspaces::All
        {
            permissions.extend(self.keep(&grant.permissions));
        }
        permissions
    }

    /// What the caller may do in one workspace; nothing where it is neither a member nor has a platform role.
    pub fn permissions_in(&self, workspace: Uuid) -> BTreeSet<Permission> {
        let mut permissions = self.platform_permissions();
        if let Some(role) = self.memberships.get(&workspace) {
            permissions.extend(self.keep(role.permissions()));
        }
        if let Some(grant) = &self.grant
            && matches!(&grant.workspaces, Workspaces::Some(some) if some.contains(&workspace))
        {
            permissions.extend(self.keep(&grant.permissions));
        }
        permissions
    }

    /// Whether the caller has the permission in at least one workspace.
    pub fn has_somewhere(&self, permission: Permission) -> bool {
        self.holds_everywhere(permission)
            || self
                .named()
                .iter()
                .any(|workspace| self.permissions_in(*workspace).contains(&permission))
    }

    /// The workspaces in which the caller may use the permission: those requested, or all of them when none is.
    pub fn scope(&self, permission: Permission, requested: &[Uuid]) -> Result<Scope, Denied> {
        let workspaces = if requested.is_empty() {
            self.all_with(permission)?
        } else {
            self.these(permission, requested)?
        };
        Ok(Scope::of(&self.subject, permission.name(), workspaces))
    }

    /// The workspaces that the caller can know of, whatever it may do there; it may be none at all.
    pub fn visible(&self) -> Scope {
        let workspaces = if self.sees_all() {
            Workspaces::All
        } else {
            Workspaces::Some(self.named())
        };
        Scope::of(&self.subject, "visible", workspaces)
    }

    fn all_with(&self, permission: Permission) -> Result<Workspaces, Denied> {
        if self.holds_everywhere(permission) {
            return Ok(Workspaces::All);
        }
        let some: BTreeSet<Uuid> = self
            .named()
            .into_iter()
            .filter(|workspace| self.permissions_in(*workspace).contains(&permission))
            .collect();
        if some.is_empty() {
            Err(Denied::Missing(permission))
        } else {
            Ok(Workspaces::Some(some))
        }
    }

    fn these(&self, permission: Permission, requested: &[Uuid]) -> Result<Workspaces, Denied> {
        let named = self.named();
        for workspace in requested {
            if !self.sees_all() && !named.contains(workspace) {
                return Err(Denied::NotFound(*workspace));
            }
            if !self.permissions_in(*workspace).contains(&permission) {
                return Err(Denied::Missing(permission));
            }
        }
        Ok(Workspaces::Some(requested.iter().copied().collect()))
    }

    /// Whether every workspace can be known to the caller.
    fn sees_all(&self) -> bool {
        let all = |grant: &Grant| grant.workspaces == Workspaces::All;
        self.platform.is_some() || self.grant.as_ref().is_some_and(all)
    }

    /// The workspaces that a membership or the grant names.
    fn named(&self) -> BTreeSet<Uuid> {
        let mut named: BTreeSet<Uuid> = self.memberships.keys().copied().collect();
        if let Some(Grant {
            workspaces: Workspaces::Some(some),
            ..
        }) = &self.grant
        {
            named.extend(some);
        }
        named
    }

    fn holds_everywhere(&self, permission: Permission) -> bool {
        self.platform_permissions().contains(&permission)
    }

    fn keep<'a>(
        &self,
        permissions: impl IntoIterator<Item = &'a Permission>,
    ) -> BTreeSet<Permission> {
        permissions
            .into_iter()
            .copied()
            .filter(|permission| {
                self.narrowed
                    .as_ref()
                    .is_none_or(|narrowed| narrowed.contains(permission))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Uuid = Uuid::from_u128(1);
    const TWO: Uuid = Uuid::from_u128(2);
    const OTHER: Uuid = Uuid::from_u128(3);

    fn person() -> Viewer {
        Viewer::new(
            "ada",
            None,
            None,
            [(ONE, Role::Owner), (TWO, Role::Viewer)].into(),
        )
    }

    fn engineer() -> Viewer {
        Viewer::new(
            "eve",
            Some("Eve".to_owned()),
            Some(PlatformRole::Engineer),
            BTreeMap::new(),
        )
    }

    #[test]
    fn a_role_holds_only_in_its_workspace() {
        let viewer = person();
        assert!(
            viewer
                .permissions_in(ONE)
                .contains(&Permission::ViewFinancial)
        );
        assert_eq!(
            viewer.permissions_in(TWO),
            [Permission::ViewAnalytics].into()
        );
        assert!(viewer.permissions_in(OTHER).is_empty());
        assert!(viewer.platform_permissions().is_empty());
    }

    #[test]
    fn an_empty_request_is_every_workspace_with_the_permission() {
        let viewer = person();
        let both = viewer.scope(Permission::ViewAnalytics, &[]).unwrap();
        assert_eq!(both.workspaces(), &Workspaces::Some([ONE, TWO].into()));
        let one = viewer.scope(Permission::WatchEvents, &[]).unwrap();
        assert_eq!(one.workspaces(), &Workspaces::Some([ONE].into()));
        assert_eq!(
            viewer.scope(Permission::PublishEvents, &[]),
            Err(Denied::Missing(Permission::PublishEvents))
        );
        assert_eq!(
            engineer()
                .scope(Permission::PublishEvents, &[])
                .unwrap()
                .workspaces(),
            &Workspaces::All
        );
    }

    #[test]
    fn a_workspace_of_others_is_not_found_and_one_without_the_permission_is_denied() {
        let viewer = person();
        assert_eq!(
            viewer.scope(Permission::ViewAnalytics, &[ONE, OTHER]),
            Err(Denied::NotFound(OTHER))
        );
        assert_eq!(
            viewer.scope(Permission::WatchEvents, &[TWO]),
            Err(Denied::Missing(Permission::WatchEvents))
        );
        let one = viewer.scope(Permission::WatchEvents, &[ONE]).unwrap();
        assert_eq!((one.subject(), one.reason()), (Some("ada"), "watch_events"));
        assert!(one.contains(&ONE) && !one.contains(&TWO));
    }

    #[test]
    fn a_platform_role_holds_everywhere_and_adds_to_memberships() {
        let mut viewer = engineer();
        assert!(
            viewer
                .permissions_in(OTHER)
                .contains(&Permission::PublishEvents)
        );
        assert_eq!(
            viewer.scope(Permission::ManageWorkspace, &[OTHER]),
            Err(Denied::Missing(Permission::ManageWorkspace))
        );
        viewer.memberships.insert(OTHER, Role::Owner);
        let scope = viewer.scope(Permission::ManageWorkspace, &[]).unwrap();
        assert_eq!(scope.workspaces(), &Workspaces::Some([OTHER].into()));
    }

    #[test]
    fn a_claim_only_narrows() {
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        let narrowed =
            person().narrowed(Some(&names(&["view_analytics", "administer", "nonsense"])));
        assert_eq!(
            narrowed.permissions_in(ONE),
            [Permission::ViewAnalytics].into()
        );
        assert!(!narrowed.has_somewhere(Permission::Administer));
        let twice = narrowed.narrowed(Some(&names(&["watch_events"])));
        assert!(twice.permissions_in(ONE).is_empty());
        assert!(person().narrowed(Some(&[])).permissions_in(ONE).is_empty());
        assert_eq!(person().narrowed(None), person());
    }

    #[test]
    fn visible_workspaces_need_no_permission() {
        let stranger = Viewer::new("zoe", None, None, BTreeMap::new());
        assert_eq!(
            stranger.visible().workspaces(),
            &Workspaces::Some(BTreeSet::new())
        );
        assert_eq!(
            person().visible().workspaces(),
            &Workspaces::Some([ONE, TWO].into())
        );
        assert_eq!(engineer().visible().workspaces(), &Workspaces::All);
    }
}
