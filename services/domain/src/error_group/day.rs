//! What the errors of a UTC day amount to, group by group, as bytes: when they came by quarter-hour, and whom they hit as
//! sets of ordinals. So any days put together are what their errors amount to, with everybody counted once.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::Malformed;
use crate::bytes::{
    expect_end, put_u64, put_u128, take_byte, take_bytes, take_length, take_some, take_u64,
    take_u128,
};
use crate::ordinals::Ordinals;

const VERSION: u8 = 1;

/// How many quarter-hours a day has.
const QUARTERS: u64 = 96;

/// How many bytes a group has at least: its id, and a byte for each of what else there is.
const GROUP_BYTES: usize = 16 + 6;

/// What the errors of a workspace amount to on a UTC day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorDay(BTreeMap<(Uuid, String), DayGroup>);

/// Errors of a day that are alike in all that is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alike<'a> {
    /// Their group.
    pub fingerprint: Uuid,
    /// Their kind; empty where they have none.
    pub kind: &'a str,
    /// In which quarter-hour of the day they were opened, from 0 to 95.
    pub quarter: u8,
    /// The ordinal of their agent.
    pub agent: u32,
    /// The ordinal of their user, where that is known.
    pub user: Option<u32>,
    /// How many there are.
    pub occurrences: u64,
    /// Millionths of a credit that those of them consumed that failed or timed out; nothing where none of them says.
    pub lost_micro: Option<u128>,
}

/// What the errors of a group, and of a kind, amount to on a day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DayGroup {
    /// How many were opened in which quarter-hour of the day, in order; none of them has none.
    pub quarters: Vec<(u8, u64)>,
    /// Millionths of a credit that were lost; nothing where that is not known of any.
    pub lost_micro: Option<u128>,
    /// The ordinals of the users who were hit, of those that are known.
    pub users: Ordinals,
    /// The ordinals of their agents.
    pub agents: Ordinals,
}

/// Reads days one after the other, into memory that is used again.
#[derive(Debug, Default)]
pub struct DayReader(DayGroup);

impl ErrorDay {
    /// Adds errors.
    pub fn add(&mut self, errors: &Alike<'_>) {
        let key = (errors.fingerprint, errors.kind.to_owned());
        let group = self.0.entry(key).or_default();
        match (group.quarters).binary_search_by_key(&errors.quarter, |(quarter, _)| *quarter) {
            Ok(at) => group.quarters[at].1 += errors.occurrences,
            Err(at) => (group.quarters).insert(at, (errors.quarter, errors.occurrences)),
        }
        if let Some(lost) = errors.lost_micro {
            *group.lost_micro.get_or_insert_default() += lost;
        }
        if let Some(user) = errors.user {
            group.users.insert(user);
        }
        group.agents.insert(errors.agent);
    }

    /// Whether there were no errors.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As it is stored: what is equal is equal bytes.
    pub fn encode(&self) -> Vec<u8> {
        let kinds: BTreeSet<&str> = self.0.keys().map(|(_, kind)| kind.as_str()).collect();
        let numbers: BTreeMap<&str, u64> = kinds.iter().copied().zip(0..).collect();
        let mut out = vec![VERSION];
        put_u64(&mut out, kinds.len() as u64);
        for kind in kinds {
            put_u64(&mut out, kind.len() as u64);
            out.extend_from_slice(kind.as_bytes());
        }
        put_u64(&mut out, self.0.len() as u64);
        for ((fingerprint, kind), group) in &self.0 {
            out.extend_from_slice(fingerprint.as_bytes());
            put_u64(
                &mut out,
                numbers.get(kind.as_str()).copied().unwrap_or_default(),
            );
            group.encode(&mut out);
        }
        out
    }
}

impl DayGroup {
    /// How many errors there were.
    pub fn occurrences(&self) -> u64 {
        self.quarters.iter().map(|(_, count)| count).sum()
    }

    fn encode(&self, out: &mut Vec<u8>) {
        // Nothing is 0, and a sum is one more than it is.
        put_u128(out, self.lost_micro.map_or(0, |lost| lost + 1));
        put_u64(out, self.quarters.len() as u64);
        let mut next = 0;
        for (quarter, count) in &self.quarters {
            put_u64(out, u64::from(*quarter) - next);
            put_u64(out, *count);
            next = u64::from(*quarter) + 1;
        }
        self.agents.encode(out);
        self.users.encode(out);
    }

    /// Becomes the group that the input begins with; its sets are those of before where they are not wanted.
    fn read(&mut self, input: &mut &[u8], sets: bool) -> Result<(), Malformed> {
        self.lost_micro = take_u128(input)?.checked_sub(1);
        self.quarters.clear();
        let mut next = 0;
        for _ in 0..take_length(input, 2)? {
            let quarter = take_u64(input)?.saturating_add(next);
            if quarter >= QUARTERS {
                return Err(Malformed("a quarter-hour that no day has"));
            }
            next = quarter + 1;
            self.quarters.push((quarter as u8, take_some(input)?));
        }
        if !sets {
            Ordinals::skip(input)?;
            return Ordinals::skip(input);
        }
        self.agents.read(input)?;
        // It is the only set that may be empty.
        match input.split_first() {
            Some((0, rest)) => {
                *input = rest;
                self.users.clear();
                Ok(())
            }
            _ => self.users.read(input),
        }
    }
}

