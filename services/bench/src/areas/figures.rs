//! How soon each page's answer is there: against plain SQL, and against a year with a tenth of the executions.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use tokio_postgres::types::ToSql;

use super::Area;
use super::ask::Asker;
use super::compare::{Sql, check};
use crate::executive::Window;
use crate::process::{family_time, processor_time};
use crate::report::{Figure, Target, number};
use crate::rounds::{Estimate, median, percentile};
use crate::stack::{self, EXECUTIVE};
use crate::year::{Year, Years};

/// Days of a window, and of the period before it.
const DAYS: u64 = 30;

/// Windows of each pair, of one workspace and of all. SQL takes seconds for one of all.
const OF_ONE: usize = 6;
const OF_ALL: usize = 1;

/// How many windows are drawn until one has something to show.
const MOST_DRAWN: usize = 1_000;

/// The part of the answers that is there within what a pair is told by.
const P95: f64 = 0.95;

/// Which workspaces are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    One,
    All,
}

impl Whose {
    const fn name(self) -> &'static str {
        match self {
            Self::One => "one workspace",
            Self::All => "all workspaces",
        }
    }

    const fn windows(self) -> usize {
        match self {
            Self::One => OF_ONE,
            Self::All => OF_ALL,
        }
    }

    /// Windows of a pair in which something went wrong, so that every page has something to show: every other one in the
    /// workspace's own zone, the rest in another.
    async fn draw(
        self,
        years: &Years<'_>,
        random: &mut ChaCha8Rng,
        pair: usize,
    ) -> Result<Vec<Window>> {
        let one = self == Self::One;
        let mut windows = Vec::new();
        for turn in 0..self.windows() {
            let own_zone = (pair + turn).is_multiple_of(2);
            let mut window = Window::of_days(&years.demo, random, DAYS, one, own_zone)?;
            let mut drawn = 1;
            while !has_errors(&years.dense, &window).await? {
                ensure!(drawn < MOST_DRAWN, "there are no errors anywhere");
                window = Window::of_days(&years.demo, random, DAYS, one, own_zone)?;
                drawn += 1;
            }
            windows.push(window);
        }
        Ok(windows)
    }
}

async fn has_errors(year: &Year, window: &Window) -> Result<bool> {
    let errors = include_str!("../sql/window_has_errors.sql");
    let (start, end) = (window.range.start, window.range.end);
    let parameters: [&(dyn ToSql + Sync); 3] = [&window.workspaces, &start, &end];
    let row = year.owner.query_one(errors, &parameters).await?;
    Ok(row.try_get(0)?)
}

/// How many times sooner each page's answer is there than SQL's.
pub(crate) async fn against_sql(years: &Years<'_>, pairs: usize) -> Result<Vec<Figure>> {
    let sql = Sql::prepare(&years.dense.url).await?;
    let client = years
        .stack
        .client(&years.dense.serving.url, EXECUTIVE)
        .await?;
    let asker = Asker::new(&client, 0);
    let mut figures = Vec::new();
    for area in years.areas.iter().copied() {
        for whose in [Whose::One, Whose::All] {
            // There is no board of one workspace.
            if (area, whose) == (Area::Workspaces, Whose::One) {
                continue;
            }
            let figure = page_against_sql(years, &asker, &sql, area, whose, pairs).await;
            let figure = figure.with_context(|| format!("{} of {}", area.name(), whose.name()))?;
            eprintln!("  {}: {}", figure.name, number(figure.estimate.median));
            figures.push(figure);
        }
    }
    Ok(figures)
}

