//! Workspaces side by side, and one of them: every number by plain SQL over facts, memberships and books.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use shadow_auth::{PlatformRole, Role};
use shadow_domain::execution::{Currency, Money};
use shadow_domain::fact::{
    BillingInterval, Content, CreditEntry, CreditKind, Fact, SubscriptionChange,
    SubscriptionChanged, Terms,
};
use shadow_proto::common::v1::{Comparison, TimeRange};
use shadow_proto::metrics::v1::{
    GetWorkspaceRequest, GetWorkspaceResponse, HealthBand, ListWorkspacesRequest,
    ListWorkspacesResponse, Workspace, WorkspaceHealth, WorkspaceList, WorkspaceStanding,
    value::Number,
};
use shadow_storage::directory;
use tokio_postgres::{Client, Row};
use tonic::Code;
use uuid::Uuid;

use crate::ask::range;
use crate::executive_page::same;
use crate::facts;
use crate::oracle::{self, Question};
use crate::platform::{Platform, from, wrong_fields};
use crate::worker::Worker;

const ZONES: [&str; 5] = [
    "UTC",
    "Asia/Kolkata",
    "America/New_York",
    "Europe/Berlin",
    "UTC",
];
/// The workspace that went quiet, and the one in which nothing ever happened.
const QUIET: usize = 3;
const EMPTY: usize = 4;

