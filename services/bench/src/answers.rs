//! The SQL side of the executive page, and whether both sides say the same.

use std::collections::HashMap;

use anyhow::{Context, Result, ensure};
use chrono::NaiveDate;
use shadow_domain::time::{IanaZone, local_date};
use shadow_proto::metrics::v1::{Bucket, Group, QueryResponse, Result as Answer, Value, value};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row, Statement};

use crate::data::instant;
use crate::executive::Window;
use crate::stack;

/// How far a percentile from a sketch may be from the value at its rank.
const RELATIVE_ERROR: f64 = 0.01;

/// Whether the range itself (or the compared period), the day (or the whole), and the key (or what has none).
type Place = (bool, Option<NaiveDate>, Option<String>);

/// What one statement says: numbers by place and column.
type Table = HashMap<Place, HashMap<String, Option<f64>>>;

/// What the four statements say.
#[derive(Debug)]
pub(crate) struct Answers {
    overview: Table,
    audience: HashMap<NaiveDate, HashMap<String, Option<f64>>>,
    agents: Table,
    models: Table,
}

/// The statements, each on a connection of its own so that they run beside each other.
pub(crate) struct Sql {
    overview: (Client, Statement),
    audience: (Client, Statement),
    agents: (Client, Statement),
    models: (Client, Statement),
}

impl Sql {
    pub(crate) async fn prepare(url: &str) -> Result<Self> {
        Ok(Self {
            overview: prepare(url, include_str!("sql/executive_overview.sql")).await?,
            audience: prepare(url, include_str!("sql/executive_audience.sql")).await?,
            agents: prepare(url, include_str!("sql/executive_agents.sql")).await?,
            models: prepare(url, include_str!("sql/executive_models.sql")).await?,
        })
    }

    pub(crate) async fn ask(&self, window: &Window) -> Result<Answers> {
        let (first, last) = window.days();
        let (range, workspaces, zone) = (&window.range, &window.workspaces, &window.zone_name);
        let periods: [&(dyn tokio_postgres::types::ToSql + Sync); 5] = [
            workspaces,
            &window.previous.start,
            &range.start,
            &range.end,
            zone,
        ];
        let days: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [workspaces, &first, &last, zone];
        let (overview, audience, agents, models) = tokio::try_join!(
            self.overview.0.query(&self.overview.1, &periods),
            self.audience.0.query(&self.audience.1, &days),
            self.agents.0.query(&self.agents.1, &periods),
            self.models.0.query(&self.models.1, &periods),
        )?;
        let table = |rows: Vec<Row>, keys: &[&str]| {
            rows.iter()
                .map(|row| Ok((place(row, keys)?, numbers(row)?)))
                .collect::<Result<Table>>()
        };
        Ok(Answers {
            overview: table(overview, &[])?,
            audience: audience
                .iter()
                .map(|row| Ok((row.try_get("day")?, numbers(row)?)))
                .collect::<Result<_>>()?,
            agents: table(agents, &["workspace", "agent"])?,
            models: table(models, &["model"])?,
        })
    }
}

async fn prepare(url: &str, statement: &str) -> Result<(Client, Statement)> {
    let client = stack::connect(url).await?;
    let statement = client.prepare(statement).await?;
    Ok((client, statement))
}

fn place(row: &Row, keys: &[&str]) -> Result<Place> {
    let mut parts = Vec::new();
    for key in keys {
        parts.extend(row.try_get::<_, Option<String>>(*key)?);
    }
    let key = (!parts.is_empty()).then(|| parts.join("/"));
    Ok((row.try_get("current")?, row.try_get("day")?, key))
}

fn numbers(row: &Row) -> Result<HashMap<String, Option<f64>>> {
    let mut numbers = HashMap::new();
    for (index, column) in row.columns().iter().enumerate() {
        let number = match *column.type_() {
            Type::INT8 => row
                .try_get::<_, Option<i64>>(index)?
                .map(|number| number as f64),
            Type::FLOAT8 => row.try_get(index)?,
            _ => continue,
        };
        numbers.insert(column.name().to_owned(), number);
    }
    Ok(numbers)
}

