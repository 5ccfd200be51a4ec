//! The catalogue of metrics as the server describes it, for names, units, directions and explanations.

use std::{collections::HashMap, rc::Rc};

use shadow_proto::metrics::v1::{DescribeCatalogueResponse, Direction, Metric, Unit};
use yew::AttrValue;

/// One metric, as the pages need it.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The id that is asked for.
    pub id: AttrValue,
    /// What a person reads.
    pub name: AttrValue,
    /// One sentence.
    pub meaning: AttrValue,
    /// How it is computed.
    pub formula: AttrValue,
    /// The unit of its values.
    pub unit: Unit,
    /// Which way is good.
    pub direction: Direction,
    /// The bound of its error; zero where it is exact.
    pub relative_error: f64,
    /// The version of the catalogue in which the formula last changed.
    pub version: u32,
}

/// Every metric by its id.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Catalogue {
    metrics: HashMap<String, Rc<Definition>>,
    /// The catalogue's version.
    pub version: u32,
}

impl From<DescribeCatalogueResponse> for Catalogue {
    fn from(response: DescribeCatalogueResponse) -> Self {
        let metrics = response
            .metrics
            .into_iter()
            .map(|metric| (metric.id.clone(), Rc::new(Definition::from(metric))))
            .collect();
        Self {
            metrics,
            version: response.definition_version,
        }
    }
}

impl From<Metric> for Definition {
    fn from(metric: Metric) -> Self {
        Self {
            unit: metric.unit(),
            direction: metric.direction(),
            id: metric.id.into(),
            name: metric.name.into(),
            meaning: metric.meaning.into(),
            formula: metric.formula.into(),
            relative_error: metric.relative_error,
            version: metric.definition_version,
        }
    }
}

impl Catalogue {
    /// The metric of an id; absent where the server does not have it.
    pub fn find(&self, id: &str) -> Option<Rc<Definition>> {
        self.metrics.get(id).cloned()
    }

    /// What a metric is called; its id where the server does not have it.
    pub fn name(&self, id: &str) -> AttrValue {
        self.metrics.get(id).map_or_else(
            || AttrValue::from(id.to_owned()),
            |metric| metric.name.clone(),
        )
    }

    /// The unit of a metric.
    pub fn unit(&self, id: &str) -> Unit {
        self.metrics
            .get(id)
            .map_or(Unit::Count, |metric| metric.unit)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::state::query;

    fn metric(id: &str) -> Metric {
        let (unit, direction) = match id {
            "success_rate" | "stickiness" => (Unit::Ratio, Direction::UpIsGood),
            "duration_p50" | "duration_p95" => (Unit::Microseconds, Direction::DownIsGood),
            "cost" | "cost_per_success" => (Unit::MoneyMicro, Direction::DownIsGood),
            "credits" | "wasted_credits" => (Unit::CreditsMicro, Direction::Neutral),
            _ => (Unit::Count, Direction::UpIsGood),
        };
        Metric {
            id: id.to_owned(),
            name: id.replace('_', " "),
            meaning: format!("What {id} means."),
            formula: format!("count({id})"),
            unit: unit.into(),
            direction: direction.into(),
            relative_error: if id.starts_with("duration") {
                0.01
            } else {
                0.0
            },
            definition_version: 3,
            ..Metric::default()
        }
    }

    /// Every metric that the pages ask for.
    pub(crate) fn catalogue() -> Catalogue {
        let ids = query::OVERVIEW_METRICS
            .iter()
            .chain(&query::AUDIENCE_METRICS);
        Catalogue::from(DescribeCatalogueResponse {
            metrics: ids.map(|id| metric(id)).collect(),
            definition_version: 3,
            ..DescribeCatalogueResponse::default()
        })
    }

    #[test]
    fn metrics_are_found_by_id() {
        let catalogue = catalogue();
        let rate = catalogue.find("success_rate").unwrap();
        assert_eq!(
            (rate.unit, rate.direction, rate.version),
            (Unit::Ratio, Direction::UpIsGood, 3)
        );
        assert_eq!(catalogue.name("no_such"), "no_such");
        assert_eq!(catalogue.unit("duration_p95"), Unit::Microseconds);
        assert_eq!(catalogue.find("no_such"), None);
    }
}
