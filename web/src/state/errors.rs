//! Groups of errors: what is asked for, what may be said of one, and how their numbers are called.

use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::{error_group::State, time::Range};
use shadow_proto::{
    common::v1::{Granularity, Provenance},
    metrics::v1::{
        Direction, ErrorBucket, ErrorGroup, ErrorGroupState, GetErrorGroupRequest,
        ListErrorGroupsRequest, SetErrorGroupStateRequest, Unit,
    },
};

use super::{
    answer,
    list::List,
    query::{Question, instant},
};
use crate::catalogue::{Catalogue, Definition};

/// How many groups a page has.
pub const PAGE_SIZE: u32 = 50;
/// The order of the board where none is chosen.
pub const OCCURRENCES: &str = "occurrences";
/// The word for groups that were resolved and have come again, among the words for states.
pub const REGRESSED: &str = "regressed";
/// The longest range that is answered.
const LONGEST: TimeDelta = TimeDelta::days(366);

/// The numbers of a group: an id, a name, a meaning, and how it is computed.
const NUMBERS: [(&str, &str, &str, &str); 5] = [
    (
        OCCURRENCES,
        "Occurrences",
        "Executions that were opened in the range and had the error.",
        "count(executions with the error)",
    ),
    (
        "users",
        "Users hit",
        "Distinct users for whom those executions ran, of those that are known.",
        "count(distinct users)",
    ),
    (
        "agents",
        "Agents hit",
        "Distinct agents of those executions.",
        "count(distinct agents)",
    ),
    (
        "credits_lost",
        "Credits lost",
        "What those of them consumed that failed or timed out.",
        "sum(credits of executions that failed or timed out)",
    ),
    (
        "last_seen",
        "Last seen",
        "When the latest execution with the error was opened, whatever the range.",
        "max(opened)",
    ),
];

/// What a number of a group means. It is none of the catalogue, and has its version.
pub fn definition(catalogue: &Catalogue, id: &str) -> Option<Rc<Definition>> {
    let (id, name, meaning, formula) = NUMBERS.into_iter().find(|(known, ..)| *known == id)?;
    Some(Rc::new(Definition {
        id: id.into(),
        name: name.into(),
        meaning: meaning.into(),
        formula: formula.into(),
        unit: unit(id),
        direction: Direction::DownIsGood,
        relative_error: 0.0,
        version: catalogue.version,
    }))
}

/// The unit of a number of a group.
pub fn unit(id: &str) -> Unit {
    match id {
        "credits_lost" => Unit::CreditsMicro,
        _ => Unit::Count,
    }
}

/// A number of a group; absent where it is not known.
pub fn number(group: &ErrorGroup, id: &str) -> Option<f64> {
    let impact = group.impact.as_ref()?;
    match id {
        OCCURRENCES => Some(impact.occurrences as f64),
        "users" => Some(impact.users as f64),
        "agents" => Some(impact.agents as f64),
        "credits_lost" => impact.credits_lost_micro.map(|micro| micro as f64),
        _ => None,
    }
}

/// The question with no longer a range than is answered, and whether it was longer.
pub fn bounded(question: Question) -> (Question, bool) {
    let Range { start, end } = question.range;
    let earliest = end - LONGEST;
    let range = Range {
        start: start.max(earliest),
        end,
    };
    (Question { range, ..question }, start < earliest)
}

/// Asks for a page of groups, of one agent or of all.
pub fn request(question: &Question, list: &List, agent: Option<&str>) -> ListErrorGroupsRequest {
    let state = list.state.as_deref();
    let named = |state: &State| Some(state.name()) == list.state.as_deref();
    ListErrorGroupsRequest {
        range: Some(question.time_range()),
        workspace_ids: question.workspace.iter().cloned().collect(),
        agent_ids: agent.map(str::to_owned).into_iter().collect(),
        kinds: list.kind.iter().cloned().collect(),
        states: State::ALL
            .iter()
            .filter(|state| named(state))
            .map(|state| state.code().into())
            .collect(),
        regressed_only: state == Some(REGRESSED),
        contains: list.contains.clone(),
        order_by: list.sort.clone().unwrap_or_default(),
        reversed: list.reversed,
        page_size: PAGE_SIZE,
        page_token: list.page.clone().unwrap_or_default(),
    }
}

