//! Subscriptions: the events of a workspace, in whatever order they come, leave the same states and movements.

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use shadow_domain::execution::{Currency, Money};
use shadow_domain::fact::{
    BillingInterval, Content, Fact, SubscriptionChange, SubscriptionChanged, Terms,
};
use shadow_domain::revenue::{Dated, Ledger};
use shadow_storage::ingest::FactAnswer;
use uuid::Uuid;

use crate::facts::{answers, put_facts};
use crate::support::*;

/// A change with everything that it may have.
pub(crate) fn changed(workspace_id: Uuid, id: u128, change: SubscriptionChange) -> Fact {
    let occurred_at = at("2026-11-20T10:00:00.000001Z");
    Fact {
        workspace_id,
        occurred_at,
        event_id: Uuid::from_u128(id),
        content: Content::Subscription(SubscriptionChanged {
            subscription_id: "main".to_owned(),
            change,
            terms: change.has_terms().then(|| Terms {
                plan_id: "team".to_owned(),
                price: Money {
                    currency: Currency::USD,
                    micros: 49_000_000,
                },
                interval: BillingInterval::Month,
                interval_count: 1,
                quantity: 5,
                recurring_discount_micros: 5_000_000,
            }),
            ends_at: (change == SubscriptionChange::CancelAtPeriodEnd)
                .then(|| occurred_at + TimeDelta::days(30)),
        }),
    }
}

