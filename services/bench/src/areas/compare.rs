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

/// How many numbers both sides have; fails with the first that differs.
pub(crate) fn check(window: &Window, answer: &Answer, told: &Told) -> Result<usize> {
    match (answer, told) {
        (Answer::Executive(answer), Told::Executive(told)) => {
            answers::check(window, answer, told).map(|()| 1)
        }
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

/// What the answer says and a statement recomputes is the same. A row that SQL has not is one of nothing; where both say
/// nothing at all, as of newcomers where nobody came, nothing was compared, which the caller may not take for a proof.
fn same(ours: &Numbers, theirs: &Numbers) -> Result<usize> {
    let Some(columns) = theirs.values().next() else {
        let said = ours.values().flat_map(BTreeMap::values).flatten();
        let most = said.fold(0.0_f64, |most, number| most.max(number.abs()));
        ensure!(most == 0.0, "pages say {most} where SQL says nothing");
        return Ok(0);
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
    ensure!(compared > 0, "pages say nothing that SQL says");
    Ok(compared)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[(&str, &str, f64)]) -> Numbers {
        let mut numbers = Numbers::new();
        for (key, name, value) in rows {
            let row = numbers.entry((*key).to_owned()).or_default();
            row.insert((*name).to_owned(), Some(*value));
        }
        numbers
    }

    #[test]
    fn only_what_was_compared_is_the_same() {
        let sql = rows(&[("a", "runs", 3.0), ("b", "runs", 2.0)]);
        assert_eq!(same(&rows(&[("a", "runs", 3.0)]), &sql).ok(), Some(1));
        // A row that SQL has not, of nothing and of something.
        assert!(same(&rows(&[("a", "runs", 3.0), ("c", "runs", 0.0)]), &sql).is_ok());
        assert!(same(&rows(&[("a", "runs", 3.0), ("c", "runs", 1.0)]), &sql).is_err());
        assert!(same(&rows(&[("a", "runs", 4.0)]), &sql).is_err());
        // Nothing on either side, on one, and nothing in common.
        let nothing = Numbers::new();
        assert_eq!(same(&nothing, &nothing).ok(), Some(0));
        assert!(same(&nothing, &sql).is_err());
        assert!(same(&rows(&[("a", "runs", 1.0)]), &nothing).is_err());
        assert!(same(&rows(&[("a", "credits", 3.0)]), &sql).is_err());
    }
}
