//! Counters and histograms of the process, for Prometheus.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// Bounds of histograms whose name ends in `_seconds`, from a millisecond to a minute.
const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
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
    /// Records for the whole process from now on. Can be done once.
    pub fn install() -> Result<Metrics, MetricsError> {
        Ok(Metrics {
            handle: builder()?.install_recorder()?,
        })
    }

    /// In Prometheus' text format.
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Metrics")
    }
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
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
    }
}
