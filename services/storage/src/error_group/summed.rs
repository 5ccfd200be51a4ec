//! Errors of a time by what they amount to: of days that are over from summaries, of all other time one by one. They are
//! put together here, where sets of people are merged many times as fast as the server tells people apart.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{
    Array, BigInt, Binary, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_domain::Malformed;
use shadow_domain::error_group::{DayGroup, DayReader};
use shadow_domain::ordinals::Ordinals;
use shadow_domain::time::{QuarterHour, UtcDay};
use uuid::Uuid;

use super::GroupKey;
use super::list::{Among, Counted, ErrorCounts, GroupQuarter, Impact};
use crate::error::While;
use crate::ordinals;
use crate::statement::statement;
use crate::summaries::{Coverage, List};
use crate::{Error, Snapshot};

statement!(
    Days<'a> = "days.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        first: NaiveDate as Date,
        last: NaiveDate as Date,
        uncovered_workspace: [Uuid] as Array<SqlUuid>,
        uncovered_day: [NaiveDate] as Array<Date>,
    ) -> (SqlUuid, Date, Binary)
);

statement!(
    Rest<'a> = "rest.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        start: DateTime<Utc> as Timestamptz,
        head_end: DateTime<Utc> as Timestamptz,
        tail_start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        inner_start: DateTime<Utc> as Timestamptz,
        inner_end: DateTime<Utc> as Timestamptz,
        gap_workspace: [Uuid] as Array<SqlUuid>,
        gap_start: [DateTime<Utc>] as Array<Timestamptz>,
        gap_end: [DateTime<Utc>] as Array<Timestamptz>,
        kinds: [String] as Array<Text>,
    ) -> (SqlUuid, SqlUuid, Timestamptz, Text, Nullable<Text>, Nullable<BigInt>)
);

/// Numbers from here on are of those who have none. No ordinal is as large.
const UNNUMBERED: u32 = 1 << 31;

/// How many quarter-hours a UTC day has.
const QUARTERS: usize = 96;

/// Errors that are meant, as they were read.
#[derive(Debug)]
pub(super) struct Summed {
    kinds: Vec<String>,
    days: Vec<(Uuid, NaiveDate, Vec<u8>)>,
    rest: Vec<One>,
    /// What each group amounts to, once that was asked.
    groups: HashMap<GroupKey, Group>,
}

/// An error that no summary has.
#[derive(Debug)]
struct One {
    key: GroupKey,
    quarter: QuarterHour,
    agent: u32,
    user: Option<u32>,
    lost_micro: Option<i64>,
}

#[derive(Debug, Default)]
struct Group {
    occurrences: u64,
    lost_micro: Option<i128>,
    users: Ordinals,
    agents: Ordinals,
}

/// The values of a row of the rest.
type Row = (
    Uuid,
    Uuid,
    DateTime<Utc>,
    String,
    Option<String>,
    Option<i64>,
);

impl Snapshot {
    /// Errors as they are summed up; nothing where facts have to be read for more days than not: then the server counts
    /// them, as all of them would have to travel. Summaries do not say which agent had how many.
    pub(super) async fn summed_errors(&mut self, among: &Among) -> Result<Option<Summed>, Error> {
        const DOING: &str = "reading summaries of errors";
        if !among.agents.is_empty() {
            return Ok(None);
        }
        let coverage = self.coverage(List::Errors, &among.range, &[]).await?;
        if coverage.covered() <= coverage.uncovered_day.len() {
            return Ok(None);
        }
        let (connection, workspaces) = self.parts();
        let days = Days {
            workspaces,
            first: &coverage.first,
            last: &coverage.last,
            uncovered_workspace: &coverage.uncovered_workspace,
            uncovered_day: &coverage.uncovered_day,
        };
        let days = days.load::<(Uuid, NaiveDate, Vec<u8>)>(connection).await;
        let days = days.doing(DOING)?;
        let rest = self.rest(&coverage, &among.kinds).await?;
        Ok(Some(Summed {
            kinds: among.kinds.clone(),
            days,
            rest,
            groups: HashMap::new(),
        }))
    }

