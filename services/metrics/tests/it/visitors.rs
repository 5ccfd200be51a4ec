//! People who come and go: runs of their own and of their schedules, visits with and without a name, renewed tokens.

use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use shadow_domain::execution::{Execution, Trigger};
use shadow_domain::fact::{Activity, ActivityType, Content, Fact};
use uuid::Uuid;

use crate::facts;

const PAGES: [&str; 7] = [
    "home",
    "agents",
    "executions",
    "reports",
    "settings",
    "billing",
    "users",
];

/// Executions of people, each of whom comes for a part of the time only.
pub(crate) fn executions(
    seed: u64,
    count: usize,
    workspaces: &[Uuid],
    start: DateTime<Utc>,
    days: i64,
) -> Vec<Execution> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut executions = facts::executions(seed, count, workspaces, start, days);
    for execution in &mut executions {
        let identity = &mut execution.identity;
        if random.random_bool(0.5) {
            identity.trigger = Trigger::User;
        }
        if identity.user_id.is_some() {
            identity.user_id = Some(who(&mut random, start, days, identity.opened_at));
        }
    }
    executions
}

/// Visits of the same people.
pub(crate) fn visits(
    seed: u64,
    count: usize,
    workspaces: &[Uuid],
    start: DateTime<Utc>,
    days: i64,
) -> Vec<Fact> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut facts = Vec::new();
    for visit in 0..count {
        let mut at = start + TimeDelta::microseconds(random.random_range(0..days * 86_400_000_000));
        let workspace_id = workspaces[random.random_range(0..workspaces.len())];
        let user_id = who(&mut random, start, days, at);
        let named = random.random_bool(0.5).then(|| format!("visit-{visit}"));
        for _ in 0..random.random_range(1..9) {
            facts.push(Fact {
                workspace_id,
                occurred_at: at,
                event_id: Uuid::from_u128(random.random()),
                content: Content::Activity(activity(&mut random, &user_id, named.clone())),
            });
            // Some at one instant, some exactly half an hour apart, some on either side of that.
            let minutes = [0, 0, 1, 7, 29, 30, 31, 95][random.random_range(0..8)];
            at += TimeDelta::minutes(minutes);
        }
    }
    facts
}

fn activity(random: &mut ChaCha8Rng, user_id: &str, session_id: Option<String>) -> Activity {
    let kinds = [
        ActivityType::PageView,
        ActivityType::PageView,
        ActivityType::PageView,
        ActivityType::FeatureUse,
        ActivityType::TokenRefresh,
        ActivityType::Export,
    ];
    // Some pages are looked at far more often than others.
    let page = PAGES[random.random_range(0..PAGES.len()) * random.random_range(0..2)];
    Activity {
        user_id: user_id.to_owned(),
        activity_type: kinds[random.random_range(0..kinds.len())],
        session_id,
        name: random.random_bool(0.8).then(|| page.to_owned()),
        path: random.random_bool(0.5).then(|| format!("/{page}")),
        device: None,
    }
}

/// Person n comes from the n-th part of the time on, and less and less.
fn who(random: &mut ChaCha8Rng, start: DateTime<Utc>, days: i64, at: DateTime<Utc>) -> String {
    let so_far = (at - start).num_seconds() as f64 / (days * 86_400) as f64;
    let newest = 1.0 + so_far * 90.0;
    let back = random.random_range(0.0..1.0f64).powi(3) * newest;
    format!("person-{:.0}", newest - back)
}
