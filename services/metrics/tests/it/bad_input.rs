//! What is wrong is refused, each field by its name.

use prost_types::Duration;
use shadow_auth::PlatformRole;
use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{Dimension, Filter, ListWorkspacesRequest, QueryRequest, Top},
};
use shadow_storage::directory;
use uuid::Uuid;

use crate::{
    ask::{instant, range, request, selection},
    platform::{Platform, from, wrong_fields},
};

type Change = fn(&mut QueryRequest);

const CASES: &[(&str, Change, &[&str])] = &[
    (
        "nothing is asked",
        |r| r.selections.clear(),
        &["selections"],
    ),
    ("no range", |r| r.range = None, &["range"]),
    (
        "no start",
        |r| r.range.as_mut().unwrap().start = None,
        &["range.start"],
    ),
    (
        "end before start",
        |r| r.range.as_mut().unwrap().end = Some(instant("2026-01-01T00:00:00Z")),
        &["range.end"],
    ),
    (
        "an empty range",
        |r| r.range.as_mut().unwrap().end = r.range.as_ref().unwrap().start,
        &["range.end"],
    ),
    (
        "no time",
        |r| r.range.as_mut().unwrap().start.as_mut().unwrap().nanos = -1,
        &["range.start"],
    ),
    (
        "a time out of reach",
        |r| r.range.as_mut().unwrap().start.as_mut().unwrap().seconds = i64::MIN,
        &["range.start"],
    ),
    (
        "too long ago",
        |r| r.range.as_mut().unwrap().start = Some(instant("1969-12-31T00:00:00Z")),
        &["range.start", "range.end"],
    ),
    (
        "too long",
        |r| r.range.as_mut().unwrap().start = Some(instant("2010-01-01T00:00:00Z")),
        &["range.end"],
    ),
    (
        "an unknown zone",
        |r| r.range.as_mut().unwrap().zone = "Mars/Olympus".to_owned(),
        &["range.zone"],
    ),
    (
        "too many points",
        |r| r.selections[0].granularity = Granularity::Minute.into(),
        &["selections[0].granularity"],
    ),
    (
        "no granularity",
        |r| r.selections[0].granularity = 0,
        &["selections[0].granularity"],
    ),
    (
        "an unknown granularity",
        |r| r.selections[0].granularity = 99,
        &["selections[0].granularity"],
    ),
    (
        "an unspecified comparison",
        |r| r.selections[0].comparison = Some(0),
        &["selections[0].comparison"],
    ),
    (
        "no metric",
        |r| r.selections[0].metrics.clear(),
        &["selections[0].metrics"],
    ),
    (
        "an unknown metric",
        |r| r.selections[1].metrics[0] = "happiness".to_owned(),
        &["selections[1].metrics[0]"],
    ),
    (
        "a metric twice",
        |r| r.selections[1].metrics = vec!["credits".to_owned(); 2],
        &["selections[1].metrics[1]"],
    ),
    (
        "too many metrics",
        |r| r.selections[1].metrics = vec!["credits".to_owned(); 33],
        &["selections[1].metrics"],
    ),
    (
        "an id twice",
        |r| r.selections[1].id = "a".to_owned(),
        &["selections[1].id"],
    ),
    (
        "no id",
        |r| r.selections[1].id.clear(),
        &["selections[1].id"],
    ),
    (
        "a long id",
        |r| r.selections[1].id = "x".repeat(65),
        &["selections[1].id"],
    ),
    (
        "too many selections",
        |r| r.selections = vec![r.selections[0].clone(); 17],
        &["selections"],
    ),
    (
        "an unspecified dimension",
        |r| r.selections[1].group_by = vec![0],
        &["selections[1].group_by[0]"],
    ),
    (
        "an unknown dimension",
        |r| r.selections[1].group_by = vec![99],
        &["selections[1].group_by[0]"],
    ),
    (
        "a dimension twice",
        |r| r.selections[1].group_by = vec![1, 1],
        &["selections[1].group_by[1]"],
    ),
    (
        "three dimensions",
        |r| r.selections[1].group_by = vec![1, 2, 3],
        &["selections[1].group_by"],
    ),
    (
        "a version without its agent",
        |r| r.selections[1].group_by = vec![2],
        &["selections[1].metrics[0]"],
    ),
    (
        "a combination that is not kept",
        |r| r.selections[1].group_by = vec![4, 5],
        &["selections[1].metrics[0]"],
    ),
    (
        "openings by model",
        |r| by_model(r, "executions"),
        &["selections[1].metrics[0]"],
    ),
    (
        "users of a month by model",
        |r| by_model(r, "mau"),
        &["selections[1].metrics[0]"],
    ),
    (
        "a month by the hour",
        |r| by_the_hour(r, "mau"),
        &["selections[0].metrics[0]"],
    ),
    (
        "credits by the minute",
        |r| by_the_minute(r, "credits"),
        &["selections[0].metrics[0]"],
    ),
    (
        "a filter twice",
        |r| r.selections[1].filters = vec![filter(&["a"]), filter(&["b"])],
        &["selections[1].filters[1].dimension"],
    ),
    (
        "a filter without keys",
        |r| r.selections[1].filters = vec![filter(&[])],
        &["selections[1].filters[0].keys"],
    ),
    (
        "a filter with many keys",
        |r| r.selections[1].filters = vec![filter(&["a"; 101])],
        &["selections[1].filters[0].keys"],
    ),
    (
        "a key with a NUL",
        |r| r.selections[1].filters = vec![filter(&["a", "b\0"])],
        &["selections[1].filters[0].keys[1]"],
    ),
    (
        "a filter of nothing",
        |r| r.selections[1].filters = vec![Filter::default()],
        &["selections[1].filters[0].dimension"],
    ),
    (
        "a top without groups",
        |r| r.selections[1].top = top("credits", 3),
        &["selections[1].top"],
    ),
    (
        "a top of none",
        |r| grouped(r, top("credits", 0)),
        &["selections[1].top.limit"],
    ),
    (
        "a top of too many",
        |r| grouped(r, top("credits", 501)),
        &["selections[1].top.limit"],
    ),
    (
        "a top by what is not selected",
        |r| grouped(r, top("cost", 3)),
        &["selections[1].top.metric"],
    ),
    (
        "a top by what is unknown",
        |r| grouped(r, top("happiness", 3)),
        &["selections[1].top.metric"],
    ),
    (
        "an unknown currency",
        |r| r.currency = "dollar".to_owned(),
        &["currency"],
    ),
    (
        "a negative staleness",
        |r| {
            r.max_staleness = Some(Duration {
                seconds: -1,
                nanos: 0,
            })
        },
        &["max_staleness"],
    ),
    (
        "an id that is none",
        |r| r.workspace_ids = vec![Uuid::from_u128(1).to_string(), "x".to_owned()],
        &["workspace_ids[1]"],
    ),
    (
        "a nil id",
        |r| r.workspace_ids = vec![Uuid::nil().to_string()],
        &["workspace_ids[0]"],
    ),
    (
        "too many ids",
        |r| r.workspace_ids = vec![Uuid::from_u128(1).to_string(); 1_001],
        &["workspace_ids"],
    ),
    (
        "much at once",
        |r| {
            r.range = None;
            r.currency = "x".to_owned();
            r.selections[0].granularity = 0
        },
        &["range", "currency", "selections[0].granularity"],
    ),
];