/// Asks about one group of the question's workspace.
pub fn one_request(question: &Question, id: &str) -> GetErrorGroupRequest {
    GetErrorGroupRequest {
        workspace_id: question.workspace.clone().unwrap_or_default(),
        error_group_id: id.to_owned(),
        range: Some(question.time_range()),
    }
}

/// Says what state a group is in.
pub fn state_request(group: &ErrorGroup, state: State, note: &str) -> SetErrorGroupStateRequest {
    let note = note.trim();
    SetErrorGroupStateRequest {
        workspace_id: group.workspace_id.clone(),
        error_group_id: group.error_group_id.clone(),
        state: state.code().into(),
        note: (!note.is_empty()).then(|| note.to_owned()),
    }
}

/// The state that travelled.
pub fn state_of(state: ErrorGroupState) -> State {
    State::from_code(state as i16).unwrap_or_default()
}

/// What may be said of a group, the most likely first. A regression may be resolved anew.
pub fn choices(state: State, regressed: bool) -> Vec<State> {
    [
        State::Acknowledged,
        State::Resolved,
        State::Ignored,
        State::New,
    ]
    .into_iter()
    .filter(|other| state.may_become(*other) || (regressed && state == *other))
    .collect()
}

/// What saying so is called.
pub fn verb(state: State) -> &'static str {
    match state {
        State::Acknowledged => "Acknowledge",
        State::Resolved => "Resolve",
        State::Ignored => "Ignore",
        State::New => "Open again",
    }
}

/// What follows from saying so.
pub fn consequence(state: State) -> &'static str {
    match state {
        State::Acknowledged => "Others see that you look after it.",
        State::Resolved => {
            "If an execution that is opened from now on has it again, it is marked as a regression."
        }
        State::Ignored => "It stays in the list, but nobody needs to look at it.",
        State::New => "It is as if nobody had looked at it. What was said before is kept.",
    }
}

/// What a group is called: the pattern of its message, else its kind.
pub fn title(group: &ErrorGroup) -> String {
    let pattern = group.pattern.as_deref().filter(|text| !text.is_empty());
    let title = pattern.or(group.kind.as_deref());
    title.unwrap_or("Failed without saying why").to_owned()
}

/// The buckets of a timeline that had begun when it was read, and how long they are.
pub fn timeline(
    buckets: &[ErrorBucket],
    provenance: Option<&Provenance>,
) -> (Granularity, Vec<Slot>) {
    let read = answer::as_of(provenance);
    let slots: Vec<Slot> = buckets
        .iter()
        .filter_map(|bucket| {
            let (start, end) = (
                instant(bucket.start.as_ref())?,
                instant(bucket.end.as_ref())?,
            );
            Some(Slot {
                start,
                over: read.is_none_or(|read| end <= read),
                occurrences: bucket.occurrences as f64,
                spike_hours: bucket.spike_hours,
                hours: (end - start).num_hours(),
            })
        })
        .filter(|slot| read.is_none_or(|read| slot.start < read))
        .collect();
    // The first and the last may be cut, and a day may have 25 hours.
    let longest = slots
        .iter()
        .map(|slot| slot.hours)
        .max()
        .unwrap_or_default();
    let granularity = if longest > 2 {
        Granularity::Day
    } else {
        Granularity::Hour
    };
    (granularity, slots)
}

