//! Executions acknowledged per second through gRPC, against COPY of the rows that they amount to.

pub(crate) mod round;
mod sides;

use std::time::Duration;

use anyhow::Result;

use crate::baseline;
use crate::report::{Figure, Target, number};
use crate::rounds::{Estimate, median};
use crate::stack::Stack;
use round::{Cells, EXECUTIONS, Rounds, Told};
pub(crate) use sides::publish;
use sides::{Sides, Took};

/// One way to publish.
#[derive(Debug)]
pub(crate) struct Shape {
    /// What it is called, after "ingest".
    pub(crate) name: &'static str,
    /// All roles in one process, which compacts meanwhile, or one role alone.
    role: &'static str,
    publishers: usize,
    cells: Cells,
    told: Told,
    goal: Option<Target>,
}

/// All of them. What is no part of a name is 8 publishers who tell of finished executions.
pub(crate) const SHAPES: [Shape; 8] = [
    Shape {
        name: "streaming, many per cell",
        role: "streaming",
        publishers: 8,
        cells: Cells::Many,
        told: Told::Once,
        goal: Some(Target::AtLeast(0.45)),
    },
    Shape {
        name: "all, many per cell",
        role: "all",
        publishers: 8,
        cells: Cells::Many,
        told: Told::Once,
        goal: Some(Target::AtLeast(0.45)),
    },
    Shape {
        name: "streaming, few per cell",
        role: "streaming",
        publishers: 8,
        cells: Cells::Few,
        told: Told::Once,
        goal: Some(Target::AtLeast(0.3)),
    },
    Shape {
        name: "all, few per cell",
        role: "all",
        publishers: 8,
        cells: Cells::Few,
        told: Told::Once,
        goal: Some(Target::AtLeast(0.3)),
    },
    Shape {
        name: "1 publisher, many per cell",
        role: "streaming",
        publishers: 1,
        cells: Cells::Many,
        told: Told::Once,
        goal: None,
    },
    Shape {
        name: "64 publishers, many per cell",
        role: "streaming",
        publishers: 64,
        cells: Cells::Many,
        told: Told::Once,
        goal: None,
    },
    Shape {
        name: "lifecycles, many per cell",
        role: "streaming",
        publishers: 8,
        cells: Cells::Many,
        told: Told::AsItHappens,
        goal: None,
    },
    Shape {
        name: "lifecycles, few per cell",
        role: "streaming",
        publishers: 8,
        cells: Cells::Few,
        told: Told::AsItHappens,
        goal: None,
    },
];

/// The figure of a shape.
pub(crate) async fn against_copy(stack: &Stack, shape: &Shape, pairs: usize) -> Result<Figure> {
    let rounds = Rounds::new();
    let mut sides = Sides::start(stack, shape).await?;
    let warm = rounds.round(0, shape.cells)?;
    sides.publish(&warm).await?;
    let commit = sides.commit_rows(&warm).await?;
    baseline::create(&sides.owner).await?;
    let (writers, alone) = sides.tune(&warm, commit).await?;

    let mut took = Vec::new();
    for pair in 0..pairs {
        let round = rounds.round(pair + 1, shape.cells)?;
        // Who goes first takes turns, so that neither always finds the other's disk writes.
        let (ours, theirs) = if pair % 2 == 0 {
            let ours = sides.publish(&round).await?;
            (ours, sides.copy(&round, commit).await?)
        } else {
            let theirs = sides.copy(&round, commit).await?;
            (sides.publish(&round).await?, theirs)
        };
        sides.check(&round).await?;
        eprintln!(
            "  pair {}: {} against {} executions a second",
            pair + 1,
            number(rate(ours.elapsed)),
            number(rate(theirs.elapsed))
        );
        took.push((ours, theirs));
    }
    sides.settle().await?;
    let beside = beside(&sides, pairs + 1).await?;
    sides.stop()?;

    let ratios: Vec<_> = took
        .iter()
        .map(|(ours, theirs)| (rate(ours.elapsed), rate(theirs.elapsed)))
        .collect();
    let mut figure = Figure::ratio(
        &format!("executions acknowledged per second (ingest {})", shape.name),
        "binary COPY",
        Estimate::of_ratios(&ratios),
    );
    if let Some(goal) = shape.goal {
        figure = figure.must(goal);
    }
    figure = figure
        .beside("rows per commit on both sides", commit.to_string())
        .beside(
            "connections of COPY (the fastest number)",
            writers.to_string(),
        )
        .beside("copied per second by one connection", number(rate(alone)));
    for (what, value) in costs(&took).into_iter().chain(beside) {
        figure = figure.beside(&what, value);
    }
    Ok(figure)
}

/// What an execution costs on both sides.
fn costs(took: &[(Took, Took)]) -> Vec<(String, String)> {
    let middle =
        |of: &dyn Fn(&(Took, Took)) -> f64| median(&mut took.iter().map(of).collect::<Vec<_>>());
    let microseconds = |of: &dyn Fn(&(Took, Took)) -> Duration| {
        let each = middle(&|pair| of(pair).as_secs_f64() * 1e6 / EXECUTIONS as f64);
        format!("{} µs", number(each))
    };
    let bytes = |of: &dyn Fn(&(Took, Took)) -> i64| {
        number(middle(&|pair| of(pair) as f64 / EXECUTIONS as f64))
    };
    [
        (
            "acknowledged per second",
            number(middle(&|pair| rate(pair.0.elapsed))),
        ),
        (
            "copied per second",
            number(middle(&|pair| rate(pair.1.elapsed))),
        ),
        (
            "server's processor time per execution",
            microseconds(&|pair| pair.0.server),
        ),
        ("PostgreSQL's", microseconds(&|pair| pair.0.postgres)),
        (
            "PostgreSQL's for COPY",
            microseconds(&|pair| pair.1.postgres),
        ),
        ("bytes of log per execution", bytes(&|pair| pair.0.log)),
        ("for COPY", bytes(&|pair| pair.1.log)),
    ]
    .map(|(what, value)| (what.to_owned(), value))
    .into()
}

/// Rows and bytes of what is kept beside an execution, after so many rounds.
async fn beside(sides: &Sides, rounds: usize) -> Result<Vec<(String, String)>> {
    let executions = (rounds * EXECUTIONS) as f64;
    // Deltas are there until they are compacted, pages from then on.
    let partials = if sides.compacts {
        "partial_page"
    } else {
        "partial_delta"
    };
    let mut beside = Vec::new();
    for table in [partials, "feed"] {
        let (rows, bytes) = sides.stored(table).await?;
        beside.push((
            format!("rows of {table} per execution"),
            number(rows / executions),
        ));
        beside.push((format!("bytes of {table}"), number(bytes / executions)));
    }
    Ok(beside)
}

fn rate(elapsed: Duration) -> f64 {
    EXECUTIONS as f64 / elapsed.as_secs_f64()
}