async fn page_against_sql(
    years: &Years<'_>,
    asker: &Asker,
    sql: &Sql,
    area: Area,
    whose: Whose,
    pairs: usize,
) -> Result<Figure> {
    let year = &years.dense;
    let mut random = ChaCha8Rng::seed_from_u64(whose as u64 + 1);
    let mut took = Vec::new();
    let mut all = (Vec::new(), Vec::new());
    let mut busy = (Duration::ZERO, Duration::ZERO);
    let mut compared = 0;
    let postgres = stack::postgres_pid(&year.owner).await?;
    // The first pair warms both sides up.
    for pair in 0..=pairs {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for (turn, window) in whose
            .draw(years, &mut random, pair)
            .await?
            .iter()
            .enumerate()
        {
            let (mut answer, mut told) = (None, None);
            for side in [(pair + turn) % 2, (pair + turn + 1) % 2] {
                let start = Instant::now();
                if side == 0 {
                    let before = used(year, postgres)?;
                    answer = Some(asker.ask(area, window).await?);
                    ours.push(start.elapsed().as_secs_f64());
                    let after = used(year, postgres)?;
                    if pair > 0 {
                        busy.0 += after.0.saturating_sub(before.0);
                        busy.1 += after.1.saturating_sub(before.1);
                    }
                } else {
                    told = Some(sql.ask(area, window).await?);
                    theirs.push(start.elapsed().as_secs_f64());
                }
            }
            let (answer, told) = answer.zip(told).context("both sides were asked")?;
            compared += check(window, &answer, &told)?;
        }
        if pair > 0 {
            all.0.extend_from_slice(&ours);
            all.1.extend_from_slice(&theirs);
            took.push((percentile(&mut theirs, P95), percentile(&mut ours, P95)));
        }
    }
    ensure!(compared > 0, "both sides said nothing each time");
    let asked = all.0.len() as f64;
    let milliseconds = |seconds: f64| format!("{} ms", number(seconds * 1e3));
    let each = |busy: Duration| milliseconds(busy.as_secs_f64() / asked);
    Ok(Figure::ratio(
        &format!(
            "p95 of plain SQL over {} facts ({}, {DAYS} days, {})",
            year.executions,
            area.name(),
            whose.name()
        ),
        "p95 of the page's request, uncached",
        Estimate::of_ratios(&took),
    )
    .must(Target::AtLeast(100.0))
    .beside("request, median", milliseconds(median(&mut all.0.clone())))
    .beside("p95", milliseconds(percentile(&mut all.0, P95)))
    .beside("SQL, median", milliseconds(median(&mut all.1.clone())))
    .beside("p95", milliseconds(percentile(&mut all.1, P95)))
    .beside("server's processor time", each(busy.0))
    .beside("PostgreSQL's", each(busy.1)))
}

fn used(year: &Year, postgres: u32) -> Result<(Duration, Duration)> {
    Ok((
        processor_time(year.serving.process.pid())?,
        family_time(postgres)?,
    ))
}

/// How much longer each page's answer takes where ten times as many executions are in the same year.
pub(crate) async fn against_sparse(years: &Years<'_>, pairs: usize) -> Result<Vec<Figure>> {
    let mut askers = Vec::new();
    for year in [&years.dense, &years.sparse] {
        let client = years.stack.client(&year.serving.url, EXECUTIVE).await?;
        askers.push(Asker::new(&client, 0));
    }
    let mut figures = Vec::new();
    let mut of_all_pages = vec![(0.0, 0.0); pairs];
    for area in years.areas.iter().copied() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut took = Vec::new();
        for pair in 0..=pairs {
            let mut windows = Whose::One.draw(years, &mut random, pair).await?;
            windows.extend(Whose::All.draw(years, &mut random, pair).await?);
            let mut sides = [Vec::new(), Vec::new()];
            for window in &windows {
                let first = (random.next_u64() % 2) as usize;
                for side in [first, 1 - first] {
                    let start = Instant::now();
                    askers[side].ask(area, window).await?;
                    sides[side].push(start.elapsed().as_secs_f64());
                }
            }
            if pair > 0 {
                let [dense, sparse] = &sides;
                let of_pair: (f64, f64) = (dense.iter().sum(), sparse.iter().sum());
                took.push(of_pair);
                of_all_pages[pair - 1].0 += of_pair.0;
                of_all_pages[pair - 1].1 += of_pair.1;
            }
        }
        figures.push(denser(years, area.name(), &took));
    }
    if years.areas.len() == Area::ALL.len() {
        figures.push(denser(years, "all pages together", &of_all_pages));
    }
    Ok(figures)
}

fn denser(years: &Years<'_>, what: &str, took: &[(f64, f64)]) -> Figure {
    let middle = |of: &dyn Fn(&(f64, f64)) -> f64| {
        let mut all: Vec<_> = took.iter().map(of).collect();
        format!(
            "{} ms",
            number(median(&mut all) * 1e3 / (OF_ONE + OF_ALL) as f64)
        )
    };
    let (dense, sparse) = (years.dense.executions, years.sparse.executions);
    Figure::ratio(
        &format!("time of the page's request over {dense} executions ({what})"),
        &format!("over {sparse} in the same year"),
        Estimate::of_ratios(took),
    )
    .must(Target::AtMost(1.25))
    .beside("denser", middle(&|pair| pair.0))
    .beside("sparser", middle(&|pair| pair.1))
}
