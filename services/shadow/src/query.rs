//! `shadow query`: metrics of the catalogue, as a table or as JSON.

mod json;
mod range;
pub(crate) mod table;
pub(crate) mod workspace;

use anyhow::Context;
use chrono::Utc;
use shadow_client::proto::{
    common::v1::{Comparison, Granularity},
    metrics::v1::{DescribeCatalogueRequest, Dimension, Filter, QueryRequest, Selection, Top},
};

use crate::connection::Connection;

/// Ask for metrics of the catalogue, such as executions, success_rate or duration_p95
#[derive(Debug, clap::Args)]
pub(crate) struct Query {
    /// Ids of the metrics
    #[arg(required = true, value_name = "METRIC")]
    metrics: Vec<String>,
    /// A workspace by its id or its name; may be repeated [default: every one that the token may see]
    #[arg(long = "workspace", value_name = "ID|NAME")]
    workspaces: Vec<String>,
    #[command(flatten)]
    range: range::Asked,
    /// Length of one row in time
    #[arg(long, value_name = "LENGTH", default_value = "total", value_parser = granularity)]
    every: Granularity,
    /// A dimension to split by, such as agent or model; may be given twice
    #[arg(long = "by", value_name = "DIMENSION", value_parser = dimension)]
    group_by: Vec<Dimension>,
    /// Keep only these keys of a dimension, as in agent=billing,support; may be repeated
    #[arg(long = "where", value_name = "DIMENSION=KEY,…", value_parser = filter)]
    filters: Vec<Filter>,
    /// Compare with an earlier period
    #[arg(long, value_name = "PERIOD", value_parser = comparison)]
    compare: Option<Comparison>,
    /// Keep so many groups, the largest by the first metric, and merge the rest
    #[arg(long, value_name = "COUNT")]
    top: Option<u32>,
    /// The currency of money
    #[arg(long, value_name = "CODE", default_value = "USD")]
    currency: String,
    /// How the answer is written
    #[arg(long, default_value = "table")]
    format: Format,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs: exact values in the units of the catalogue
    Json,
}

impl Query {
    /// Asks, and prints the answer.
    #[expect(clippy::print_stdout, reason = "what was asked for")]
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let client = self.connection.connect().await?;
        let workspaces = workspace::resolve(&client, &self.workspaces).await?;
        let zone = match &workspaces[..] {
            [one] => one.zone.as_str(),
            _ => "UTC",
        };
        let range = self.range.resolve(zone, Utc::now())?;
        let request = QueryRequest {
            selections: vec![self.selection()],
            range: Some(range),
            workspace_ids: workspaces
                .into_iter()
                .map(|workspace| workspace.id)
                .collect(),
            max_staleness: None,
            currency: self.currency.clone(),
        };
        let response = client
            .query(request)
            .await
            .context("the query was not answered")?;
        let result = response
            .results
            .first()
            .context("the server answered nothing")?;
        let catalogue = client
            .metrics()
            .describe_catalogue(DescribeCatalogueRequest {})
            .await;
        let catalogue = catalogue
            .context("the catalogue was not answered")?
            .into_inner();
        match self.format {
            Format::Json => println!("{:#}", json::result(result, &catalogue.metrics)),
            Format::Table => print!(
                "{}",
                table::result(result, &catalogue.metrics, &self.currency)
            ),
        }
        Ok(())
    }

    fn selection(&self) -> Selection {
        let top = |limit| Top {
            limit,
            metric: self.metrics.first().cloned().unwrap_or_default(),
        };
        Selection {
            id: "query".to_owned(),
            metrics: self.metrics.clone(),
            granularity: self.every.into(),
            group_by: self
                .group_by
                .iter()
                .map(|dimension| i32::from(*dimension))
                .collect(),
            filters: self.filters.clone(),
            comparison: self.compare.map(i32::from),
            top: self.top.map(top),
        }
    }
}

fn granularity(text: &str) -> Result<Granularity, String> {
    named("GRANULARITY", text, Granularity::from_str_name)
        .filter(|granularity| *granularity != Granularity::Unspecified)
        .ok_or_else(|| {
            "expected total, minute, quarter_hour, hour, day, week, month, quarter or year"
                .to_owned()
        })
}

fn dimension(text: &str) -> Result<Dimension, String> {
    let names = "agent, agent_version, trigger, environment, model, provider or error_kind";
    named("DIMENSION", text, Dimension::from_str_name)
        .filter(|dimension| *dimension != Dimension::Unspecified)
        .ok_or_else(|| format!("expected {names}"))
}

fn comparison(text: &str) -> Result<Comparison, String> {
    named("COMPARISON", text, Comparison::from_str_name)
        .filter(|comparison| *comparison != Comparison::Unspecified)
        .ok_or_else(|| "expected previous_period or previous_year".to_owned())
}

fn filter(text: &str) -> Result<Filter, String> {
    let (name, keys) = text
        .split_once('=')
        .ok_or("expected DIMENSION=KEY,…, as in agent=billing,support")?;
    Ok(Filter {
        dimension: dimension(name)?.into(),
        keys: keys.split(',').map(str::to_owned).collect(),
    })
}

/// A value of an enum of the API by its name without the prefix.
fn named<T>(prefix: &str, text: &str, find: impl Fn(&str) -> Option<T>) -> Option<T> {
    find(&format!(
        "{prefix}_{}",
        text.to_ascii_uppercase().replace('-', "_")
    ))
}
