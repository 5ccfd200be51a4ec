//! What the agents of a workspace do on a day: a function of the seed, the workspace and the day.

use chrono::{Datelike, TimeDelta};
use shadow_domain::time::UtcDay;

use crate::execution::{self, Context, Execution};
use crate::random::Random;
use crate::rhythm::{self, Curve};
use crate::workspaces::Profile;

/// Everything that was opened on a UTC day, in order of opening.
pub(crate) fn executions(seed: u64, workspace: &Profile, day: UtcDay) -> Vec<Execution> {
    let mut random = Random::new(seed, [5, workspace.number as i64, i64::from(day.0)]);
    let present = present(workspace, day, &mut random);
    let busy =
        workspace.weight * rhythm::season(day, workspace.phase) * random.lognormal(1.0, 0.08);
    let midnight = day.start();

    let mut executions = Vec::new();
    for agent in 0..workspace.agents.len() {
        let habits = workspace.agents[agent].work.habits();
        let busy = busy * random.lognormal(1.0, 0.1);
        for hour in 0..24 {
            let start = midnight + TimeDelta::hours(hour);
            let mean = habits.daily * busy * habits.curve.share(&workspace.zone, start);
            for _ in 0..random.poisson(mean) {
                let opened_at = start + moment(habits.curve, &mut random);
                let context = Context {
                    workspace,
                    agent,
                    day,
                    present: &present,
                    incident: rhythm::is_incident(seed, opened_at),
                };
                executions.push(execution::draw(&context, opened_at, &mut random));
            }
        }
    }
    executions.sort_by_key(|execution| (execution.opened_at, execution.execution_id));
    executions
}

/// Who is there today, with how much they do. There is always somebody.
pub(crate) fn present(workspace: &Profile, day: UtcDay, random: &mut Random) -> Vec<(usize, f64)> {
    let weekend = day.date().weekday().number_from_monday() > 5;
    let mut present = Vec::new();
    for (index, person) in workspace.people.iter().enumerate() {
        if random.chance(person.presence * if weekend { 0.3 } else { 1.0 }) {
            present.push((index, person.weight));
        }
    }
    if present.is_empty() {
        present.push((0, 1.0));
    }
    present
}

/// A moment within an hour. Timers fire at every fifth minute, people at any time.
fn moment(curve: Curve, random: &mut Random) -> TimeDelta {
    let microseconds = (random.unit() * 3_600e6) as i64;
    if !matches!(curve, Curve::Timer | Curve::Night) {
        return TimeDelta::microseconds(microseconds);
    }
    let slot = microseconds / 300_000_000 * 300_000_000;
    TimeDelta::microseconds(slot + (random.unit() * 2e6) as i64)
}
