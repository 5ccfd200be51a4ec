//! GetRevenue and ListMovements: every number by plain SQL over the states of subscriptions.

use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use shadow_auth::{PlatformRole, Role};
use shadow_domain::execution::{Currency, Money};
use shadow_domain::fact::{
    BillingInterval, Content, Fact, Plan, SubscriptionChange, SubscriptionChanged, Terms,
};
use shadow_proto::metrics::v1::{
    GetRevenueRequest, GetRevenueResponse, ListMovementsRequest, RevenueMovement,
    RevenueMovementKind, RevenueRetention,
};
use shadow_storage::directory;
use tokio_postgres::Client;
use tonic::Code;
use uuid::Uuid;

use crate::ask::range;
use crate::platform::{Platform, from, wrong_fields};

/// What happened to subscriptions of forty customers in eight months.
fn events() -> Vec<Fact> {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let start: DateTime<Utc> = "2025-01-01T00:00:00Z".parse().unwrap();
    (0..400)
        .map(|id| {
            let change = SubscriptionChange::ALL[random.random_range(0..8)];
            let occurred_at = start + TimeDelta::minutes(random.random_range(0..345_000));
            let terms = Terms {
                plan_id: ["starter", "team"][random.random_range(0..2)].to_owned(),
                price: Money {
                    currency: Currency::parse(["USD", "USD", "EUR"][random.random_range(0..3)])
                        .unwrap(),
                    micros: random.random_range(1..90_000_000),
                },
                interval: BillingInterval::ALL[random.random_range(0..5)],
                interval_count: 1,
                quantity: random.random_range(1..9),
                recurring_discount_micros: 0,
            };
            let ends = occurred_at + TimeDelta::days(random.random_range(0..60));
            Fact {
                workspace_id: Uuid::from_u128(random.random_range(1..41)),
                occurred_at,
                event_id: Uuid::from_u128(id),
                content: Content::Subscription(SubscriptionChanged {
                    subscription_id: ["a", "b"][random.random_range(0..2)].to_owned(),
                    change,
                    terms: change.has_terms().then_some(terms),
                    ends_at: (change == SubscriptionChange::CancelAtPeriodEnd).then_some(ends),
                }),
            }
        })
        .collect()
}

async fn stage() -> Platform {
    let platform = Platform::new().await;
    let database = &platform.database;
    for (person, role) in [("eve", Some(PlatformRole::Executive)), ("olivia", None)] {
        directory::put_user(database, person, None).await.unwrap();
        if let Some(role) = role {
            directory::put_platform_role(database, person, role)
                .await
                .unwrap();
        }
    }
    for batch in events().chunks(70) {
        platform.store_facts(batch).await;
    }
    let first = Uuid::from_u128(1);
    directory::put_membership(database, first, "olivia", Role::Owner)
        .await
        .unwrap();
    platform
}

fn question(start: &str, end: &str, zone: &str, margin: Option<f64>) -> GetRevenueRequest {
    GetRevenueRequest {
        range: Some(range(start, end, zone)),
        margin,
    }
}

async fn ask(platform: &Platform, question: GetRevenueRequest) -> GetRevenueResponse {
    let mut client = platform.client.clone();
    let answer = client.get_revenue(from("eve", question)).await;
    answer.unwrap().into_inner()
}

/// What customers pay just before two instants: the customers of the first, those of them that are lost, what they paid,
/// what they pay, what they pay at most as much as before; what all pay then, and how many they are; and what of it is paid
/// by others that had paid before.
async fn points(
    states: &Client,
    currency: &str,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
) -> [i64; 8] {
    let sql = "WITH point AS (
        SELECT workspace_id,
          COALESCE(sum(mrr_micros) FILTER (WHERE valid_from < $2 AND (valid_to IS NULL OR valid_to >= $2)), 0) AS m0,
          COALESCE(sum(mrr_micros) FILTER (WHERE valid_from < $3 AND (valid_to IS NULL OR valid_to >= $3)), 0) AS m1,
          COALESCE(bool_or(valid_from < $2 AND mrr_micros > 0), false) AS paid_before
        FROM analytics.subscription_state WHERE currency = $1 GROUP BY workspace_id
      )
      SELECT ARRAY[
        count(*) FILTER (WHERE m0 > 0),
        count(*) FILTER (WHERE m0 > 0 AND m1 = 0),
        COALESCE(sum(m0), 0),
        COALESCE(sum(m1) FILTER (WHERE m0 > 0), 0),
        COALESCE(sum(LEAST(m0, m1)), 0),
        COALESCE(sum(m1), 0),
        count(*) FILTER (WHERE m1 > 0),
        COALESCE(sum(m1) FILTER (WHERE m0 = 0 AND paid_before), 0)
      ]::bigint[] FROM point";
    let row = states.query_one(sql, &[&currency, &start, &end]).await;
    let found: Vec<i64> = row.unwrap().get(0);
    found.try_into().unwrap()
}

fn time(at: Option<prost_types::Timestamp>) -> DateTime<Utc> {
    let at = at.unwrap();
    DateTime::from_timestamp(at.seconds, at.nanos.cast_unsigned()).unwrap()
}