    async fn rest(&mut self, coverage: &Coverage, kinds: &[String]) -> Result<Vec<One>, Error> {
        const DOING: &str = "reading errors that are not summed up";
        let (connection, workspaces) = self.parts();
        let rest = Rest {
            workspaces,
            start: &coverage.start,
            head_end: &coverage.head_end,
            tail_start: &coverage.tail_start,
            end: &coverage.end,
            inner_start: &coverage.inner_start,
            inner_end: &coverage.inner_end,
            gap_workspace: &coverage.gap_workspace,
            gap_start: &coverage.gap_start,
            gap_end: &coverage.gap_end,
            kinds,
        };
        let rows = rest.load::<Row>(connection).await.doing(DOING)?;
        let (agents, users) = self.numbers(&rows).await?;
        let one = |(workspace_id, fingerprint, opened_at, agent, user, lost_micro): Row| One {
            key: GroupKey {
                workspace_id,
                fingerprint,
            },
            quarter: QuarterHour::of(opened_at),
            agent: agents
                .get(&(workspace_id, agent))
                .copied()
                .unwrap_or_default(),
            user: user.and_then(|user| users.get(&user).copied()),
            lost_micro,
        };
        Ok(rows.into_iter().map(one).collect())
    }

    /// The numbers of all agents and users of some errors. Who has none gets one that is none of anybody else, for as long as
    /// these are looked at.
    async fn numbers(
        &mut self,
        rows: &[Row],
    ) -> Result<(HashMap<(Uuid, String), u32>, HashMap<String, u32>), Error> {
        let agents: HashSet<(Uuid, &String)> = rows.iter().map(|row| (row.0, &row.3)).collect();
        let users: HashSet<&String> = rows.iter().filter_map(|row| row.4.as_ref()).collect();
        if agents.is_empty() {
            return Ok(Default::default());
        }
        let agents: Vec<(Uuid, String)> = (agents.into_iter())
            .map(|(workspace, agent)| (workspace, agent.clone()))
            .collect();
        let users: Vec<String> = users.into_iter().cloned().collect();
        let mut agent_numbers = ordinals::of_agents(self.parts().0, &agents).await?;
        let mut user_numbers = self.user_ordinals(&users).await?;
        let mut free = UNNUMBERED..;
        for agent in agents {
            let number = agent_numbers.entry(agent);
            number.or_insert_with(|| free.next().unwrap_or_default());
        }
        for user in users {
            let number = user_numbers.entry(user);
            number.or_insert_with(|| free.next().unwrap_or_default());
        }
        Ok((agent_numbers, user_numbers))
    }
}

impl Summed {
    /// What they amount to; at most so many groups apart.
    pub(super) fn counts(&mut self, limit: i64) -> Result<ErrorCounts, Error> {
        let mut reader = DayReader::default();
        let mut quarters: BTreeMap<QuarterHour, u64> = BTreeMap::new();
        let mut groups: HashMap<GroupKey, Group> = HashMap::new();
        for (workspace_id, day, bytes) in &self.days {
            let mut of_day = [0; QUARTERS];
            let wants = |_: &Uuid, kind: &str| self.wants(kind);
            let add = |fingerprint, group: &DayGroup| {
                for (quarter, count) in &group.quarters {
                    of_day[usize::from(*quarter) % QUARTERS] += count;
                }
                let key = GroupKey {
                    workspace_id: *workspace_id,
                    fingerprint,
                };
                groups.entry(key).or_default().add(group);
            };
            reader.each(bytes, true, wants, add).map_err(malformed)?;
            for (quarter, count) in (first_quarter(*day).0..).zip(of_day) {
                if count > 0 {
                    *quarters.entry(QuarterHour(quarter)).or_default() += count;
                }
            }
        }
        for one in &self.rest {
            *quarters.entry(one.quarter).or_default() += 1;
            groups.entry(one.key).or_default().add_one(one);
        }
        self.groups = groups;
        let mut counted: Vec<Counted> = (self.groups.iter())
            .map(|(key, group)| Counted {
                key: *key,
                impact: group.impact(),
            })
            .collect();
        let all = counted.len() as u64;
        counted.sort_by_key(|one| (Reverse(one.impact.occurrences), one.key));
        counted.truncate(usize::try_from(limit).unwrap_or_default());
        Ok(ErrorCounts {
            groups: counted,
            all,
            impact: together(self.groups.values()),
            quarters: instants(quarters),
        })
    }

