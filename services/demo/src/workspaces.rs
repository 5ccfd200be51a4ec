//! The workspaces: who they are, how large, where on the earth.

use shadow_domain::time::IanaZone;
use uuid::Uuid;

use crate::agents::{self, Work};
use crate::people::{Person, Role};
use crate::random::Random;

/// One workspace with all that belongs to it.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) number: usize,
    pub(crate) id: Uuid,
    pub(crate) name: &'static str,
    pub(crate) zone: IanaZone,
    pub(crate) zone_name: &'static str,
    /// How much happens, against a workspace of middling size.
    pub(crate) weight: f64,
    /// Where in its slow wave of growth and decline it is.
    pub(crate) phase: f64,
    pub(crate) people: Vec<Person>,
    pub(crate) agents: Vec<agents::Profile>,
}

/// Name, zone, weight, people at home, agents.
type Row = (
    &'static str,
    &'static str,
    f64,
    usize,
    [(&'static str, Work); 5],
);

#[rustfmt::skip]
const ROWS: [Row; 12] = [
    ("Halden Freight", "Europe/Oslo", 2.6, 30, [
        ("Customs declarations", Work::Documents), ("Shipment assistant", Work::Chat), ("Delay watch", Work::Watch),
        ("Route planner", Work::Research), ("Ticket router", Work::Router)]),
    ("Copperleaf Bank", "America/New_York", 2.2, 28, [
        ("Account assistant", Work::Chat), ("Statement reader", Work::Documents), ("Fraud watch", Work::Watch),
        ("Reconciliation", Work::Nightly), ("Credit memo writer", Work::Research)]),
    ("Tessera Retail", "Europe/Berlin", 1.9, 22, [
        ("Shopping assistant", Work::Chat), ("Returns desk", Work::Chat), ("Catalogue writer", Work::Documents),
        ("Price watch", Work::Watch), ("Message router", Work::Router)]),
    ("Mirabel Health", "America/Chicago", 1.5, 20, [
        ("Intake summaries", Work::Documents), ("Appointment assistant", Work::Chat), ("Claims checker", Work::Documents),
        ("Literature review", Work::Research), ("Coding audit", Work::Nightly)]),
    ("Osprey Insurance", "Europe/London", 1.2, 18, [
        ("Claims triage", Work::Router), ("Policy assistant", Work::Chat), ("Damage assessor", Work::Documents),
        ("Storm watch", Work::Watch), ("Renewal letters", Work::Nightly)]),
    ("Sundara Foods", "Asia/Kolkata", 1.0, 16, [
        ("Order desk", Work::Chat), ("Supplier onboarding", Work::Documents), ("Cold chain watch", Work::Watch),
        ("Demand outlook", Work::Nightly), ("Recipe research", Work::Research)]),
    ("Kestrel Energy", "Australia/Sydney", 0.8, 14, [
        ("Meter anomalies", Work::Watch), ("Tariff assistant", Work::Chat), ("Permit reader", Work::Documents),
        ("Grid outlook", Work::Nightly), ("Field reports", Work::Documents)]),
    ("Quillon Legal", "Europe/Paris", 0.7, 13, [
        ("Contract reviewer", Work::Documents), ("Case research", Work::Research), ("Clause finder", Work::Chat),
        ("Deadline watch", Work::Watch), ("Discovery sorter", Work::Nightly)]),
    ("Fjordline Travel", "Asia/Singapore", 0.6, 11, [
        ("Trip assistant", Work::Chat), ("Visa checker", Work::Documents), ("Fare watch", Work::Watch),
        ("Itinerary writer", Work::Research), ("Inbox router", Work::Router)]),
    ("Banyan Education", "Africa/Nairobi", 0.4, 9, [
        ("Tutor", Work::Chat), ("Essay feedback", Work::Documents), ("Course planner", Work::Research),
        ("Enrolment desk", Work::Chat), ("Attendance watch", Work::Watch)]),
    ("Verdant Robotics", "America/Los_Angeles", 0.3, 8, [
        ("Code reviewer", Work::Documents), ("Incident analyst", Work::Research), ("Telemetry watch", Work::Watch),
        ("Build doctor", Work::Router), ("Parts finder", Work::Chat)]),
    ("Pinegate Realty", "America/Sao_Paulo", 0.2, 5, [
        ("Listing writer", Work::Documents), ("Viewing assistant", Work::Chat), ("Lease reader", Work::Documents),
        ("Market outlook", Work::Research), ("Portal watch", Work::Watch)]),
];

/// People whom a visitor can sign in as, with their role in the first workspace.
pub(crate) const VISITORS: [(&str, &str, Role); 4] = [
    ("owner@demo", "Olivia Owner", Role::Owner),
    ("admin@demo", "Adrian Admin", Role::Admin),
    ("member@demo", "Mei Member", Role::Member),
    ("viewer@demo", "Victor Viewer", Role::Viewer),
];

/// Every workspace of a seed.
pub(crate) fn profiles(seed: u64) -> Vec<Profile> {
    let mut first = 0;
    let mut profiles: Vec<_> = ROWS
        .iter()
        .enumerate()
        .map(|(number, row)| {
            let profile = profile(seed, number, row, first);
            first += row.3;
            profile
        })
        .collect();
    invite(seed, &mut profiles);
    profiles
}

fn profile(
    seed: u64,
    number: usize,
    &(name, zone_name, weight, people, agents): &Row,
    first: usize,
) -> Profile {
    let domain = name.to_lowercase().replace(' ', "-");
    Profile {
        number,
        id: Uuid::new_v5(
            &Uuid::NAMESPACE_DNS,
            format!("{seed}.{domain}.example").as_bytes(),
        ),
        name,
        zone: IanaZone::parse(zone_name).expect("a zone of the list above"),
        zone_name,
        weight,
        phase: number as f64 * 5.0 / 12.0,
        people: (0..people)
            .map(|index| Person::new(seed, first + index, &domain, role(index, people)))
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

/// The visitors come to the first workspace, and every ninth person is also a guest in the next workspace.
fn invite(seed: u64, profiles: &mut [Profile]) {
    for (id, name, role) in VISITORS {
        profiles[0].people.push(Person::visitor(id, name, role));
    }
    profiles[1]
        .people
        .push(Person::visitor(VISITORS[0].0, VISITORS[0].1, Role::Viewer));
    let mut random = Random::new(seed, [4, 0, 0]);
    for number in 0..profiles.len() {
        let home = ROWS[number].3;
        let mut guests: Vec<_> = profiles[number].people[1..home]
            .iter()
            .skip(3)
            .step_by(9)
            .cloned()
            .collect();
        for guest in &mut guests {
            guest.role = Role::Member;
            guest.presence *= random.between(0.1, 0.5);
        }
        let next = (number + 1) % profiles.len();
        profiles[next].people.extend(guests);
    }
}
