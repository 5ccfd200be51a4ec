//! Events of all kinds in any order, in any batches and more than once, over several connections to two replicas: the rows
//! are the same, and so are the bytes of the pages, which are what the facts amount to.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::collection::vec;
use proptest::strategy::{Just, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use shadow_domain::time::UtcDay;
use shadow_proto::common::v1::Money;
use shadow_proto::streaming::v1::event::Event as Kind;
use shadow_proto::streaming::v1::*;
use shadow_storage::compaction::{compact, pending_workspaces, rebuild};
use uuid::Uuid;

use crate::publish::letters;
use crate::support::{ENGINEER, Run, Stack, config};

const WORKSPACES: [Uuid; 2] = [Uuid::from_u128(0xa1), Uuid::from_u128(0xa2)];
const BEGIN: &str = "2025-03-31T23:50:00Z";
const CALLERS: usize = 3;

/// The batches of each caller, as indexes of events.
type Plan = Vec<Vec<Vec<usize>>>;

/// Every event at least once and every third twice, shuffled and cut into batches.
fn plan(events: usize) -> impl Strategy<Value = Plan> {
    let told: Vec<usize> = (0..events).chain((0..events).step_by(3)).collect();
    let sizes = vec(1..40_usize, told.len());
    (Just(told).prop_shuffle(), sizes).prop_map(|(told, sizes)| {
        let mut plan = vec![Vec::new(); CALLERS];
        let mut rest = told.as_slice();
        for (number, size) in sizes.into_iter().enumerate() {
            let (batch, after) = rest.split_at(size.min(rest.len()));
            if !batch.is_empty() {
                plan[number % CALLERS].push(batch.to_vec());
            }
            rest = after;
        }
        plan
    })
}

fn at(seconds: i64) -> DateTime<Utc> {
    BEGIN.parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds)
}

fn run(number: u128) -> Run {
    let workspace = WORKSPACES[number as usize % 2];
    let mut run = Run::opened_at(workspace, number, at(number as i64 * 31));
    run.identity.agent_id = format!("agent-{}", number % 3);
    run.identity.user_id = Some(format!("person-{}", number % 5));
    run.identity.environment = (!number.is_multiple_of(4)).then(|| "production".to_owned());
    run
}

fn end(number: u128) -> ExecutionEnd {
    let outcome = [Outcome::Completed, Outcome::Failed, Outcome::Cancelled][number as usize % 3];
    ExecutionEnd {
        outcome: outcome.into(),
        duration: Some(prost_types::Duration {
            seconds: number as i64 % 7,
            nanos: 0,
        }),
        model: Some(format!("model-{}", number % 2)),
        input_tokens: (!number.is_multiple_of(5)).then_some(100 * number as i64),
        credits_micro: Some(1_000 * number as i64),
        error_kind: (outcome == Outcome::Failed).then(|| "rate_limited".to_owned()),
        ..Default::default()
    }
}

/// Each kind of event that is no part of an execution.
fn beside(number: u128) -> Vec<(i64, Kind)> {
    let money = |micros| {
        Some(Money {
            currency: "EUR".to_owned(),
            micros,
        })
    };
    let activity = Activity {
        user_id: format!("person-{}", number % 5),
        r#type: ActivityType::PageView.into(),
        ..Default::default()
    };
    let credits = CreditEntry {
        kind: CreditKind::Purchase.into(),
        amount_micro: 1 + number as i64,
        price: money(5_000_000),
        ..Default::default()
    };
    let terms = SubscriptionTerms {
        plan_id: "team".to_owned(),
        price: money(9_000_000 + number as i64 * 1_000_000),
        interval: BillingInterval::Month.into(),
        interval_count: 1,
        quantity: 1 + number as u32 % 3,
        ..Default::default()
    };
    let change = match number % 4 {
        0 => SubscriptionChange::Started,
        1 => SubscriptionChange::Changed,
        2 => SubscriptionChange::Paused,
        _ => SubscriptionChange::Reactivated,
    };
    let subscription = SubscriptionChanged {
        subscription_id: format!("subscription-{}", number % 3),
        change: change.into(),
        terms: (change != SubscriptionChange::Paused).then_some(terms),
        ends_at: None,
    };
    vec![
        (number as i64 * 47, Kind::Activity(activity)),
        (number as i64 * 53, Kind::CreditEntry(credits)),
        (
            number as i64 * 9_000,
            Kind::SubscriptionChanged(subscription),
        ),
    ]
}

