//! What the agents of a workspace do on a day: a function of the seed, the calendar, the workspace and the day.

use chrono::{Datelike, TimeDelta};
use shadow_domain::time::UtcDay;

use crate::execution::{self, Context, Execution};
use crate::random::Random;
use crate::rhythm::Curve;
use crate::scale::World;
use crate::workspaces::Profile;

/// Everything that was opened on a UTC day, in order of opening, and who was there.
pub(crate) fn executions(
    world: &World,
    workspace: &Profile,
    day: UtcDay,
) -> (Vec<Execution>, Vec<(usize, f64)>) {
    let mut random = Random::new(world.seed, [5, workspace.number as i64, i64::from(day.0)]);
    let present = present(world, workspace, day, &mut random);
    let busy = workspace.busy(world, day) * random.lognormal(1.0, 0.08);
    let mut executions = Vec::new();
    if busy == 0.0 {
        return (executions, present);
    }
    let midnight = day.start();
    for agent in 0..workspace.agents.len() {
        let habits = workspace.agents[agent].work.habits();
        let busy = busy * random.lognormal(1.0, 0.1);
        for hour in 0..24 {
            let start = midnight + TimeDelta::hours(hour);
            let mean = habits.daily * busy * habits.curve.share(&workspace.zone, start);
            for _ in 0..random.poisson(mean) {
                let opened_at = start + moment(habits.curve, &mut random);
                let context = Context {
                    world,
                    workspace,
                    agent,
                    day,
                    present: &present,
                };
                executions.push(execution::draw(&context, opened_at, &mut random));
            }
        }
    }
    executions.sort_by_key(|execution| (execution.opened_at, execution.execution_id));
    (executions, present)
}

/// Who is there today, with how much they do. Where anybody works there is always somebody.
pub(crate) fn present(
    world: &World,
    workspace: &Profile,
    day: UtcDay,
    random: &mut Random,
) -> Vec<(usize, f64)> {
    let of_story = world.calendar.day(day);
    let interest = workspace.story.interest(of_story);
    if interest == 0.0 {
        return Vec::new();
    }
    let weekend = day.date().weekday().number_from_monday() > 5;
    let interest = interest * if weekend { 0.3 } else { 1.0 };
    let mut present = Vec::new();
    for (index, person) in workspace.people.iter().enumerate() {
        if random.chance(person.presence(of_story) * interest) {
            present.push((index, person.weight));
        }
    }
    if present.is_empty() && workspace.story.activity(of_story) > 0.0 {
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
