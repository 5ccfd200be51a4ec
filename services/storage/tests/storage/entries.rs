//! The directory is what its entries amount to, whatever their order.

use chrono::TimeDelta;
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use shadow_domain::execution::{Currency, Money};
use shadow_domain::fact::{
    Agent, BillingInterval, Content, Fact, ListPrice, MemberRole, Membership, Plan, User, Workspace,
};
use shadow_storage::ingest::{FactAnswer, store_facts};
use uuid::Uuid;

use crate::facts::put_facts;
use crate::support::*;

const WORKSPACES: &str = "SELECT workspace_id::text, name, zone, deleted_at::text
    FROM analytics.workspace ORDER BY workspace_id";
const MEMBERS: &str = "SELECT workspace_id::text, user_id, role
    FROM analytics.membership ORDER BY workspace_id, user_id";
const AGENTS: &str = "SELECT workspace_id::text, agent_id, name, deleted_at::text
    FROM analytics.agent ORDER BY workspace_id, agent_id";
const USERS: &str = "SELECT workspace_id::text, user_id, name, email, deleted_at::text
    FROM analytics.workspace_user ORDER BY workspace_id, user_id";
const PLANS: &str = "SELECT workspace_id::text, plan_id, name,
      concat_ws(' ', price_currency, price_micros, billing_interval, interval_count), deleted_at::text
    FROM analytics.plan ORDER BY workspace_id, plan_id";

fn entry(workspace_id: Uuid, id: u128, seconds: i64, content: Content) -> Fact {
    Fact {
        workspace_id,
        occurred_at: at("2026-11-20T10:00:00Z") + TimeDelta::seconds(seconds),
        event_id: Uuid::from_u128(id),
        content,
    }
}

fn workspace(name: Option<&str>, zone: &str, deleted: bool) -> Content {
    Content::Workspace(Workspace {
        name: name.map(str::to_owned),
        zone: zone.to_owned(),
        deleted,
    })
}

fn member(user_id: &str, role: Option<MemberRole>) -> Content {
    Content::Membership(Membership {
        user_id: user_id.to_owned(),
        role,
    })
}

fn agent(name: Option<&str>, deleted: bool) -> Content {
    Content::Agent(Agent {
        agent_id: "billing".to_owned(),
        name: name.map(str::to_owned),
        deleted,
    })
}

fn user(name: Option<&str>, email: Option<&str>, deleted: bool) -> Content {
    Content::User(User {
        user_id: "ada".to_owned(),
        name: name.map(str::to_owned),
        email: email.map(str::to_owned),
        deleted,
    })
}

fn plan(name: Option<&str>, micros: Option<i64>, deleted: bool) -> Content {
    Content::Plan(Plan {
        plan_id: "team".to_owned(),
        name: name.map(str::to_owned),
        listed: micros.map(|micros| ListPrice {
            price: Money {
                currency: Currency::USD,
                micros,
            },
            interval: BillingInterval::Month,
            interval_count: 1,
        }),
        deleted,
    })
}

type Rows = Vec<Vec<Option<String>>>;

async fn directory(url: &str) -> [Rows; 5] {
    [
        sql(url, WORKSPACES).await,
        sql(url, MEMBERS).await,
        sql(url, AGENTS).await,
        sql(url, USERS).await,
        sql(url, PLANS).await,
    ]
}

