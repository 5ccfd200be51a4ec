//! What is read of workspaces: their cells of some weeks, and what the directory and the books have of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use shadow_domain::cell::{Delta, Dimension};
use shadow_domain::credits::Account;
use shadow_domain::time::{Range, UtcDay};
use shadow_storage::Snapshot;
use shadow_storage::partials::{Keys, StoredPage};
use shadow_storage::workspaces::{Member, Profile, Subscription};
use uuid::Uuid;

use super::days::Calendar;
use super::standing::zone;
use crate::credits::ever;
use crate::plan::Source;

/// In a zone whose days are days in UTC no more of them are cut: the last, and the first and last of a summer time.
const FEW: usize = 2;

/// The calendar of each zone.
type Calendars = BTreeMap<String, Calendar>;

/// What was read.
pub(super) struct Read {
    pub(super) profiles: Vec<Profile>,
    pub(super) members: BTreeMap<Uuid, Vec<Member>>,
    pub(super) subscriptions: BTreeMap<Uuid, Vec<Subscription>>,
    /// What entries of the ledger amount to.
    pub(super) accounts: BTreeMap<Uuid, Account>,
    /// What was booked before the UTC day in which the instant lies, as far as it is in pages.
    pub(super) booked: BTreeMap<Uuid, i128>,
    /// By zone.
    pub(super) calendars: Calendars,
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
        let mut accounts = BTreeMap::<Uuid, Account>::new();
        for (workspace, kind, sum) in snapshot.workspace_ledgers(as_of).await? {
            accounts.entry(workspace).or_default().add(kind, sum);
        }
        let profiles = snapshot.workspace_profiles().await?;
        let members = snapshot.workspace_members().await?;
        let subscriptions = snapshot.workspace_subscriptions(as_of).await?;
        let (calendars, sources) = days(&profiles, from, as_of);
        let mut pages = Vec::new();
        for (workspaces, source) in sources {
            for load in source.loads() {
                pages.extend(snapshot.stored_pages_of(&workspaces, &load).await?);
            }
        }
        let everything: Range = ever();
        // Of the day that is cut at the end the quarter-hours are read.
        let booked = snapshot.workspace_booked(UtcDay::of(as_of)).await?;
        Ok(Self {
            profiles,
            members: by(members, |member| member.workspace_id),
            subscriptions: by(subscriptions, |one| one.workspace_id),
            accounts,
            booked: booked.into_iter().collect(),
            calendars,
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

/// The calendar of each zone, and which days are read of which workspaces: of those whose days are days in UTC no
/// quarter-hours but at the end, whatever those of others take.
fn days(
    profiles: &[Profile],
    from: DateTime<Utc>,
    as_of: DateTime<Utc>,
) -> (Calendars, [(Vec<Uuid>, Source); 2]) {
    let mut calendars = Calendars::new();
    let source = || Source::new(Dimension::Total, Keys::All, true);
    let mut sources = [(Vec::new(), source()), (Vec::new(), source())];
    for profile in profiles {
        let new = !calendars.contains_key(&profile.zone);
        let calendar = calendars
            .entry(profile.zone.clone())
            .or_insert_with(|| Calendar::new(&zone(profile), from, as_of));
        let cut = calendar.timeline.days().filter(|(_, whole)| !whole);
        let (workspaces, source) = &mut sources[usize::from(cut.count() > FEW)];
        workspaces.push(profile.workspace_id);
        if new {
            source.need(&calendar.timeline);
        }
    }
    (calendars, sources)
}

fn by<T>(rows: Vec<T>, workspace: impl Fn(&T) -> Uuid) -> BTreeMap<Uuid, Vec<T>> {
    let mut found = BTreeMap::<Uuid, Vec<T>>::new();
    for row in rows {
        found.entry(workspace(&row)).or_default().push(row);
    }
    found
}
