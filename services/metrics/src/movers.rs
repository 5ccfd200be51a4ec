//! What moved most and why, from one answer to a query. Pure.

use std::cmp::Reverse;

use shadow_domain::movers::{Activity, Why};
use shadow_proto::metrics::v1::{
    Dimension, Group, Mover, MoverAgent, MoverOutcomes, MoverWhy, Movers, QueryResponse, Series,
    Value,
};

use crate::{board::count, workspace_reply::narrow};

pub(crate) const TOTAL: &str = "total";
pub(crate) const SUBJECTS: &str = "subjects";
pub(crate) const AGENTS: &str = "agents";

/// What is asked of the total and of each subject; the first decides who is merged into "other" where there are too many.
pub(crate) const METRICS: [&str; 8] = [
    "executions",
    "active_users",
    "completed",
    "failed",
    "timed_out",
    "cancelled",
    "unknown_outcome",
    "open_executions",
];

/// Those who moved most, of workspaces or of the agents of one; at most `limit`.
pub(crate) fn movers(response: &QueryResponse, limit: usize) -> Movers {
    let total = groups(response, TOTAL).first().map(mover);
    let total = total.unwrap_or_default();
    let agents = agents(response);
    let (named, merged): (Vec<&Group>, Vec<&Group>) = groups(response, SUBJECTS)
        .iter()
        .partition(|group| group.other_groups == 0);
    let mut found: Vec<Mover> = named.into_iter().map(mover).collect();
    found.sort_by(|a, b| rank(a).cmp(&rank(b)));
    let rest = found.split_off(
        found
            .iter()
            .take(limit)
            .take_while(|one| one.change != 0)
            .count(),
    );
    let there = rest
        .iter()
        .filter(|one| one.executions + one.previous_executions > 0)
        .count();
    let other_subjects =
        narrow(there as u64) + merged.iter().map(|group| group.other_groups).sum::<u32>();
    for one in &mut found {
        one.share = share(one.change, total.change);
        if one.agent_id.is_none() {
            one.leading = agents.as_ref().and_then(|agents| leading(agents, one));
        }
    }
    let others = (other_subjects > 0).then(|| others(&total, &found));
    Movers {
        total: Some(total),
        movers: found,
        others,
        other_subjects,
    }
}

/// How many workspaces did anything, now and before; absent where not all are told apart.
pub(crate) fn active(response: &QueryResponse) -> Option<[u64; 2]> {
    let groups = groups(response, SUBJECTS);
    if groups.iter().any(|group| group.other_groups > 0) {
        return None;
    }
    let of = |value: fn(&Series) -> Option<&Value>| {
        let did = |group: &&Group| {
            let mut counts = group.series.iter().take(2).map(|one| count(value(one)));
            counts.any(|count| count > 0)
        };
        groups.iter().filter(did).count() as u64
    };
    Some([
        of(|one| one.total.as_ref()),
        of(|one| one.previous_total.as_ref()),
    ])
}

/// The largest change first, whichever way; then by id.
fn rank(mover: &Mover) -> (Reverse<u64>, &str, Option<&str>) {
    (
        Reverse(mover.change.unsigned_abs()),
        &mover.workspace_id,
        mover.agent_id.as_deref(),
    )
}

fn groups<'a>(response: &'a QueryResponse, id: &str) -> &'a [Group] {
    let result = response.results.iter().find(|result| result.id == id);
    result.map_or(&[], |result| &result.groups)
}

