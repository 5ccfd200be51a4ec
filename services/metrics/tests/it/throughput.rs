//! GetThroughput: every bucket, peak, concurrency and hour of the week by plain SQL over facts.

use chrono::{DateTime, Utc};
use shadow_auth::PlatformRole;
use shadow_proto::common::v1::{Granularity, TimeRange};
use shadow_proto::metrics::v1::{GetThroughputRequest, GetThroughputResponse, Peak};
use shadow_storage::directory;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::ask::range;
use crate::facts;
use crate::oracle::instant;
use crate::platform::{Platform, from, wrong_fields};
use crate::worker::Worker;

async fn stage() -> Platform {
    let platform = Platform::new().await;
    let database = &platform.database;
    directory::put_user(database, "eve", None).await.unwrap();
    directory::put_platform_role(database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    platform
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_flow_equals_its_recomputation_from_facts() {
    let platform = stage().await;
    let workspaces: Vec<Uuid> = (1..=3).map(Uuid::from_u128).collect();
    let start = "2026-02-20T00:00:00Z".parse().unwrap();
    let executions = facts::executions(21, 1_500, &workspaces, start, 30);
    let worker = Worker::start(&platform.database);
    let facts = platform.owner().await;
    let batches = facts::batches(22, &executions, 100);
    for part in batches.chunks(batches.len().div_ceil(2)) {
        for batch in part {
            platform.store(batch).await;
        }
        for (zone, granularity) in [
            ("UTC", Granularity::Hour),
            ("Asia/Kolkata", Granularity::Day),
            ("America/New_York", Granularity::Day),
        ] {
            compare(&platform, &facts, zone, granularity, &workspaces).await;
        }
    }
    worker.stop().await;
    let one = &workspaces[2..];
    compare(
        &platform,
        &facts,
        "America/New_York",
        Granularity::Week,
        one,
    )
    .await;
}

async fn compare(
    platform: &Platform,
    facts: &Client,
    zone: &str,
    granularity: Granularity,
    workspaces: &[Uuid],
) {
    let (start, end) = (
        format!("2026-03-01 00:00:00 {zone}"),
        format!("2026-03-15 00:00:00 {zone}"),
    );
    let request = GetThroughputRequest {
        range: Some(TimeRange {
            start: Some(instant(facts, &start).await),
            end: Some(instant(facts, &end).await),
            zone: zone.to_owned(),
        }),
        workspace_ids: workspaces.iter().map(Uuid::to_string).collect(),
        granularity: granularity.into(),
    };
    let mut client = platform.client.clone();
    let found = client.get_throughput(from("eve", request)).await;
    let found = found.unwrap().into_inner();
    let ids: Vec<String> = workspaces.iter().map(Uuid::to_string).collect();
    buckets(facts, &found, &ids).await;
    peaks(facts, &found, &ids, &start, &end).await;
    hours(facts, &found, &ids, [&start, &end, zone]).await;
}

fn time(at: Option<prost_types::Timestamp>) -> DateTime<Utc> {
    let at = at.unwrap();
    DateTime::from_timestamp(at.seconds, at.nanos.cast_unsigned()).unwrap()
}

async fn buckets(facts: &Client, found: &GetThroughputResponse, ids: &[String]) {
    let sql = "SELECT
        count(*) FILTER (WHERE opened_at >= $2 AND opened_at < $3),
        count(*) FILTER (WHERE started_at >= $2 AND started_at < $3),
        count(*) FILTER (WHERE ended_at >= $2 AND ended_at < $3),
        count(*) FILTER (WHERE ended_at >= $2 AND ended_at < $3 AND outcome IN (2, 4)),
        count(*) FILTER (WHERE opened_at < $3 AND (ended_at IS NULL OR ended_at >= $3)),
        count(*) FILTER (WHERE opened_at < $2 AND (ended_at IS NULL OR ended_at >= $2))
      FROM analytics.execution WHERE workspace_id::text = ANY ($1)";
    assert!(!found.buckets.is_empty());
    for (at, bucket) in found.buckets.iter().enumerate() {
        let (start, end) = (time(bucket.start), time(bucket.end));
        let row = facts.query_one(sql, &[&ids, &start, &end]).await.unwrap();
        let expected = [0, 1, 2, 3, 4].map(|column| row.get::<_, i64>(column) as u64);
        let told = [
            bucket.opened,
            bucket.started,
            bucket.ended,
            bucket.failed,
            bucket.open,
        ];
        assert_eq!(told, expected, "{start}");
        if at == 0 {
            assert_eq!(found.open_at_start, row.get::<_, i64>(5) as u64);
        }
    }
    let opened: u64 = found.buckets.iter().map(|bucket| bucket.opened).sum();
    let ended: u64 = found.buckets.iter().map(|bucket| bucket.ended).sum();
    assert_eq!((found.opened, found.ended), (opened, ended));
    let minutes =
        (time(found.buckets.last().unwrap().end) - time(found.buckets[0].start)).num_minutes();
    assert_eq!(found.minutes, minutes as u64);
}

async fn peaks(
    facts: &Client,
    found: &GetThroughputResponse,
    ids: &[String],
    start: &str,
    end: &str,
) {
    let most = |column: &str| {
        format!(
            "SELECT date_trunc('minute', {column}) AS minute, count(*)
             FROM analytics.execution
             WHERE workspace_id::text = ANY ($1)
               AND {column} >= $2::text::timestamptz AND {column} < $3::text::timestamptz
             GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1"
        )
    };
    // What is open changes by one with each opening and each end; the start of the range stands for all before it.
    let open = "WITH step AS (
        SELECT greatest(date_trunc('minute', opened_at), $2::text::timestamptz) AS minute, 1 AS change,
               opened_at < $2::text::timestamptz AS before
        FROM analytics.execution WHERE workspace_id::text = ANY ($1)
        UNION ALL
        SELECT greatest(date_trunc('minute', ended_at), $2::text::timestamptz), -1, ended_at < $2::text::timestamptz
        FROM analytics.execution WHERE workspace_id::text = ANY ($1) AND ended_at IS NOT NULL
      ),
      counted AS (
        SELECT minute, before, (sum(sum(change)) OVER (ORDER BY minute, before DESC))::bigint AS open
        FROM step GROUP BY minute, before
      )
      SELECT minute, open FROM counted
      WHERE minute < $3::text::timestamptz ORDER BY open DESC, minute LIMIT 1";
    for (told, sql) in [
        (&found.peak_opened, most("opened_at")),
        (&found.peak_ended, most("ended_at")),
        (&found.peak_open, open.to_owned()),
    ] {
        let row = facts.query_one(&sql, &[&ids, &start, &end]).await.unwrap();
        let (minute, count): (DateTime<Utc>, i64) = (row.get(0), row.get(1));
        let expected = Peak {
            minute: Some(crate::ask::instant(&minute.to_rfc3339())),
            count: count as u64,
        };
        assert_eq!(told.as_ref(), Some(&expected), "{sql}");
    }
}

async fn hours(facts: &Client, found: &GetThroughputResponse, ids: &[String], range: [&str; 3]) {
    let [start, end, zone] = range;
    let rows = facts
        .query(include_str!("week_hours.sql"), &[&ids, &start, &end, &zone])
        .await
        .unwrap();
    assert_eq!((found.hours.len(), rows.len()), (168, 168));
    for (hour, row) in found.hours.iter().zip(rows) {
        let (weekday, clock): (i32, i32) = (row.get("weekday"), row.get("hour"));
        assert_eq!((hour.weekday, hour.hour), (weekday as u32, clock as u32));
        let (hours, executions): (i64, i64) = (row.get("hours"), row.get("executions"));
        let told = (i64::from(hour.hours), hour.executions as i64);
        assert_eq!(told, (hours, executions), "{weekday} {clock} in {zone}");
        assert_eq!(hour.success_rate, row.get::<_, Option<f64>>("success_rate"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_not_begun_is_left_out_and_nothing_is_nothing() {
    let platform = stage().await;
    directory::create_workspace(&platform.database, "empty", "UTC")
        .await
        .unwrap();
    let now = Utc::now();
    let (start, end) = (
        now - chrono::TimeDelta::hours(2),
        now + chrono::TimeDelta::hours(2),
    );
    let request = GetThroughputRequest {
        range: Some(range(&start.to_rfc3339(), &end.to_rfc3339(), "")),
        granularity: Granularity::Minute.into(),
        ..Default::default()
    };
    let mut client = platform.client.clone();
    let found = client.get_throughput(from("eve", request)).await;
    let found = found.unwrap().into_inner();
    let minutes = found.buckets.len() as i64;
    assert!((120..=137).contains(&minutes), "{minutes}");
    assert_eq!(found.minutes, minutes as u64);
    assert_eq!((found.opened, found.open_at_start), (0, 0));
    assert_eq!((found.peak_opened, found.peak_open), (None, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_questions_name_their_fields() {
    let platform = stage().await;
    let mut client = platform.client.clone();
    let mut wrong = async |start: &str, end: &str, granularity: Granularity| {
        let request = GetThroughputRequest {
            range: Some(range(start, end, "")),
            granularity: granularity.into(),
            ..Default::default()
        };
        let answer = client.get_throughput(from("eve", request)).await;
        wrong_fields(&answer.unwrap_err())
    };
    let (march, april) = ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z");
    assert_eq!(
        wrong(march, april, Granularity::Minute).await,
        ["granularity"]
    );
    assert_eq!(
        wrong(march, april, Granularity::Total).await,
        ["granularity"]
    );
    let long = wrong("2025-03-01T00:00:00Z", april, Granularity::Month).await;
    assert_eq!(long, ["range"]);
    let both = wrong(march, march, Granularity::Unspecified).await;
    assert_eq!(both, ["range.end", "granularity"]);
}
