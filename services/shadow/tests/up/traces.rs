//! Traces: what the SDK begins is followed to the statements of the database, and a transaction of many callers is linked
//! to each of them.

use std::collections::BTreeSet;
use std::time::Duration;

use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, global};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use shadow_client::Client;
use shadow_client::proto::streaming::v1::event::Event as Kind;
use shadow_client::proto::streaming::v1::{Event, ExecutionIdentity, ExecutionOpened, Trigger};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::stack::{Stack, data_folder, shadow};

/// A collector that hands on what it is sent.
struct Collector(mpsc::UnboundedSender<Span>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.into_inner().resource_spans;
        let scopes = resources.into_iter().flat_map(|one| one.scope_spans);
        for span in scopes.flat_map(|one| one.spans) {
            self.0.send(span).unwrap();
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// Starts a collector; its endpoint and what it is sent.
async fn collector() -> (String, mpsc::UnboundedReceiver<Span>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (sender, spans) = mpsc::unbounded_channel();
    let server = tonic::transport::Server::builder()
        .add_service(TraceServiceServer::new(Collector(sender)))
        .serve_with_incoming(TcpIncoming::from(listener));
    tokio::spawn(server);
    (endpoint, spans)
}

pub(crate) fn opened(workspace: &str) -> Event {
    let now = std::time::SystemTime::now();
    let identity = ExecutionIdentity {
        execution_id: Uuid::new_v4().to_string(),
        opened_at: Some(now.into()),
        agent_id: "writer".to_owned(),
        trigger: Trigger::Api.into(),
        ..Default::default()
    };
    Event {
        event_id: Uuid::new_v4().to_string(),
        workspace_id: workspace.to_owned(),
        occurred_at: Some(now.into()),
        event: Some(Kind::ExecutionOpened(ExecutionOpened {
            identity: Some(identity),
        })),
    }
}

/// What lies between a span and one that is above it, both included, from below; empty where it is not above.
fn way<'a>(spans: &'a [Span], from: &'a Span, to: &[u8]) -> Vec<&'a str> {
    let mut names = vec![from.name.as_str()];
    let mut at = from;
    while at.parent_span_id != to {
        match spans.iter().find(|span| span.span_id == at.parent_span_id) {
            Some(above) => at = above,
            None => return Vec::new(),
        }
        names.push(&at.name);
    }
    names
}

fn text<'a>(span: &'a Span, key: &str) -> Option<&'a str> {
    let attribute = span
        .attributes
        .iter()
        .find(|attribute| attribute.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_leads_from_the_sdk_to_the_database() {
    let (endpoint, mut sent) = collector().await;
    let data = data_folder();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
    ];
    let mut stack = Stack::start_with(data.path(), &variables);
    let folder = data.path().to_str().unwrap();
    let said = |arguments: &[&str]| {
        let output = shadow(arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let token = said(&["token", "--user", "operator@local", "--data", folder]);
    let workspace = said(&["workspace", "--data", folder, "create", "--name", "Traced"]);

    global::set_text_map_propagator(TraceContextPropagator::new());
    let tracer = SdkTracerProvider::builder().build().tracer("a program");
    let client = Client::connect(&stack.server(), &token).await.unwrap();
    // Several callers at once, each with a trace of its own, until one transaction has served two of them.
    let mut roots = BTreeSet::new();
    let mut spans: Vec<Span> = Vec::new();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    let shared = |spans: &[Span]| {
        let mut transactions = spans.iter().filter(|span| span.name == "write transaction");
        transactions.any(|span| !span.links.is_empty())
    };
    while !shared(&spans) {
        let callers = (0..8).map(|_| {
            let root = Context::current_with_span(tracer.start("a caller"));
            let context = root.span().span_context().clone();
            roots.insert((context.trace_id().to_bytes(), context.span_id().to_bytes()));
            client
                .publish_batch(vec![opened(&workspace)])
                .with_context(root)
        });
        for answer in futures_util::future::join_all(callers).await {
            assert_eq!(answer.unwrap().refusals, []);
        }
        // What is exported belongs to what was answered before; what is still to come is found the next time.
        let more = tokio::time::timeout_at(deadline, sent.recv()).await;
        spans.push(more.expect("no transaction served two callers").unwrap());
        while let Ok(span) = sent.try_recv() {
            spans.push(span);
        }
    }
    // When it stops it sends the rest.
    assert!(
        stack
            .stop(nix::sys::signal::Signal::SIGTERM)
            .status
            .success()
    );
    while let Ok(span) = sent.try_recv() {
        spans.push(span);
    }

    let mut followed = 0;
    for commit in spans.iter().filter(|span| span.name == "COMMIT") {
        let root = roots.iter().find(|(trace, _)| commit.trace_id == trace);
        let Some((trace, root)) = root else { continue };
        let rpc = "shadow.streaming.v1.StreamingService/PublishBatch";
        let expected = ["COMMIT", "write transaction", "store", rpc];
        let way = way(&spans, commit, root);
        if way != expected {
            // A role is looked up in a transaction, too, and the first batch finds numbers in its own.
            assert!(way.ends_with(&[rpc]), "{way:?}");
            continue;
        }
        followed += 1;
        let of_trace = || spans.iter().filter(|span| span.trace_id == trace);
        for stage in ["validate", "admit", "queue"] {
            assert!(of_trace().any(|span| span.name == stage), "{stage}");
        }
        let merge = of_trace()
            .filter(|span| span.parent_span_id == commit.parent_span_id)
            .filter_map(|span| text(span, "db.query.text"));
        let merged = merge.filter(|text| text.contains("INSERT INTO analytics.execution"));
        assert_eq!(merged.count(), 1);
    }
    assert!(followed > 0, "no commit is in a caller's trace");

    let stores: BTreeSet<&[u8]> = spans
        .iter()
        .filter(|span| span.name == "store")
        .map(|span| span.span_id.as_slice())
        .collect();
    let links: Vec<_> = spans
        .iter()
        .filter(|span| span.name == "write transaction")
        .flat_map(|span| span.links.iter().map(move |link| (span, link)))
        .collect();
    assert!(!links.is_empty());
    for (span, link) in links {
        assert!(stores.contains(link.span_id.as_slice()));
        assert_ne!(link.trace_id, span.trace_id);
    }
    for span in &spans {
        let statement = text(span, "db.query.text").unwrap_or_default();
        assert!(!statement.contains("binds"), "{statement}");
    }
}
