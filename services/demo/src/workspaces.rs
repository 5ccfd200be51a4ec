//! The workspaces: who they are, how large, where on the earth, and what becomes of them.

mod rows;

use shadow_domain::time::{IanaZone, UtcDay};
use uuid::Uuid;

use crate::agents;
use crate::calendar::LAST_DAY;
use crate::people::{Person, Role};
use crate::random::Random;
use crate::rhythm;
use crate::scale::{Scale, World};
use crate::story::Story;
use rows::{Agents, ROWS, Row};

/// How many times as large workspaces are at the end of the year as at its beginning.
const GROWTH: [f64; 8] = [1.5, 1.3, 1.8, 1.1, 0.85, 1.6, 1.4, 1.2];

/// The part of a month's credits that workspaces keep in reserve.
const RESERVES: [f64; 5] = [0.5, 0.9, 0.3, 1.2, 0.7];

/// One workspace with all that belongs to it.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) number: usize,
    pub(crate) id: Uuid,
    pub(crate) name: &'static str,
    pub(crate) zone: IanaZone,
    pub(crate) zone_name: &'static str,
    /// How much happens, against a workspace of middling size.
    weight: f64,
    /// Where in its slow wave it is.
    phase: f64,
    /// Seats that it pays for each of its people.
    pub(crate) slack: f64,
    pub(crate) story: Story,
    pub(crate) people: Vec<Person>,
    pub(crate) agents: Vec<agents::Profile>,
}

impl Profile {
    /// How much its agents do on a day, against one of middling size on an ordinary day.
    pub(crate) fn busy(&self, world: &World, day: UtcDay) -> f64 {
        let of_story = world.calendar.day(day);
        let activity = self.story.activity(of_story);
        if activity == 0.0 {
            return 0.0;
        }
        let years = f64::from(of_story.clamp(0, LAST_DAY) - LAST_DAY) / f64::from(LAST_DAY);
        let growth = libm::pow(GROWTH[self.number % GROWTH.len()], years);
        self.weight * world.scale.volume() * activity * growth * rhythm::season(day, self.phase)
    }

    /// The part of a month's credits that it keeps in reserve.
    pub(crate) fn reserve(&self) -> f64 {
        RESERVES[self.number % RESERVES.len()]
    }
}

/// People whom a visitor can sign in as, with their role in the first workspace.
pub(crate) const VISITORS: [(&str, &str, Role); 4] = [
    ("owner@demo", "Olivia Owner", Role::Owner),
    ("admin@demo", "Adrian Admin", Role::Admin),
    ("member@demo", "Mei Member", Role::Member),
    ("viewer@demo", "Victor Viewer", Role::Viewer),
];

/// Every workspace of a seed.
pub(crate) fn profiles(seed: u64, scale: Scale) -> Vec<Profile> {
    let mut first = 0;
    let mut profiles: Vec<_> = ROWS
        .iter()
        .take(scale.workspaces())
        .enumerate()
        .map(|(number, row)| {
            let people = scale.people(row.people).max(1);
            let profile = profile(seed, number, row, first..first + people);
            first += people;
            profile
        })
        .collect();
    invite(seed, &mut profiles);
    profiles
}

fn profile(seed: u64, number: usize, row: &Row, people: std::ops::Range<usize>) -> Profile {
    let domain = row.name.to_lowercase().replace(' ', "-");
    let count = people.len();
    let agents = match row.agents {
        Agents::Own(own) => own.to_vec(),
        Agents::Common(count) => agents::common(number, count),
    };
    Profile {
        number,
        id: Uuid::new_v5(
            &Uuid::NAMESPACE_DNS,
            format!("{seed}.{domain}.example").as_bytes(),
        ),
        name: row.name,
        zone: IanaZone::parse(row.zone).expect("a zone of the list"),
        zone_name: row.zone,
        weight: row.weight,
        phase: number as f64 * 5.0 / 12.0,
        slack: row.slack,
        story: row.story,
        people: people
            .enumerate()
            .map(|(index, person)| {
                let role = role(index, count);
                Person::new(seed, person, &domain, role, row.story.born())
            })
            .collect(),
        agents: agents
            .into_iter()
            .enumerate()
            .map(|(index, (name, work))| agents::Profile::new(seed, number, index, name, work))
            .collect(),
    }
}

/// One owner, some admins, some who only look.
fn role(index: usize, people: usize) -> Role {
    match index {
        0 => Role::Owner,
        _ if index <= people / 10 + 1 => Role::Admin,
        _ if index % 6 == 5 => Role::Viewer,
        _ => Role::Member,
    }
}

/// The visitors come to the first workspace, and every ninth person is also a guest in the next workspace that has agents.
fn invite(seed: u64, profiles: &mut [Profile]) {
    let homes: Vec<usize> = profiles
        .iter()
        .map(|profile| profile.people.len())
        .collect();
    for (id, name, role) in VISITORS {
        let born = profiles[0].story.born();
        profiles[0]
            .people
            .push(Person::visitor(id, name, role, born));
    }
    let (id, name, _) = VISITORS[0];
    let born = profiles[1].story.born();
    profiles[1]
        .people
        .push(Person::visitor(id, name, Role::Viewer, born));
    let mut random = Random::new(seed, [4, 0, 0]);
    let hosts: Vec<usize> = (0..profiles.len())
        .filter(|number| !profiles[*number].agents.is_empty())
        .collect();
    for (index, number) in hosts.iter().enumerate() {
        let next = hosts[(index + 1) % hosts.len()];
        let born = profiles[next].story.born();
        let mut guests: Vec<_> = profiles[*number].people[1..homes[*number]]
            .iter()
            .skip(3)
            .step_by(9)
            .cloned()
            .collect();
        for guest in &mut guests {
            guest.role = Role::Member;
            guest.presence *= random.between(0.1, 0.5);
            guest.joined = guest.joined.max(born);
        }
        profiles[next].people.extend(guests);
    }
}