/// An interval of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// The first instant.
    pub start: DateTime<Utc>,
    /// Whether it was over when it was read.
    pub over: bool,
    /// How many executions had the error.
    pub occurrences: f64,
    /// How many of its hours were a spike.
    pub spike_hours: u32,
    hours: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{query::timestamp, view::Compare};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn question(start: &str) -> Question {
        Question {
            workspace: Some("w1".to_owned()),
            range: Range {
                start: at(start),
                end: at("2026-11-24T00:00:00Z"),
            },
            zone: "Asia/Kolkata".to_owned(),
            compare: Compare::Off,
        }
    }

    #[test]
    fn the_address_is_asked_for() {
        let list = List {
            kind: Some("timeout".to_owned()),
            state: Some("resolved".to_owned()),
            contains: "slow".to_owned(),
            ..List::default().sorted_by("users").sorted_by("users")
        };
        let asked = request(&question("2026-11-01T00:00:00Z"), &list, Some("a-1"));
        assert_eq!(asked.workspace_ids, ["w1"]);
        assert_eq!(asked.agent_ids, ["a-1"]);
        assert_eq!(asked.kinds, ["timeout"]);
        assert_eq!(asked.states, [i32::from(State::Resolved.code())]);
        assert_eq!((asked.order_by.as_str(), asked.reversed), ("users", true));
        assert!(!asked.regressed_only);
        let list = List {
            state: Some(REGRESSED.to_owned()),
            ..List::default()
        };
        let asked = request(&question("2026-11-01T00:00:00Z"), &list, None);
        assert!(asked.regressed_only && asked.states.is_empty() && asked.agent_ids.is_empty());
    }

    #[test]
    fn no_longer_a_range_is_asked_for_than_is_answered() {
        let (asked, cut) = bounded(question("2026-11-01T00:00:00Z"));
        assert_eq!((asked, cut), (question("2026-11-01T00:00:00Z"), false));
        let (asked, cut) = bounded(question("2017-01-01T00:00:00Z"));
        assert!(cut);
        assert_eq!(asked.range.length(), LONGEST);
    }

    #[test]
    fn what_may_be_said_follows_from_what_was() {
        let names = |state, regressed| -> Vec<&str> {
            choices(state, regressed).into_iter().map(verb).collect()
        };
        assert_eq!(
            names(State::New, false),
            ["Acknowledge", "Resolve", "Ignore"]
        );
        assert_eq!(names(State::Resolved, false), ["Acknowledge", "Open again"]);
        assert_eq!(
            names(State::Resolved, true),
            ["Acknowledge", "Resolve", "Open again"]
        );
    }

    #[test]
    fn a_group_is_called_by_what_it_says() {
        let group = |kind: Option<&str>, pattern: Option<&str>| ErrorGroup {
            kind: kind.map(str::to_owned),
            pattern: pattern.map(str::to_owned),
            ..ErrorGroup::default()
        };
        assert_eq!(
            title(&group(Some("timeout"), Some("no answer after * s"))),
            "no answer after * s"
        );
        assert_eq!(title(&group(Some("timeout"), Some(""))), "timeout");
        assert_eq!(title(&group(None, None)), "Failed without saying why");
    }

    #[test]
    fn what_has_not_begun_is_not_drawn() {
        let bucket = |start: &str, end: &str| ErrorBucket {
            start: Some(timestamp(at(start))),
            end: Some(timestamp(at(end))),
            occurrences: 3,
            spike_hours: 1,
        };
        let buckets = [
            bucket("2026-11-22T12:00:00Z", "2026-11-23T00:00:00Z"),
            bucket("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"),
            bucket("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"),
        ];
        let provenance = Provenance {
            snapshot_time: Some(timestamp(at("2026-11-23T10:00:00Z"))),
            ..Provenance::default()
        };
        let (granularity, slots) = timeline(&buckets, Some(&provenance));
        assert_eq!(granularity, Granularity::Day);
        let over: Vec<bool> = slots.iter().map(|slot| slot.over).collect();
        assert_eq!(over, [true, false]);
    }
}
