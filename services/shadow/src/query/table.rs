//! An answer for people.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat};
use shadow_client::proto::metrics::v1::{
    Bucket, Group, Metric, Result as Answer, Series, Unit, Value, value::Number,
};

/// One row for each group and bucket, and below it what must be known to read them.
pub(crate) fn result(answer: &Answer, catalogue: &[Metric], currency: &str) -> String {
    let metrics: Vec<&str> = answer.groups.first().map_or_else(Vec::new, |group| {
        group
            .series
            .iter()
            .map(|series| series.metric.as_str())
            .collect()
    });
    let in_time = answer.buckets.len() > 1;
    let compared = !answer.previous_buckets.is_empty() && !in_time;
    let by = answer
        .groups
        .iter()
        .map(|group| group.keys.len())
        .max()
        .unwrap_or(0);
    let mut rows = vec![head(&metrics, in_time, compared, by)];
    for group in &answer.groups {
        let cell = |series: &Series, value: Option<&Value>| {
            show(value, unit(catalogue, &series.metric), currency)
        };
        let mut row = |at: Option<(usize, &Bucket)>| {
            let mut row: Vec<String> = at
                .iter()
                .map(|(_, bucket)| time(bucket.start.as_ref()))
                .collect();
            row.extend(labels(group, by));
            for series in &group.series {
                row.push(cell(
                    series,
                    at.map_or(series.total.as_ref(), |(index, _)| series.values.get(index)),
                ));
                if compared {
                    row.push(cell(series, series.previous_total.as_ref()));
                    row.push(change(series, unit(catalogue, &series.metric)));
                }
            }
            rows.push(row);
        };
        match in_time {
            true => answer
                .buckets
                .iter()
                .enumerate()
                .for_each(|bucket| row(Some(bucket))),
            false => row(None),
        }
    }
    aligned(&rows, by + usize::from(in_time)) + &footer(answer)
}

fn head(metrics: &[&str], in_time: bool, compared: bool, by: usize) -> Vec<String> {
    let mut head: Vec<String> = in_time.then(|| "from".to_owned()).into_iter().collect();
    head.extend((0..by).map(|_| String::new()));
    for metric in metrics {
        head.push((*metric).to_owned());
        if compared {
            head.extend(["before".to_owned(), "change".to_owned()]);
        }
    }
    head
}

fn labels(group: &Group, by: usize) -> Vec<String> {
    let mut labels: Vec<String> = group.keys.iter().map(|key| key.label.clone()).collect();
    if group.other_groups > 0 {
        let others = if group.other_groups == 1 {
            "other"
        } else {
            "others"
        };
        labels.push(format!("{} {others}", group.other_groups));
    }
    labels.resize(by, String::new());
    labels
}

fn unit(catalogue: &[Metric], id: &str) -> Unit {
    catalogue
        .iter()
        .find(|metric| metric.id == id)
        .map(Metric::unit)
        .unwrap_or_default()
}

fn show(value: Option<&Value>, unit: Unit, currency: &str) -> String {
    let Some(number) = value.and_then(|value| value.number) else {
        return "–".to_owned();
    };
    let real = match number {
        Number::Integer(integer) => integer as f64,
        Number::Real(real) => real,
    };
    match (unit, number) {
        (Unit::Ratio, _) => format!("{:.1} %", real * 100.0),
        (Unit::Microseconds, _) if real < 1_000_000.0 => format!("{:.0} ms", real / 1_000.0),
        (Unit::Microseconds, _) => format!("{:.2} s", real / 1_000_000.0),
        (Unit::CreditsMicro, _) => format!("{:.2}", real / 1_000_000.0),
        (Unit::MoneyMicro, _) => format!("{:.4} {currency}", real / 1_000_000.0),
        (_, Number::Integer(integer)) => integer.to_string(),
        (_, Number::Real(_)) => format!("{real:.2}"),
    }
}

fn change(series: &Series, unit: Unit) -> String {
    match (series.change, unit) {
        (None, _) => "–".to_owned(),
        (Some(points), Unit::Ratio) => format!("{:+.1} pp", points * 100.0),
        (Some(share), _) => format!("{:+.1} %", share * 100.0),
    }
}

/// Columns below each other: the first ones, which are labels, to the left, and numbers to the right.
pub(crate) fn aligned(rows: &[Vec<String>], labels: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..columns)
        .map(|column| width(column).unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| match column < labels {
                true => format!("{cell:<width$}"),
                false => format!("{cell:>width$}"),
            })
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn footer(answer: &Answer) -> String {
    let provenance = answer.provenance.clone().unwrap_or_default();
    let range = provenance.effective_range.unwrap_or_default();
    let mut text = format!(
        "\n{} to {}, {}",
        time(range.start.as_ref()),
        time(range.end.as_ref()),
        range.zone
    );
    // Writing to a string cannot fail.
    if provenance.open_executions > 0 {
        let _ = write!(
            text,
            "; {} executions are still open, so rates may move",
            provenance.open_executions
        );
    }
    if !provenance.other_currencies.is_empty() {
        let _ = write!(
            text,
            "; costs in {} are left out",
            provenance.other_currencies.join(", ")
        );
    }
    text.push('\n');
    text
}

/// A time as RFC 3339; empty where there is none.
pub(crate) fn time(at: Option<&prost_types::Timestamp>) -> String {
    at.and_then(|at| DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?))
        .map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_in_units_that_people_read() {
        let value = |number| Value {
            number: Some(number),
        };
        for (number, unit, expected) in [
            (Number::Integer(1_234), Unit::Count, "1234"),
            (Number::Real(0.9871), Unit::Ratio, "98.7 %"),
            (Number::Integer(12_345), Unit::Microseconds, "12 ms"),
            (Number::Integer(12_345_678), Unit::Microseconds, "12.35 s"),
            (Number::Integer(1_500_000), Unit::CreditsMicro, "1.50"),
            (Number::Integer(250_000), Unit::MoneyMicro, "0.2500 EUR"),
            (Number::Real(2.5), Unit::Tokens, "2.50"),
        ] {
            assert_eq!(show(Some(&value(number)), unit, "EUR"), expected);
        }
        assert_eq!(show(Some(&Value::default()), Unit::Ratio, "EUR"), "–");
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [["", "executions"], ["billing", "7"], ["x", "1200"]]
            .map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(
            aligned(&rows, 1),
            "         executions\nbilling           7\nx              1200\n"
        );
    }
}