impl DayReader {
    /// Calls `take` with each group of a day, as it is stored, that `wants` asks for by its id and its kind. Where sets are
    /// not asked for, what is in them says nothing.
    pub fn each(
        &mut self,
        bytes: &[u8],
        sets: bool,
        wants: impl Fn(&Uuid, &str) -> bool,
        mut take: impl FnMut(Uuid, &DayGroup),
    ) -> Result<(), Malformed> {
        let input = &mut &bytes[..];
        if take_byte(input)? != VERSION {
            return Err(Malformed("a version that is not known"));
        }
        let mut kinds = Vec::new();
        for _ in 0..take_length(input, 1)? {
            let length = take_length(input, 1)?;
            let kind = std::str::from_utf8(take_bytes(input, length)?);
            kinds.push(kind.map_err(|_| Malformed("a kind that is no text"))?);
        }
        for _ in 0..take_length(input, GROUP_BYTES)? {
            let id = take_bytes(input, 16)?.try_into();
            let fingerprint = Uuid::from_bytes(id.map_err(|_| Malformed("ends too early"))?);
            let number = usize::try_from(take_u64(input)?).ok();
            let kind = number.and_then(|number| kinds.get(number));
            let kind = kind.ok_or(Malformed("a kind that is not there"))?;
            let wanted = wants(&fingerprint, kind);
            self.0.read(input, sets && wanted)?;
            if wanted {
                take(fingerprint, &self.0);
            }
        }
        expect_end(input)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KINDS: [&str; 3] = ["", "timeout", "überlauf"];

    fn alike() -> impl Strategy<Value = Alike<'static>> {
        let who = (0u32..200, prop::option::of(0u32..3_000));
        let what = (1u64..5, prop::option::of(0u128..1 << 70));
        (0u128..6, 0usize..3, 0u8..96, who, what).prop_map(
            |(id, kind, quarter, (agent, user), (occurrences, lost_micro))| Alike {
                fingerprint: Uuid::from_u128(id),
                kind: KINDS[kind],
                quarter,
                agent,
                user,
                occurrences,
                lost_micro,
            },
        )
    }

    fn day(errors: &[Alike<'_>]) -> ErrorDay {
        let mut day = ErrorDay::default();
        errors.iter().for_each(|one| day.add(one));
        day
    }

    /// What is read of a day.
    fn read(bytes: &[u8], sets: bool, kind: Option<&str>) -> Vec<(Uuid, DayGroup)> {
        let mut found = Vec::new();
        let wants = |_: &Uuid, one: &str| kind.is_none_or(|kind| kind == one);
        DayReader::default()
            .each(bytes, sets, wants, |id, group| {
                found.push((id, group.clone()))
            })
            .unwrap();
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_stored_is_what_was_added_in_whatever_order(
            errors in prop::collection::vec(alike(), 0..300),
        ) {
            let bytes = day(&errors).encode();
            let reversed: Vec<_> = errors.iter().rev().copied().collect();
            prop_assert_eq!(&day(&reversed).encode(), &bytes);
            let expected: Vec<_> = day(&errors).0.into_iter().collect();
            let found = read(&bytes, true, None);
            let ids = expected.iter().map(|((id, _), group)| (*id, group.clone()));
            prop_assert_eq!(&found, &ids.collect::<Vec<_>>());
            // One by one, by plain counting.
            let occurrences: u64 = errors.iter().map(|one| one.occurrences).sum();
            prop_assert_eq!(found.iter().map(|(_, group)| group.occurrences()).sum::<u64>(), occurrences);
            let users: BTreeSet<u32> = errors.iter().filter_map(|one| one.user).collect();
            let mut together = Ordinals::default();
            found.iter().for_each(|(_, group)| together.merge(&group.users));
            prop_assert_eq!(together.iter().collect::<Vec<_>>(), users.into_iter().collect::<Vec<_>>());
            for kind in KINDS {
                let of_kind = expected.iter().filter(|((_, one), _)| one == kind);
                let of_kind: Vec<_> = of_kind.map(|((id, _), group)| (*id, group.clone())).collect();
                prop_assert_eq!(&read(&bytes, true, Some(kind)), &of_kind);
                // Sets are passed over, and what follows them is read.
                let quarters = |found: &[(Uuid, DayGroup)]| -> Vec<_> {
                    found.iter().map(|(id, group)| (*id, group.quarters.clone(), group.lost_micro)).collect()
                };
                prop_assert_eq!(quarters(&read(&bytes, false, Some(kind))), quarters(&of_kind));
            }
        }

        #[test]
        fn what_is_damaged_is_refused_and_never_panics(
            errors in prop::collection::vec(alike(), 1..20), at: prop::sample::Index, byte: u8,
        ) {
            let bytes = day(&errors).encode();
            let mut reader = DayReader::default();
            for length in 0..bytes.len() {
                prop_assert!(reader.each(&bytes[..length], true, |_, _| true, |_, _| ()).is_err());
            }
            let mut damaged = bytes.clone();
            damaged[at.index(bytes.len())] = byte;
            reader.each(&damaged, true, |_, _| true, |_, _| ()).ok();
        }
    }

    #[test]
    fn a_group_takes_few_bytes() {
        let error = Alike {
            fingerprint: Uuid::from_u128(7),
            kind: "timeout",
            quarter: 40,
            agent: 3,
            user: Some(100),
            occurrences: 1,
            lost_micro: None,
        };
        // These bytes are in databases.
        let head = [1, 1, 7, b't', b'i', b'm', b'e', b'o', b'u', b't', 1];
        let group = [0, 0, 1, 40, 1, 1, 3, 1, 100];
        let expected = [&head[..], error.fingerprint.as_bytes(), &group].concat();
        assert_eq!(day(&[error]).encode(), expected);
    }
}
