//! What the producers sent, and what became of it as they heard it.

use std::collections::HashMap;
use std::sync::Arc;

use shadow_proto::streaming::v1::EventStatus;

use crate::subject::{Key, Subject};

/// An event to be: what it tells of, and which part of that.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// What it tells of.
    pub(crate) subject: Arc<Subject>,
    /// Which of the subject's events it is.
    pub(crate) part: u8,
}

/// Events of one subject, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts(pub(crate) u8);

impl Parts {
    fn add(&mut self, part: u8) {
        self.0 |= 1 << part;
    }

    /// Whether this event is among them.
    pub(crate) fn contains(self, part: u8) -> bool {
        self.0 & (1 << part) != 0
    }
}

/// What is known of the events of one subject.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The subject, with its whole future.
    pub(crate) subject: Arc<Subject>,
    /// What was sent, answered or not.
    pub(crate) sent: Parts,
    /// What was acknowledged.
    pub(crate) acknowledged: Parts,
    /// How often each event was answered to be new; more than once is once too often.
    pub(crate) accepted: [u32; 8],
}

/// The events of all producers.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// By what they tell of.
    pub(crate) entries: HashMap<Key, Entry>,
    /// What was refused though nothing of it was wrong.
    pub(crate) refused: Vec<String>,
    /// How many answers there were, to the same events again too.
    pub(crate) answers: u64,
}

impl Ledger {
    /// Notes that events are on their way.
    pub(crate) fn sending(&mut self, drafts: &[Draft]) {
        for Draft { subject, part } in drafts {
            let entry = self.entries.entry(subject.key()).or_insert_with(|| Entry {
                subject: Arc::clone(subject),
                sent: Parts::default(),
                acknowledged: Parts::default(),
                accepted: [0; 8],
            });
            entry.sent.add(*part);
        }
    }

    /// Notes the answer to an event.
    pub(crate) fn answered(&mut self, draft: &Draft, status: EventStatus) {
        let Some(entry) = self.entries.get_mut(&draft.subject.key()) else {
            return;
        };
        match status {
            EventStatus::Accepted => entry.accepted[usize::from(draft.part)] += 1,
            EventStatus::Repeated => {}
            EventStatus::Refused | EventStatus::Unspecified => return,
        }
        self.answers += 1;
        entry.acknowledged.add(draft.part);
    }

    /// How many events were acknowledged.
    pub(crate) fn acknowledged(&self) -> u64 {
        let bits = |entry: &Entry| u64::from(entry.acknowledged.0.count_ones());
        self.entries.values().map(bits).sum()
    }
}
