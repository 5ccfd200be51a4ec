//! `shadow demo load` against a real server: it can be killed, and what is answered of the demo adds up.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use shadow_client::Client;
use shadow_client::proto::common::v1::{Granularity, TimeRange};
use shadow_client::proto::metrics::v1::value::Number;
use shadow_client::proto::metrics::v1::{
    GetCreditsRequest, GetCreditsResponse, GetRevenueRequest, QueryRequest, Selection,
};
use shadow_client::proto::streaming::v1::{CreditKind, event};
use shadow_demo::{Demo, Scale};
use tokio::time::{sleep, timeout};

use crate::stack::Stack;

const LOAD: [&str; 4] = ["demo", "load", "--demo", "tiny"];

/// The seed of the demo of every stack.
const SEED: u64 = 2026;

/// Metrics that add up over workspaces.
const ADDITIVE: [&str; 6] = [
    "executions",
    "executions_ended",
    "open_executions",
    "credits",
    "total_tokens",
    "feedback",
];

/// What is loaded, and the end of the story.
#[derive(Debug, serde::Deserialize)]
struct State {
    end: DateTime<Utc>,
    from: DateTime<Utc>,
    through: DateTime<Utc>,
}

fn state(folder: &Path) -> Option<State> {
    let files = std::fs::read_dir(folder).unwrap();
    let name = |file: &std::fs::DirEntry| file.file_name().into_string().unwrap();
    let file = files
        .map(Result::unwrap)
        .find(|file| name(file).starts_with("demo-") && name(file).ends_with(".json"))?;
    Some(serde_json::from_str(&std::fs::read_to_string(file.path()).unwrap()).unwrap())
}