    /// What some groups amount to together, of those that were counted.
    pub(super) fn impact(&self, keys: &[GroupKey]) -> Impact {
        let keys: HashSet<&GroupKey> = keys.iter().collect();
        together(keys.into_iter().filter_map(|key| self.groups.get(key)))
    }

    /// How many errors of some groups were opened when, each group apart.
    pub(super) fn quarters(&self, keys: &[GroupKey]) -> Result<Vec<GroupQuarter>, Error> {
        let mut counts: BTreeMap<(GroupKey, QuarterHour), u64> = BTreeMap::new();
        self.each_quarter(keys, |key, quarter, count| {
            *counts.entry((key, quarter)).or_default() += count;
        })?;
        let apart = counts.into_iter();
        Ok(apart
            .map(|((key, quarter), count)| (key, quarter.start(), count))
            .collect())
    }

    /// How many errors of some groups were opened when, all together.
    pub(super) fn all_quarters(
        &self,
        keys: &[GroupKey],
    ) -> Result<Vec<(DateTime<Utc>, u64)>, Error> {
        let mut counts: BTreeMap<QuarterHour, u64> = BTreeMap::new();
        self.each_quarter(keys, |_, quarter, count| {
            *counts.entry(quarter).or_default() += count;
        })?;
        Ok(instants(counts))
    }

    fn each_quarter(
        &self,
        keys: &[GroupKey],
        mut add: impl FnMut(GroupKey, QuarterHour, u64),
    ) -> Result<(), Error> {
        let keys: HashSet<&GroupKey> = keys.iter().collect();
        let workspaces: HashSet<Uuid> = keys.iter().map(|key| key.workspace_id).collect();
        let mut reader = DayReader::default();
        for (workspace_id, day, bytes) in &self.days {
            if !workspaces.contains(workspace_id) {
                continue;
            }
            let key = |fingerprint| GroupKey {
                workspace_id: *workspace_id,
                fingerprint,
            };
            let first = first_quarter(*day);
            let wants = |id: &Uuid, kind: &str| self.wants(kind) && keys.contains(&key(*id));
            let take = |id, group: &DayGroup| {
                for (quarter, count) in &group.quarters {
                    add(key(id), QuarterHour(first.0 + i64::from(*quarter)), *count);
                }
            };
            reader.each(bytes, false, wants, take).map_err(malformed)?;
        }
        for one in self.rest.iter().filter(|one| keys.contains(&one.key)) {
            add(one.key, one.quarter, 1);
        }
        Ok(())
    }

    fn wants(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|one| one == kind)
    }
}

impl Group {
    fn add(&mut self, group: &DayGroup) {
        self.occurrences += group.occurrences();
        // A sum of a day is far below what does not fit.
        let lost = group.lost_micro.and_then(|lost| i128::try_from(lost).ok());
        self.lose(lost);
        self.users.merge(&group.users);
        self.agents.merge(&group.agents);
    }

    fn add_one(&mut self, one: &One) {
        self.occurrences += 1;
        self.lose(one.lost_micro.map(i128::from));
        if let Some(user) = one.user {
            self.users.insert(user);
        }
        self.agents.insert(one.agent);
    }

    fn lose(&mut self, lost_micro: Option<i128>) {
        if let Some(lost) = lost_micro {
            *self.lost_micro.get_or_insert_default() += lost;
        }
    }

    fn impact(&self) -> Impact {
        Impact {
            occurrences: self.occurrences,
            users: self.users.len(),
            agents: self.agents.len(),
            lost_micro: self.lost_micro,
        }
    }
}

/// What groups amount to together: whoever was hit by two of them was hit once.
fn together<'a>(groups: impl IntoIterator<Item = &'a Group>) -> Impact {
    let mut all = Group::default();
    for group in groups {
        all.occurrences += group.occurrences;
        all.lose(group.lost_micro);
        all.users.merge(&group.users);
        all.agents.merge(&group.agents);
    }
    all.impact()
}

fn first_quarter(day: NaiveDate) -> QuarterHour {
    QuarterHour::of(UtcDay::of_date(day).start())
}

fn instants(counts: BTreeMap<QuarterHour, u64>) -> Vec<(DateTime<Utc>, u64)> {
    let counts = counts.into_iter();
    counts
        .map(|(quarter, count)| (quarter.start(), count))
        .collect()
}

fn malformed(error: Malformed) -> Error {
    Error::malformed("the errors of a day", error)
}