/// What the directory is told beside that.
fn directory(number: u128) -> Vec<(i64, Kind)> {
    let (name, deleted) = (Some(format!("name-{}", number % 7)), number % 5 == 4);
    let workspace = WorkspaceChanged {
        name: name.clone(),
        zone: ["", "Asia/Kolkata"][number as usize % 2].to_owned(),
        deleted: false,
    };
    let membership = MembershipChanged {
        user_id: format!("person-{}", number % 5),
        role: number as i32 % 5,
    };
    let agent = AgentChanged {
        agent_id: format!("agent-{}", number % 3),
        name: name.clone(),
        deleted,
    };
    let user = UserChanged {
        user_id: format!("person-{}", number % 5),
        name: name.clone().filter(|_| !deleted),
        email: Some(format!("mail-{}@example.com", number % 3)),
        deleted,
    };
    let plan = PlanChanged {
        plan_id: format!("plan-{}", number % 2),
        name,
        price: (!number.is_multiple_of(3)).then(|| Money {
            currency: "EUR".to_owned(),
            micros: number as i64,
        }),
        interval: i32::from(!number.is_multiple_of(3)) * 3,
        interval_count: u32::from(!number.is_multiple_of(3)),
        deleted,
    };
    vec![
        (number as i64 * 59, Kind::WorkspaceChanged(workspace)),
        (number as i64 * 61, Kind::MembershipChanged(membership)),
        (number as i64 * 67, Kind::AgentChanged(agent)),
        (number as i64 * 71, Kind::UserChanged(user)),
        (number as i64 * 73, Kind::PlanChanged(plan)),
    ]
}

/// Forty executions with all that can happen to them, and as much beside them.
fn events() -> Vec<Event> {
    let mut events = Vec::new();
    for number in 1..=40_u128 {
        let run = run(number);
        events.extend([run.opened(), run.started(), run.ended_with(end(number))]);
        events.extend((!number.is_multiple_of(3)).then(|| run.rated(1 + number as u32 % 5)));
        let steps = 0..number as u32 % 4;
        events.extend(steps.map(|step| run.step(1 + step, StepKind::ToolCall)));
        for (seconds, kind) in beside(number).into_iter().chain(directory(number)) {
            let occurred_at = at(seconds);
            events.push(Event {
                event_id: Uuid::from_u128(events.len() as u128 + 1).to_string(),
                workspace_id: WORKSPACES[number as usize % 2].to_string(),
                occurred_at: Some(prost_types::Timestamp {
                    seconds: occurred_at.timestamp(),
                    nanos: 0,
                }),
                event: Some(kind),
            });
        }
    }
    events
}

/// Agents and people get their numbers in the order in which they are first seen: here always the same.
async fn number(stack: &Stack) {
    let client = stack.client(ENGINEER).await;
    for number in 1..=30 {
        let answer = client.publish(vec![run(number).opened()]).await.unwrap();
        assert_eq!(letters(&answer), "a");
    }
}

/// Publishes some batches and says which events were new.
async fn tell(
    stack: &Stack,
    events: &[Event],
    batches: &[Vec<usize>],
    by_stream: bool,
) -> Vec<usize> {
    let client = stack.client(ENGINEER).await;
    let mut stream = match by_stream {
        true => Some(client.stream().await.unwrap()),
        false => None,
    };
    let mut new = Vec::new();
    for (sequence, batch) in (1..).zip(batches) {
        let told: Vec<Event> = batch.iter().map(|index| events[*index].clone()).collect();
        let statuses = match &mut stream {
            Some(stream) => {
                stream.send(sequence, told).await;
                stream.answer_for(sequence).await.statuses
            }
            None => client.publish(told).await.unwrap().statuses,
        };
        assert_eq!(statuses.len(), batch.len());
        for (index, status) in batch.iter().zip(statuses) {
            match EventStatus::try_from(status).unwrap() {
                EventStatus::Accepted => new.push(*index),
                EventStatus::Repeated => {}
                other => panic!("{:?} was answered with {other:?}", events[*index]),
            }
        }
    }
    new
}

