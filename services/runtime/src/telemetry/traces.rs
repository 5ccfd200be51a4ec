//! Traces: spans of every request and what it causes, sent by OTLP to whoever collects them.
//!
//! Spans for traces are those of level TRACE of this project's crates. No log filter in use asks for that level, so
//! where traces are not exported such a span costs the comparison of a number.

use hyper::header::HeaderMap;
use opentelemetry::propagation::Extractor;
use opentelemetry::trace::TracerProvider;
use opentelemetry::{Context, global};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Level, Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::registry::LookupSpan;

use crate::config::TelemetryConfig;

/// What sends traces, or nothing. It is to be finished before the process ends.
#[derive(Debug)]
#[must_use = "what was not sent yet is lost without `finish`"]
pub struct Traces {
    provider: Option<SdkTracerProvider>,
}

impl Traces {
    /// Prepares to send where an endpoint is configured. Sampling, limits and batches follow OpenTelemetry's own
    /// variables. Must be called within a runtime.
    pub(super) fn new(config: &TelemetryConfig) -> Result<Traces, ExporterBuildError> {
        let Some(endpoint) = &config.traces_endpoint else {
            return Ok(Traces { provider: None });
        };
        let exporter = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()?;
        let resource = Resource::builder()
            .with_service_name(config.service_name.clone())
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource)
            .build();
        global::set_text_map_propagator(TraceContextPropagator::new());
        Ok(Traces {
            provider: Some(provider),
        })
    }

    /// The layer that turns spans into traces, where they are sent.
    pub(super) fn layer<S>(&self) -> Option<impl Layer<S>>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let tracer = self.provider.as_ref()?.tracer("shadow-analytics");
        let filter = filter_fn(is_traced).with_max_level_hint(LevelFilter::TRACE);
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false);
        Some(layer.with_filter(filter))
    }

    /// Sends what was not sent yet, for as long as OpenTelemetry's own limit.
    pub async fn finish(self) {
        let Some(provider) = self.provider else {
            return;
        };
        // It waits for its own thread.
        match tokio::task::spawn_blocking(move || provider.shutdown()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last traces were not sent"),
            Err(error) => tracing::warn!(%error, "the last traces were not sent"),
        }
    }
}

/// Makes a span that was not entered yet a part of the trace that the headers of a request name (W3C Trace Context),
/// where they name one.
pub fn continue_trace(span: &Span, headers: &HeaderMap) {
    if span.is_disabled() {
        return;
    }
    // Without a parent in the headers the span begins a trace.
    let parent = global::get_text_map_propagator(|propagator| {
        propagator.extract_with_context(&Context::new(), &Headers(headers))
    });
    if let Err(error) = span.set_parent(parent) {
        tracing::debug!(%error, "a trace was not continued");
    }
}

fn is_traced(metadata: &Metadata<'_>) -> bool {
    metadata.is_span()
        && *metadata.level() == Level::TRACE
        && metadata.target().starts_with("shadow")
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}
