//! Visits: what people look at and use on the platform, page after page, beside what they run.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::time::UtcDay;
use shadow_proto::streaming::v1::{Activity, ActivityType, Event, event};
use uuid::Uuid;

use crate::execution::{LONGEST, span, timestamp, uuid};
use crate::random::Random;
use crate::rhythm::Curve;
use crate::scale::World;
use crate::workspaces::Profile;

/// The part of those who are there that visit the platform, not only run agents by programs.
const VISITING: f64 = 0.75;

/// Pages of a visit at most.
const MOST_PAGES: usize = 14;

/// The part of the visits whose client tells of no session.
const WITHOUT_SESSION: f64 = 0.08;

/// A page: its name, its path, the features on it, and how likely each page follows; what is left of 1 ends the visit.
struct Page {
    name: &'static str,
    path: &'static str,
    features: &'static [(ActivityType, &'static str)],
    used: f64,
    next: [f64; 8],
}

use ActivityType::{Export, FeatureUse, ReportView};

#[rustfmt::skip]
const PAGES: [Page; 8] = [
    Page { name: "home", path: "/", features: &[], used: 0.0,
        next: [0.0, 0.34, 0.0, 0.3, 0.0, 0.1, 0.06, 0.03] },
    Page { name: "agents", path: "/agents", features: &[(FeatureUse, "search")], used: 0.25,
        next: [0.05, 0.0, 0.55, 0.12, 0.0, 0.03, 0.0, 0.0] },
    Page { name: "agent", path: "/agents/", features: &[(FeatureUse, "run_agent"), (FeatureUse, "compare_versions"), (FeatureUse, "edit_prompt")], used: 0.5,
        next: [0.03, 0.2, 0.0, 0.3, 0.1, 0.02, 0.0, 0.0] },
    Page { name: "executions", path: "/executions", features: &[(FeatureUse, "filter"), (Export, "executions_csv")], used: 0.3,
        next: [0.05, 0.06, 0.0, 0.0, 0.55, 0.02, 0.0, 0.0] },
    Page { name: "execution", path: "/executions/one", features: &[(FeatureUse, "open_trace"), (FeatureUse, "rerun")], used: 0.35,
        next: [0.02, 0.03, 0.1, 0.45, 0.0, 0.0, 0.0, 0.0] },
    Page { name: "reports", path: "/reports", features: &[(ReportView, "weekly_report"), (Export, "report_pdf")], used: 0.6,
        next: [0.15, 0.05, 0.0, 0.05, 0.0, 0.0, 0.15, 0.0] },
    Page { name: "credits", path: "/credits", features: &[(FeatureUse, "buy_credits"), (FeatureUse, "set_budget")], used: 0.15,
        next: [0.2, 0.05, 0.0, 0.05, 0.0, 0.1, 0.0, 0.05] },
    Page { name: "members", path: "/settings/members", features: &[(FeatureUse, "invite_member"), (FeatureUse, "change_role")], used: 0.3,
        next: [0.25, 0.05, 0.0, 0.0, 0.0, 0.0, 0.05, 0.0] },
];

/// How likely a visit begins on each page.
const FIRST: [f64; 8] = [0.5, 0.13, 0.06, 0.2, 0.03, 0.05, 0.02, 0.01];

/// What the people who are there on a day do, with when.
pub(crate) fn events(
    world: &World,
    workspace: &Profile,
    day: UtcDay,
    present: &[(usize, f64)],
) -> Vec<(DateTime<Utc>, Event)> {
    let name = [12, workspace.number as i64, i64::from(day.0)];
    let mut random = Random::new(world.seed, name);
    let hours: [f64; 24] = std::array::from_fn(|hour| {
        let start = day.start() + TimeDelta::hours(hour as i64);
        Curve::Office.share(&workspace.zone, start)
    });
    let mut events = Vec::new();
    for (person, _) in present {
        while random.chance(VISITING) {
            let hour = random.weighted(hours.iter().copied()) as i64;
            let start = day.start() + TimeDelta::hours(hour) + span(random.unit() * 3_600.0);
            visit(workspace, *person, start, &mut random, &mut events);
            // Few come twice on a day.
            if !random.chance(0.3) {
                break;
            }
        }
    }
    events
}

