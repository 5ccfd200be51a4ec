//! The groups that are searched for, in order, page by page.

use std::cmp::Ordering;

use shadow_domain::error_group::State;
use shadow_storage::error_group::{Counted, Group, GroupKey, Impact};

use super::has_state;

/// Which groups, in which order, and from where on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// In these states; in any, where none is named.
    pub states: Vec<State>,
    /// Only those that were resolved and have come again.
    pub regressed_only: bool,
    /// Those whose kind or latest message has the text, which is in lower case.
    pub contains: String,
    /// By what.
    pub order: Order,
    /// The other way around.
    pub reversed: bool,
    /// After this one.
    pub after: Option<Place>,
    /// How many at most.
    pub size: usize,
}

/// What groups are ordered by, the largest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// How many executions had it.
    #[default]
    Occurrences,
    /// When it was last seen.
    LastSeen,
    /// How many users it hit.
    Users,
    /// What the executions consumed in vain.
    CreditsLost,
}

/// Where a group stands in an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What it is ordered by; nothing where that is not known.
    pub value: Option<i128>,
    /// The group.
    pub key: GroupKey,
}

impl Order {
    /// Every order with its name.
    pub const NAMED: [(&'static str, Order); 4] = [
        ("occurrences", Order::Occurrences),
        ("last_seen", Order::LastSeen),
        ("users", Order::Users),
        ("credits_lost", Order::CreditsLost),
    ];

    fn value(self, impact: &Impact) -> Option<i128> {
        match self {
            Self::Occurrences => Some(impact.occurrences.into()),
            Self::Users => Some(impact.users.into()),
            Self::CreditsLost => impact.lost_micro,
            Self::LastSeen => None,
        }
    }
}

/// What stands somewhere in an order.
pub(super) trait Placed {
    /// Where.
    fn place(&self, order: Order) -> Place;
}

impl Placed for Counted {
    fn place(&self, order: Order) -> Place {
        Place {
            value: order.value(&self.impact),
            key: self.key,
        }
    }
}

impl Placed for Group {
    fn place(&self, order: Order) -> Place {
        let standing = &self.standing;
        Place {
            value: match order {
                Order::LastSeen => Some(standing.last_seen_at.timestamp_micros().into()),
                _ => order.value(&self.impact),
            },
            key: standing.key,
        }
    }
}

impl Place {
    /// What is not known comes last either way; equal ones go by workspace and id.
    fn compare(&self, other: &Self, reversed: bool) -> Ordering {
        let by_value = match (self.value, other.value) {
            (Some(mine), Some(theirs)) if reversed => mine.cmp(&theirs),
            (Some(mine), Some(theirs)) => theirs.cmp(&mine),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_value.then_with(|| self.key.cmp(&other.key))
    }
}

impl Search {
    /// Whether what groups are decides which are found or in which order, and not only what they amount to.
    pub(super) fn looks_at_standings(&self) -> bool {
        self.order == Order::LastSeen || self.leaves_out()
    }

    fn leaves_out(&self) -> bool {
        !self.states.is_empty() || self.regressed_only || !self.contains.is_empty()
    }

    /// All groups that are searched for, in order.
    pub(super) fn found(&self, groups: Vec<Group>) -> Vec<Group> {
        let found = groups
            .into_iter()
            .filter(|group| has_state(group, &self.states, self.regressed_only) && self.says(group))
            .collect();
        self.in_order(found)
    }

    /// All of these in order.
    pub(super) fn in_order<T: Placed>(&self, mut all: Vec<T>) -> Vec<T> {
        all.sort_by(|a, b| {
            let (a, b) = (a.place(self.order), b.place(self.order));
            a.compare(&b, self.reversed)
        });
        all
    }

    /// The page of them, and where the next one begins.
    pub(super) fn page<T: Placed>(&self, mut found: Vec<T>) -> (Vec<T>, Option<Place>) {
        if let Some(after) = &self.after {
            let begin = found
                .partition_point(|one| one.place(self.order).compare(after, self.reversed).is_le());
            found.drain(..begin);
        }
        let more = found.len() > self.size;
        found.truncate(self.size);
        let last = found.last().filter(|_| more);
        let next = last.map(|last| last.place(self.order));
        (found, next)
    }

