//! What a watch may see, as long as it may.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::Utc;
use shadow_auth::{Denied, Permission, Scope, Viewer, Workspaces};
use shadow_rpc::{Caller, status};
use tonic::Status;
use uuid::Uuid;

use crate::standing;

/// The scope of a watch. It may grow while the watch runs; when it shrinks the watch ends.
pub(super) struct Access {
    caller: Caller,
    requested: Vec<Uuid>,
    scope: Mutex<Arc<Scope>>,
}

impl Access {
    pub(super) fn new(caller: Caller, requested: Vec<Uuid>) -> Result<Self, Status> {
        let scope = scope(caller.viewer(), &requested).map_err(status::denied)?;
        Ok(Self {
            caller,
            requested,
            scope: Mutex::new(Arc::new(scope)),
        })
    }

    pub(super) fn scope(&self) -> Arc<Scope> {
        Arc::clone(&self.scope.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks again and again, and returns when the caller may no longer see what it watches.
    pub(super) async fn lost(&self, recheck: Duration) -> Status {
        standing::lost(&self.caller, recheck, || self.check()).await
    }

    async fn check(&self) -> Result<(), Status> {
        let viewer = self.caller.again(Utc::now()).await?;
        let scope = scope(&viewer, &self.requested).map_err(revoked)?;
        let mut held = self.scope.lock().unwrap_or_else(PoisonError::into_inner);
        if !covers(scope.workspaces(), held.workspaces()) {
            return Err(revoked(Denied::Missing(Permission::WatchEvents)));
        }
        if scope.workspaces() != held.workspaces() {
            *held = Arc::new(scope);
        }
        Ok(())
    }
}

fn scope(viewer: &Viewer, requested: &[Uuid]) -> Result<Scope, Denied> {
    viewer.scope(Permission::WatchEvents, requested)
}

/// Whether all that was seen may still be seen.
fn covers(now: &Workspaces, before: &Workspaces) -> bool {
    match (now, before) {
        (Workspaces::All, _) => true,
        (Workspaces::Some(_), Workspaces::All) => false,
        (Workspaces::Some(now), Workspaces::Some(before)) => now.is_superset(before),
    }
}

/// A workspace that was the caller's and is no longer: it knows that it was there.
fn revoked(_: Denied) -> Status {
    status::denied(Denied::Missing(Permission::WatchEvents))
}
