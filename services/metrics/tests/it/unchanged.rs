//! An answer is given again beyond its age for as long as nothing has changed that it depends on, and never after.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::stream::{self, StreamExt};
use prost::Message;
use shadow_auth::PlatformRole;
use shadow_proto::{
    common::v1::{Comparison, Granularity, Provenance},
    metrics::v1::{Dimension, QueryRequest, QueryResponse},
};
use shadow_storage::{cache::Cache, compaction, directory};
use uuid::Uuid;

use crate::{
    ask::{first, range, request, selection},
    cache::{AT_ONCE, ask, is_kept, redis, workspace},
    facts,
    platform::{Platform, client},
    worker::fold,
};

const START: &str = "2026-03-01T00:00:00Z";
const END: &str = "2026-03-11T00:00:00Z";

fn question(workspaces: &[Uuid]) -> QueryRequest {
    let executions = selection("a", &["executions", "mau"], Granularity::Day);
    request(range(START, END, "UTC"), workspaces, vec![executions])
}

fn provenance(response: &QueryResponse) -> &Provenance {
    response.results[0].provenance.as_ref().unwrap()
}

/// More executions, within ten days from a time.
async fn more(platform: &Platform, seed: u64, count: usize, workspace: Uuid, start: &str) {
    let start = start.parse().unwrap();
    let executions = facts::executions(seed, count, &[workspace], start, 10);
    platform.store(&executions).await;
}

async fn compact(platform: &Platform) {
    for pending in compaction::pending_workspaces(&platform.database)
        .await
        .unwrap()
    {
        compaction::compact(&platform.database, pending.workspace_id, 1_000)
            .await
            .unwrap();
    }
}