fn range(demo: &Demo, state: &State) -> Option<TimeRange> {
    let timestamp = |at: DateTime<Utc>| prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos: at.timestamp_subsec_nanos().cast_signed(),
    };
    Some(TimeRange {
        start: Some(timestamp(demo.start())),
        end: Some(timestamp(state.through)),
        zone: "UTC".to_owned(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_load_goes_on_and_what_is_answered_adds_up() {
    let stack = Stack::start().await;
    let mut loading = stack.command(&LOAD).spawn().unwrap();
    let begun = async {
        while state(stack.path()).is_none_or(|state| state.from == state.end) {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(Duration::from_secs(60), begun).await.unwrap();
    loading.kill().await.unwrap();
    let killed = state(stack.path()).unwrap();
    let demo = Demo::new(SEED, Scale::Tiny, killed.end);
    assert!(
        killed.from > demo.start(),
        "it was done before it was killed"
    );

    let output = stack.run(&LOAD).await;
    assert!(output.success, "{output:?}");
    let whole = state(stack.path()).unwrap();
    assert_eq!((whole.end, whole.from), (killed.end, demo.start()));
    assert!(whole.through > whole.end);
    let again = stack.run(&LOAD).await;
    assert!(again.success, "{again:?}");
    let whole = state(stack.path()).unwrap();

    let client = stack.client_of("executive@demo");
    let workspaces: Vec<String> = demo
        .directory()
        .workspaces
        .iter()
        .map(|workspace| workspace.workspace_id.to_string())
        .collect();
    everything_is_there_once(&client, &demo, &whole).await;
    the_sum_of_workspaces_is_the_platform(&client, &demo, &whole, &workspaces).await;
    balances_add_up(&client, &demo, &whole, &workspaces).await;
    the_bridge_holds(&client, &demo, &whole).await;
    stack.stop().await;
}

/// A demo of which nobody knows how far it was loaded is left alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_demo_that_others_loaded_is_not_mixed_with_another() {
    let stack = Stack::start().await;
    let output = stack.run(&LOAD).await;
    assert!(output.success, "{output:?}");
    for file in std::fs::read_dir(stack.path()).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    let output = stack.run(&LOAD).await;
    assert!(!output.success, "{output:?}");
    assert!(output.stderr.contains("is not known"), "{output:?}");
    stack.stop().await;
}

async fn totals(client: &Client, range: Option<TimeRange>, workspace: Option<&str>) -> Vec<i64> {
    let request = QueryRequest {
        selections: vec![Selection {
            id: "all".to_owned(),
            metrics: ADDITIVE.map(str::to_owned).to_vec(),
            granularity: Granularity::Total.into(),
            ..Selection::default()
        }],
        range,
        workspace_ids: workspace.into_iter().map(str::to_owned).collect(),
        ..QueryRequest::default()
    };
    let answer = client.query(request).await.unwrap();
    let series = &answer.results[0].groups[0].series;
    assert_eq!(series.len(), ADDITIVE.len());
    let number = |value: &shadow_client::proto::metrics::v1::Series| {
        value.total.and_then(|total| total.number)
    };
    series
        .iter()
        .map(|series| match number(series) {
            Some(Number::Integer(integer)) => integer,
            None => 0,
            other => panic!("{} is no whole number: {other:?}", series.metric),
        })
        .collect()
}

async fn everything_is_there_once(client: &Client, demo: &Demo, state: &State) {
    let mut executions = BTreeSet::new();
    let mut ended = 0;
    for event in demo.events(demo.start(), state.through).flatten() {
        let identity = match event.event.unwrap() {
            event::Event::ExecutionOpened(opened) => opened.identity,
            event::Event::ExecutionStarted(started) => started.identity,
            event::Event::ExecutionEnded(end) => {
                ended += 1;
                end.identity
            }
            _ => continue,
        };
        executions.insert(identity.unwrap().execution_id);
    }
    let totals = totals(client, range(demo, state), None).await;
    assert!(executions.len() > 1_000, "{}", executions.len());
    assert_eq!(totals[..2], [executions.len() as i64, ended]);
}

async fn the_sum_of_workspaces_is_the_platform(
    client: &Client,
    demo: &Demo,
    state: &State,
    workspaces: &[String],
) {
    let platform = totals(client, range(demo, state), None).await;
    let mut sum = vec![0; ADDITIVE.len()];
    for workspace in workspaces {
        let totals = totals(client, range(demo, state), Some(workspace)).await;
        assert!(totals[0] > 0, "{workspace}");
        for (sum, total) in sum.iter_mut().zip(totals) {
            *sum += total;
        }
    }
    assert_eq!(sum, platform, "{ADDITIVE:?}");
}

async fn credits(
    client: &Client,
    demo: &Demo,
    state: &State,
    workspace_ids: Vec<String>,
) -> GetCreditsResponse {
    let request = GetCreditsRequest {
        range: range(demo, state),
        workspace_ids,
        ..GetCreditsRequest::default()
    };
    let answer = client.metrics().get_credits(request).await;
    answer.unwrap().into_inner()
}

async fn balances_add_up(client: &Client, demo: &Demo, state: &State, workspaces: &[String]) {
    let mut expected = BTreeMap::<String, i64>::new();
    for event in demo.events(demo.start(), state.through).flatten() {
        let amount = match event.event.unwrap() {
            event::Event::CreditEntry(entry) if entry.kind() == CreditKind::Expiry => {
                -entry.amount_micro
            }
            event::Event::CreditEntry(entry) => entry.amount_micro,
            event::Event::ExecutionEnded(ended) => -ended.end.unwrap().credits_micro.unwrap_or(0),
            _ => continue,
        };
        *expected.entry(event.workspace_id).or_default() += amount;
    }
    let mut sum = 0;
    for workspace in workspaces {
        let answer = credits(client, demo, state, vec![workspace.clone()]).await;
        let account = answer.account.unwrap();
        let came = account.purchased_micro + account.granted_micro + account.refunded_micro;
        let went = account.expired_micro + account.consumed_micro;
        let change = came + account.adjusted_micro - went;
        assert_eq!(answer.opening_micro + change, answer.closing_micro);
        assert_eq!(answer.closing_micro, expected[workspace], "{workspace}");
        assert!(answer.closing_micro > 0, "{workspace}");
        let reconciliation = answer.reconciliation.unwrap();
        assert_eq!(reconciliation.booked_micro, reconciliation.consumed_micro);
        sum += answer.closing_micro;
    }
    let platform = credits(client, demo, state, Vec::new()).await;
    assert_eq!(platform.closing_micro, sum);
}

async fn the_bridge_holds(client: &Client, demo: &Demo, state: &State) {
    let request = GetRevenueRequest {
        range: range(demo, state),
        margin: None,
    };
    let answer = client.metrics().get_revenue(request).await;
    let currencies = answer.unwrap().into_inner().currencies;
    assert_eq!(currencies.len(), 1);
    let mut before = None;
    for month in &currencies[0].months {
        let waterfall = month.waterfall.unwrap();
        let won = waterfall.new_micros + waterfall.reactivation_micros + waterfall.expansion_micros;
        let lost = waterfall.contraction_micros + waterfall.churn_micros;
        assert_eq!(waterfall.start_micros + won - lost, month.mrr_micros);
        assert!(before.is_none_or(|before| before == waterfall.start_micros));
        before = Some(month.mrr_micros);
    }
    // All four paid before the history begins.
    assert!(currencies[0].months[0].waterfall.unwrap().start_micros > 0);
    assert_eq!(currencies[0].months.last().unwrap().paying_customers, 4);
}
