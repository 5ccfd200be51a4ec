//! Credits that come and go other than by consumption. A workspace knows roughly what its agents use: each month it buys
//! what the next one needs, on top of a reserve, so that it has enough for weeks and does not run out.

use chrono::{DateTime, Datelike, Utc};
use shadow_domain::time::UtcDay;
use shadow_proto::common::v1::Money;
use shadow_proto::streaming::v1::{CreditEntry, CreditKind, Event, event};

use crate::execution::{timestamp, uuid};
use crate::random::Random;
use crate::scale::World;
use crate::subscriptions::{moment, renewal_day};
use crate::workspaces::Profile;

/// What a credit costs, in millionths of a unit.
const CREDIT_MICROS: f64 = 9_000.0;

/// How much more is bought than is needed, and what part of a quarter's need is left over and expires.
const MARGIN: f64 = 1.03;
const EXPIRES: f64 = 0.02;

/// Credits that come with a person's seat each month, at most this part of what the workspace needs.
const INCLUDED: f64 = 50.0;
const INCLUDED_AT_MOST: f64 = 0.2;

/// The part of a month's need that is given back after the outage.
const GIVEN_BACK: f64 = 0.004;

/// How likely a day has a correction.
const CORRECTED: f64 = 0.004;

/// What happens on a day, in the order of time.
pub(crate) fn events(
    world: &World,
    workspace: &Profile,
    day: UtcDay,
) -> Vec<(DateTime<Utc>, Event)> {
    let mut entries = Entries {
        world,
        workspace,
        day,
        events: Vec::new(),
    };
    let Some(opening) = opening(world, workspace) else {
        return entries.events;
    };
    if day == opening {
        entries.buy(0, target(world, workspace, opening, day));
    } else if day.0 > opening.0 && day.date().day() == renewal_day(workspace) {
        let before = previous(workspace, day).0.max(opening.0);
        let had = target(world, workspace, opening, UtcDay(before));
        entries.buy(9, target(world, workspace, opening, day) - had);
        if day.0 - opening.0 > 90 && day.date().month0().is_multiple_of(3) {
            let quarter = need(world, workspace, UtcDay(day.0 - 90)..day);
            let note = "Left over from the quarter";
            entries.add(11, CreditKind::Expiry, quarter * EXPIRES, None, note);
        }
    }
    let month = need(world, workspace, day..UtcDay(day.0 + 30));
    if day.0 == world.calendar.outage_day().0 + 1 {
        let note = "For runs that failed in the outage";
        entries.add(10, CreditKind::Refund, month * GIVEN_BACK, None, note);
    }
    entries.correct(month);
    entries.events
}

/// The first day on which its agents work; none where they never do.
fn opening(world: &World, workspace: &Profile) -> Option<UtcDay> {
    let (born, _) = workspace.story.0.first()?;
    let born = world.calendar.utc(*born);
    (!workspace.agents.is_empty()).then_some(UtcDay(born.0.max(world.first_day().0)))
}

/// What should have been bought in all once the purchase of a day is made: enough until the next, and the reserve.
fn target(world: &World, workspace: &Profile, opening: UtcDay, day: UtcDay) -> f64 {
    let next = next(workspace, day);
    let until = need(world, workspace, opening..next);
    // Nobody gives up their reserve because they are about to leave.
    let (before, after) = (UtcDay(day.0 - 30)..day, next..UtcDay(next.0 + 30));
    let month = need(world, workspace, before).max(need(world, workspace, after));
    MARGIN * until + workspace.reserve() * month
}

/// What the agents of a workspace use in some days, in credits, as far as it can be foreseen.
fn need(world: &World, workspace: &Profile, days: std::ops::Range<UtcDay>) -> f64 {
    let usual: f64 = workspace
        .agents
        .iter()
        .map(|agent| {
            let habits = agent.work.habits();
            habits.daily * habits.curve.average() * agent.credits()
        })
        .sum();
    let busy: f64 = (days.start.0..days.end.0)
        .map(|day| workspace.busy(world, UtcDay(day)))
        .sum();
    busy * usual / 1e6
}

/// The first day after a day on which a workspace renews.
fn next(workspace: &Profile, day: UtcDay) -> UtcDay {
    nearest(workspace, day, 1)
}

/// The last such day before it.
fn previous(workspace: &Profile, day: UtcDay) -> UtcDay {
    nearest(workspace, day, -1)
}

fn nearest(workspace: &Profile, day: UtcDay, step: i32) -> UtcDay {
    let renewal = renewal_day(workspace);
    let mut day = UtcDay(day.0 + step);
    while day.date().day() != renewal {
        day = UtcDay(day.0 + step);
    }
    day
}

struct Entries<'a> {
    world: &'a World,
    workspace: &'a Profile,
    day: UtcDay,
    events: Vec<(DateTime<Utc>, Event)>,
}

impl Entries<'_> {
    /// Buys what is missing beside what comes with the seats.
    fn buy(&mut self, hour: i64, credits: f64) {
        let included = self.workspace.people.len() as f64 * INCLUDED;
        let included = libm::floor(included.min(credits * INCLUDED_AT_MOST));
        self.add(
            hour,
            CreditKind::Grant,
            included,
            None,
            "Included in the plan",
        );
        let bought = libm::ceil(credits - included);
        let price = Money {
            currency: "USD".to_owned(),
            micros: (bought * CREDIT_MICROS) as i64,
        };
        self.add(hour, CreditKind::Purchase, bought, Some(price), "");
    }

    /// Now and then something is corrected, by up to two parts of a thousand of a month.
    fn correct(&mut self, month: f64) {
        let name = [14, self.workspace.number as i64, i64::from(self.day.0)];
        let mut random = Random::new(self.world.seed, name);
        if random.chance(CORRECTED) {
            let credits = month * random.between(-0.002, 0.002);
            let note = "Corrected by support";
            self.add(15, CreditKind::Adjustment, credits, None, note);
        }
    }

    /// Less than a credit is nothing.
    fn add(&mut self, hour: i64, kind: CreditKind, credits: f64, price: Option<Money>, note: &str) {
        let positive = kind != CreditKind::Adjustment;
        if libm::fabs(credits) < 1.0 || (positive && credits < 0.0) {
            return;
        }
        // The first purchase is there before anything is used.
        let at = match hour {
            0 => self.day.start(),
            _ => moment(self.world, self.workspace, self.day, hour),
        };
        let name = [
            15,
            self.workspace.number as i64 * 100 + i64::from(i32::from(kind)),
            i64::from(self.day.0),
        ];
        let entry = CreditEntry {
            kind: kind.into(),
            amount_micro: (libm::round(credits * 100.0) as i64) * 10_000,
            price,
            note: (!note.is_empty()).then(|| note.to_owned()),
        };
        let event = Event {
            event_id: uuid(at, Random::new(self.world.seed, name).bytes()).to_string(),
            workspace_id: self.workspace.id.to_string(),
            occurred_at: Some(timestamp(at)),
            event: Some(event::Event::CreditEntry(entry)),
        };
        self.events.push((at, event));
    }
}