fn filter(keys: &[&str]) -> Filter {
    Filter {
        dimension: Dimension::Agent.into(),
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
    }
}

fn top(metric: &str, limit: u32) -> Option<Top> {
    Some(Top {
        limit,
        metric: metric.to_owned(),
    })
}

fn grouped(request: &mut QueryRequest, top: Option<Top>) {
    request.selections[1].group_by = vec![Dimension::Agent.into()];
    request.selections[1].top = top;
}

fn by_model(request: &mut QueryRequest, metric: &str) {
    request.selections[1] = selection("b", &[metric], Granularity::Total);
    request.selections[1].group_by = vec![Dimension::Model.into()];
}

fn by_the_hour(request: &mut QueryRequest, metric: &str) {
    request.selections[0] = selection("a", &[metric], Granularity::Hour);
}

fn by_the_minute(request: &mut QueryRequest, metric: &str) {
    request.selections[0] = selection("a", &[metric], Granularity::Minute);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_field_is_named() {
    let platform = Platform::new().await;
    directory::put_user(&platform.database, "eve", None)
        .await
        .unwrap();
    directory::put_platform_role(&platform.database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    let right = request(
        range("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z", "UTC"),
        &[],
        vec![
            selection("a", &["throughput_opened"], Granularity::Total),
            selection("b", &["credits"], Granularity::Day),
        ],
    );
    let mut client = platform.client.clone();
    client.query(from("eve", right.clone())).await.unwrap();
    for (name, change, expected) in CASES {
        let mut wrong = right.clone();
        change(&mut wrong);
        let status = client.query(from("eve", wrong)).await.expect_err(name);
        assert_eq!(
            wrong_fields(&status),
            *expected,
            "{name}: {}",
            status.message()
        );
    }
    let mut by_model = right;
    by_model.selections[1] = selection("b", &["executions"], Granularity::Total);
    by_model.selections[1].group_by = vec![Dimension::Model.into()];
    let status = client.query(from("eve", by_model)).await.unwrap_err();
    let named = "executions cannot be answered by model: its combinations are total, agent, trigger, environment";
    assert!(status.message().contains(named), "{}", status.message());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_of_workspaces_refuse_what_is_no_page() {
    let platform = Platform::new().await;
    let wrong = ListWorkspacesRequest {
        page_size: 201,
        page_token: "not a token".to_owned(),
        name_contains: "x".repeat(101),
        ..ListWorkspacesRequest::default()
    };
    let status = platform
        .client
        .clone()
        .list_workspaces(from("eve", wrong))
        .await
        .unwrap_err();
    assert_eq!(
        wrong_fields(&status),
        ["page_size", "name_contains", "page_token"]
    );
}
