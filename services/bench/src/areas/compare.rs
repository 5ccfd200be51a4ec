//! The SQL side of a page, and whether both sides say the same.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row, Statement};

use super::Area;
use super::ask::Answer;
use super::numbers::{self, Numbers};
use crate::answers::{self, Answers};
use crate::executive::Window;
use crate::stack;

/// How far a percentile from a sketch may be from the value at its rank.
const RELATIVE_ERROR: f64 = 0.01;

/// Statements of all pages, prepared.
pub(crate) struct Sql {
    client: Client,
    statements: Vec<(Area, Statement)>,
    executive: answers::Sql,
}

/// What SQL says of a page.
pub(crate) enum Told {
    Executive(Answers),
    Rows(Vec<Row>),
}

impl Sql {
    pub(crate) async fn prepare(url: &str) -> Result<Self> {
        let client = stack::connect(url).await?;
        let types = [
            Type::UUID_ARRAY,
            Type::TIMESTAMPTZ,
            Type::TIMESTAMPTZ,
            Type::TIMESTAMPTZ,
            Type::TEXT,
        ];
        let mut statements = Vec::new();
        for area in Area::ALL {
            if let Some(sql) = area.sql() {
                statements.push((area, client.prepare_typed(sql, &types).await?));
            }
        }
        Ok(Self {
            client,
            statements,
            executive: answers::Sql::prepare(url).await?,
        })
    }

    pub(crate) async fn ask(&self, area: Area, window: &Window) -> Result<Told> {
        let Some((_, statement)) = self.statements.iter().find(|(of, _)| *of == area) else {
            return Ok(Told::Executive(self.executive.ask(window).await?));
        };
        let parameters: [&(dyn ToSql + Sync); 5] = [
            &window.workspaces,
            &window.previous.start,
            &window.range.start,
            &window.range.end,
            &window.zone_name,
        ];
        Ok(Told::Rows(self.client.query(statement, &parameters).await?))
    }
}

/// Fails with the first number that differs.
pub(crate) fn check(window: &Window, answer: &Answer, told: &Told) -> Result<()> {
    match (answer, told) {
        (Answer::Executive(answer), Told::Executive(told)) => answers::check(window, answer, told),
        (answer, Told::Rows(rows)) => same(&numbers::of(answer, window)?, &of_rows(rows)?),
        _ => anyhow::bail!("two pages"),
    }
}

fn of_rows(rows: &[Row]) -> Result<Numbers> {
    rows.iter()
        .map(|row| {
            let key: String = row.try_get("key")?;
            let mut numbers = BTreeMap::new();
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
            Ok((key, numbers))
        })
        .collect()
}

/// What the answer says and a statement recomputes is the same. A row that SQL has not is one of nothing.
fn same(ours: &Numbers, theirs: &Numbers) -> Result<()> {
    let Some(columns) = theirs.values().next() else {
        let said = ours.values().flat_map(BTreeMap::values).flatten();
        let most = said.fold(0.0_f64, |most, number| most.max(number.abs()));
        ensure!(most == 0.0, "pages say {most} where SQL says nothing");
        return Ok(());
    };
    let mut compared = 0;
    for (key, row) in ours {
        for (name, ours) in row.iter().filter(|(name, _)| columns.contains_key(*name)) {
            let expected = theirs.get(key).and_then(|row| row[name]).unwrap_or(0.0);
            let ours = ours.unwrap_or(0.0);
            let tolerance = if name.starts_with("duration") {
                RELATIVE_ERROR
            } else {
                // Exact: only the division of floating numbers is not.
                1e-12
            };
            ensure!(
                (ours - expected).abs() <= tolerance * expected.abs(),
                "{name} of {key} is {ours} from pages and {expected} by SQL"
            );
            compared += usize::from(theirs.contains_key(key));
        }
    }
    ensure!(compared > 0 || ours.is_empty(), "nothing was compared");
    Ok(())
}
