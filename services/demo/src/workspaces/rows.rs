//! The list of workspaces: the first twelve are those of the small scale.

use crate::agents::Work;
use crate::story::{Happening, Plan, Story};

use Happening::{
    Cancels, Ends, FailsToPay, FallsSilent, Pauses, Pays, Returns, Slips, Starts, Tries,
};
use Plan::{Business, Enterprise, Starter, Team};

/// Which agents a workspace has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Agents {
    /// Five of its own.
    Own([(&'static str, Work); 5]),
    /// So many of those that everybody has.
    Common(usize),
}

/// A workspace as it is listed.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) zone: &'static str,
    /// How much happens, against a workspace of middling size.
    pub(super) weight: f64,
    /// People at home in it at the end of the year.
    pub(super) people: usize,
    /// Seats that it pays for each of its people.
    pub(super) slack: f64,
    pub(super) agents: Agents,
    pub(super) story: Story,
}

const fn row(
    (name, zone): (&'static str, &'static str),
    (weight, people, slack): (f64, usize, f64),
    agents: Agents,
    story: &'static [(i32, Happening)],
) -> Row {
    Row {
        name,
        zone,
        weight,
        people,
        slack,
        agents,
        story: Story(story),
    }
}

#[rustfmt::skip]
pub(super) const ROWS: [Row; 40] = [
    row(("Halden Freight", "Europe/Oslo"), (2.6, 150, 1.5), Agents::Own([
        ("Customs declarations", Work::Documents), ("Shipment assistant", Work::Chat), ("Delay watch", Work::Watch),
        ("Route planner", Work::Research), ("Ticket router", Work::Router)]),
        &[(-420, Starts(Enterprise))]),
    row(("Copperleaf Bank", "America/New_York"), (2.2, 140, 1.4), Agents::Own([
        ("Account assistant", Work::Chat), ("Statement reader", Work::Documents), ("Fraud watch", Work::Watch),
        ("Reconciliation", Work::Nightly), ("Credit memo writer", Work::Research)]),
        &[(-380, Starts(Enterprise))]),
    row(("Tessera Retail", "Europe/Berlin"), (1.9, 110, 1.6), Agents::Own([
        ("Shopping assistant", Work::Chat), ("Returns desk", Work::Chat), ("Catalogue writer", Work::Documents),
        ("Price watch", Work::Watch), ("Message router", Work::Router)]),
        &[(-300, Starts(Business)), (150, Happening::Plan(Enterprise))]),
    row(("Mirabel Health", "America/Chicago"), (1.5, 100, 1.35), Agents::Own([
        ("Intake summaries", Work::Documents), ("Appointment assistant", Work::Chat), ("Claims checker", Work::Documents),
        ("Literature review", Work::Research), ("Coding audit", Work::Nightly)]),
        &[(-260, Starts(Business))]),
    row(("Osprey Insurance", "Europe/London"), (1.2, 90, 1.5), Agents::Own([
        ("Claims triage", Work::Router), ("Policy assistant", Work::Chat), ("Damage assessor", Work::Documents),
        ("Storm watch", Work::Watch), ("Renewal letters", Work::Nightly)]),
        &[(-200, Starts(Business)), (320, FailsToPay), (327, Pays(Business))]),
    row(("Sundara Foods", "Asia/Kolkata"), (1.0, 80, 1.4), Agents::Own([
        ("Order desk", Work::Chat), ("Supplier onboarding", Work::Documents), ("Cold chain watch", Work::Watch),
        ("Demand outlook", Work::Nightly), ("Recipe research", Work::Research)]),
        &[(-180, Starts(Team)), (330, Happening::Plan(Business))]),
    row(("Kestrel Energy", "Australia/Sydney"), (0.8, 70, 1.08), Agents::Own([
        ("Meter anomalies", Work::Watch), ("Tariff assistant", Work::Chat), ("Permit reader", Work::Documents),
        ("Grid outlook", Work::Nightly), ("Field reports", Work::Documents)]),
        &[(-150, Starts(Team))]),
    row(("Quillon Legal", "Europe/Paris"), (0.7, 65, 1.45), Agents::Own([
        ("Contract reviewer", Work::Documents), ("Case research", Work::Research), ("Clause finder", Work::Chat),
        ("Deadline watch", Work::Watch), ("Discovery sorter", Work::Nightly)]),
        &[(-120, Starts(Team)), (290, Cancels), (318, Returns(Team))]),
    row(("Fjordline Travel", "Asia/Singapore"), (0.6, 55, 1.7), Agents::Own([
        ("Trip assistant", Work::Chat), ("Visa checker", Work::Documents), ("Fare watch", Work::Watch),
        ("Itinerary writer", Work::Research), ("Inbox router", Work::Router)]),
        &[(-90, Starts(Team)), (354, Slips)]),
    row(("Banyan Education", "Africa/Nairobi"), (0.4, 45, 1.5), Agents::Own([
        ("Tutor", Work::Chat), ("Essay feedback", Work::Documents), ("Course planner", Work::Research),
        ("Enrolment desk", Work::Chat), ("Attendance watch", Work::Watch)]),
        &[(-60, Starts(Starter)), (100, Happening::Plan(Team)), (300, Happening::Plan(Starter))]),
    row(("Verdant Robotics", "America/Los_Angeles"), (0.3, 40, 1.4), Agents::Own([
        ("Code reviewer", Work::Documents), ("Incident analyst", Work::Research), ("Telemetry watch", Work::Watch),
        ("Build doctor", Work::Router), ("Parts finder", Work::Chat)]),
        &[(-30, Starts(Starter)), (60, Cancels), (110, Returns(Team))]),
    row(("Pinegate Realty", "America/Sao_Paulo"), (0.2, 25, 1.6), Agents::Own([
        ("Listing writer", Work::Documents), ("Viewing assistant", Work::Chat), ("Lease reader", Work::Documents),
        ("Market outlook", Work::Research), ("Portal watch", Work::Watch)]),
        &[(-20, Starts(Starter)), (240, Cancels), (298, Returns(Starter)), (352, Ends)]),
    row(("Aldermoor Logistics", "Europe/Amsterdam"), (0.9, 80, 1.4), Agents::Common(8),
        &[(-75, Starts(Business)), (250, Happening::Plan(Enterprise))]),
    row(("Cobalt Air", "America/Toronto"), (0.85, 76, 1.5), Agents::Common(8), &[(-50, Starts(Business))]),
    row(("Saltmarsh Utilities", "Europe/Dublin"), (0.8, 70, 1.05), Agents::Common(7),
        &[(-40, Starts(Team)), (200, Happening::Plan(Business))]),
    row(("Hikari Devices", "Asia/Tokyo"), (0.8, 68, 1.4), Agents::Common(7), &[(10, Tries(Business)), (24, Starts(Business))]),
    row(("Lumora Telecom", "America/Mexico_City"), (0.7, 66, 1.5), Agents::Common(7),
        &[(-10, Starts(Team)), (95, Cancels), (150, Returns(Team))]),
    row(("Dunes Hospitality", "Asia/Dubai"), (0.65, 60, 1.4), Agents::Common(7),
        &[(35, Tries(Team)), (49, Starts(Team)), (280, Happening::Plan(Business))]),
    row(("Baltia Payments", "Europe/Vilnius"), (0.6, 56, 1.6), Agents::Common(6), &[(66, Starts(Team))]),
    row(("Rowan Pharma", "Europe/Zurich"), (0.6, 54, 1.4), Agents::Common(6),
        &[(80, Starts(Business)), (210, Happening::Plan(Team))]),
    row(("Cinder Games", "Europe/Stockholm"), (0.55, 52, 1.5), Agents::Common(6),
        &[(100, Tries(Team)), (114, Starts(Team)), (180, Cancels), (225, Returns(Team))]),
    row(("Harrow Estates", "Europe/London"), (0.5, 47, 1.3), Agents::Common(5), &[(-100, Starts(Team)), (318, FallsSilent)]),
    row(("Maple Credit Union", "America/Vancouver"), (0.5, 40, 1.5), Agents::Common(5), &[(135, Starts(Team))]),
    row(("Andes Mining", "America/Lima"), (0.45, 38, 1.4), Agents::Common(5),
        &[(150, Tries(Starter)), (164, Starts(Starter)), (260, Happening::Plan(Team))]),
    row(("Orchard Grocers", "Pacific/Auckland"), (0.45, 36, 1.5), Agents::Common(5),
        &[(178, Starts(Team)), (361, FailsToPay), (371, Pays(Team))]),
    row(("Tidewater Shipping", "America/New_York"), (0.4, 34, 1.4), Agents::Common(5),
        &[(-5, Starts(Team)), (130, Cancels), (190, Returns(Team)), (270, Cancels)]),
    row(("Zephyr Mobility", "Europe/Madrid"), (0.4, 32, 1.6), Agents::Common(5), &[(205, Starts(Starter)), (345, Cancels)]),
    row(("Lotus Clinics", "Asia/Bangkok"), (0.35, 30, 1.4), Agents::Common(5),
        &[(220, Tries(Starter)), (234, Starts(Starter)), (335, Happening::Plan(Team))]),
    row(("Basalt Construction", "America/Denver"), (0.35, 28, 1.5), Agents::Common(5),
        &[(-70, Starts(Team)), (40, Cancels), (75, Returns(Team)), (200, Pauses), (232, Returns(Team))]),
    row(("Savanna Insurance", "Africa/Johannesburg"), (0.3, 26, 1.06), Agents::Common(5), &[(255, Starts(Starter))]),
    row(("Polar Research", "Europe/Helsinki"), (0.3, 24, 1.4), Agents::Common(4), &[(-35, Starts(Starter)), (310, Pauses)]),
    row(("Sorrel Press", "Europe/Rome"), (0.25, 22, 1.5), Agents::Common(4),
        &[(282, Starts(Starter)), (326, Cancels), (352, Returns(Starter))]),
    row(("Harbor Museum", "Europe/Lisbon"), (0.2, 18, 1.4), Agents::Common(4), &[(-15, Starts(Starter)), (215, Cancels)]),
    row(("Crescent Bakery", "Europe/Istanbul"), (0.2, 16, 1.6), Agents::Common(4),
        &[(300, Tries(Starter)), (314, Starts(Starter))]),
    row(("Heron Surveys", "Asia/Kathmandu"), (0.2, 14, 1.5), Agents::Common(4), &[(328, Starts(Starter))]),
    row(("Willow Dental", "Australia/Adelaide"), (0.15, 12, 1.4), Agents::Common(4),
        &[(-25, Starts(Starter)), (160, Cancels), (250, Returns(Starter))]),
    row(("Ember Studio", "America/Bogota"), (0.15, 10, 1.5), Agents::Common(3),
        &[(345, Tries(Starter)), (375, Starts(Starter))]),
    row(("Clover Vets", "Europe/Warsaw"), (0.1, 8, 1.5), Agents::Common(3), &[(240, Tries(Starter)), (270, Cancels)]),
    row(("Tern Consulting", "Asia/Manila"), (0.1, 6, 1.4), Agents::Common(3), &[(340, Starts(Starter))]),
    // Somebody made it, and nothing ever happened in it.
    row(("Newfield Labs", "Europe/Vienna"), (0.0, 1, 3.0), Agents::Common(0), &[]),
];
