//! What a subscription was at each time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::fact::{SubscriptionChange, SubscriptionChanged, Terms};

use super::{Dated, GRACE, State, Status, mrr_micros};

/// What a subscription becomes, by time; each state lasts until the next.
pub(super) type Timeline = Vec<(DateTime<Utc>, State)>;

/// What is known of a subscription after an event.
#[derive(Clone)]
struct Known<'a> {
    status: Status,
    terms: &'a Terms,
    /// Until when it counts although a payment failed.
    grace_until: Option<DateTime<Utc>>,
    /// When it ends, where it was cancelled for later.
    ends_at: Option<DateTime<Utc>>,
}

/// The timelines of all subscriptions of a workspace, by their ids.
pub(super) fn of(events: &[Dated]) -> BTreeMap<&str, Timeline> {
    let mut sorted: Vec<&Dated> = events.iter().collect();
    sorted.sort_by_key(|event| (event.occurred_at, event.event_id));
    let mut subscriptions = BTreeMap::<&str, Vec<&Dated>>::new();
    for event in sorted {
        let id = event.changed.subscription_id.as_str();
        subscriptions.entry(id).or_default().push(event);
    }
    subscriptions
        .into_iter()
        .map(|(id, events)| (id, timeline(&events)))
        .collect()
}

fn timeline(events: &[&Dated]) -> Timeline {
    let mut timeline = Timeline::new();
    let mut known = None;
    for (index, event) in events.iter().enumerate() {
        let at = event.occurred_at;
        known = next(known, at, &event.changed);
        let until = events.get(index + 1).map(|next| next.occurred_at);
        if let Some(known) = &known {
            known.each_state(at, until, |at, state| timeline.push((at, state)));
        }
    }
    settle(timeline)
}

/// Leaves the last of what is said for a time, and what is another state than before.
pub(super) fn settle(timeline: Timeline) -> Timeline {
    let mut settled = Timeline::with_capacity(timeline.len());
    for (at, state) in timeline {
        if settled.last().is_some_and(|(last, _)| *last == at) {
            settled.pop();
        }
        if settled.last().is_none_or(|(_, last)| *last != state) {
            settled.push((at, state));
        }
    }
    settled
}

/// What is known after an event. Of a subscription without terms nothing is known, and what is said of it has no effect.
fn next<'a>(
    known: Option<Known<'a>>,
    at: DateTime<Utc>,
    changed: &'a SubscriptionChanged,
) -> Option<Known<'a>> {
    let known = known.map(|known| known.at(at));
    let begun = |status| {
        changed.terms.as_ref().map(|terms| Known {
            status,
            terms,
            grace_until: None,
            ends_at: None,
        })
    };
    match (changed.change, known) {
        (SubscriptionChange::Started | SubscriptionChange::Reactivated, _) => begun(Status::Active),
        (SubscriptionChange::TrialStarted, _) => begun(Status::Trial),
        // What it was before may never have been told: then it is paid.
        (SubscriptionChange::Changed, None) => begun(Status::Active),
        (_, None) => None,
        (SubscriptionChange::Changed, Some(known)) => Some(Known {
            terms: changed.terms.as_ref().unwrap_or(known.terms),
            ..known
        }),
        (_, Some(known)) if known.status == Status::Cancelled => Some(known),
        (SubscriptionChange::Paused, Some(known)) => Some(Known {
            status: Status::Paused,
            grace_until: None,
            ..known
        }),
        // What is not paid, or failed before, does not begin another grace.
        (SubscriptionChange::PastDue, Some(known)) if known.status == Status::Active => {
            Some(Known {
                status: Status::PastDue,
                grace_until: at.checked_add_signed(GRACE),
                ..known
            })
        }
        (SubscriptionChange::PastDue, Some(known)) => Some(known),
        (SubscriptionChange::CancelAtPeriodEnd, Some(known)) => Some(Known {
            ends_at: changed.ends_at,
            ..known
        }),
        (SubscriptionChange::Cancelled, Some(known)) => Some(known.cancelled()),
    }
}

impl Known<'_> {
    /// What has become of it by the time of the next event.
    fn at(self, at: DateTime<Utc>) -> Self {
        match self.ends_at {
            Some(ends_at) if ends_at <= at => self.cancelled(),
            _ => self,
        }
    }

    fn cancelled(self) -> Self {
        Self {
            status: Status::Cancelled,
            grace_until: None,
            ends_at: None,
            ..self
        }
    }

    /// What it is from `start` on, and what becomes of it without another event before `until`.
    fn each_state(
        &self,
        start: DateTime<Utc>,
        until: Option<DateTime<Utc>>,
        mut visit: impl FnMut(DateTime<Utc>, State),
    ) {
        let before = |at: &DateTime<Utc>, end: Option<DateTime<Utc>>| {
            *at > start && end.is_none_or(|end| *at < end)
        };
        if self.ends_at.is_some_and(|ends_at| ends_at <= start) {
            return visit(start, self.state(Status::Cancelled, false));
        }
        let ends_at = self.ends_at.filter(|ends_at| before(ends_at, until));
        let counts = match self.status {
            Status::Active => true,
            Status::PastDue => self.grace_until.is_some_and(|grace| start < grace),
            _ => false,
        };
        visit(start, self.state(self.status, counts));
        let grace_until = self.grace_until.filter(|at| before(at, ends_at.or(until)));
        if let Some(grace_until) = grace_until {
            visit(grace_until, self.state(self.status, false));
        }
        if let Some(ends_at) = ends_at {
            visit(ends_at, self.state(Status::Cancelled, false));
        }
    }

    fn state(&self, status: Status, counts: bool) -> State {
        State {
            status,
            plan_id: self.terms.plan_id.clone(),
            quantity: self.terms.quantity,
            currency: self.terms.price.currency,
            mrr_micros: if counts { mrr_micros(self.terms) } else { 0 },
        }
    }
}