fn row(values: &[Option<&str>]) -> Vec<Option<String>> {
    values
        .iter()
        .map(|value| value.map(str::to_owned))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_entry_counts_and_what_is_gone_keeps_its_name() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        // First seen in an execution: placeholders.
        put(db, &[whole(WORKSPACE, 1)]).await;
        let id = WORKSPACE.to_string();
        let id = Some(id.as_str());
        let [workspaces, members, agents, users, plans] = directory(url).await;
        assert_eq!((users, plans), (Rows::new(), Rows::new()));
        assert_eq!(workspaces, [row(&[id, None, Some("UTC"), None])]);
        assert_eq!(members, Rows::new());
        assert_eq!(agents, [row(&[id, Some("billing"), None, None])]);

        let stored = put_facts(
            db,
            &[
                entry(
                    WORKSPACE,
                    1,
                    20,
                    workspace(Some("Acme"), "Asia/Kolkata", false),
                ),
                entry(WORKSPACE, 2, 10, workspace(Some("Old"), "UTC", false)),
                entry(WORKSPACE, 3, 10, member("ada", Some(MemberRole::Owner))),
                entry(WORKSPACE, 4, 10, member("bob", Some(MemberRole::Viewer))),
                entry(WORKSPACE, 5, 10, agent(Some("Billing"), false)),
                // At the same time the higher id counts.
                entry(WORKSPACE, 6, 10, agent(Some("Billing 2"), false)),
                entry(
                    WORKSPACE,
                    10,
                    10,
                    user(Some("Ada"), Some("a@b.example"), false),
                ),
                entry(WORKSPACE, 11, 5, user(Some("A."), None, false)),
                entry(WORKSPACE, 12, 10, plan(Some("Team"), Some(5), false)),
                entry(WORKSPACE, 13, 5, plan(None, None, false)),
            ],
        )
        .await;
        assert!(
            stored
                .stored
                .iter()
                .all(|one| one.answer == FactAnswer::New)
        );
        let [workspaces, members, agents, users, plans] = directory(url).await;
        let (ada, team) = (Some("ada"), Some("team"));
        let address = Some("a@b.example");
        assert_eq!(users, [row(&[id, ada, Some("Ada"), address, None])]);
        let price = Some("USD 5 3 1");
        assert_eq!(plans, [row(&[id, team, Some("Team"), price, None])]);
        assert_eq!(
            workspaces,
            [row(&[id, Some("Acme"), Some("Asia/Kolkata"), None])]
        );
        assert_eq!(
            members,
            [
                row(&[id, Some("ada"), Some("owner")]),
                row(&[id, Some("bob"), Some("viewer")])
            ]
        );
        assert_eq!(
            agents,
            [row(&[id, Some("billing"), Some("Billing 2"), None])]
        );

        put_facts(
            db,
            &[
                entry(WORKSPACE, 7, 30, workspace(None, "UTC", true)),
                entry(WORKSPACE, 8, 30, member("bob", None)),
                entry(WORKSPACE, 9, 30, agent(None, true)),
                entry(WORKSPACE, 14, 30, user(None, Some("a@b.example"), true)),
                entry(WORKSPACE, 15, 30, plan(None, None, true)),
            ],
        )
        .await;
        let gone = Some("2026-11-20 10:00:30+00");
        let [workspaces, members, agents, users, plans] = directory(url).await;
        // The name stays, since the numbers do; the address does not.
        assert_eq!(users, [row(&[id, ada, Some("Ada"), None, gone])]);
        assert_eq!(plans, [row(&[id, team, Some("Team"), Some(""), gone])]);
        assert_eq!(workspaces, [row(&[id, Some("Acme"), Some("UTC"), gone])]);
        assert_eq!(members, [row(&[id, Some("ada"), Some("owner")])]);
        assert_eq!(
            agents,
            [row(&[id, Some("billing"), Some("Billing 2"), gone])]
        );
        let listed = shadow_storage::directory::workspaces(db, &everything(), "", None, 10).await;
        assert_eq!(listed.unwrap(), [], "what is gone is not listed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_again_is_a_repeat_and_other_content_a_conflict() {
    use FactAnswer::{Conflict, New, Repeated};
    on_each_server(async |stage| {
        let db = &stage.db;
        let answer = async |content| {
            let stored = put_facts(db, &[entry(WORKSPACE, 1, 0, content)]).await;
            stored.stored[0].answer
        };
        // Each kind has names of its own.
        assert_eq!(answer(workspace(Some("Acme"), "UTC", false)).await, New);
        assert_eq!(answer(member("ada", Some(MemberRole::Admin))).await, New);
        assert_eq!(answer(agent(Some("Billing"), false)).await, New);
        assert_eq!(answer(user(Some("Ada"), Some("a@b"), false)).await, New);
        assert_eq!(answer(plan(Some("Team"), Some(5), false)).await, New);
        let before = directory(&stage.url).await;
        assert_eq!(
            answer(workspace(Some("Acme"), "UTC", false)).await,
            Repeated
        );
        assert_eq!(
            answer(member("ada", Some(MemberRole::Admin))).await,
            Repeated
        );
        assert_eq!(answer(agent(Some("Billing"), false)).await, Repeated);
        assert_eq!(
            answer(user(Some("Ada"), Some("a@b"), false)).await,
            Repeated
        );
        assert_eq!(answer(plan(Some("Team"), Some(5), false)).await, Repeated);
        for (content, field) in [
            (workspace(None, "UTC", false), "name"),
            (workspace(Some("Acme"), "Europe/Rome", false), "zone"),
            (workspace(Some("Acme"), "UTC", true), "deleted"),
            (member("bob", Some(MemberRole::Admin)), "user_id"),
            (member("ada", None), "role"),
            (agent(None, false), "name"),
            (agent(Some("Billing"), true), "deleted"),
            (user(None, Some("a@b"), false), "name"),
            (user(Some("Ada"), None, false), "email"),
            (user(Some("Ada"), Some("a@b"), true), "deleted"),
            (plan(Some("Plan"), Some(5), false), "name"),
            (plan(Some("Team"), Some(6), false), "price"),
            (plan(Some("Team"), Some(5), true), "deleted"),
        ] {
            assert_eq!(answer(content).await, Conflict(field));
        }
        assert_eq!(directory(&stage.url).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn any_order_and_any_repetition_give_the_same_directory() {
    on_each_server(async |stage| {
        let mut random = Random::new(21);
        let rng = &mut random.0;
        let mut entries = Vec::new();
        for id in 1..=200 {
            let name = ["One", "Two", "Three"].choose(rng).copied();
            let name = name.filter(|_| rng.random_bool(0.7));
            let deleted = rng.random_bool(0.3);
            let content = match rng.random_range(0..5) {
                0 => workspace(name, ["UTC", "Europe/Rome"].choose(rng).unwrap(), deleted),
                1 => {
                    let role = MemberRole::ALL.choose(rng).copied();
                    let user = ["ada", "bob"].choose(rng).unwrap();
                    member(user, role.filter(|_| !deleted))
                }
                2 => agent(name, deleted),
                3 => user(name, ["a@b", "c@d"].choose(rng).copied(), deleted),
                _ => plan(
                    name,
                    rng.random_bool(0.7).then(|| rng.random_range(0..9)),
                    deleted,
                ),
            };
            let place = *[WORKSPACE, OTHER].choose(rng).unwrap();
            entries.push(entry(place, id, rng.random_range(0..20), content));
        }
        // In their own order, one by one, and in a database of its own: what it must be.
        let mut ordered = entries.clone();
        ordered.sort_by_key(|fact| (fact.occurred_at, fact.event_id));
        for fact in &ordered {
            put_facts(&stage.db, std::slice::from_ref(fact)).await;
        }
        let expected = directory(&stage.url).await;
        assert!(expected.iter().all(|rows| !rows.is_empty()));

        for _ in 0..3 {
            let forget =
                "TRUNCATE analytics.directory_entry, analytics.membership, analytics.agent,
                  analytics.workspace_user, analytics.plan;
                UPDATE analytics.workspace SET name = NULL, zone = 'UTC', deleted_at = NULL";
            sql(&stage.url, forget).await;
            let mut sent: Vec<Fact> = entries.clone();
            sent.extend(entries.choose_multiple(&mut random.0, 40).cloned());
            sent.shuffle(&mut random.0);
            // Two writers at once, who know nothing of each other.
            let writers: Vec<_> = sent
                .chunks(80)
                .map(|half| {
                    let (db, half) = (stage.db.clone(), half.to_vec());
                    tokio::spawn(async move {
                        for batch in half.chunks(7) {
                            let mut batch = batch.to_vec();
                            batch.sort_by_key(Fact::name);
                            batch.dedup();
                            let stored = store_facts(&db, &everything(), &batch).await.unwrap();
                            assert!(stored.failed.is_empty());
                        }
                    })
                })
                .collect();
            for writer in writers {
                writer.await.unwrap();
            }
            assert_eq!(directory(&stage.url).await, expected);
        }
    })
    .await;
}