fn workspaces() -> Vec<Uuid> {
    (1..=5).map(Uuid::from_u128).collect()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Memberships, subscriptions and credits; eve sees everything, olga owns the first workspace and the quiet
/// one, and vera reads them.
async fn people(platform: &Platform) {
    let database = &platform.database;
    directory::put_user(database, "eve", Some("Eve"))
        .await
        .unwrap();
    directory::put_platform_role(database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(11);
    for (index, (workspace, zone)) in workspaces().into_iter().zip(ZONES).enumerate() {
        let name = format!("Workspace {}", 9 - index);
        directory::put_workspace(database, workspace, &name, zone)
            .await
            .unwrap();
        for user in 0..[30, 12, 45, 20, 0][index] {
            // Some of them were never seen in any event.
            let id = format!("user-{}", user * random.random_range(1..30));
            directory::put_user(database, &id, None).await.unwrap();
            directory::put_membership(database, workspace, &id, Role::Member)
                .await
                .unwrap();
        }
    }
    for (person, role) in [("olga", Role::Owner), ("vera", Role::Viewer)] {
        directory::put_user(database, person, None).await.unwrap();
        for workspace in [workspaces()[0], workspaces()[QUIET]] {
            directory::put_membership(database, workspace, person, role)
                .await
                .unwrap();
        }
    }
}

fn books() -> Vec<Fact> {
    let mut random = ChaCha8Rng::seed_from_u64(12);
    let fact = |workspace: usize, occurred_at, id: u128, content| Fact {
        workspace_id: workspaces()[workspace],
        occurred_at,
        event_id: Uuid::from_u128(id),
        content,
    };
    let mut found: Vec<Fact> = (0..60)
        .map(|id| {
            let kind = CreditKind::ALL[random.random_range(0..CreditKind::ALL.len())];
            let entry = CreditEntry {
                kind,
                amount_micro: random.random_range(1..4_000_000_000),
                price: None,
                note: None,
            };
            let hours = TimeDelta::hours(random.random_range(0..1_400));
            fact(
                random.random_range(0..4),
                at("2026-01-20T00:00:00Z") + hours,
                id,
                Content::Credit(entry),
            )
        })
        .collect();
    // Seats for nearly everybody, for too few, for many, and for the quiet one; the second is on trial.
    for (workspace, quantity, change) in [
        (0, 33, SubscriptionChange::Started),
        (1, 40, SubscriptionChange::TrialStarted),
        (2, 90, SubscriptionChange::Started),
        (QUIET, 50, SubscriptionChange::Started),
    ] {
        let terms = Terms {
            plan_id: "team".to_owned(),
            price: Money {
                currency: Currency::parse("USD").unwrap(),
                micros: 12_000_000,
            },
            interval: BillingInterval::Month,
            interval_count: 1,
            quantity,
            recurring_discount_micros: 0,
        };
        let content = Content::Subscription(SubscriptionChanged {
            subscription_id: "s".to_owned(),
            change,
            terms: Some(terms),
            ends_at: None,
        });
        found.push(fact(
            workspace,
            at("2026-01-31T09:00:00Z"),
            1_000 + workspace as u128,
            content,
        ));
    }
    found
}

async fn stage() -> Platform {
    let platform = Platform::new().await;
    people(&platform).await;
    platform.store_facts(&books()).await;
    let start = at("2026-01-20T00:00:00Z");
    let all = workspaces();
    let executions = facts::executions(5, 2_400, &all[..3], start, 56);
    let worker = Worker::start(&platform.database);
    for batch in facts::batches(6, &executions, 150) {
        platform.store(&batch).await;
    }
    // The quiet one ended on the sixth of February.
    platform
        .store(&facts::executions(7, 200, &all[QUIET..EMPTY], start, 17))
        .await;
    let busy = facts::activities(8, 900, &all[..3], start, 56);
    let quiet = facts::activities(9, 120, &all[QUIET..EMPTY], at("2026-02-08T00:00:00Z"), 25);
    for batch in [busy, quiet].concat().chunks(200) {
        platform.store_facts(batch).await;
    }
    worker.stop().await;
    platform
}

fn question(range: TimeRange) -> ListWorkspacesRequest {
    ListWorkspacesRequest {
        range: Some(range),
        ..ListWorkspacesRequest::default()
    }
}

async fn list(
    platform: &Platform,
    who: &str,
    request: ListWorkspacesRequest,
) -> ListWorkspacesResponse {
    let mut client = platform.client.clone();
    let answer = client.list_workspaces(from(who, request)).await;
    answer.unwrap().into_inner()
}

async fn health(facts: &Client, at: DateTime<Utc>) -> BTreeMap<String, Row> {
    let ids: Vec<String> = workspaces().iter().map(Uuid::to_string).collect();
    let sql = include_str!("workspace_health.sql");
    let rows = facts.query(sql, &[&ids, &at]).await.unwrap();
    rows.into_iter()
        .map(|row| (row.get("workspace_id"), row))
        .collect()
}

/// Distinct users of activities but token refreshes, and of executions that users asked for.
async fn active(facts: &Client, workspace: &str, from: &str, to: &str) -> i64 {
    let sql = "SELECT count(*) FROM (
        SELECT user_id FROM analytics.activity
        WHERE type <> 5 AND workspace_id = $1::text::uuid
          AND occurred_at >= $2::text::timestamptz AND occurred_at < $3::text::timestamptz
        UNION SELECT user_id FROM analytics.execution
        WHERE trigger = 1 AND user_id IS NOT NULL AND workspace_id = $1::text::uuid
          AND opened_at >= $2::text::timestamptz AND opened_at < $3::text::timestamptz
      ) AS one";
    let row = facts.query_one(sql, &[&workspace, &from, &to]).await;
    row.unwrap().get(0)
}

fn close(found: Option<f64>, row: &Row, column: &str, at: &str) {
    let expected: Option<f64> = row.get(column);
    match (found, expected) {
        (None, None) => {}
        (Some(found), Some(expected)) => {
            assert!(
                (found - expected).abs() < 1e-9,
                "{at}, {column}: {found}, not {expected}"
            );
        }
        other => panic!("{at}, {column}: {other:?}"),
    }
}

fn same_health(found: &WorkspaceHealth, row: &Row, at: &str) {
    close(found.activity, row, "activity", at);
    close(found.engagement, row, "engagement", at);
    close(found.efficiency, row, "efficiency", at);
    close(found.reliability, row, "reliability", at);
    close(found.score, row, "score", at);
    let band = found.score.map(|score| match score {
        score if score >= 80.0 => HealthBand::Healthy,
        score if score >= 60.0 => HealthBand::Fair,
        score if score >= 40.0 => HealthBand::Weak,
        _ => HealthBand::Critical,
    });
    assert_eq!(found.band, band.map(i32::from), "{at}");
}

fn standing(workspace: &Workspace) -> &WorkspaceStanding {
    workspace.standing.as_ref().unwrap()
}

fn lists(workspace: &Workspace) -> Vec<WorkspaceList> {
    standing(workspace).lists().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_standing_equals_its_recomputation_from_facts() {
    let platform = stage().await;
    let facts = platform.owner().await;
    let ids: Vec<String> = workspaces().iter().map(Uuid::to_string).collect();
    for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
        let day = |date: &str| format!("2026-{date} 00:00:00 {zone}");
        let (before, from_day, to_day) = (day("02-15"), day("03-01"), day("03-15"));
        let asked = TimeRange {
            start: Some(oracle::instant(&facts, &from_day).await),
            end: Some(oracle::instant(&facts, &to_day).await),
            zone: zone.to_owned(),
        };
        let end = DateTime::from_timestamp(asked.end.unwrap().seconds, 0).unwrap();
        let request = ListWorkspacesRequest {
            comparison: Some(Comparison::PreviousPeriod.into()),
            ..question(asked)
        };
        let answer = list(&platform, "eve", request).await;
        assert_eq!(answer.workspaces.len(), 5);
        assert!(answer.provenance.unwrap().definition_version > 0);
        let expected = health(&facts, end).await;
        let current = Question {
            workspaces: &ids,
            start: &from_day,
            end: &to_day,
            zone,
            currency: "USD",
        };
        let previous = Question {
            start: &before,
            end: &from_day,
            ..current
        };
        let now = oracle::table(&facts, &current, "workspace", None).await;
        let then = oracle::table(&facts, &previous, "workspace", None).await;
        for workspace in &answer.workspaces {
            let at = format!("{} in {zone}", workspace.name);
            let (one, row) = (standing(workspace), &expected[&workspace.workspace_id]);
            let counts = [one.members, one.active_members, one.agents].map(i64::from);
            let columns =
                ["members", "active_members", "agents"].map(|column| row.get::<_, i64>(column));
            assert_eq!(counts, columns, "{at}");
            assert_eq!(
                one.seats.map(|seats| seats as i64),
                row.get::<_, Option<i64>>("seats"),
                "{at}"
            );
            assert_eq!(
                one.credit_balance_micro,
                row.get::<_, i64>("balance"),
                "{at}"
            );
            same_health(one.health.as_ref().unwrap(), row, &at);
            let monthly: Option<i64> = row.get("monthly");
            let bills = one.bill.as_ref().unwrap().subscriptions.iter();
            let billed: i64 = bills
                .map(|bill| bill.monthly.as_ref().unwrap().micros)
                .sum();
            assert_eq!(billed, monthly.unwrap_or_default(), "{at}");
            let (lately, earlier): (i64, i64) =
                (row.get("active_users"), row.get("active_users_before"));
            let pays = monthly.unwrap_or_default() > 0;
            let on = lists(workspace);
            let slipping = pays && earlier > 0 && lately * 8 <= earlier;
            assert_eq!(on.contains(&WorkspaceList::Slipping), slipping, "{at}");
            let zombie = pays && row.get::<_, i64>("completed") == 0;
            assert_eq!(on.contains(&WorkspaceList::Zombie), zombie, "{at}");
            let key = (workspace.workspace_id.clone(), None);
            // The table of executions has no row for who ran nothing; people may have done something all the same.
            let silent = [now.get(&key), then.get(&key)].contains(&None);
            for series in &one.series {
                let at = format!("{at}, {}", series.metric);
                if silent && series.metric == "active_users" {
                    let days = [(&from_day, &to_day), (&before, &from_day)];
                    for (value, (from, to)) in
                        [series.total, series.previous_total].iter().zip(days)
                    {
                        let active = active(&facts, &workspace.workspace_id, from, to).await;
                        assert_eq!(value.unwrap().number, Some(Number::Integer(active)), "{at}");
                    }
                    continue;
                }
                same(series, series.total.as_ref(), now.get(&key), &at);
                same(
                    series,
                    series.previous_total.as_ref(),
                    then.get(&key),
                    &format!("{at} before"),
                );
            }
        }
        let on = |index: usize| {
            let id = workspaces()[index].to_string();
            lists(
                answer
                    .workspaces
                    .iter()
                    .find(|one| one.workspace_id == id)
                    .unwrap(),
            )
        };
        assert!(
            on(QUIET).starts_with(&[WorkspaceList::Slipping, WorkspaceList::Zombie]),
            "{:?}",
            on(QUIET)
        );
        assert!(
            on(0).contains(&WorkspaceList::ReadyToExpand),
            "more than 80 % of the seats"
        );
        assert_eq!(on(EMPTY), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_workspace_has_its_members_and_its_health_over_time() {
    let platform = stage().await;
    let facts = platform.owner().await;
    // Without a zone it is that of the workspace, which changes its clocks in between.
    let new_york = workspaces()[2];
    let request = GetWorkspaceRequest {
        range: Some(range("2026-03-01T05:00:00Z", "2026-03-15T04:00:00Z", "")),
        workspace_id: new_york.to_string(),
        ..GetWorkspaceRequest::default()
    };
    let mut client = platform.client.clone();
    let answer = client
        .get_workspace(from("eve", request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.history.len(), 14);
    for point in &answer.history {
        let time = DateTime::from_timestamp(point.time.unwrap().seconds, 0).unwrap();
        let row = &health(&facts, time).await[&new_york.to_string()];
        same_health(point.health.as_ref().unwrap(), row, &time.to_string());
    }
    let workspace = answer.workspace.as_ref().unwrap();
    assert_eq!(
        answer.history.last().unwrap().health,
        standing(workspace).health
    );
    let row = &health(&facts, at("2026-03-15T04:00:00Z")).await[&new_york.to_string()];
    let expected: Vec<String> = row.get("days");
    let days: BTreeMap<&str, u32> = answer
        .members
        .iter()
        .map(|member| (member.user_id.as_str(), member.active_days))
        .collect();
    let found: Vec<String> = days
        .iter()
        .map(|(user, days)| format!("{user}: {days}"))
        .collect();
    assert_eq!(found, expected);
    assert!(
        answer
            .members
            .is_sorted_by(|a, b| a.active_days >= b.active_days)
    );
    let lately = answer
        .members
        .iter()
        .filter(|member| member.active_lately)
        .count();
    assert_eq!(lately as u32, standing(workspace).active_members);
    let period = standing(workspace).bill.as_ref().unwrap().subscriptions[0].period_ends_at;
    assert_eq!(
        period.unwrap().seconds,
        at("2026-03-31T09:00:00Z").timestamp()
    );

    // Nothing was ever recorded of it, and it has neither members nor a subscription.
    let nothing = GetWorkspaceRequest {
        range: Some(range("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z", "")),
        workspace_id: workspaces()[EMPTY].to_string(),
        ..GetWorkspaceRequest::default()
    };
    let answer = client
        .get_workspace(from("eve", nothing))
        .await
        .unwrap()
        .into_inner();
    let one = standing(answer.workspace.as_ref().unwrap());
    assert_eq!(
        (one.members, one.seats, one.last_event_time),
        (0, None, None)
    );
    assert_eq!(one.health, Some(WorkspaceHealth::default()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_paid_is_for_those_who_may_see_it() {
    let platform = stage().await;
    let march = || question(range("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z", ""));
    for (who, count, financial) in [("eve", 5, true), ("olga", 2, true), ("vera", 2, false)] {
        let answer = list(&platform, who, march()).await;
        assert_eq!(answer.workspaces.len(), count, "{who}");
        assert_eq!(answer.counts.unwrap().workspaces, count as u32, "{who}");
        for workspace in &answer.workspaces {
            assert_eq!(standing(workspace).bill.is_some(), financial, "{who}");
        }
    }
    // That it pays is not told either.
    let quiet = |who: &str, request: ListWorkspacesRequest| {
        let platform = &platform;
        let who = who.to_owned();
        async move { list(platform, &who, request).await }
    };
    let slipping = ListWorkspacesRequest {
        lists: vec![WorkspaceList::Slipping.into()],
        ..march()
    };
    assert_eq!(
        quiet("olga", slipping.clone()).await.matching_workspaces,
        Some(1)
    );
    let hidden = quiet("vera", slipping).await;
    assert_eq!(hidden.matching_workspaces, Some(0));
    assert!(
        hidden
            .counts
            .unwrap()
            .lists
            .iter()
            .all(|one| { one.list() == WorkspaceList::ReadyToExpand || one.workspaces == 0 })
    );

    let mut client = platform.client.clone();
    let of = |id: Uuid| GetWorkspaceRequest {
        range: Some(range("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z", "")),
        workspace_id: id.to_string(),
        ..GetWorkspaceRequest::default()
    };
    let ours: GetWorkspaceResponse = client
        .get_workspace(from("vera", of(workspaces()[0])))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(standing(ours.workspace.as_ref().unwrap()).bill, None);
    for (who, id) in [
        ("vera", workspaces()[1]),
        ("vera", Uuid::from_u128(99)),
        ("eve", Uuid::from_u128(99)),
    ] {
        let status = client.get_workspace(from(who, of(id))).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{who} {id}");
    }
    let status = client
        .list_workspaces(from("stranger", march()))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn boards_are_searched_ordered_and_cut() {
    let platform = stage().await;
    let march = || question(range("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z", ""));
    let all = list(&platform, "eve", march()).await;
    let names: Vec<&str> = all.workspaces.iter().map(|one| one.name.as_str()).collect();
    assert!(names.is_sorted(), "{names:?}");
    for order in [
        "name",
        "health",
        "members",
        "seats",
        "credit_balance",
        "runway",
        "last_event",
        "executions",
        "success_rate",
    ] {
        for reversed in [false, true] {
            let request = ListWorkspacesRequest {
                order_by: order.to_owned(),
                reversed,
                page_size: 2,
                ..march()
            };
            let (mut found, mut token) = (Vec::new(), String::new());
            loop {
                let page = list(
                    &platform,
                    "eve",
                    ListWorkspacesRequest {
                        page_token: token,
                        ..request.clone()
                    },
                )
                .await;
                assert_eq!(page.matching_workspaces, Some(5));
                found.extend(page.workspaces);
                token = page.next_page_token;
                if token.is_empty() {
                    break;
                }
            }
            let mut ids: Vec<_> = found.iter().map(|one| one.workspace_id.clone()).collect();
            if order == "members" {
                let members: Vec<_> = found.iter().map(|one| standing(one).members).collect();
                let sorted = if reversed {
                    members.is_sorted()
                } else {
                    members.iter().rev().is_sorted()
                };
                assert!(sorted, "{members:?}");
            }
            if order == "seats" {
                // Who has none comes last either way.
                assert_eq!(standing(found.last().unwrap()).seats, None);
            }
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), 5, "{order}, {reversed}");
        }
    }
    let bands = all.workspaces.iter();
    let band = bands
        .filter_map(|one| standing(one).health.unwrap().band)
        .max()
        .unwrap();
    let banded = list(
        &platform,
        "eve",
        ListWorkspacesRequest {
            bands: vec![band],
            ..march()
        },
    )
    .await;
    assert!(
        banded
            .workspaces
            .iter()
            .all(|one| standing(one).health.unwrap().band == Some(band))
    );
    let counted = banded.counts.unwrap().bands;
    let counted = counted
        .iter()
        .find(|one| one.band == band)
        .unwrap()
        .workspaces;
    assert_eq!(banded.matching_workspaces, Some(counted));
    let searched = list(
        &platform,
        "eve",
        ListWorkspacesRequest {
            name_contains: "SPACE 7".to_owned(),
            ..march()
        },
    )
    .await;
    assert_eq!(searched.matching_workspaces, Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_named() {
    let platform = stage().await;
    let mut client = platform.client.clone();
    let march = range("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z", "");
    let token = list(
        &platform,
        "eve",
        ListWorkspacesRequest {
            page_size: 1,
            ..question(march.clone())
        },
    )
    .await
    .next_page_token;
    let wrong: Vec<(ListWorkspacesRequest, &[&str])> = vec![
        (
            ListWorkspacesRequest {
                comparison: Some(1),
                currency: "USD".to_owned(),
                order_by: "health".to_owned(),
                reversed: true,
                lists: vec![1],
                bands: vec![1],
                ..ListWorkspacesRequest::default()
            },
            &[
                "comparison",
                "currency",
                "order_by",
                "reversed",
                "lists",
                "bands",
            ],
        ),
        (
            ListWorkspacesRequest {
                page_size: 201,
                name_contains: "x".repeat(101),
                currency: "dollars".to_owned(),
                comparison: Some(7),
                order_by: "dau".to_owned(),
                lists: vec![0, 9],
                bands: vec![5],
                page_token: "none".to_owned(),
                ..question(march.clone())
            },
            &[
                "page_size",
                "name_contains",
                "currency",
                "comparison",
                "order_by",
                "lists[0]",
                "lists[1]",
                "bands[0]",
                "page_token",
            ],
        ),
        (
            ListWorkspacesRequest {
                page_token: token,
                order_by: "health".to_owned(),
                ..question(march.clone())
            },
            &["page_token"],
        ),
        (
            question(range(
                "2010-03-01T00:00:00Z",
                "2026-03-15T00:00:00Z",
                "Mars",
            )),
            &["range.zone"],
        ),
        (
            question(range("2010-03-01T00:00:00Z", "2026-03-15T00:00:00Z", "")),
            &["range.end"],
        ),
    ];
    for (request, fields) in wrong {
        let status = client
            .list_workspaces(from("eve", request))
            .await
            .unwrap_err();
        assert_eq!(wrong_fields(&status), fields);
    }
    let request = GetWorkspaceRequest {
        workspace_id: "x".to_owned(),
        ..GetWorkspaceRequest::default()
    };
    let status = client
        .get_workspace(from("eve", request))
        .await
        .unwrap_err();
    assert_eq!(wrong_fields(&status), ["range", "workspace_id"]);
}
