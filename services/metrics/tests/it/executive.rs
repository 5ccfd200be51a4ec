//! GetExecutive: movers, revenue and margin by plain SQL over facts, and who is told what.

mod moved;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use shadow_auth::Permission::{ViewAnalytics, ViewExecutive, ViewFinancial};
use shadow_auth::{PlatformRole, Role};
use shadow_domain::{
    execution::{Currency, Execution, Money},
    fact::{BillingInterval, Content, Fact, SubscriptionChange, SubscriptionChanged, Terms},
};
use shadow_proto::{
    common::v1::TimeRange,
    metrics::v1::{GetExecutiveRequest, GetExecutiveResponse},
};
use shadow_storage::directory;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    ask::range,
    facts,
    platform::{Platform, from, narrowed, wrong_fields},
};

fn workspaces() -> Vec<Uuid> {
    (1..=9).map(Uuid::from_u128).collect()
}

/// The platform's executive, and people of the first workspace.
async fn people(platform: &Platform) {
    let database = &platform.database;
    for person in ["eve", "olivia", "adam", "mary"] {
        directory::put_user(database, person, None).await.unwrap();
    }
    directory::put_platform_role(database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
}

/// Once the workspace is there.
async fn members(platform: &Platform) {
    for (person, role) in [
        ("olivia", Role::Owner),
        ("adam", Role::Admin),
        ("mary", Role::Member),
    ] {
        directory::put_membership(&platform.database, workspaces()[0], person, role)
            .await
            .unwrap();
    }
}

/// Executions that cost in one currency, or in two.
fn executions(currencies: usize) -> Vec<Execution> {
    let start = "2026-01-25T00:00:00Z".parse().unwrap();
    let mut executions = facts::executions(7, 5_000, &workspaces(), start, 52);
    let usd = Currency::parse("USD").unwrap();
    for cost in executions
        .iter_mut()
        .filter_map(|one| one.end.as_mut()?.cost.as_mut())
    {
        if currencies == 1 {
            cost.currency = usd;
        }
    }
    executions
}

/// What happened to subscriptions in a year before April.
fn subscriptions(currencies: &[&str]) -> Vec<Fact> {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let start: DateTime<Utc> = "2025-04-01T00:00:00Z".parse().unwrap();
    let mut fact = |id: u128| {
        let change = SubscriptionChange::ALL[random.random_range(0..8)];
        let occurred_at = start + TimeDelta::minutes(random.random_range(0..500_000));
        let currency = currencies[random.random_range(0..currencies.len())];
        let terms = Terms {
            plan_id: "team".to_owned(),
            price: Money {
                currency: Currency::parse(currency).unwrap(),
                micros: random.random_range(1..90_000_000),
            },
            interval: BillingInterval::ALL[random.random_range(0..5)],
            interval_count: 1,
            quantity: random.random_range(1..9),
            recurring_discount_micros: 0,
        };
        let ends = occurred_at + TimeDelta::days(20);
        Fact {
            workspace_id: workspaces()[random.random_range(0..9)],
            occurred_at,
            event_id: Uuid::from_u128(id),
            content: Content::Subscription(SubscriptionChanged {
                subscription_id: ["a", "b"][random.random_range(0..2)].to_owned(),
                change,
                terms: change.has_terms().then_some(terms),
                ends_at: (change == SubscriptionChange::CancelAtPeriodEnd).then_some(ends),
            }),
        }
    };
    (0..200).map(&mut fact).collect()
}

async fn ask(
    platform: &Platform,
    who: &str,
    request: GetExecutiveRequest,
) -> Result<GetExecutiveResponse, Status> {
    let mut client = platform.client.clone();
    let answer = client.get_executive(from(who, request)).await;
    answer.map(tonic::Response::into_inner)
}

fn question(range: TimeRange, workspaces: &[Uuid]) -> GetExecutiveRequest {
    GetExecutiveRequest {
        range: Some(range),
        workspace_ids: workspaces.iter().map(Uuid::to_string).collect(),
        limit: 4,
        ..GetExecutiveRequest::default()
    }
}

fn march(zone: &str) -> TimeRange {
    range("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z", zone)
}

async fn earning(currencies: &[&str]) -> Platform {
    let platform = Platform::new().await;
    people(&platform).await;
    for batch in facts::batches(2, &executions(currencies.len()), 500) {
        platform.store(&batch).await;
    }
    for batch in subscriptions(currencies).chunks(70) {
        platform.store_facts(batch).await;
    }
    members(&platform).await;
    platform
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn income_cost_and_margin_equal_their_recomputation_from_facts() {
    let platform = earning(&["USD"]).await;
    let facts = platform.owner().await;
    for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
        let answer = ask(&platform, "eve", question(march(zone), &[]))
            .await
            .unwrap();
        let [revenue] = &answer.revenue[..] else {
            panic!("one currency: {:?}", answer.revenue)
        };
        assert_eq!(
            (revenue.currency.as_str(), revenue.months.len()),
            ("USD", 13)
        );
        assert_eq!(revenue.margins.len(), 13);
        let mut known = 0;
        for (month, margin) in revenue.months.iter().zip(&revenue.margins) {
            let time = |at: Option<prost_types::Timestamp>| {
                DateTime::from_timestamp(at.unwrap().seconds, 0).unwrap()
            };
            let (start, end) = (time(month.start), time(month.end));
            let sql = "SELECT
                (SELECT COALESCE(sum(mrr_micros::numeric
                  * extract(epoch FROM LEAST(COALESCE(valid_to, 'infinity'), $2) - GREATEST(valid_from, $1))
                  / extract(epoch FROM $2 - $1)), 0)::float8
                 FROM analytics.subscription_state
                 WHERE valid_from < $2 AND (valid_to IS NULL OR valid_to > $1)),
                (SELECT sum(cost_micros)::bigint FROM analytics.execution WHERE opened_at >= $1 AND opened_at < $2)";
            let row = facts.query_one(sql, &[&start, &end]).await.unwrap();
            let (income, cost): (f64, Option<i64>) = (row.get(0), row.get(1));
            let at = format!("{start} in {zone}");
            assert!(
                (margin.income_micros as f64 - income).abs() <= 0.51,
                "{at}: {} instead of {income}",
                margin.income_micros
            );
            // Where nothing ran, nothing was taken.
            assert_eq!(margin.cost_micros, Some(cost.unwrap_or_default()), "{at}");
            let income = margin.income_micros;
            let left =
                (income > 0).then(|| (income - cost.unwrap_or_default()) as f64 / income as f64);
            assert_eq!(margin.margin, left, "{at}");
            known += usize::from(cost.is_some() && left.is_some());
        }
        assert!(known >= 2, "months with both");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_belongs_to_which_of_two_currencies_is_not_known() {
    let platform = earning(&["USD", "EUR"]).await;
    let answer = ask(&platform, "eve", question(march(""), &[]))
        .await
        .unwrap();
    let codes: Vec<_> = answer.revenue.iter().map(|one| &one.currency[..]).collect();
    assert_eq!(codes, ["EUR", "USD"]);
    for margin in answer.revenue.iter().flat_map(|one| &one.margins) {
        assert_eq!((margin.cost_micros, margin.margin), (None, None));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_is_told_what_it_may_know() {
    let platform = earning(&["USD"]).await;
    let first = workspaces()[0];
    let one = question(march(""), &[first]);
    let all = question(march(""), &[]);

    let answer = ask(&platform, "eve", all.clone()).await.unwrap();
    assert!(!answer.revenue.is_empty() && answer.workspace.is_none());
    assert!(answer.provenance.unwrap().definition_version > 0);
    assert!(answer.data_health.unwrap().last_event_time.is_some());
    let whole = answer.movers.unwrap().total.unwrap().executions;
    let answer = ask(&platform, "eve", one.clone()).await.unwrap();
    assert!(answer.revenue.is_empty() && answer.active_workspaces.is_none());
    let agents = answer.movers.unwrap();
    assert!(agents.movers.iter().all(|one| one.agent_id.is_some()));
    assert!(answer.workspace.unwrap().bill.is_some());

    // An owner sees its own bill and no revenue; an administrator not even that; both only their workspace.
    for (who, bill) in [("olivia", true), ("adam", false)] {
        let answer = ask(&platform, who, one.clone()).await.unwrap();
        assert_eq!(answer.workspace.unwrap().bill.is_some(), bill, "{who}");
        let answer = ask(&platform, who, all.clone()).await.unwrap();
        assert!(answer.revenue.is_empty(), "{who}");
        let movers = answer.movers.unwrap();
        assert_eq!(movers.movers.len(), 1, "{who}");
        let total = movers.total.unwrap();
        assert_eq!(Some(&total), agents.total.as_ref(), "{who}");
        assert!(total.executions < whole);
        let others = question(march(""), &workspaces()[1..2]);
        let status = ask(&platform, who, others).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{who}");
    }
    for asked in [one, all] {
        let status = ask(&platform, "mary", asked).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied);
    }
    let nowhere = question(march(""), &[Uuid::from_u128(99)]);
    let status = ask(&platform, "eve", nowhere).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_permission_of_the_page_is_enough_for_it() {
    let platform = earning(&["USD"]).await;
    let first = workspaces()[0];
    for (who, permissions, revenue) in [
        ("eve", &[ViewExecutive][..], false),
        ("eve", &[ViewExecutive, ViewFinancial], true),
        ("olivia", &[ViewExecutive], false),
    ] {
        let asked = narrowed(who, permissions, question(march(""), &[]));
        let answer = platform.client.clone().get_executive(asked).await.unwrap();
        let answer = answer.into_inner();
        assert_eq!(!answer.revenue.is_empty(), revenue, "{who}");
        let costs = answer.revenue.iter().flat_map(|one| &one.margins);
        assert!(costs.into_iter().all(|one| one.cost_micros.is_some()));
        let asked = narrowed(who, permissions, question(march(""), &[first]));
        let answer = platform.client.clone().get_executive(asked).await.unwrap();
        let workspace = answer.into_inner().workspace.unwrap();
        assert_eq!(workspace.bill.is_some(), revenue, "{who}");
    }
    let asked = narrowed("eve", &[ViewAnalytics], question(march(""), &[]));
    let denied = platform.client.clone().get_executive(asked).await;
    assert_eq!(denied.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_more_workspaces_than_can_be_named_has_a_page_of_all() {
    let platform = earning(&["USD"]).await;
    let many = "INSERT INTO analytics.workspace (workspace_id)
        SELECT md5(n::text)::uuid FROM generate_series(1, 1100) AS n;
        INSERT INTO analytics.membership (workspace_id, user_id, role)
        SELECT md5(n::text)::uuid, 'olivia', 'owner' FROM generate_series(1, 1100) AS n";
    platform.owner().await.batch_execute(many).await.unwrap();
    let answer = ask(&platform, "olivia", question(march(""), &[])).await;
    let movers = answer.unwrap().movers.unwrap();
    assert!(movers.total.unwrap().executions > 0);
    assert_eq!(movers.movers.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn costs_of_a_month_that_goes_on_are_found_again() {
    let platform = earning(&["USD"]).await;
    let text = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let now = Utc::now().trunc_subsecs(6);
    let lately = range(
        &text(now - TimeDelta::days(3)),
        &text(now + TimeDelta::days(1)),
        "",
    );
    let cost = async |seconds| {
        let asked = GetExecutiveRequest {
            max_staleness: Some(prost_types::Duration { seconds, nanos: 0 }),
            ..question(lately.clone(), &[])
        };
        let answer = ask(&platform, "eve", asked).await.unwrap();
        let margin = *answer.revenue[0].margins.last().unwrap();
        margin.cost_micros.unwrap()
    };
    let more = async |seed| {
        let start = now - TimeDelta::minutes(1);
        let mut executions = facts::executions(seed, 200, &workspaces(), start, 1);
        for one in &mut executions {
            let ran = now - one.identity.opened_at;
            one.identity.opened_at = now;
            one.started_at = one.started_at.map(|at| at + ran);
            let Some(end) = &mut one.end else { continue };
            end.ended_at += ran;
            if let Some(cost) = &mut end.cost {
                cost.currency = Currency::parse("USD").unwrap();
            }
        }
        platform.store(&executions).await;
    };
    more(1).await;
    let computed = cost(30).await;
    more(2).await;
    assert_eq!(cost(30).await, computed, "it was computed again");
    assert!(cost(0).await > computed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_platform_has_a_page_and_bad_questions_name_their_fields() {
    let platform = Platform::new().await;
    people(&platform).await;
    let answer = ask(&platform, "eve", question(march(""), &[]))
        .await
        .unwrap();
    let movers = answer.movers.unwrap();
    assert!(movers.movers.is_empty() && movers.others.is_none());
    assert_eq!(movers.total.unwrap().executions, 0);
    assert_eq!(
        (answer.active_workspaces, answer.revenue.len()),
        (Some(0), 0)
    );
    let wrong = GetExecutiveRequest {
        workspace_ids: vec!["one".to_owned()],
        comparison: Some(9),
        limit: 51,
        ..GetExecutiveRequest::default()
    };
    let status = ask(&platform, "eve", wrong).await.unwrap_err();
    let fields = ["range", "workspace_ids[0]", "comparison", "limit"];
    assert_eq!(wrong_fields(&status), fields);
    let years = question(
        range("1999-01-01T00:00:00Z", "2026-01-01T00:00:00Z", ""),
        &[],
    );
    let status = ask(&platform, "eve", years).await.unwrap_err();
    assert_eq!(wrong_fields(&status), ["range.end"]);
}
