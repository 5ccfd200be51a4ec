//! Counters, gauges and histograms of the process, for Prometheus.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// Bounds of histograms whose name ends in `_seconds`, from half a millisecond to a minute.
const SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    60.0,
];

/// Bounds of histograms whose name ends in `_executions` or `_facts`: how many there were of something.
const COUNTS: &[f64] = &[
    1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_500.0, 5_000.0, 10_000.0,
];

/// What was recorded so far. Clones share one state.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

/// Why metrics could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("metrics cannot be recorded")]
pub struct MetricsError(#[from] BuildError);

impl Metrics {
    /// Records for the whole process from now on, panics included. Can be done once.
    pub fn install() -> Result<Metrics, MetricsError> {
        let metrics = Metrics {
            handle: builder()?.install_recorder()?,
        };
        count_panics();
        Ok(metrics)
    }

    /// In Prometheus' text format.
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }

    /// Puts what histograms recorded into their bounds. Until then each value is kept, so it must be done again and
    /// again even where nobody asks.
    pub(super) fn upkeep(&self) {
        self.handle.run_upkeep();
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Metrics")
    }
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_facts".to_owned()), COUNTS)?
        .set_buckets_for_metric(Matcher::Suffix("_executions".to_owned()), COUNTS)
}

/// Counts every panic of the process, caught or not, before it is reported as it was before.
fn count_panics() {
    metrics::describe_counter!(
        "shadow_panics_total",
        "Panics of the process, caught or not."
    );
    let panics = metrics::counter!("shadow_panics_total");
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        panics.increment(1);
        before(panic);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_histograms_with_bounds() {
        let recorder = builder().unwrap().build_recorder();
        let metrics = Metrics {
            handle: recorder.handle(),
        };
        metrics::with_local_recorder(&recorder, || {
            metrics::counter!("shadow_tests_total", "kind" => "unit").increment(2);
            metrics::histogram!("shadow_test_seconds").record(0.02);
            metrics::histogram!("shadow_test_executions").record(300.0);
        });
        let text = metrics.render();
        assert!(
            text.contains("shadow_tests_total{kind=\"unit\"} 2"),
            "{text}"
        );
        assert!(
            text.contains("shadow_test_seconds_bucket{le=\"0.01\"} 0"),
            "{text}"
        );
        assert!(
            text.contains("shadow_test_seconds_bucket{le=\"0.025\"} 1"),
            "{text}"
        );
        assert!(
            text.contains("shadow_test_executions_bucket{le=\"500\"} 1"),
            "{text}"
        );
    }
}
