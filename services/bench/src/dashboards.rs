//! Dashboards that read at the same time: how much they are told, how soon, and what memory that takes.

use std::time::{Duration, Instant};

use anyhow::Result;
use futures_util::future::try_join_all;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use tonic::{Code, Status};

use crate::areas::Area;
use crate::areas::ask::Asker;
use crate::executive::Window;
use crate::process::{SERVER_CORE, processor_time};
use crate::report::{Figure, number};
use crate::rounds::{Estimate, median, percentile};
use crate::stack::EXECUTIVE;
use crate::year::Years;

/// How many read at the same time.
const MANY: usize = 100;

/// How long each side of a pair lasts.
const LASTS: Duration = Duration::from_secs(5);

/// How old an answer may be, in seconds: what the dashboard asks for.
const STALENESS: i64 = 1;

/// Days of a window.
const DAYS: u64 = 30;

/// Windows that people look at: many look at the same.
const WINDOWS: usize = 24;

/// How long somebody waits who was refused.
const AGAIN: Duration = Duration::from_millis(200);

const MEBIBYTE: f64 = 1_048_576.0;

/// What one side of a pair saw.
struct Read {
    per_second: f64,
    seconds: Vec<f64>,
    /// Requests that were told to come again later.
    refused: usize,
    busy: Duration,
}

/// The figures.
pub(crate) async fn many_against_one(years: &Years<'_>, pairs: usize) -> Result<Vec<Figure>> {
    // A process of its own, whose memory nothing before has made.
    let serving = years
        .stack
        .serve("metrics", &years.dense.url, Some(SERVER_CORE))
        .await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let idle = serving.process.memory_bytes()? as f64 / MEBIBYTE;
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let mut windows = Vec::new();
    for number in 0..WINDOWS {
        // One in four is of everything.
        windows.push(Window::of_days(
            &years.demo,
            &mut random,
            DAYS,
            number % 4 != 0,
            true,
        )?);
    }
    let mut askers = Vec::new();
    for _ in 0..MANY {
        // Each has a connection of its own.
        let client = years.stack.client(&serving.url, EXECUTIVE).await?;
        askers.push(Asker::new(&client, STALENESS));
    }
    let pid = serving.process.pid();
    let (mut rates, mut tails) = (Vec::new(), Vec::new());
    let (mut of_many, mut of_one) = (Vec::new(), Vec::new());
    let mut busy = Duration::ZERO;
    let (mut answers, mut refused) = (0, 0);
    let mut most = 0_u64;
    // The first pair warms up.
    for pair in 0..=pairs as u64 {
        let mut sides = [None, None];
        for turn in 0..2 {
            let many = (pair + turn).is_multiple_of(2);
            let readers = if many { &askers[..] } else { &askers[..1] };
            sides[usize::from(!many)] =
                Some(read(readers, &years.areas, &windows, pair, pid).await?);
            most = most.max(serving.process.memory_bytes()?);
        }
        let [Some(mut many), Some(mut one)] = sides else {
            anyhow::bail!("both sides are measured");
        };
        if pair > 0 {
            rates.push((many.per_second, one.per_second));
            tails.push((
                percentile(&mut many.seconds, 0.99),
                percentile(&mut one.seconds, 0.99),
            ));
            busy += many.busy;
            answers += many.seconds.len();
            refused += many.refused;
            of_many.append(&mut many.seconds);
            of_one.append(&mut one.seconds);
        }
    }
    serving.process.stop()?;
    let milliseconds = |seconds: f64| format!("{} ms", number(seconds * 1e3));
    let middle = |of: &dyn Fn(&(f64, f64)) -> f64, pairs: &[(f64, f64)]| {
        median(&mut pairs.iter().map(of).collect::<Vec<_>>())
    };
    let each = busy.as_secs_f64() / answers.max(1) as f64;
    Ok(vec![
        Figure::ratio(
            &format!("answers per second to {MANY} dashboards at a time"),
            "to one",
            Estimate::of_ratios(&rates),
        )
        .beside("per second", number(middle(&|pair| pair.0, &rates)))
        .beside("to one", number(middle(&|pair| pair.1, &rates)))
        .beside("server's processor time of an answer", milliseconds(each))
        .beside("refused", format!("{refused} of {}", answers + refused)),
        Figure::ratio(
            &format!("p99 of an answer with {MANY} dashboards at a time"),
            "with one",
            Estimate::of_ratios(&tails),
        )
        .beside("p99", milliseconds(middle(&|pair| pair.0, &tails)))
        .beside("with one", milliseconds(middle(&|pair| pair.1, &tails)))
        .beside("median", milliseconds(median(&mut of_many)))
        .beside("with one", milliseconds(median(&mut of_one))),
        Figure::alone(
            &format!("memory of metrics after {MANY} dashboards"),
            "MiB",
            Estimate::of(&[most as f64 / MEBIBYTE]),
        )
        .beside("before", format!("{} MiB", number(idle))),
    ])
}

/// Each reader asks for one page after the other, of one window or another, for a while.
async fn read(
    askers: &[Asker],
    areas: &[Area],
    windows: &[Window],
    seed: u64,
    pid: u32,
) -> Result<Read> {
    let before = processor_time(pid)?;
    let start = Instant::now();
    let reading = askers.iter().zip(0..).map(|(asker, number)| async move {
        let mut random = ChaCha8Rng::seed_from_u64(seed * 1_000 + number);
        let (mut seconds, mut refused) = (Vec::new(), 0);
        while start.elapsed() < LASTS {
            let area = areas[random.next_u64() as usize % areas.len()];
            let window = &windows[random.next_u64() as usize % windows.len()];
            let asked = Instant::now();
            match asker.ask(area, window).await {
                Ok(_) => seconds.push(asked.elapsed().as_secs_f64()),
                Err(error) if comes_again(&error) => {
                    refused += 1;
                    tokio::time::sleep(AGAIN).await;
                }
                Err(error) => return Err(error),
            }
        }
        anyhow::Ok((seconds, refused))
    });
    let (mut seconds, mut refused) = (Vec::new(), 0);
    for (of_one, refused_one) in try_join_all(reading).await? {
        seconds.extend(of_one);
        refused += refused_one;
    }
    let elapsed = start.elapsed().as_secs_f64();
    Ok(Read {
        per_second: seconds.len() as f64 / elapsed,
        seconds,
        refused,
        busy: processor_time(pid)?.saturating_sub(before),
    })
}

/// Whether somebody is told that it is too much right now, which a dashboard does by itself again.
fn comes_again(error: &anyhow::Error) -> bool {
    let status = error.downcast_ref::<Status>();
    let again = [
        Code::Unavailable,
        Code::ResourceExhausted,
        Code::DeadlineExceeded,
    ];
    status.is_some_and(|status| again.contains(&status.code()))
}
