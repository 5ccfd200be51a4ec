//! What the pages of users are made of.

use std::rc::Rc;

use prost_types::{Duration, Timestamp};
use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{
        FeatureAdoption, GetPathsResponse, LifecycleInterval, PageShare, PathLink, PathTrail,
        PooledRetention, RetentionCell, RetentionCohort, SessionStatistics, UserDay,
    },
};
use yew::prelude::*;

use super::specimen;
use crate::{
    catalogue::Catalogue,
    components::users::{
        ActiveDays, Curves, Features, Lifecycle, Paths, Triangle, UserDays, Visits,
    },
    zone::Zone,
};

const DAY: i64 = 86_400;
/// A Sunday.
const FIRST: i64 = 1_795_305_600;

/// What the pages of users are made of.
pub(super) fn specimens() -> Html {
    let zone = Zone::utc();
    let catalogue = Rc::<Catalogue>::default();
    let granularity = Granularity::Day;
    let sessions = SessionStatistics {
        sessions: 412,
        events: 2_930,
        bounces: 61,
        bounce_rate: Some(0.148),
        events_mean: Some(7.1),
        mean_duration: Some(seconds(431)),
        median_duration: Some(seconds(208)),
    };
    html! {
        <>
            { specimen("Lifecycle of users", [("by day", html! { <Lifecycle intervals={lifecycle()} {granularity} zone={zone.clone()} /> })]) }
            { specimen("Active days of users", [("of a month", html! { <ActiveDays users={vec![31, 22, 14, 9, 4, 6, 2]} /> })]) }
            { specimen("Visits of users", [
                ("known", html! { <Visits {sessions} {catalogue} as_of="21:00:00" /> }),
            ]) }
            { specimen("Features of users", [
                ("adopted", html! { <Features features={features()} active_users={120} zone={zone.clone()} /> }),
                ("none", html! { <Features features={Vec::new()} active_users={0} zone={zone.clone()} /> }),
            ]) }
            { specimen("Paths of users", [
                ("some", html! { <Paths visits={visits()} /> }),
                ("none", html! { <Paths visits={GetPathsResponse::default()} /> }),
            ]) }
            { specimen("Cohorts of users", [
                ("by day", html! { <Triangle cohorts={cohorts()} pooled={pooled()} {granularity} zone={zone.clone()} note="the stronger the colour, the more came back" /> }),
                ("curves", html! { <Curves cohorts={cohorts()} pooled={pooled()} {granularity} zone={zone.clone()} /> }),
            ]) }
            { specimen("Days of one user", [("by day", html! { <UserDays days={days()} {zone} /> })]) }
        </>
    }
}

fn seconds(seconds: i64) -> Duration {
    Duration { seconds, nanos: 0 }
}

fn day(number: i64) -> Option<Timestamp> {
    Some(Timestamp {
        seconds: FIRST + number * DAY,
        nanos: 0,
    })
}

fn lifecycle() -> Vec<LifecycleInterval> {
    let interval = |number: i64| LifecycleInterval {
        start: day(number),
        end: day(number + 1),
        complete: number < 6,
        new_users: 6 + number as u64,
        returning_users: 30 + 3 * number as u64,
        resurrecting_users: 4,
        dormant_users: 7,
        ..LifecycleInterval::default()
    };
    (0..7).map(interval).collect()
}

fn features() -> Vec<FeatureAdoption> {
    [
        ("run_agent", 96, 0.8),
        ("export", 30, 0.25),
        ("unknown", 6, 0.05),
    ]
    .map(|(feature, users, adoption)| FeatureAdoption {
        feature: feature.to_owned(),
        users,
        uses: users * 7,
        adoption: Some(adoption),
        last_used_at: day(6),
    })
    .to_vec()
}

fn visits() -> GetPathsResponse {
    let share = |page: &str, share: f64| PageShare {
        page: page.to_owned(),
        sessions: (share * 400.0) as u64,
        share,
    };
    let link = |step, from: &str, to: &str, sessions| PathLink {
        step,
        from: from.to_owned(),
        to: to.to_owned(),
        sessions,
    };
    GetPathsResponse {
        page_sessions: 400,
        entries: vec![share("home", 0.7), share("agents", 0.2)],
        exits: vec![share("executions", 0.5), share("home", 0.3)],
        links: vec![
            link(1, "home", "agents", 160),
            link(1, "home", "executions", 80),
            link(1, "", "agents", 30),
            link(2, "agents", "executions", 120),
            link(2, "agents", "", 40),
            link(3, "executions", "home", 60),
        ],
        trails: vec![PathTrail {
            pages: ["home", "agents", "executions"].map(str::to_owned).to_vec(),
            sessions: 120,
        }],
        ..GetPathsResponse::default()
    }
}

fn cohorts() -> Vec<RetentionCohort> {
    let cell = |users: u64, cohort: u64, complete| RetentionCell {
        users,
        rate: (cohort > 0).then(|| users as f64 / cohort as f64),
        complete,
    };
    let cohort = |number: i64| {
        let users = 40 - 5 * number as u64;
        let cells = (0..6 - number).map(|n| cell(users / (n as u64 + 1), users, number + n < 5));
        RetentionCohort {
            start: day(number),
            end: day(number + 1),
            complete: number < 5,
            users,
            cells: cells.collect(),
        }
    };
    (0..6).map(cohort).collect()
}

fn pooled() -> Vec<PooledRetention> {
    let rates = [1.0, 0.5, 0.33, 0.25, 0.2];
    let pooled = |(interval, rate): (usize, f64)| PooledRetention {
        interval: interval as u32,
        cohorts: 5 - interval as u32,
        users: 120,
        returned: (rate * 120.0) as u64,
        rate: Some(rate),
    };
    rates.into_iter().enumerate().map(pooled).collect()
}

fn days() -> Vec<UserDay> {
    let one = |number: i64| UserDay {
        start: day(number),
        end: day(number + 1),
        runs: 5,
        completed: 3,
        failed: (number % 2) as u64,
        activities: 4,
    };
    (0..7).map(one).collect()
}
