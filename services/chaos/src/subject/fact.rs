//! Facts beside executions, each told by one event: what people did, credits that came and went, what became of
//! subscriptions, what workspaces, agents, memberships, people and plans are, and who is to be erased. The steps of executions are told here, too.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::execution::{Currency, Money};
use shadow_domain::fact::{
    self, Activity, ActivityType, BillingInterval, Content, CreditEntry, CreditKind, Fact, Step,
    SubscriptionChange, SubscriptionChanged, Terms,
};
use shadow_proto::common::v1 as common;
use shadow_proto::streaming::v1 as proto;
use shadow_proto::streaming::v1::event::Event;
use uuid::Uuid;

use super::execution::proto_identity;
use super::{Subject, leaver, person, timestamp};
use crate::check::Findings;
use crate::ledger::Ledger;
use crate::random::Random;

/// How often facts are of what people did, of credits, of subscriptions, of the workspace, of an agent, of a membership, of a
/// person, of a plan and of an erasure.
const WEIGHTS: [u64; 9] = [620, 200, 60, 20, 40, 30, 20, 10, 5];

pub(super) fn draw(random: &mut Random, workspaces: &[Uuid], before: DateTime<Utc>) -> Fact {
    let ago = TimeDelta::microseconds(random.below(40 * 3_600_000_000) as i64);
    Fact {
        workspace_id: *random.one_of(workspaces),
        occurred_at: before - ago,
        event_id: random.uuid(),
        content: match random.weighted(&WEIGHTS) {
            0 => Content::Activity(activity(random)),
            1 => Content::Credit(credit(random)),
            2 => Content::Subscription(subscription(random)),
            3 => Content::Workspace(fact::Workspace {
                name: Some(format!("name-{}", random.below(9))),
                zone: "Asia/Kolkata".to_owned(),
                deleted: false,
            }),
            4 => Content::Agent(fact::Agent {
                agent_id: format!("agent-{}", random.below(6)),
                name: Some(format!("name-{}", random.below(9))),
                deleted: random.percent(10),
            }),
            5 => Content::Membership(fact::Membership {
                user_id: person(random),
                role: random
                    .percent(80)
                    .then(|| *random.one_of(fact::MemberRole::ALL)),
            }),
            6 => Content::User(fact::User {
                user_id: person(random),
                name: Some(format!("name-{}", random.below(9))),
                email: random
                    .percent(50)
                    .then(|| format!("mail-{}@example.com", random.below(9))),
                deleted: random.percent(10),
            }),
            7 => Content::Plan(plan(random)),
            _ => Content::Erasure(fact::Erasure {
                user_id: leaver(random),
                // The server fills it in.
                requested_by: String::new(),
            }),
        },
    }
}

fn subscription(random: &mut Random) -> SubscriptionChanged {
    use SubscriptionChange::{Cancelled, Changed, PastDue, Paused, Reactivated, Started};
    let change = *random.one_of(&[Started, Changed, Paused, PastDue, Cancelled, Reactivated]);
    let named = matches!(change, Started | Changed | Reactivated);
    SubscriptionChanged {
        subscription_id: format!("subscription-{}", random.below(4)),
        change,
        terms: named.then(|| Terms {
            plan_id: format!("plan-{}", random.below(3)),
            price: Money {
                currency: Currency::USD,
                micros: random.below(90_000_000) as i64,
            },
            interval: *random.one_of(BillingInterval::ALL),
            interval_count: 1 + random.below(3) as i32,
            quantity: 1 + random.below(20) as i32,
            recurring_discount_micros: 0,
        }),
        ends_at: None,
    }
}

fn plan(random: &mut Random) -> fact::Plan {
    fact::Plan {
        plan_id: format!("plan-{}", random.below(3)),
        name: Some(format!("name-{}", random.below(9))),
        listed: random.percent(80).then(|| fact::ListPrice {
            price: Money {
                currency: Currency::USD,
                micros: random.below(90_000_000) as i64,
            },
            interval: *random.one_of(BillingInterval::ALL),
            interval_count: 1 + random.below(3) as i32,
        }),
        deleted: random.percent(10),
    }
}

fn activity(random: &mut Random) -> Activity {
    Activity {
        user_id: person(random),
        activity_type: *random.one_of(ActivityType::ALL),
        session_id: random.percent(80).then(|| "a visit".to_owned()),
        name: Some(format!("page-{}", random.below(5))),
        path: random.percent(50).then(|| "/agents".to_owned()),
        device: random.percent(50).then(|| "desktop".to_owned()),
    }
}

fn credit(random: &mut Random) -> CreditEntry {
    let kind = *random.one_of(CreditKind::ALL);
    CreditEntry {
        kind,
        amount_micro: 1 + random.below(9_000_000) as i64,
        price: (kind == CreditKind::Purchase).then(|| Money {
            currency: Currency::USD,
            micros: random.below(50_000_000) as i64,
        }),
        note: random.percent(30).then(|| "a note".to_owned()),
    }
}