fn ratio(numerator: i64, denominator: i64) -> Option<f64> {
    (denominator > 0).then(|| numerator as f64 / denominator as f64)
}

fn compare(found: &RevenueRetention, [customers, lost, m0, m1, kept, ..]: [i64; 8]) {
    assert_eq!(found.customers as i64, customers);
    assert_eq!(found.lost_customers as i64, lost);
    assert_eq!((found.start_micros, found.end_micros), (m0, m1));
    assert_eq!(found.nrr, ratio(m1, m0));
    assert_eq!(found.grr, ratio(kept, m0));
    assert_eq!(found.gross_churn, ratio(m0 - kept, m0));
    assert_eq!(found.net_churn, ratio(m0 - m1, m0));
    assert_eq!(found.logo_churn, ratio(lost, customers));
    assert!(found.grr <= found.nrr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_number_equals_its_recomputation_from_states() {
    let platform = stage().await;
    let states = platform.owner().await;
    let mut others = false;
    for zone in ["UTC", "Asia/Kolkata"] {
        let asked = question(
            "2025-02-10T00:00:00Z",
            "2025-08-10T00:00:00Z",
            zone,
            Some(0.8),
        );
        let answer = ask(&platform, asked).await;
        let codes: Vec<_> = answer
            .currencies
            .iter()
            .map(|one| one.currency.as_str())
            .collect();
        assert_eq!(codes, ["EUR", "USD"]);
        for revenue in &answer.currencies {
            assert_eq!(revenue.months.len(), 7);
            for month in &revenue.months {
                assert!(month.complete);
                let (start, end) = (time(month.start), time(month.end));
                let found = points(&states, &revenue.currency, (start, end)).await;
                compare(month.retention.as_ref().unwrap(), found);
                let [.., m0, _, _, m1, paying, again] = found;
                let waterfall = month.waterfall.unwrap();
                assert_eq!((waterfall.start_micros, month.mrr_micros), (m0, m1));
                assert_eq!(month.arr_micros, 12 * m1);
                assert_eq!(month.paying_customers as i64, paying);
                let net = ratio(m0 - found[3] - again, m0);
                assert_eq!(month.net_churn_with_reactivation, net);
                // Some came back and left again within a month.
                others |= again != waterfall.reactivation_micros;
                let arpa = month.arpa_micros.unwrap();
                assert!((arpa * paying - m1).abs() * 2 <= paying);
                let won = waterfall.new_micros + waterfall.expansion_micros;
                let lost = waterfall.churn_micros + waterfall.contraction_micros;
                assert_eq!(waterfall.quick_ratio, ratio(won, lost));
                assert_eq!(m0 + won + waterfall.reactivation_micros - lost, m1);
            }
            let last = revenue.months.last().unwrap();
            // Nothing was paid a year before.
            assert_eq!(last.trailing_retention.as_ref().unwrap().customers, 0);
            let (mut customers, mut lost) = (0, 0);
            for month in &revenue.months[1..] {
                let retention = month.retention.as_ref().unwrap();
                customers += retention.customers;
                lost += retention.lost_customers;
            }
            let churn = lost as f64 / customers as f64;
            let worth = last.arpa_micros.unwrap() as f64 * 0.8 / churn;
            assert!((last.ltv_micros.unwrap() as f64 - worth).abs() < 1.0);
            let plans: i64 = revenue.plans.iter().map(|plan| plan.mrr_micros).sum();
            assert_eq!(plans, last.mrr_micros);
        }
    }
    assert!(others, "no movement was undone");
    // A year later the same customers are looked at again.
    let year = question("2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z", "", None);
    for revenue in ask(&platform, year).await.currencies {
        let month = &revenue.months[0];
        let year = time(month.end) - TimeDelta::days(365);
        let found = points(&states, &revenue.currency, (year, time(month.end))).await;
        compare(month.trailing_retention.as_ref().unwrap(), found);
        assert_eq!(month.ltv_micros, None, "no margin was stated");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plans_are_called_what_was_said_of_them() {
    let platform = stage().await;
    let called = |workspace, plan: &str, name: &str| Fact {
        workspace_id: Uuid::from_u128(workspace),
        occurred_at: "2025-02-01T00:00:00Z".parse().unwrap(),
        event_id: Uuid::from_u128(workspace),
        content: Content::Plan(Plan {
            plan_id: plan.to_owned(),
            name: Some(name.to_owned()),
            listed: None,
            deleted: false,
        }),
    };
    // Of two workspaces that call it something, the first by its id.
    let said = [
        called(7, "team", "Teams"),
        called(5, "team", "Team of any size"),
    ];
    platform.store_facts(&said).await;
    let asked = question("2025-02-10T00:00:00Z", "2025-08-10T00:00:00Z", "", None);
    let answer = ask(&platform, asked).await;
    let mut plans = answer
        .currencies
        .iter()
        .flat_map(|one| &one.plans)
        .peekable();
    assert!(plans.peek().is_some());
    for plan in plans {
        let name = (plan.plan_id == "team").then_some("Team of any size");
        assert_eq!(plan.plan_name.as_deref(), name, "{}", plan.plan_id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_with_a_month_that_is_not_over_is_not_complete() {
    let platform = stage().await;
    let over = question("2025-02-10T00:00:00Z", "2025-03-10T00:00:00Z", "", None);
    let over = ask(&platform, over).await;
    assert!(over.provenance.unwrap().complete);
    let now = Utc::now();
    let shown = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let today = question(
        &shown(now - TimeDelta::seconds(1)),
        &shown(now + TimeDelta::days(1)),
        "",
        None,
    );
    let answer = ask(&platform, today).await;
    let last = answer.currencies[0].months.last().unwrap().complete;
    assert_eq!(answer.provenance.unwrap().complete, last);
    assert!(!last);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn movements_come_page_by_page_and_add_up() {
    let platform = stage().await;
    let mut client = platform.client.clone();
    let mut asked = ListMovementsRequest {
        range: Some(range("2025-03-01T00:00:00Z", "2025-06-01T00:00:00Z", "")),
        page_size: 25,
        ..Default::default()
    };
    let mut found: Vec<RevenueMovement> = Vec::new();
    loop {
        let page = client.list_movements(from("eve", asked.clone())).await;
        let page = page.unwrap().into_inner();
        assert!(!page.movements.is_empty() && page.movements.len() <= 25);
        let from = page.provenance.unwrap();
        let (answered, wanted) = (from.effective_range.unwrap(), asked.range.clone().unwrap());
        assert_eq!(answered.zone, "UTC");
        assert_eq!((answered.start, answered.end), (wanted.start, wanted.end));
        assert!(from.complete && from.snapshot_time.is_some());
        found.extend(page.movements);
        asked.page_token = page.next_page_token;
        if asked.page_token.is_empty() {
            break;
        }
    }
    assert!(found.len() > 50);
    let order = |one: &RevenueMovement| {
        (
            time(one.occurred_at),
            one.workspace_id.clone(),
            one.currency.clone(),
        )
    };
    assert!(found.is_sorted_by(|a, b| order(a) > order(b)));
    let months = question("2025-03-01T00:00:00Z", "2025-06-01T00:00:00Z", "", None);
    for revenue in ask(&platform, months).await.currencies {
        let waterfalls = revenue.months.iter().map(|month| month.waterfall.unwrap());
        let churn: i64 = waterfalls.map(|waterfall| waterfall.churn_micros).sum();
        let churned = found.iter().filter(|one| {
            one.kind() == RevenueMovementKind::Churn && one.currency == revenue.currency
        });
        assert_eq!(churned.map(|one| one.before_micros).sum::<i64>(), churn);
    }
    let churns = ListMovementsRequest {
        kinds: vec![RevenueMovementKind::Churn.into()],
        page_size: 200,
        page_token: String::new(),
        ..asked
    };
    let churns = client.list_movements(from("eve", churns)).await.unwrap();
    found.retain(|one| one.kind() == RevenueMovementKind::Churn);
    assert_eq!(churns.into_inner().movements, found);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sees_a_workspace_alone_sees_no_revenue() {
    let platform = stage().await;
    let mut client = platform.client.clone();
    let months = question("2025-03-01T00:00:00Z", "2025-06-01T00:00:00Z", "", None);
    let movements = ListMovementsRequest {
        range: months.range.clone(),
        ..Default::default()
    };
    let status = client.get_revenue(from("olivia", months)).await;
    assert_eq!(status.unwrap_err().code(), Code::PermissionDenied);
    let status = client.list_movements(from("olivia", movements)).await;
    assert_eq!(status.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_questions_name_their_fields() {
    let platform = Platform::new().await;
    directory::put_user(&platform.database, "eve", None)
        .await
        .unwrap();
    directory::put_platform_role(&platform.database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    let mut client = platform.client.clone();
    for (asked, fields) in [
        (
            question(
                "2025-03-01T00:00:00Z",
                "2025-03-01T00:00:00Z",
                "Mars",
                Some(0.0),
            ),
            &["range.end", "range.zone", "margin"][..],
        ),
        (
            question(
                "2025-03-01T00:00:00Z",
                "2025-04-01T00:00:00Z",
                "",
                Some(f64::NAN),
            ),
            &["margin"][..],
        ),
        (
            question("2100-03-01T00:00:00Z", "2100-04-01T00:00:00Z", "", None),
            &["range.start"][..],
        ),
        (
            question("2001-03-01T00:00:00Z", "2025-04-01T00:00:00Z", "", None),
            &["range"][..],
        ),
    ] {
        let status = client.get_revenue(from("eve", asked)).await.unwrap_err();
        assert_eq!(wrong_fields(&status), fields);
    }
    let wrong = ListMovementsRequest {
        range: None,
        kinds: vec![1, 6],
        page_size: 201,
        page_token: "x".to_owned(),
    };
    let status = client.list_movements(from("eve", wrong)).await.unwrap_err();
    let fields = ["range", "kinds[1]", "page_size", "page_token"];
    assert_eq!(wrong_fields(&status), fields);
}
