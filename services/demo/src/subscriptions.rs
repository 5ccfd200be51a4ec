//! What a workspace subscribes to: what its story says, and seats that come and go with its people at each renewal.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use shadow_domain::time::UtcDay;
use shadow_proto::common::v1::Money;
use shadow_proto::streaming::v1::{
    BillingInterval, Event, PlanChanged, SubscriptionChange, SubscriptionChanged,
    SubscriptionTerms, event,
};

use crate::calendar::LAST_DAY;
use crate::execution::{timestamp, uuid};
use crate::random::Random;
use crate::scale::World;
use crate::story::{Happening, NOTICE_DAYS, Plan};
use crate::workspaces::Profile;

/// The only subscription of a workspace.
const SUBSCRIPTION: &str = "main";

/// How long a story goes on behind its end: a platform that is started again within this time has a present.
const BEYOND: i32 = 730;

/// How far the number of seats is from what the people of a month need, either way.
const WOBBLE: f64 = 0.06;

/// The day of the month on which a workspace renews what it has: no month lacks it.
pub(crate) fn renewal_day(workspace: &Profile) -> u32 {
    2 + (workspace.number as u32 * 7) % 26
}

/// What happens to a subscription, when.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) at: DateTime<Utc>,
    pub(crate) change: SubscriptionChange,
    pub(crate) terms: Option<SubscriptionTerms>,
    ends_at: Option<DateTime<Utc>>,
}

impl Change {
    /// The event that tells of it.
    pub(crate) fn event(&self, workspace: &Profile, bytes: [u8; 10]) -> Event {
        let changed = SubscriptionChanged {
            subscription_id: SUBSCRIPTION.to_owned(),
            change: self.change.into(),
            terms: self.terms.clone(),
            ends_at: self.ends_at.map(timestamp),
        };
        Event {
            event_id: uuid(self.at, bytes).to_string(),
            workspace_id: workspace.id.to_string(),
            occurred_at: Some(timestamp(self.at)),
            event: Some(event::Event::SubscriptionChanged(changed)),
        }
    }
}

/// What a workspace has at a time, while its story is told.
#[derive(Debug, Clone, Copy)]
struct Subscribed {
    plan: Plan,
    paying: bool,
    seats: u32,
}

/// All changes of a workspace's subscription, in the order of time.
pub(crate) fn changes(world: &World, workspace: &Profile) -> Vec<Change> {
    let mut story = workspace.story.0.iter().peekable();
    let Some((born, _)) = workspace.story.0.first() else {
        return Vec::new();
    };
    let mut subscribed = Subscribed {
        plan: Plan::Starter,
        paying: false,
        seats: 0,
    };
    let mut changes = Vec::new();
    for of_story in *born..LAST_DAY + BEYOND {
        let day = world.calendar.utc(of_story);
        let renews = day.date().day() == renewal_day(workspace);
        let told = story.next_if(|(when, _)| *when == of_story);
        if told.is_none() && !(renews && subscribed.paying) {
            continue;
        }
        let seats = seats(world, workspace, of_story);
        let change = match told {
            Some((_, happening)) => {
                subscribed.seats = seats;
                subscribed.follow(*happening)
            }
            None if seats == subscribed.seats => continue,
            None => {
                subscribed.seats = seats;
                SubscriptionChange::Changed
            }
        };
        let hour = if told.is_some() { 14 } else { 8 };
        let terms = matches!(
            change,
            SubscriptionChange::Started
                | SubscriptionChange::TrialStarted
                | SubscriptionChange::Changed
                | SubscriptionChange::Reactivated
        );
        changes.push(Change {
            at: moment(world, workspace, day, hour),
            change,
            terms: terms.then(|| self::terms(subscribed.plan, subscribed.seats)),
            ends_at: (change == SubscriptionChange::CancelAtPeriodEnd)
                .then(|| world.calendar.utc(of_story + NOTICE_DAYS).start()),
        });
    }
    changes
}

impl Subscribed {
    /// What a happening makes of it, and how that is told.
    fn follow(&mut self, happening: Happening) -> SubscriptionChange {
        let (plan, paying, change) = match happening {
            Happening::Tries(plan) => (plan, false, SubscriptionChange::TrialStarted),
            Happening::Starts(plan) => (plan, true, SubscriptionChange::Started),
            Happening::Plan(plan) => (plan, self.paying, SubscriptionChange::Changed),
            Happening::Cancels => (self.plan, false, SubscriptionChange::Cancelled),
            Happening::Ends => (self.plan, false, SubscriptionChange::CancelAtPeriodEnd),
            Happening::Pauses => (self.plan, false, SubscriptionChange::Paused),
            Happening::Returns(plan) | Happening::Pays(plan) => {
                (plan, true, SubscriptionChange::Reactivated)
            }
            Happening::FailsToPay => (self.plan, false, SubscriptionChange::PastDue),
            // Its bill knows nothing of that: it is renewed as it is.
            Happening::FallsSilent | Happening::Slips => {
                (self.plan, self.paying, SubscriptionChange::Changed)
            }
        };
        (self.plan, self.paying) = (plan, paying);
        change
    }
}

/// Seats for those who have joined, and some more.
fn seats(world: &World, workspace: &Profile, of_story: i32) -> u32 {
    let joined = workspace
        .people
        .iter()
        .filter(|person| person.joined <= of_story)
        .count();
    let name = [9, workspace.number as i64, i64::from(of_story)];
    let wobble = 1.0 + Random::new(world.seed, name).between(-WOBBLE, WOBBLE);
    (libm::round(joined as f64 * workspace.slack * wobble) as u32).max(1)
}

/// A moment in the ten minutes from an hour on.
pub(crate) fn moment(world: &World, workspace: &Profile, day: UtcDay, hour: i64) -> DateTime<Utc> {
    let name = [13, workspace.number as i64 * 100 + hour, i64::from(day.0)];
    let milliseconds = Random::new(world.seed, name).unit() * 6e5;
    day.start() + TimeDelta::hours(hour) + TimeDelta::milliseconds(milliseconds as i64)
}

/// The event that tells a workspace what a plan is: its name, and its price on the list.
pub(crate) fn listed(plan: Plan, workspace: &Profile, at: DateTime<Utc>, bytes: [u8; 10]) -> Event {
    let terms = terms(plan, 1);
    let changed = PlanChanged {
        plan_id: terms.plan_id,
        name: Some(plan.name().to_owned()),
        price: terms.price,
        interval: terms.interval,
        interval_count: terms.interval_count,
        deleted: false,
    };
    Event {
        event_id: uuid(at, bytes).to_string(),
        workspace_id: workspace.id.to_string(),
        occurred_at: Some(timestamp(at)),
        event: Some(event::Event::PlanChanged(changed)),
    }
}

/// The terms of a plan for so many seats. The largest plan is paid by the year, for which it costs less.
pub(crate) fn terms(plan: Plan, seats: u32) -> SubscriptionTerms {
    let (interval, months) = match plan {
        Plan::Enterprise => (BillingInterval::Year, 12),
        _ => (BillingInterval::Month, 1),
    };
    let price = plan.price() * months * 1_000_000;
    let whole = price * i64::from(seats);
    SubscriptionTerms {
        plan_id: plan.id().to_owned(),
        price: Some(Money {
            currency: "USD".to_owned(),
            micros: price,
        }),
        interval: interval.into(),
        interval_count: 1,
        quantity: seats,
        recurring_discount_micros: match plan {
            Plan::Enterprise => whole / 10,
            // Whoever has many seats has them for less.
            _ => i64::from(seats / 20) * price,
        },
    }
}
