//! What is read of workspaces: their cells of some weeks, and what the directory and the books have of them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::cell::{Delta, Dimension};
use shadow_domain::credits::Account;
use shadow_domain::time::{Range, UtcDay};
use shadow_storage::Snapshot;
use shadow_storage::partials::{Keys, Load, StoredPage};
use shadow_storage::workspaces::{Member, Profile, Subscription};
use uuid::Uuid;

use super::days::WINDOW_DAYS;
use crate::credits::ever;

/// What was read.
pub(super) struct Read {
    pub(super) profiles: Vec<Profile>,
    pub(super) members: BTreeMap<Uuid, Vec<Member>>,
    pub(super) subscriptions: BTreeMap<Uuid, Vec<Subscription>>,
    /// What entries of the ledger amount to.
    pub(super) accounts: BTreeMap<Uuid, Account>,
    /// What was booked before the first day that pages were read of, as far as it is in pages.
    pub(super) booked: BTreeMap<Uuid, i128>,
    pub(super) pages: BTreeMap<Uuid, Vec<StoredPage>>,
    pub(super) pending: BTreeMap<Uuid, Vec<Delta>>,
}

impl Read {
    /// Reads what healths from one instant to another take, and how things stand at the latter.
    pub(super) async fn of(
        snapshot: &mut Snapshot,
        from: DateTime<Utc>,
        as_of: DateTime<Utc>,
    ) -> Result<Self, shadow_storage::Error> {
        // Two days more: local days begin on other instants, and the first of them may have begun the day before.
        let first = UtcDay::of(from - TimeDelta::days(WINDOW_DAYS as i64 + 2));
        let load = Load {
            dimension: Dimension::Total,
            keys: Keys::All,
            days: (first, UtcDay::of(as_of)),
            quarters: true,
        };
        let mut accounts = BTreeMap::<Uuid, Account>::new();
        for (workspace, kind, sum) in snapshot.workspace_ledgers(as_of).await? {
            accounts.entry(workspace).or_default().add(kind, sum);
        }
        let members = snapshot.workspace_members().await?;
        let subscriptions = snapshot.workspace_subscriptions(as_of).await?;
        let pages = snapshot.stored_pages(&load).await?;
        let everything: Range = ever();
        Ok(Self {
            profiles: snapshot.workspace_profiles().await?,
            members: by(members, |member| member.workspace_id),
            subscriptions: by(subscriptions, |one| one.workspace_id),
            accounts,
            booked: snapshot
                .workspace_booked(first)
                .await?
                .into_iter()
                .collect(),
            pages: by(pages, |page| page.workspace_id),
            pending: snapshot.pending(&everything).await?.into_iter().fold(
                BTreeMap::new(),
                |mut all, (workspace, delta)| {
                    all.entry(workspace).or_insert_with(Vec::new).push(delta);
                    all
                },
            ),
        })
    }
}

fn by<T>(rows: Vec<T>, workspace: impl Fn(&T) -> Uuid) -> BTreeMap<Uuid, Vec<T>> {
    let mut found = BTreeMap::<Uuid, Vec<T>>::new();
    for row in rows {
        found.entry(workspace(&row)).or_default().push(row);
    }
    found
}
