//! The triangle of who came back: 100,000 users over twelve months, what it costs to compute, and whether it is right.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use shadow_proto::common::v1::{Granularity, TimeRange};
use shadow_proto::metrics::v1::{
    CohortStart, GetRetentionRequest, GetRetentionResponse, RetentionMode,
};
use shadow_proto::streaming::v1::{Activity, ActivityType, Event, event};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::data::{self, timestamp};
use crate::process::{SERVER_CORE, family_time, processor_time};
use crate::report::{Figure, Target, number};
use crate::rounds::{Estimate, median};
use crate::stack::{self, EXECUTIVE, PUBLISHER, Serving, Stack};

const USERS: u64 = 100_000;
const MONTHS: u32 = 12;

/// Of 100, how many of those who came in a month come in the next one, too.
const STAY: u64 = 70;
/// And how many of those who did not.
const COME_BACK: u64 = 8;

/// On how many days of a month somebody comes.
const DAYS: u64 = 3;

const BATCH: usize = 4_000;
const AT_A_TIME: usize = 4;

/// Answers that one sample is the mean of: processor time is counted in hundredths of a second.
const ANSWERS: u32 = 20;

/// The figure.
pub(crate) async fn processor_time_of_one(stack: &Stack, pairs: usize) -> Result<Figure> {
    let first = first_month()?;
    // Each month has other twelve months before it.
    let url = stack
        .database(&format!("triangle_{}", first.format("%Y_%m")))
        .await?;
    let owner = stack::connect(&url).await?;
    owner
        .batch_execute(include_str!("sql/year_made.sql"))
        .await?;
    let loaded = "SELECT count(*) FROM bench.made WHERE what = 'loaded'";
    if data::count(&owner, loaded).await? == 0 {
        // What was ended before is completed: the same events come again, and change nothing where they are there.
        load(stack, &url, &owner, first).await?;
        owner
            .execute("INSERT INTO bench.made VALUES ('loaded', now())", &[])
            .await?;
    }
    let serving = stack.serve("metrics", &url, Some(SERVER_CORE)).await?;
    let client = stack.client(&serving.url, EXECUTIVE).await?;
    let postgres = stack::postgres_pid(&owner).await?;
    let request = request(first)?;
    let mut metrics = client.metrics();
    let start = Instant::now();
    let answer = metrics.get_retention(request.clone()).await?.into_inner();
    let cold = start.elapsed();
    let users = check(&owner, &answer, first).await?;

    let (mut ours, mut databases, mut took) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..pairs {
        let before = used(&serving, postgres)?;
        let start = Instant::now();
        for _ in 0..ANSWERS {
            metrics.get_retention(request.clone()).await?;
        }
        took.push((start.elapsed() / ANSWERS).as_secs_f64() * 1e3);
        let after = used(&serving, postgres)?;
        let each = |of: Duration| (of / ANSWERS).as_secs_f64() * 1e3;
        ours.push(each(after.0.saturating_sub(before.0)));
        databases.push(each(after.1.saturating_sub(before.1)));
    }
    serving.process.stop()?;
    let both: Vec<f64> = ours.iter().zip(&databases).map(|(a, b)| a + b).collect();
    Ok(Figure::alone(
        &format!(
            "processor time of a triangle of {MONTHS} months over {users} users, both processes"
        ),
        "ms",
        Estimate::of(&both),
    )
    .must(Target::AtMost(100.0))
    .beside("the server's", format!("{} ms", number(median(&mut ours))))
    .beside(
        "PostgreSQL's",
        format!("{} ms", number(median(&mut databases))),
    )
    .beside(
        "until it was there",
        format!("{} ms", number(median(&mut took))),
    )
    .beside(
        "the first time",
        format!("{} ms", number(cold.as_secs_f64() * 1e3)),
    ))
}

fn used(serving: &Serving, postgres: u32) -> Result<(Duration, Duration)> {
    Ok((
        processor_time(serving.process.pid())?,
        family_time(postgres)?,
    ))
}

/// The first of twelve months that are all over.
fn first_month() -> Result<NaiveDate> {
    let this = Utc::now().date_naive();
    let this = chrono::Datelike::with_day(&this, 1).context("the first of a month")?;
    Ok(this - Months::new(MONTHS))
}

