//! The executive page's Query from pages, against the same numbers by plain SQL over facts.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use chrono::{Days, NaiveDate, TimeDelta, Utc};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use shadow_demo::Demo;
use shadow_domain::time::{Comparison, IanaZone, Range, compared_range, day_start, local_date};
use shadow_proto::common::v1::{self as common, Granularity, TimeRange};
use shadow_proto::metrics::v1::{Dimension, QueryRequest, Selection, Top};
use uuid::Uuid;

use crate::answers::{self, Answers};
use crate::data::{Platform, timestamp};
use crate::process::{family_time, processor_time};
use crate::report::{Figure, Target, number};
use crate::rounds::{Estimate, median};
use crate::stack;

/// Windows that each pair measures, so that one odd window is not a pair.
const WINDOWS: usize = 5;

const ZONES: [&str; 3] = ["UTC", "Asia/Kolkata", "America/New_York"];

const OVERVIEW: [&str; 20] = [
    "executions",
    "completed",
    "failed",
    "timed_out",
    "cancelled",
    "unknown_outcome",
    "open_executions",
    "success_rate",
    "duration_p50",
    "duration_p95",
    "active_users",
    "active_agents",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "credits",
    "wasted_credits",
    "cost",
    "cost_per_success",
    "executions_ended",
];
const AUDIENCE: [&str; 4] = ["dau", "wau", "mau", "stickiness"];
const AGENTS: [&str; 5] = [
    "executions",
    "success_rate",
    "duration_p95",
    "credits",
    "cost",
];
const MODELS: [&str; 4] = ["executions_ended", "success_rate", "total_tokens", "cost"];

/// What is asked about.
#[derive(Debug)]
pub(crate) struct Window {
    pub(crate) range: Range,
    pub(crate) previous: Range,
    pub(crate) zone: IanaZone,
    pub(crate) zone_name: &'static str,
    pub(crate) workspaces: Vec<Uuid>,
    /// The workspaces as a request names them: none where all are meant.
    pub(crate) named: Vec<Uuid>,
}

/// The page's question, as the dashboard asks it, but never answered from a cache.
pub(crate) fn request(range: &Range, zone: &str, workspaces: &[Uuid]) -> QueryRequest {
    let select = |id: &str, metrics: &[&str]| Selection {
        id: id.to_owned(),
        metrics: metrics.iter().map(|metric| (*metric).to_owned()).collect(),
        granularity: Granularity::Day.into(),
        comparison: Some(common::Comparison::PreviousPeriod.into()),
        ..Selection::default()
    };
    let top = |id: &str, metrics: &[&str], dimension: Dimension| Selection {
        group_by: vec![dimension.into()],
        top: Some(Top {
            limit: 8,
            metric: metrics[0].to_owned(),
        }),
        ..select(id, metrics)
    };
    QueryRequest {
        selections: vec![
            select("overview", &OVERVIEW),
            select("audience", &AUDIENCE),
            top("agents", &AGENTS, Dimension::Agent),
            top("models", &MODELS, Dimension::Model),
        ],
        range: Some(time_range(range, zone)),
        workspace_ids: workspaces.iter().map(Uuid::to_string).collect(),
        max_staleness: None,
        currency: "USD".to_owned(),
    }
}

/// The figure.
pub(crate) async fn against_sql(platform: &Platform<'_>, pairs: usize) -> Result<Figure> {
    let sql = answers::Sql::prepare(&platform.url).await?;
    let postgres = stack::postgres_pid(&platform.owner).await?;
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut took = Vec::new();
    let mut busy = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    // The first pair warms both sides up.
    for pair in 0..=pairs {
        let (mut ours, mut theirs) = (Duration::ZERO, Duration::ZERO);
        let mut used = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        for turn in 0..WINDOWS {
            let window = Window::draw(platform, &mut random)?;
            for side in [turn % 2, (turn + 1) % 2] {
                let server = processor_time(platform.serving.process.pid())?;
                let database = family_time(postgres)?;
                let start = Instant::now();
                if side == 0 {
                    platform.client.query(window.request()).await?;
                    ours += start.elapsed();
                    used.0 += processor_time(platform.serving.process.pid())? - server;
                    used.1 += family_time(postgres)?.saturating_sub(database);
                } else {
                    sql.ask(&window).await?;
                    theirs += start.elapsed();
                    used.2 += family_time(postgres)?.saturating_sub(database);
                }
            }
            // Apart from the measurement: both say the same.
            let answer = platform.client.query(window.request()).await?;
            let rows: Answers = sql.ask(&window).await?;
            answers::check(&window, &answer, &rows)?;
        }
        if pair > 0 {
            took.push((ours.as_secs_f64(), theirs.as_secs_f64()));
            busy = (busy.0 + used.0, busy.1 + used.1, busy.2 + used.2);
        }
    }
    let each = |of: &dyn Fn(&(f64, f64)) -> f64| {
        let mut samples: Vec<_> = took.iter().map(of).collect();
        format!("{} ms", number(median(&mut samples) * 1e3 / WINDOWS as f64))
    };
    let questions = (pairs * WINDOWS) as u32;
    let used = |busy: Duration| format!("{} ms", number((busy / questions).as_secs_f64() * 1e3));
    Ok(Figure::ratio(
        "time of the executive page's Query, uncached",
        "plain SQL over facts",
        Estimate::of_ratios(&took),
    )
    .must(Target::AtMost(1.0))
    .beside("Query", each(&|pair| pair.0))
    .beside("SQL, four statements at a time", each(&|pair| pair.1))
    .beside("server's processor time", used(busy.0))
    .beside("PostgreSQL's", used(busy.1))
    .beside("PostgreSQL's for SQL", used(busy.2)))
}