    fn says(&self, group: &Group) -> bool {
        let has = |text: &Option<String>| {
            let text = text.as_deref().unwrap_or_default();
            text.to_lowercase().contains(&self.contains)
        };
        has(&group.standing.kind) || has(&group.standing.message)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use shadow_storage::error_group::{Impact, Said, Standing};
    use uuid::Uuid;

    use super::*;

    /// A group with so many occurrences and users, which lost so much.
    fn group(id: u128, occurrences: u64, users: u64, lost_micro: Option<i128>) -> Group {
        let at = |seconds: u128| DateTime::from_timestamp(seconds as i64, 0).unwrap();
        Group {
            standing: Standing {
                key: GroupKey {
                    workspace_id: Uuid::from_u128(1),
                    fingerprint: Uuid::from_u128(id),
                },
                first_seen_at: at(0),
                last_seen_at: at(100 - id),
                kind: Some(format!("Kind-{id}")),
                message: None,
                said: id.is_multiple_of(2).then(|| Said {
                    state: State::Resolved,
                    at: at(97),
                    by: "ada".to_owned(),
                    name: None,
                    note: None,
                }),
            },
            impact: Impact {
                occurrences,
                users,
                agents: 1,
                lost_micro,
            },
        }
    }

    fn groups() -> Vec<Group> {
        vec![
            group(1, 5, 3, Some(7)),
            group(2, 9, 1, None),
            group(3, 5, 2, Some(70)),
            group(4, 1, 4, None),
        ]
    }

    fn search() -> Search {
        Search {
            states: Vec::new(),
            regressed_only: false,
            contains: String::new(),
            order: Order::Occurrences,
            reversed: false,
            after: None,
            size: 10,
        }
    }

    fn ids(found: &[Group]) -> Vec<u128> {
        let ids = found.iter().map(|group| group.standing.key.fingerprint);
        ids.map(|id| id.as_u128()).collect()
    }

    #[test]
    fn groups_come_in_the_order_that_is_asked_for_and_what_is_not_known_comes_last() {
        for (order, reversed, expected) in [
            (Order::Occurrences, false, [2u128, 1, 3, 4]),
            (Order::Occurrences, true, [4, 1, 3, 2]),
            (Order::LastSeen, false, [1, 2, 3, 4]),
            (Order::Users, false, [4, 1, 3, 2]),
            (Order::CreditsLost, false, [3, 1, 2, 4]),
            (Order::CreditsLost, true, [1, 3, 2, 4]),
        ] {
            let search = Search {
                order,
                reversed,
                ..search()
            };
            assert_eq!(
                ids(&search.found(groups())),
                expected,
                "{order:?} {reversed}"
            );
            if !search.looks_at_standings() {
                let counted = groups().into_iter().map(|group| Counted {
                    key: group.standing.key,
                    impact: group.impact,
                });
                let counted = search.in_order(counted.collect());
                let ids: Vec<_> = counted
                    .iter()
                    .map(|one| one.key.fingerprint.as_u128())
                    .collect();
                assert_eq!(ids, expected, "{order:?} {reversed}");
            }
            // The same, two by two.
            let mut pages = Search { size: 2, ..search };
            let (one, next) = pages.page(pages.found(groups()));
            pages.after = Some(next.unwrap());
            let (two, next) = pages.page(pages.found(groups()));
            assert_eq!(next, None);
            assert_eq!([ids(&one), ids(&two)].concat(), expected);
        }
    }

    #[test]
    fn groups_are_found_by_state_by_regression_and_by_text() {
        let states = |states: &[State], regressed_only| Search {
            states: states.to_vec(),
            regressed_only,
            ..search()
        };
        assert_eq!(ids(&states(&[State::New], false).found(groups())), [1, 3]);
        assert_eq!(
            ids(&states(&[State::Resolved], false).found(groups())),
            [2, 4]
        );
        // The fourth was last seen before it was resolved.
        assert_eq!(ids(&states(&[], true).found(groups())), [2]);
        assert!(states(&[State::Ignored], false).found(groups()).is_empty());
        let contains = Search {
            contains: "kind-3".to_owned(),
            ..search()
        };
        assert_eq!(ids(&contains.found(groups())), [3]);
    }
}
