//! The zones of workspaces, remembered for a few seconds: they hardly ever change, and each query may need one.

use std::{collections::BTreeMap, time::Duration};

use moka::sync::Cache;
use shadow_auth::Scope;
use shadow_domain::time::IanaZone;
use shadow_storage::{Database, directory};
use tonic::Status;
use uuid::Uuid;

const MEMORY: Duration = Duration::from_secs(5);
const CAPACITY: u64 = 10_000;

pub(crate) struct Zones {
    memory: Cache<Uuid, IanaZone>,
}

impl Default for Zones {
    fn default() -> Self {
        Self {
            memory: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(MEMORY)
                .build(),
        }
    }
}

impl Zones {
    /// The zone of each of these workspaces of the scope, in order; the id of the first that is not there instead.
    pub(crate) async fn of(
        &self,
        db: &Database,
        scope: &Scope,
        workspaces: &[Uuid],
        deadline: Option<Duration>,
    ) -> Result<Result<Vec<IanaZone>, Uuid>, Status> {
        // Taken out at once: what is remembered now may be forgotten while the rest is looked up.
        let mut known: BTreeMap<Uuid, IanaZone> = workspaces
            .iter()
            .filter_map(|workspace| Some((*workspace, self.memory.get(workspace)?)))
            .collect();
        let missing: Vec<Uuid> = workspaces
            .iter()
            .copied()
            .filter(|workspace| !known.contains_key(workspace))
            .collect();
        if !missing.is_empty() {
            let fresh = look_up(db, &scope.within(missing), deadline)
                .await
                .map_err(shadow_rpc::status::from_storage)?;
            fresh
                .iter()
                .for_each(|(workspace, zone)| self.memory.insert(*workspace, *zone));
            known.extend(fresh);
        }
        Ok(workspaces
            .iter()
            .map(|workspace| known.get(workspace).copied().ok_or(*workspace))
            .collect())
    }
}

async fn look_up(
    db: &Database,
    scope: &Scope,
    deadline: Option<Duration>,
) -> Result<BTreeMap<Uuid, IanaZone>, shadow_storage::Error> {
    let mut snapshot = db.snapshot(scope, deadline).await?;
    let zones = directory::zones(&mut snapshot).await?;
    snapshot.finish().await?;
    // Zones are checked when they are set; one that a later database dropped is read as UTC.
    let parse = |name: &str| IanaZone::parse(name).unwrap_or(IanaZone::UTC);
    Ok(zones
        .into_iter()
        .map(|(workspace, zone)| (workspace, parse(&zone)))
        .collect())
}