impl Window {
    /// One to six weeks of whole days in some zone, over all workspaces or over one, the large ones more often.
    fn draw(platform: &Platform<'_>, random: &mut ChaCha8Rng) -> Result<Self> {
        let mut below = |count: u64| random.next_u64() % count;
        let zone_name = ZONES[below(3) as usize];
        let zone = IanaZone::parse(zone_name)?;
        let days = 7 + below(36);
        // A day before the end of the data, so that all days are over in every zone.
        let last: NaiveDate = (platform.demo.end() - TimeDelta::days(1)).date_naive();
        let until = last - Days::new(below(8));
        let range = Range {
            start: day_start(&zone, until - Days::new(days)),
            end: day_start(&zone, until),
        };
        let previous = period_before(&range, &zone)?;
        let all: Vec<Uuid> = platform
            .demo
            .directory()
            .workspaces
            .iter()
            .map(|workspace| workspace.workspace_id)
            .collect();
        let workspaces = if below(2) == 0 {
            all
        } else {
            let mut left = below(3_103) as f64 / 1_000.0;
            let ranked = all.iter().enumerate().find(|(rank, _)| {
                left -= 1.0 / (*rank as f64 + 1.0);
                left < 0.0
            });
            vec![ranked.map_or(all[0], |(_, workspace)| *workspace)]
        };
        Ok(Self {
            range,
            previous,
            zone,
            zone_name,
            named: workspaces.clone(),
            workspaces,
        })
    }

    /// So many whole days anywhere in a demo's year, of one workspace, the large ones more often, or of all of them; in the
    /// workspace's own zone or in another.
    pub(crate) fn of_days(
        demo: &Demo,
        random: &mut ChaCha8Rng,
        days: u64,
        one: bool,
        own_zone: bool,
    ) -> Result<Self> {
        let mut below = |count: u64| random.next_u64() % count;
        let known = demo.directory().workspaces;
        let mut left = below(1_000) as f64 / 1_000.0 * harmonic(known.len());
        let ranked = known.iter().enumerate().find(|(rank, _)| {
            left -= 1.0 / (*rank as f64 + 1.0);
            left < 0.0
        });
        let drawn = ranked.map_or(&known[0], |(_, workspace)| workspace);
        let another = ZONES.into_iter().rev().find(|zone| *zone != drawn.zone);
        let zone_name = match (own_zone, another) {
            (false, Some(another)) => another,
            _ => drawn.zone,
        };
        let zone = IanaZone::parse(zone_name)?;
        // Both periods and the 30 days before that the audience needs lie within the year.
        let length = (demo.end() - demo.start()).num_days().cast_unsigned();
        let room = length.saturating_sub(2 * days + 31).max(1);
        let last: NaiveDate = (demo.end() - TimeDelta::days(1)).date_naive();
        let until = last - Days::new(below(room));
        let range = Range {
            start: day_start(&zone, until - Days::new(days)),
            end: day_start(&zone, until),
        };
        let all = known.iter().map(|workspace| workspace.workspace_id);
        let named = if one {
            vec![drawn.workspace_id]
        } else {
            Vec::new()
        };
        Ok(Self {
            previous: period_before(&range, &zone)?,
            range,
            zone,
            zone_name,
            workspaces: if one { named.clone() } else { all.collect() },
            named,
        })
    }

    /// The range as it travels.
    pub(crate) fn time_range(&self) -> TimeRange {
        time_range(&self.range, self.zone_name)
    }

    pub(crate) fn request(&self) -> QueryRequest {
        request(&self.range, self.zone_name, &self.workspaces)
    }

    /// The first and the last day of both periods together.
    pub(crate) fn days(&self) -> (NaiveDate, NaiveDate) {
        let last = self.range.end - TimeDelta::microseconds(1);
        (
            local_date(&self.zone, self.previous.start),
            local_date(&self.zone, last),
        )
    }
}

fn time_range(range: &Range, zone: &str) -> TimeRange {
    TimeRange {
        start: Some(timestamp(range.start)),
        end: Some(timestamp(range.end)),
        zone: zone.to_owned(),
    }
}

fn period_before(range: &Range, zone: &IanaZone) -> Result<Range> {
    let previous = compared_range(range, Comparison::PreviousPeriod, zone, Utc::now());
    ensure!(
        previous.end == range.start,
        "the compared period is not the one before"
    );
    Ok(previous)
}

/// What the weights of Zipf's law add up to.
fn harmonic(count: usize) -> f64 {
    (1..=count).map(|rank| 1.0 / rank as f64).sum()
}