/// The event that tells of it.
pub(super) fn event(fact: &Fact) -> proto::Event {
    let event = match &fact.content {
        Content::Activity(activity) => Event::Activity(proto::Activity {
            user_id: activity.user_id.clone(),
            r#type: i32::from(activity.activity_type.code()),
            session_id: activity.session_id.clone(),
            name: activity.name.clone(),
            path: activity.path.clone(),
            device: activity.device.clone(),
        }),
        Content::Credit(entry) => Event::CreditEntry(proto::CreditEntry {
            kind: i32::from(entry.kind.code()),
            amount_micro: entry.amount_micro,
            price: entry.price.map(money),
            note: entry.note.clone(),
        }),
        Content::Subscription(changed) => Event::SubscriptionChanged(proto::SubscriptionChanged {
            subscription_id: changed.subscription_id.clone(),
            change: i32::from(changed.change.code()),
            terms: changed.terms.as_ref().map(proto_terms),
            ends_at: changed.ends_at.map(timestamp),
        }),
        Content::Workspace(workspace) => Event::WorkspaceChanged(proto::WorkspaceChanged {
            name: workspace.name.clone(),
            zone: workspace.zone.clone(),
            deleted: workspace.deleted,
        }),
        Content::Membership(membership) => Event::MembershipChanged(proto::MembershipChanged {
            user_id: membership.user_id.clone(),
            role: membership.role.map_or(0, |role| i32::from(role.code())),
        }),
        Content::Agent(agent) => Event::AgentChanged(proto::AgentChanged {
            agent_id: agent.agent_id.clone(),
            name: agent.name.clone(),
            deleted: agent.deleted,
        }),
        Content::User(user) => Event::UserChanged(proto::UserChanged {
            user_id: user.user_id.clone(),
            name: user.name.clone(),
            email: user.email.clone(),
            deleted: user.deleted,
        }),
        Content::Plan(plan) => Event::PlanChanged(proto_plan(plan)),
        Content::Erasure(erasure) => Event::UserErased(proto::UserErased {
            user_id: erasure.user_id.clone(),
        }),
        Content::Step(step) => Event::ExecutionStep(proto::ExecutionStep {
            identity: Some(proto_identity(&step.identity)),
            step: Some(proto_step(step)),
        }),
    };
    proto::Event {
        event_id: fact.event_id.to_string(),
        workspace_id: fact.workspace_id.to_string(),
        occurred_at: Some(timestamp(fact.occurred_at)),
        event: Some(event),
    }
}

fn money(money: Money) -> common::Money {
    common::Money {
        currency: money.currency.as_str().to_owned(),
        micros: money.micros,
    }
}

fn proto_terms(terms: &Terms) -> proto::SubscriptionTerms {
    proto::SubscriptionTerms {
        plan_id: terms.plan_id.clone(),
        price: Some(money(terms.price)),
        interval: i32::from(terms.interval.code()),
        interval_count: terms.interval_count.unsigned_abs(),
        quantity: terms.quantity.unsigned_abs(),
        recurring_discount_micros: terms.recurring_discount_micros,
    }
}

fn proto_plan(plan: &fact::Plan) -> proto::PlanChanged {
    let listed = plan.listed;
    proto::PlanChanged {
        plan_id: plan.plan_id.clone(),
        name: plan.name.clone(),
        price: listed.map(|listed| money(listed.price)),
        interval: listed.map_or(0, |listed| i32::from(listed.interval.code())),
        interval_count: listed.map_or(0, |listed| listed.interval_count.unsigned_abs()),
        deleted: plan.deleted,
    }
}

fn proto_step(step: &Step) -> proto::Step {
    proto::Step {
        number: step.number.unsigned_abs(),
        kind: i32::from(step.kind.code()),
        name: step.name.clone(),
        started_at: step.started_at.map(timestamp),
        status: i32::from(step.status.code()),
        input_tokens: step.input_tokens,
        output_tokens: step.output_tokens,
        error_kind: step.error_kind.clone(),
        error_message: step.error_message.clone(),
    }
}

/// The facts beside executions that were acknowledged.
pub(crate) fn acknowledged(ledger: &Ledger) -> impl Iterator<Item = &Fact> {
    let entries = ledger.entries.values();
    entries.filter_map(|entry| match &*entry.subject {
        Subject::Fact(fact) if entry.acknowledged.contains(0) => Some(fact),
        _ => None,
    })
}

/// No fact was answered to be new more than once.
pub(crate) fn check(ledger: &Ledger, findings: &mut Findings) {
    for entry in ledger.entries.values() {
        if let Subject::Fact(fact) = &*entry.subject
            && entry.accepted[0] > 1
        {
            let kind = fact.content.kind().name();
            let times = entry.accepted[0];
            findings.twice(format!(
                "{kind} {}: it was answered to be new {times} times",
                fact.event_id
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shadow_proto::streaming::v1::EventStatus;

    use super::*;
    use crate::ledger::Draft;

    #[test]
    fn what_was_new_twice_is_found() {
        let fact = draw(&mut Random::new(1, 1), &[Uuid::from_u128(1)], Utc::now());
        let subject = Arc::new(Subject::Fact(fact.clone()));
        let draft = Draft { subject, part: 0 };
        let mut ledger = Ledger::default();
        ledger.sending(std::slice::from_ref(&draft));
        assert_eq!(acknowledged(&ledger).count(), 0);
        for twice in 0..2 {
            ledger.answered(&draft, EventStatus::Accepted);
            ledger.answered(&draft, EventStatus::Repeated);
            let mut findings = Findings::default();
            check(&ledger, &mut findings);
            assert_eq!(findings.twice, twice);
        }
        assert_eq!(acknowledged(&ledger).collect::<Vec<_>>(), [&fact]);
    }
}