/// All that is stored, but for what says how it came about.
const ROWS: &str = "
    SELECT 'execution', (to_jsonb(e) - 'revision' - 'prev_seen')::text FROM analytics.execution e UNION ALL
    SELECT 'step', s::text FROM analytics.execution_step s UNION ALL
    SELECT 'activity', a::text FROM analytics.activity a UNION ALL
    SELECT 'credits', c::text FROM analytics.credit_ledger c UNION ALL
    SELECT 'subscription', s::text FROM analytics.subscription_event s UNION ALL
    SELECT 'state', s::text FROM analytics.subscription_state s UNION ALL
    SELECT 'movement', m::text FROM analytics.mrr_movement m UNION ALL
    SELECT 'entry', e::text FROM analytics.directory_entry e UNION ALL
    SELECT 'workspace', (to_jsonb(w) - 'created_at')::text FROM analytics.workspace w UNION ALL
    SELECT 'member', (to_jsonb(m) - 'created_at')::text FROM analytics.membership m UNION ALL
    SELECT 'agent', (to_jsonb(a) - 'created_at')::text FROM analytics.agent a UNION ALL
    SELECT 'user', u::text FROM analytics.workspace_user u UNION ALL
    SELECT 'plan', p::text FROM analytics.plan p UNION ALL
    SELECT 'page', p::text FROM analytics.partial_page p UNION ALL
    SELECT 'delta', d::text FROM analytics.partial_delta d
    ORDER BY 1, 2";

const PAGES: &str = "
    SELECT workspace_id, day, dimension, key, encode(whole_day, 'hex'), encode(quarters, 'hex')
    FROM analytics.partial_page";

/// The pages as the facts have them.
async fn rebuilt(stack: &Stack) -> BTreeSet<Vec<String>> {
    let days = (UtcDay(0), UtcDay::of(at(86_400 * 30)));
    let mut pages = BTreeSet::new();
    for workspace in WORKSPACES {
        for (key, page) in rebuild(&stack.db, workspace, days).await.unwrap() {
            let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            pages.insert(vec![
                workspace.to_string(),
                key.day.date().to_string(),
                key.dimension.code().to_string(),
                key.key,
                hex(page.encode_day()),
                hex(page.encode_quarters()),
            ]);
        }
    }
    pages
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn any_order_and_any_batches_of_all_kinds_leave_the_same() {
    let events = Arc::new(events());
    let mut runner = TestRunner::deterministic();
    let mut known: Option<Vec<Vec<String>>> = None;
    for _ in 0..4 {
        let plan = plan(events.len()).new_tree(&mut runner).unwrap().current();
        let stack = Stack::start().await;
        number(&stack).await;
        let other = stack.beside(config()).await;
        let (one, two, three) = tokio::join!(
            tell(&stack, &events, &plan[0], false),
            tell(&other, &events, &plan[1], false),
            tell(&stack, &events, &plan[2], true),
        );
        let new = [one, two, three].concat();
        let once: BTreeSet<usize> = new.iter().copied().collect();
        assert_eq!(once.len(), new.len(), "an event was new twice");
        while let Some(pending) = pending_workspaces(&stack.db).await.unwrap().first() {
            compact(&stack.db, pending.workspace_id, 7).await.unwrap();
        }
        let pages: BTreeSet<Vec<String>> = stack.rows(PAGES).await.into_iter().collect();
        assert!(pages == rebuilt(&stack).await, "pages are not their facts");
        let rows = stack.rows(ROWS).await;
        match &known {
            None => known = Some(rows),
            Some(known) => {
                let differing = known.iter().zip(&rows).find(|(one, other)| one != other);
                assert_eq!((differing, known.len()), (None, rows.len()));
            }
        }
        other.stop().await;
        stack.stop().await;
    }
    let kinds: BTreeSet<String> = known
        .unwrap()
        .into_iter()
        .map(|mut row| row.remove(0))
        .collect();
    let expected = [
        "activity",
        "agent",
        "credits",
        "entry",
        "execution",
        "member",
        "movement",
        "page",
        "plan",
        "state",
        "step",
        "subscription",
        "user",
        "workspace",
    ];
    assert!(kinds.iter().eq(expected), "{kinds:?}");
}
