//! How workspaces stand, from what was read of them. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::cell::Dimension;
use shadow_domain::credits::{Account, Burn, Runway};
use shadow_domain::health::{Health, Signs};
use shadow_domain::partial::{Ordinals, Reader, Sections};
use shadow_domain::revenue::period_end;
use shadow_domain::time::{Granularity, IanaZone, QuarterHour, Range, buckets};
use shadow_storage::Error;
use shadow_storage::partials::StoredPage;
use shadow_storage::workspaces::{Member, Profile, Subscription};

use super::days::Days;
use super::read::Read;
use super::{Bill, HealthPoint, MAX_DAILY_HEALTH, Person, Standing};

/// How each workspace stands at an instant, by id; with members and health over a range where there is one. What it did
/// in the range is not in it yet.
pub(super) fn standings(
    read: &Read,
    as_of: DateTime<Utc>,
    whole: Option<Range>,
) -> Result<Vec<Standing>, Error> {
    let stand = |profile: &Profile| standing(read, profile, as_of, whole);
    read.profiles.iter().map(stand).collect()
}

fn standing(
    read: &Read,
    profile: &Profile,
    as_of: DateTime<Utc>,
    whole: Option<Range>,
) -> Result<Standing, Error> {
    let id = profile.workspace_id;
    let zone = zone(profile);
    let members = read.members.get(&id).map_or(&[][..], Vec::as_slice);
    let pages = read.pages.get(&id).map_or(&[][..], Vec::as_slice);
    let pending = read.pending.get(&id).map_or(&[][..], Vec::as_slice);
    let calendar = &read.calendars[&profile.zone];
    let days = Days::new(calendar, pages, pending)?;

    let known: Ordinals = members.iter().filter_map(|member| member.ordinal).collect();
    let count = members.len() as u64;
    let evidence = days.evidence(&zone, as_of, &known, count);
    let balance_micro = balance(read, profile, pages, as_of)?;
    let burn = Burn::of(&days.consumed(&zone, as_of));
    let runway = burn.and_then(|burn| burn.runway(balance_micro));
    let exhausted_at = runway.and_then(|runway| exhausted(as_of, &runway));
    let subscriptions = read.subscriptions.get(&id).map_or(&[][..], Vec::as_slice);
    let bills: Vec<Bill> = subscriptions.iter().map(|one| bill(one, as_of)).collect();
    let seats =
        (!bills.is_empty()).then(|| bills.iter().map(|bill| u64::from(bill.quantity)).sum());
    let (active_users, active_users_before) = days.active_users(&zone, as_of);
    let signs = Signs {
        paying: bills.iter().any(|bill| bill.monthly_micros > 0),
        active_users,
        active_users_before,
        completed: days.completed(&zone, as_of),
        members: count,
        seats,
        exhausted_at,
        period_ends_at: bills.iter().filter_map(|bill| bill.period_ends_at).min(),
    };
    Ok(Standing {
        workspace_id: id,
        name: profile.name.clone(),
        zone: profile.zone.clone(),
        last_event_at: profile.last_event_at,
        members: count,
        active_members: evidence.active_members,
        seats,
        agents: profile.agents,
        series: Vec::new(),
        balance_micro,
        burn,
        runway,
        exhausted_at,
        bills,
        health: Health::of(&evidence),
        lists: signs.lists(),
        people: whole.map_or_else(Vec::new, |_| people(&days, &zone, as_of, members)),
        history: whole.map_or_else(Vec::new, |range| {
            let health = |at| HealthPoint {
                at,
                health: Health::of(&days.evidence(&zone, at, &known, count)),
            };
            ends(&range, &zone, as_of).into_iter().map(health).collect()
        }),
    })
}

/// What is left: what the ledger has, less what was booked, in pages and in what waits.
fn balance(
    read: &Read,
    profile: &Profile,
    pages: &[StoredPage],
    as_of: DateTime<Utc>,
) -> Result<i128, Error> {
    let id = &profile.workspace_id;
    let end = QuarterHour::of(as_of);
    let mut booked = read.booked.get(id).copied().unwrap_or_default();
    let mut reader = Reader::new(Sections::BOOKED);
    for row in pages.iter().filter(|row| row.day == end.day()) {
        row.places(
            &mut reader,
            |quarter| (quarter < end).then_some(()),
            |(), partial| booked += signed(partial.booked.sum),
        )?;
    }
    for (cell, partial) in read
        .pending
        .get(id)
        .into_iter()
        .flatten()
        .flat_map(|delta| &delta.0)
    {
        if cell.dimension == Dimension::Total && cell.quarter < end {
            booked += signed(partial.booked.sum);
        }
    }
    let account = read.accounts.get(id).copied().unwrap_or_default();
    let account = Account {
        consumed_micro: booked,
        ..account
    };
    Ok(account.balance_micro())
}

/// Zones are checked when they are set; one that a later database dropped is read as UTC.
pub(super) fn zone(profile: &Profile) -> IanaZone {
    IanaZone::parse(&profile.zone).unwrap_or(IanaZone::UTC)
}

fn exhausted(as_of: DateTime<Utc>, runway: &Runway) -> Option<DateTime<Utc>> {
    let micros = runway.days * 86_400e6;
    // Whoever has enough for centuries need not know when it ends.
    (micros < 1e16).then(|| as_of.checked_add_signed(TimeDelta::microseconds(micros as i64)))?
}

fn bill(subscription: &Subscription, at: DateTime<Utc>) -> Bill {
    let period = subscription
        .period
        .and_then(|(since, interval, count)| period_end(since, interval, count, at));
    Bill {
        plan_id: subscription.plan_id.clone(),
        plan_name: subscription.plan_name.clone(),
        status: subscription.status,
        quantity: subscription.quantity,
        currency: subscription.currency,
        monthly_micros: subscription.monthly_micros,
        // What ends before its period does has no more of it.
        period_ends_at: [period, subscription.ends_at].into_iter().flatten().min(),
    }
}

fn people(days: &Days, zone: &IanaZone, as_of: DateTime<Utc>, members: &[Member]) -> Vec<Person> {
    let person = |member: &Member| {
        let (active_days, active_lately) = days.active_days(zone, as_of, member.ordinal);
        Person {
            user_id: member.user_id.clone(),
            name: member.name.clone(),
            role: member.role,
            active_days,
            active_lately,
        }
    };
    let mut people: Vec<Person> = members.iter().map(person).collect();
    // By name already.
    people.sort_by_key(|person| std::cmp::Reverse(person.active_days));
    people
}

/// The ends of the range's days, or of its weeks where it is long, up to an instant.
fn ends(range: &Range, zone: &IanaZone, as_of: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let range = Range {
        start: range.start,
        end: range.end.min(as_of),
    };
    let granularity = if (range.end - range.start).num_days() <= MAX_DAILY_HEALTH {
        Granularity::Day
    } else {
        Granularity::Week
    };
    let buckets = buckets(&range, granularity, zone, crate::limits::MAX_POINTS);
    buckets
        .unwrap_or_default()
        .iter()
        .map(|bucket| bucket.end)
        .collect()
}

fn signed(micro: u128) -> i128 {
    i128::try_from(micro).unwrap_or(i128::MAX)
}