fn mover(group: &Group) -> Mover {
    let now = |at: usize| count(group.series.get(at).and_then(|one| one.total.as_ref()));
    let before = |at: usize| {
        let series = group.series.get(at);
        count(series.and_then(|one| one.previous_total.as_ref()))
    };
    let of = |at: fn(usize) -> usize, value: &dyn Fn(usize) -> u64| Activity {
        executions: value(at(0)),
        users: value(at(1)),
    };
    let (current, previous) = (of(|at| at, &now), of(|at| at, &before));
    let change = |at: usize| difference(now(at), before(at));
    let key = group.keys.first();
    Mover {
        workspace_id: key.map_or_else(String::new, |key| key.workspace_id.clone()),
        agent_id: key
            .filter(|key| key.dimension() == Dimension::Agent)
            .and_then(|key| key.id.clone()),
        name: key.map_or_else(String::new, |key| key.label.clone()),
        executions: current.executions,
        previous_executions: previous.executions,
        change: current.change(previous),
        share: None,
        active_users: Some(current.users),
        previous_active_users: Some(previous.users),
        why: current.why(previous).map(why),
        outcomes: Some(MoverOutcomes {
            completed_change: change(2),
            failed_change: change(3),
            timed_out_change: change(4),
            cancelled_change: change(5),
            unknown_change: change(6),
            open_change: change(7),
        }),
        leading: None,
    }
}

fn why(why: Why) -> MoverWhy {
    MoverWhy {
        users_change: why.users,
        per_user_change: why.per_user,
    }
}

fn difference(now: u64, before: u64) -> i64 {
    Activity {
        executions: now,
        users: 0,
    }
    .change(Activity {
        executions: before,
        users: 0,
    })
}

fn share(change: i64, total: i64) -> Option<f64> {
    (total != 0).then(|| change as f64 / total as f64)
}

/// Agents by workspace, with their names and changes; none where there are too many to tell all apart, for then another one
/// may have changed more.
fn agents(response: &QueryResponse) -> Option<Vec<(&str, MoverAgent)>> {
    let groups = groups(response, AGENTS);
    if groups.iter().any(|group| group.other_groups > 0) {
        return None;
    }
    let agent = |group| {
        let moved = mover(group);
        let key = group.keys.first()?;
        let agent = MoverAgent {
            agent_id: key.id.clone()?,
            name: moved.name,
            change: moved.change,
        };
        Some((key.workspace_id.as_str(), agent))
    };
    Some(groups.iter().filter_map(agent).collect())
}

/// The agent that changed most in the direction of its workspace.
fn leading(agents: &[(&str, MoverAgent)], mover: &Mover) -> Option<MoverAgent> {
    let same_way = |agent: &MoverAgent| agent.change.signum() == mover.change.signum();
    let own = agents
        .iter()
        .filter(|(workspace, agent)| *workspace == mover.workspace_id && same_way(agent));
    let first =
        own.min_by_key(|(_, agent)| (Reverse(agent.change.unsigned_abs()), &agent.agent_id));
    first.map(|(_, agent)| agent.clone())
}