/// Fails with the first number that differs.
pub(crate) fn check(window: &Window, answer: &QueryResponse, sql: &Answers) -> Result<()> {
    let [overview, audience, agents, models] = &answer.results[..] else {
        anyhow::bail!("{} results", answer.results.len());
    };
    check_groups(window, overview, &sql.overview).context("overview")?;
    check_groups(window, agents, &sql.agents).context("agents")?;
    check_groups(window, models, &sql.models).context("models")?;
    for group in &audience.groups {
        for series in &group.series {
            let both = [
                (&audience.buckets, &series.values),
                (&audience.previous_buckets, &series.previous_values),
            ];
            for (buckets, values) in both {
                ensure!(
                    !values.is_empty() && buckets.len() == values.len(),
                    "no audience"
                );
                for (bucket, value) in buckets.iter().zip(values) {
                    let day = day(bucket, &window.zone)?;
                    let expected = sql
                        .audience
                        .get(&day)
                        .with_context(|| format!("no {day}"))?;
                    same(&series.metric, value, expected)
                        .with_context(|| format!("audience of {day}"))?;
                }
            }
        }
    }
    Ok(())
}

fn check_groups(window: &Window, answer: &Answer, sql: &Table) -> Result<()> {
    let keys = sql.keys().map(|(_, _, key)| key);
    let expected = keys.collect::<std::collections::HashSet<_>>().len();
    // Where nothing happened SQL has no row, and the whole is told all the same.
    let told = answer.groups.len();
    ensure!(
        told == expected || (sql.is_empty() && told == 1),
        "{told} groups, not {expected}"
    );
    let nothing = HashMap::new();
    for group in &answer.groups {
        let key = key(group);
        for series in &group.series {
            let compare = |current, day, value: &Value| {
                let place = (current, day, key.clone());
                let expected = sql.get(&place).unwrap_or(&nothing);
                same(&series.metric, value, expected).with_context(|| format!("{place:?}"))
            };
            let total = series.total.as_ref().context("no total")?;
            compare(true, None, total)?;
            let previous = series
                .previous_total
                .as_ref()
                .context("no previous total")?;
            compare(false, None, previous)?;
            for (bucket, value) in answer.buckets.iter().zip(&series.values) {
                compare(true, Some(day(bucket, &window.zone)?), value)?;
            }
            for (bucket, value) in answer.previous_buckets.iter().zip(&series.previous_values) {
                compare(false, Some(day(bucket, &window.zone)?), value)?;
            }
        }
    }
    Ok(())
}

/// The key as the statements name it; none for the whole and for "other".
fn key(group: &Group) -> Option<String> {
    if group.other_groups > 0 {
        return None;
    }
    let key = group.keys.first()?;
    let id = key.id.clone()?;
    Some(if key.workspace_id.is_empty() {
        id
    } else {
        format!("{}/{id}", key.workspace_id)
    })
}

fn day(bucket: &Bucket, zone: &IanaZone) -> Result<NaiveDate> {
    Ok(local_date(zone, instant(bucket.start).context("no start")?))
}

/// A number of both sides. What the statements leave to division is divided here.
fn same(metric: &str, value: &Value, row: &HashMap<String, Option<f64>>) -> Result<()> {
    let ours = match value.number {
        Some(value::Number::Integer(integer)) => Some(integer as f64),
        Some(value::Number::Real(real)) => Some(real),
        None => None,
    };
    let column = |name: &str| row.get(name).copied().flatten();
    let sum = |names: &[&str]| {
        names
            .iter()
            .map(|name| column(name).unwrap_or(0.0))
            .sum::<f64>()
    };
    let quotient = |over: f64, under: f64| (under > 0.0).then(|| over / under);
    let theirs = match metric {
        _ if row.contains_key(metric) => column(metric),
        "success_rate" => quotient(
            sum(&["completed"]),
            sum(&["completed", "failed", "timed_out"]),
        ),
        "total_tokens" => Some(sum(&["input_tokens", "output_tokens"])),
        "executions_ended" => Some(sum(&[
            "completed",
            "failed",
            "timed_out",
            "cancelled",
            "unknown_outcome",
        ])),
        "cost_per_success" => column("cost").and_then(|cost| quotient(cost, sum(&["completed"]))),
        _ => None,
    };
    let tolerance = match metric {
        "duration_p50" | "duration_p95" => RELATIVE_ERROR,
        // Exact: only the division of floating numbers is not.
        _ => 1e-12,
    };
    // A sum of nothing is absent on one side and zero on the other.
    let (ours_number, theirs_number) = (ours.unwrap_or(0.0), theirs.unwrap_or(0.0));
    let near = (ours_number - theirs_number).abs() <= tolerance * theirs_number.abs();
    ensure!(
        near,
        "{metric} is {ours:?} from pages and {theirs:?} by SQL"
    );
    Ok(())
}