fn content(fact: &mut Fact) -> &mut SubscriptionChanged {
    match &mut fact.content {
        Content::Subscription(changed) => changed,
        other => panic!("no subscription: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_again_is_a_repeat_and_other_content_a_conflict() {
    use FactAnswer::{Conflict, New, Repeated};
    on_each_server(async |stage| {
        let started = changed(WORKSPACE, 1, SubscriptionChange::Started);
        let leaves = changed(WORKSPACE, 2, SubscriptionChange::CancelAtPeriodEnd);
        let known = [started.clone(), leaves.clone()];
        assert_eq!(answers(&put_facts(&stage.db, &known).await), [New, New]);
        assert_eq!(answers(&put_facts(&stage.db, &known).await), [Repeated, Repeated]);
        let other = |fact: &Fact, change: fn(&mut SubscriptionChanged)| {
            let mut fact = fact.clone();
            change(content(&mut fact));
            fact
        };
        let quantity = |changed: &mut SubscriptionChanged| {
            changed.terms.as_mut().unwrap().quantity += 1;
        };
        for (fact, field) in [
            (other(&started, |c| c.subscription_id.push('x')), "subscription_id"),
            (other(&started, |c| c.change = SubscriptionChange::Changed), "change"),
            (other(&started, quantity), "terms"),
            (other(&leaves, |c| c.ends_at = None), "ends_at"),
        ] {
            let stored = put_facts(&stage.db, &[fact]).await;
            assert_eq!(answers(&stored), [Conflict(field)]);
        }
        let states = "SELECT string_agg(status || ' ' || mrr_micros, ', ' ORDER BY valid_from)
            FROM analytics.subscription_state";
        assert_eq!(value(&stage.url, states).await, "1 240000000, 5 0");
        let movements = "SELECT string_agg(kind || ' ' || (after_micros - before_micros), ', ' ORDER BY occurred_at)
            FROM analytics.mrr_movement";
        assert_eq!(value(&stage.url, movements).await, "1 240000000, 5 -240000000");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn any_order_and_any_repetition_give_the_same_states_and_movements() {
    on_each_server(async |stage| {
        let mut random = Random::new(23);
        let rng = &mut random.0;
        let workspaces: Vec<Uuid> = (1..=12).map(Uuid::from_u128).collect();
        let facts: Vec<Fact> = (1..=240)
            .map(|id| {
                let change = *SubscriptionChange::ALL.choose(rng).unwrap();
                let mut fact = changed(*workspaces.choose(rng).unwrap(), id, change);
                fact.occurred_at += TimeDelta::minutes(rng.random_range(0..100_000));
                let occurred_at = fact.occurred_at;
                let content = content(&mut fact);
                content.subscription_id = (*["a", "b", "c"].choose(rng).unwrap()).to_owned();
                if let Some(terms) = &mut content.terms {
                    terms.quantity = rng.random_range(1..20);
                }
                let ends_in = TimeDelta::minutes(rng.random_range(0..50_000));
                content.ends_at = content.ends_at.map(|_| occurred_at + ends_in);
                fact
            })
            .collect();
        let writers: Vec<_> = [1, 9, 60]
            .into_iter()
            .map(|size| {
                let (mut facts, db) = (facts.clone(), stage.db.clone());
                facts.shuffle(rng);
                tokio::spawn(async move {
                    let mut new = 0;
                    for batch in facts.chunks(size) {
                        let answers = answers(&put_facts(&db, batch).await);
                        new += answers
                            .iter()
                            .filter(|one| **one == FactAnswer::New)
                            .count();
                    }
                    new
                })
            })
            .collect();
        let mut new = 0;
        for writer in writers {
            new += writer.await.unwrap();
        }
        assert_eq!(new, facts.len(), "each was new once");
        for workspace in workspaces {
            let ledger = Ledger::of(&events(&facts, workspace));
            assert!(!ledger.movements.is_empty());
            assert_eq!(stored(&stage.url, workspace).await, shown(&ledger));
        }
    })
    .await;
}

fn events(facts: &[Fact], workspace: Uuid) -> Vec<Dated> {
    let facts = facts.iter().filter(|fact| fact.workspace_id == workspace);
    facts
        .map(|fact| Dated {
            occurred_at: fact.occurred_at,
            event_id: fact.event_id,
            changed: content(&mut fact.clone()).clone(),
        })
        .collect()
}

/// States and movements as text.
type Rows = (Vec<String>, Vec<String>);

async fn stored(url: &str, workspace: Uuid) -> Rows {
    let seconds = |column: &str| format!("extract(epoch FROM {column})::numeric(20, 6)");
    let states = format!(
        "SELECT concat_ws(' ', subscription_id, {}, coalesce({}::text, 'on'), status, plan_id, quantity, currency, mrr_micros)
         FROM analytics.subscription_state WHERE workspace_id = '{workspace}' ORDER BY subscription_id, valid_from",
        seconds("valid_from"),
        seconds("valid_to"),
    );
    let movements = format!(
        "SELECT concat_ws(' ', {}, currency, kind, before_micros, after_micros)
         FROM analytics.mrr_movement WHERE workspace_id = '{workspace}' ORDER BY occurred_at, currency",
        seconds("occurred_at"),
    );
    let rows = async |statement: &str| -> Vec<String> {
        let rows = sql(url, statement).await.into_iter();
        rows.map(|row| row[0].clone().unwrap()).collect()
    };
    (rows(&states).await, rows(&movements).await)
}

fn shown(ledger: &Ledger) -> Rows {
    let seconds =
        |at: DateTime<Utc>| format!("{}.{:06}", at.timestamp(), at.timestamp_subsec_micros());
    let intervals = ledger.intervals.iter().map(|interval| {
        let state = &interval.state;
        format!(
            "{} {} {} {} {} {} {} {}",
            interval.subscription_id,
            seconds(interval.start),
            interval.end.map_or("on".to_owned(), seconds),
            state.status.code(),
            state.plan_id,
            state.quantity,
            state.currency,
            state.mrr_micros,
        )
    });
    let movements = ledger.movements.iter().map(|movement| {
        format!(
            "{} {} {} {} {}",
            seconds(movement.at),
            movement.currency,
            movement.kind.code(),
            movement.before_micros,
            movement.after_micros,
        )
    });
    (intervals.collect(), movements.collect())
}