/// What is left of the total without those who are named.
fn others(total: &Mover, named: &[Mover]) -> Mover {
    let left = |of: fn(&Mover) -> u64| {
        let theirs: u64 = named.iter().map(of).sum();
        of(total).saturating_sub(theirs)
    };
    let (executions, previous) = (
        left(|one| one.executions),
        left(|one| one.previous_executions),
    );
    let changed = |of: fn(&MoverOutcomes) -> i64| {
        let theirs = named.iter().filter_map(|one| one.outcomes.as_ref()).map(of);
        total.outcomes.as_ref().map_or(0, of) - theirs.sum::<i64>()
    };
    let change = difference(executions, previous);
    Mover {
        executions,
        previous_executions: previous,
        change,
        share: share(change, total.change),
        outcomes: Some(MoverOutcomes {
            completed_change: changed(|one| one.completed_change),
            failed_change: changed(|one| one.failed_change),
            timed_out_change: changed(|one| one.timed_out_change),
            cancelled_change: changed(|one| one.cancelled_change),
            unknown_change: changed(|one| one.unknown_change),
            open_change: changed(|one| one.open_change),
        }),
        ..Mover::default()
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::{Key, Result as Answer, value::Number};

    use super::*;

    fn series(values: [(i64, i64); 8]) -> Vec<Series> {
        let value = |number| {
            Some(Value {
                number: Some(Number::Integer(number)),
            })
        };
        let one = |(now, before)| Series {
            total: value(now),
            previous_total: value(before),
            ..Series::default()
        };
        values.map(one).to_vec()
    }

    fn group(workspace: &str, id: &str, runs: (i64, i64), users: (i64, i64)) -> Group {
        Group {
            keys: vec![Key {
                dimension: match id == workspace {
                    true => Dimension::Workspace,
                    false => Dimension::Agent,
                }
                .into(),
                id: Some(id.to_owned()),
                label: format!("The {id}"),
                workspace_id: workspace.to_owned(),
            }],
            // All of them completed.
            series: series([runs, users, runs, (0, 0), (0, 0), (0, 0), (0, 0), (0, 0)]),
            other_groups: 0,
        }
    }

    fn response() -> QueryResponse {
        let answer = |id: &str, groups| Answer {
            id: id.to_owned(),
            groups,
            ..Answer::default()
        };
        let whole = Group {
            keys: Vec::new(),
            ..group("", "", (200, 160), (20, 16))
        };
        QueryResponse {
            results: vec![
                answer(TOTAL, vec![whole]),
                answer(
                    SUBJECTS,
                    vec![
                        group("w1", "w1", (100, 90), (10, 9)),
                        group("w2", "w2", (40, 60), (4, 6)),
                        group("w3", "w3", (60, 0), (6, 0)),
                        group("w4", "w4", (0, 10), (0, 1)),
                        group("w5", "w5", (0, 0), (0, 0)),
                    ],
                ),
                answer(
                    AGENTS,
                    vec![
                        group("w2", "up", (30, 10), (3, 1)),
                        group("w2", "down", (10, 50), (1, 5)),
                        group("w3", "fresh", (60, 0), (6, 0)),
                    ],
                ),
            ],
        }
    }

    #[test]
    fn movers_and_others_add_up_to_the_total() {
        let all = movers(&response(), 2);
        let total = all.total.unwrap();
        assert_eq!((total.change, total.executions), (40, 200));
        let ids: Vec<_> = all
            .movers
            .iter()
            .map(|one| one.workspace_id.as_str())
            .collect();
        assert_eq!(ids, ["w3", "w2"]);
        let others = all.others.unwrap();
        assert_eq!((others.change, all.other_subjects), (0, 2));
        let shares: f64 = all
            .movers
            .iter()
            .chain([&others])
            .filter_map(|one| one.share)
            .sum();
        assert!((shares - 1.0).abs() < 1e-12, "{shares}");
        assert_eq!(others.outcomes.unwrap().completed_change, 0);
        // Who moved the other way counts against it.
        assert_eq!(all.movers[1].share, Some(-0.5));
    }

    #[test]
    fn a_mover_says_why() {
        let all = movers(&response(), 10);
        let [fresh, shrunk, ..] = &all.movers[..] else {
            panic!("two at least")
        };
        assert_eq!(
            fresh.why.map(|why| (why.users_change, why.per_user_change)),
            Some((60, 0))
        );
        assert_eq!(fresh.leading.as_ref().unwrap().name, "The fresh");
        // "up" moved the other way.
        let leading = shrunk.leading.as_ref().unwrap();
        assert_eq!((leading.agent_id.as_str(), leading.change), ("down", -40));
        assert_eq!(all.movers.len(), 4, "who did not change is none");
        assert_eq!((all.others, all.other_subjects), (None, 0));
    }

    #[test]
    fn nobody_leads_where_agents_are_not_told_apart() {
        let mut response = response();
        response.results[2].groups.push(Group {
            other_groups: 7,
            ..group("", "", (10, 20), (1, 2))
        });
        let all = movers(&response, 10);
        assert_eq!(all.movers.len(), 4);
        assert!(all.movers.iter().all(|one| one.leading.is_none()));
    }

    #[test]
    fn active_workspaces_are_counted_where_all_are_told_apart() {
        let mut response = response();
        assert_eq!(active(&response), Some([3, 3]));
        response.results[1].groups[0].other_groups = 1;
        assert_eq!(active(&response), None);
    }
}