/// What an answer says, without when.
fn numbers(mut response: QueryResponse) -> Vec<u8> {
    for result in &mut response.results {
        let provenance = result.provenance.as_mut().unwrap();
        (provenance.snapshot_time, provenance.age) = (None, None);
    }
    response.encode_to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_not_changed_is_given_again_and_what_has_is_computed() {
    let platform = Platform::with_cache(redis().await).await;
    let other = client(&platform.database, redis().await);
    let alone = client(&platform.database, Cache::new(None, 1).unwrap());
    let workspace = workspace(&platform, "ada", 20).await;
    let question = || question(&[workspace]);
    let at_once = async |client| ask(client, "ada", question(), AT_ONCE).await;

    let computed = at_once(&platform.client).await;
    assert_eq!((first(&computed), is_kept(&computed)), (20, false));
    let kept = at_once(&platform.client).await;
    assert_eq!((first(&kept), is_kept(&kept)), (20, true));
    // It says since when it is known to be right, like one that was computed then.
    let seconds = |response| provenance(response).snapshot_time.unwrap();
    let (before, after) = (seconds(&computed), seconds(&kept));
    assert!((before.seconds, before.nanos) < (after.seconds, after.nanos));
    assert!(provenance(&kept).age.unwrap().seconds < 60);
    assert_eq!(numbers(kept), numbers(computed));
    // Another process looks after what it finds in Redis; one without Redis computes its own.
    assert!(is_kept(&at_once(&other).await));
    assert!(!is_kept(&at_once(&alone).await));
    assert!(is_kept(&at_once(&alone).await));

    // What lies elsewhere changes nothing but the time of the latest event.
    more(&platform, 9, 5, workspace, "2026-05-01T00:00:00Z").await;
    let kept = at_once(&platform.client).await;
    assert_eq!((first(&kept), is_kept(&kept)), (20, true));
    let latest = provenance(&kept).last_event_time.unwrap();
    assert!(
        latest.seconds
            >= "2026-05-01T00:00:00Z"
                .parse::<DateTime<Utc>>()
                .unwrap()
                .timestamp()
    );
    // What comes late is in the next answer of everybody.
    more(&platform, 8, 5, workspace, START).await;
    for client in [&platform.client, &other, &alone] {
        let late = at_once(client).await;
        assert_eq!(first(&late), 25);
    }
    // Compaction changes no number, and what was kept before is not taken for what is there after.
    compact(&platform).await;
    let computed = at_once(&platform.client).await;
    assert_eq!((first(&computed), is_kept(&computed)), (25, false));
    assert!(is_kept(&at_once(&platform.client).await));
    // Zero is never from what is kept.
    for client in [&platform.client, &other, &alone] {
        let fresh = ask(client, "ada", question(), prost_types::Duration::default()).await;
        assert_eq!((first(&fresh), is_kept(&fresh)), (25, false));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_found_unchanged_is_found_so_by_other_processes() {
    let platform = Platform::with_cache(redis().await).await;
    let other = client(&platform.database, redis().await);
    let workspace = workspace(&platform, "ada", 20).await;
    let question = || question(&[workspace]);
    ask(&platform.client, "ada", question(), AT_ONCE).await;
    let confirmed = ask(&platform.client, "ada", question(), AT_ONCE).await;
    assert!(is_kept(&confirmed));
    // Young enough, it is not looked after again: it is what the first process found then.
    let minute = prost_types::Duration {
        seconds: 60,
        nanos: 0,
    };
    let found = ask(&other, "ada", question(), minute).await;
    assert!(is_kept(&found));
    let at = |response| provenance(response).snapshot_time;
    assert_eq!(at(&found), at(&confirmed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_time_alone_may_change_is_not_kept_beyond_its_age() {
    let platform = Platform::new().await;
    let workspace = workspace(&platform, "ada", 20).await;
    let now = Utc::now();
    let text = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let asked = |start: DateTime<Utc>, end: DateTime<Utc>, comparison: Option<Comparison>| {
        let mut one = selection("a", &["executions"], Granularity::Day);
        one.comparison = comparison.map(Into::into);
        request(
            range(&text(start), &text(end), "UTC"),
            &[workspace],
            vec![one],
        )
    };
    let week = now - TimeDelta::days(7);
    for (request, outlives) in [
        (asked(week, now - TimeDelta::hours(1), None), true),
        (asked(week, now + TimeDelta::hours(1), None), false),
        // It snaps to a quarter-hour that is not over yet.
        (asked(week, now + TimeDelta::seconds(30), None), false),
        (
            asked(
                week,
                now + TimeDelta::hours(1),
                Some(Comparison::PreviousPeriod),
            ),
            false,
        ),
        (
            asked(
                week,
                now - TimeDelta::hours(1),
                Some(Comparison::PreviousYear),
            ),
            true,
        ),
    ] {
        assert!(!is_kept(
            &ask(&platform.client, "ada", request.clone(), AT_ONCE).await
        ));
        let again = ask(&platform.client, "ada", request, AT_ONCE).await;
        assert_eq!(is_kept(&again), outlives);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_with_names_is_another_when_a_name_changes() {
    let platform = Platform::new().await;
    let workspace = workspace(&platform, "ada", 20).await;
    let by = |dimension: Dimension| {
        let mut one = selection("a", &["executions"], Granularity::Total);
        one.group_by = vec![dimension.into()];
        request(range(START, END, "UTC"), &[workspace], vec![one])
    };
    let label = |response: &QueryResponse| response.results[0].groups[0].keys[0].label.clone();
    let ask = async |request| ask(&platform.client, "ada", request, AT_ONCE).await;
    let agents = ask(by(Dimension::Agent)).await;
    let agent = agents.results[0].groups[0].keys[0].id.clone().unwrap();
    assert!(is_kept(&ask(by(Dimension::Agent)).await));
    directory::put_agent(&platform.database, workspace, &agent, "Writer")
        .await
        .unwrap();
    let renamed = ask(by(Dimension::Agent)).await;
    assert_eq!(
        (label(&renamed).as_str(), is_kept(&renamed)),
        ("Writer", false)
    );

    let workspaces = ask(by(Dimension::Workspace)).await;
    assert_eq!(label(&workspaces), "one");
    assert!(is_kept(&ask(by(Dimension::Workspace)).await));
    directory::put_workspace(&platform.database, workspace, "two", "UTC")
        .await
        .unwrap();
    let renamed = ask(by(Dimension::Workspace)).await;
    assert_eq!(
        (label(&renamed).as_str(), is_kept(&renamed)),
        ("two", false)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_who_ask_the_same_make_one_computation() {
    let platform = Platform::with_cache(redis().await).await;
    let workspace = workspace(&platform, "ada", 20).await;
    let asking = (0..1_000).map(|_| ask(&platform.client, "ada", question(&[workspace]), AT_ONCE));
    let answers: Vec<QueryResponse> = stream::iter(asking).buffer_unordered(64).collect().await;
    assert!(answers.iter().all(|answer| first(answer) == 20));
    assert_eq!(answers.iter().filter(|answer| !is_kept(answer)).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_always_what_computing_would_give() {
    let platform = Platform::with_cache(redis().await).await;
    let other = client(&platform.database, redis().await);
    let one = workspace(&platform, "ada", 30).await;
    let two = workspace(&platform, "bob", 30).await;
    directory::put_user(&platform.database, "eve", None)
        .await
        .unwrap();
    directory::put_platform_role(&platform.database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    let mut kept = 0;
    for round in 0..40u64 {
        // Late events in the range or elsewhere, compaction, repairs, folds, names: one after another in some order.
        match round * 7 % 10 {
            0 | 1 => more(&platform, 100 + round, 3, one, START).await,
            2 => more(&platform, 100 + round, 3, two, "2026-02-20T00:00:00Z").await,
            3 => more(&platform, 100 + round, 3, two, "2026-06-01T00:00:00Z").await,
            4 | 5 => compact(&platform).await,
            6 => {
                compact(&platform).await;
                let day = shadow_domain::time::UtcDay::of(START.parse().unwrap());
                let gone =
                    "DELETE FROM analytics.partial_page WHERE dimension = 0 AND day = '2026-03-01'";
                platform.owner().await.batch_execute(gone).await.unwrap();
                for workspace in [one, two] {
                    compaction::audit(&platform.database, workspace, (day, day))
                        .await
                        .unwrap();
                }
            }
            7 => drop(fold(&platform.database, 100).await),
            8 => {
                let name = format!("agent of {round}");
                directory::put_agent(&platform.database, one, "agent-1", &name)
                    .await
                    .unwrap();
            }
            _ => {}
        }
        let mut by_agent = selection("b", &["executions", "active_users"], Granularity::Total);
        by_agent.group_by = vec![Dimension::Agent.into()];
        for (subject, workspaces) in [("eve", vec![]), ("ada", vec![one]), ("bob", vec![])] {
            let question = || {
                let mut question = question(&workspaces);
                question.selections.push(by_agent.clone());
                question
            };
            let zero = prost_types::Duration::default();
            let right = numbers(ask(&platform.client, subject, question(), zero).await);
            for client in [&platform.client, &other] {
                let found = ask(client, subject, question(), AT_ONCE).await;
                kept += usize::from(is_kept(&found));
                assert_eq!(numbers(found), right, "{subject} in round {round}");
            }
        }
    }
    assert!(kept > 50, "{kept}");
}
