//! The same numbers by plain SQL over facts, to compare with.

use std::collections::BTreeMap;

use prost_types::Timestamp;
use tokio_postgres::{Client, Row, types::Type};

/// What is asked of the facts.
pub(crate) struct Question<'a> {
    pub(crate) workspaces: &'a [String],
    pub(crate) start: &'a str,
    pub(crate) end: &'a str,
    pub(crate) zone: &'a str,
    pub(crate) currency: &'a str,
}

/// A value by plain SQL.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Expected {
    Integer(i64),
    Real(f64),
}

/// Values by the id of their metric; what is absent is not there.
pub(crate) type Values = BTreeMap<String, Expected>;

/// By group and by the start of the local day in microseconds; `None` is the whole range.
pub(crate) type Table = BTreeMap<(String, Option<i64>), Values>;

/// The numbers of each group (`by` is empty, "agent" or "model"); what is not among `kept` is the group "other".
pub(crate) async fn table(
    facts: &Client,
    question: &Question<'_>,
    by: &str,
    kept: Option<&[String]>,
) -> Table {
    let Question {
        workspaces,
        start,
        end,
        zone,
        currency,
    } = question;
    let rows = facts
        .query(
            include_str!("oracle.sql"),
            &[workspaces, start, end, zone, currency, &by, &kept],
        )
        .await
        .unwrap();
    rows.iter()
        .map(|row| ((row.get("grouped"), row.get("day")), values(row)))
        .collect()
}

/// Trailing distinct users by the start of the local day.
pub(crate) async fn active_users(facts: &Client, question: &Question<'_>) -> BTreeMap<i64, Values> {
    let Question {
        workspaces,
        start,
        end,
        zone,
        ..
    } = question;
    let rows = facts
        .query(
            include_str!("active_users.sql"),
            &[workspaces, start, end, zone],
        )
        .await
        .unwrap();
    rows.iter()
        .map(|row| (row.get("day"), values(row)))
        .collect()
}

/// What a day amounts to on which nothing was opened: amounts are zero, quotients and percentiles are absent.
pub(crate) fn nothing(metric: &str) -> Option<Expected> {
    let absent = [
        "success_rate",
        "rating_mean",
        "steps_per_run",
        "duration_p50",
        "duration_p95",
        "cost_per_success",
        "credits_per_run",
        "tokens_mean",
        "stickiness",
    ];
    (!absent.contains(&metric)).then_some(Expected::Integer(0))
}

fn values(row: &Row) -> Values {
    let value = |(index, column): (usize, &tokio_postgres::Column)| {
        let value = match *column.type_() {
            Type::INT8 => row.get::<_, Option<i64>>(index).map(Expected::Integer),
            Type::FLOAT8 => row.get::<_, Option<f64>>(index).map(Expected::Real),
            _ => None,
        };
        value.map(|value| (column.name().to_owned(), value))
    };
    row.columns().iter().enumerate().filter_map(value).collect()
}

/// The instant that PostgreSQL reads in a text.
pub(crate) async fn instant(facts: &Client, text: &str) -> Timestamp {
    let row = facts
        .query_one(
            "SELECT extract(epoch FROM $1::text::timestamptz)::bigint",
            &[&text],
        )
        .await
        .unwrap();
    Timestamp {
        seconds: row.get(0),
        nanos: 0,
    }
}