fn request(first: NaiveDate) -> Result<GetRetentionRequest> {
    let midnight = |date: NaiveDate| timestamp(date.and_time(NaiveTime::MIN).and_utc());
    Ok(GetRetentionRequest {
        range: Some(TimeRange {
            start: Some(midnight(first)),
            end: Some(midnight(first + Months::new(MONTHS))),
            zone: "UTC".to_owned(),
        }),
        mode: RetentionMode::Exact.into(),
        interval: Granularity::Month.into(),
        intervals: MONTHS,
        start: Some(CohortStart::Active.into()),
        ..GetRetentionRequest::default()
    })
}

/// Users come to one workspace in a month, and stay, go, and come back; drawn the same each time.
async fn load(stack: &Stack, url: &str, owner: &Client, first: NaiveDate) -> Result<()> {
    let serving = stack.serve("all", url, None).await?;
    let publisher = stack.client(&serving.url, PUBLISHER).await?;
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let workspace = Uuid::from_u128(u128::from(random.next_u64()));
    let mut visits = Vec::new();
    for user in 0..USERS {
        let begins = (random.next_u64() % u64::from(MONTHS)) as u32;
        let mut there = true;
        for month in begins..MONTHS {
            if month > begins {
                let chance = if there { STAY } else { COME_BACK };
                there = random.next_u64() % 100 < chance;
            }
            let start = (first + Months::new(month))
                .and_time(NaiveTime::MIN)
                .and_utc();
            for _ in 0..if there { DAYS } else { 0 } {
                let minutes = (random.next_u64() % (28 * 24 * 60)).cast_signed();
                let id = Uuid::from_u64_pair(random.next_u64(), random.next_u64());
                visits.push((start + TimeDelta::minutes(minutes), user, id));
            }
        }
    }
    visits.sort_unstable();
    let batches = visits.chunks(BATCH).map(|some| {
        let events = some
            .iter()
            .map(|(at, user, id)| visit(workspace, *at, *user, *id));
        events.collect::<Vec<_>>()
    });
    let publisher = &publisher;
    stream::iter(batches)
        .map(|batch| async move {
            let answer = publisher.publish_batch(batch).await?;
            ensure!(
                answer.refusals.is_empty(),
                "refused: {:?}",
                answer.refusals.first()
            );
            Ok(())
        })
        .buffer_unordered(AT_A_TIME)
        .try_collect::<()>()
        .await?;
    data::compacted(owner).await?;
    serving.process.stop()?;
    for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
        owner.batch_execute(statement).await?;
    }
    Ok(())
}

fn visit(workspace: Uuid, at: DateTime<Utc>, user: u64, id: Uuid) -> Event {
    Event {
        event_id: id.to_string(),
        workspace_id: workspace.to_string(),
        occurred_at: Some(timestamp(at)),
        event: Some(event::Event::Activity(Activity {
            user_id: format!("user-{user:06}@triangle"),
            r#type: ActivityType::PageView.into(),
            name: Some("home".to_owned()),
            ..Activity::default()
        })),
    }
}

/// Every cell is what plain SQL over facts says; and how many users there are.
async fn check(owner: &Client, answer: &GetRetentionResponse, first: NaiveDate) -> Result<u64> {
    let rows = owner
        .query(include_str!("sql/triangle.sql"), &[&first])
        .await?;
    let mut expected = std::collections::HashMap::new();
    for row in rows {
        let place: (i32, i32) = (row.try_get("cohort")?, row.try_get("later")?);
        expected.insert(place, row.try_get::<_, i64>("users")?.cast_unsigned());
    }
    ensure!(
        answer.cohorts.len() == MONTHS as usize,
        "{} cohorts",
        answer.cohorts.len()
    );
    let mut users = 0;
    for (number, cohort) in (0..).zip(&answer.cohorts) {
        users += cohort.users;
        for (later, cell) in (0..).zip(&cohort.cells) {
            let expected = expected.get(&(number, later)).copied().unwrap_or(0);
            ensure!(
                cell.users == expected,
                "of cohort {number} {} came after {later} months, and by SQL {expected}",
                cell.users
            );
        }
    }
    Ok(users)
}