fn visit(
    workspace: &Profile,
    person: usize,
    start: DateTime<Utc>,
    random: &mut Random,
    events: &mut Vec<(DateTime<Utc>, Event)>,
) {
    let session = uuid(start, random.bytes());
    let mut visit = Visit {
        workspace,
        user_id: &workspace.people[person].id,
        session: (!random.chance(WITHOUT_SESSION)).then_some(session),
        device: ["desktop", "mobile", "tablet"][device(person, random)],
        start,
        at: start,
        events,
    };
    if random.chance(0.4) {
        visit.tell(ActivityType::Login, None, None, random);
        visit.pass(random.lognormal(4.0, 0.5));
    }
    let mut page = random.weighted(FIRST.into_iter());
    for _ in 0..MOST_PAGES {
        visit.look(&PAGES[page], random);
        let next = PAGES[page].next;
        let leaves = 1.0 - next.iter().sum::<f64>();
        let chosen = random.weighted(next.into_iter().chain([leaves]));
        if chosen == next.len() {
            break;
        }
        page = chosen;
    }
    if random.chance(0.15) {
        visit.tell(ActivityType::Logout, None, None, random);
    }
}

/// People have a device that they use most.
fn device(person: usize, random: &mut Random) -> usize {
    let usual = [0, 0, 0, 1, 0, 0, 2, 0][person % 8];
    match random.chance(0.85) {
        true => usual,
        false => random.below(3),
    }
}

struct Visit<'a> {
    workspace: &'a Profile,
    user_id: &'a str,
    session: Option<Uuid>,
    device: &'static str,
    start: DateTime<Utc>,
    at: DateTime<Utc>,
    events: &'a mut Vec<(DateTime<Utc>, Event)>,
}

impl Visit<'_> {
    fn look(&mut self, page: &Page, random: &mut Random) {
        let agents = &self.workspace.agents;
        let path = match page.name {
            "agent" if !agents.is_empty() => {
                format!("{}{}", page.path, agents[random.below(agents.len())].id)
            }
            _ => page.path.to_owned(),
        };
        self.tell(ActivityType::PageView, Some(page.name), Some(&path), random);
        self.pass(random.lognormal(25.0, 1.0).min(900.0));
        if random.chance(0.012) {
            self.tell(
                ActivityType::Error,
                Some("request_failed"),
                Some(&path),
                random,
            );
        }
        if !page.features.is_empty() && random.chance(page.used) {
            let (kind, name) = page.features[random.below(page.features.len())];
            self.tell(kind, Some(name), Some(&path), random);
            self.pass(random.lognormal(15.0, 0.8).min(600.0));
        }
    }

    fn pass(&mut self, seconds: f64) {
        self.at += span(seconds);
    }

    fn tell(
        &mut self,
        kind: ActivityType,
        name: Option<&str>,
        path: Option<&str>,
        random: &mut Random,
    ) {
        // What a span holds depends on nothing older.
        if self.at >= self.start + LONGEST {
            return;
        }
        let activity = Activity {
            user_id: self.user_id.to_owned(),
            r#type: kind.into(),
            session_id: self.session.map(|session| session.to_string()),
            name: name.map(str::to_owned),
            path: path.map(str::to_owned),
            device: Some(self.device.to_owned()),
        };
        let event = Event {
            event_id: uuid(self.at, random.bytes()).to_string(),
            workspace_id: self.workspace.id.to_string(),
            occurred_at: Some(timestamp(self.at)),
            event: Some(event::Event::Activity(activity)),
        };
        self.events.push((self.at, event));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_visit_ends() {
        for page in &PAGES {
            let goes_on: f64 = page.next.iter().sum();
            assert!((0.3..0.9).contains(&goes_on), "{}", page.name);
        }
        assert!((FIRST.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
}
