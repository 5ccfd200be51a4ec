//! The catalogue is whole, and its page in this folder is current.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta};
use shadow_domain::catalogue::{self, Context, Kind, Metric, Unit, Value};
use shadow_domain::cell::{Delta, Dimension};
use shadow_domain::comparison::change;
use shadow_domain::execution::{Currency, End, Execution, Identity, Money, Outcome, Seen, Trigger};
use shadow_domain::partial::Partial;
use uuid::Uuid;

fn partial(ends: &[End]) -> Partial {
    let mut delta = Delta::default();
    for end in ends {
        let identity = Identity {
            workspace_id: Uuid::from_u128(1),
            execution_id: Uuid::from_u128(2),
            opened_at: DateTime::UNIX_EPOCH,
            agent_id: "agent".to_owned(),
            agent_version: None,
            trigger: Trigger::Api,
            environment: None,
            user_id: Some("user".to_owned()),
            timeout_micros: None,
        };
        let started_at = Some(DateTime::UNIX_EPOCH + TimeDelta::seconds(2));
        let execution = Execution {
            start_named_by: Seen::NONE,
            identity,
            started_at,
            end: Some(end.clone()),
            feedback: None,
        };
        delta.add(&execution, execution.seen(), 7, Some(9));
    }
    delta
        .0
        .into_iter()
        .find(|(cell, _)| cell.dimension == Dimension::Agent)
        .expect("each execution has a cell of its agent")
        .1
}

fn end(outcome: Outcome) -> End {
    End {
        ended_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(9),
        outcome,
        duration_micros: None,
        model: None,
        provider: None,
        input_tokens: None,
        output_tokens: None,
        credits_micro: None,
        cost: None,
        error_kind: None,
        error_message: None,
    }
}

fn value(id: &str, partial: &Partial) -> Option<f64> {
    match catalogue::find(id).expect("an id of the catalogue").kind {
        Kind::OfPartial(of) | Kind::Trailing { of, .. } => of(
            partial,
            &Context {
                currency: Currency::USD,
            },
        )
        .map(Value::as_f64),
        Kind::Stickiness => None,
    }
}

#[test]
fn unknown_is_absent_and_nothing_is_zero() {
    let unknown = partial(&[end(Outcome::Unknown), end(Outcome::Completed)]);
    for id in [
        "duration_p50",
        "duration_mean",
        "input_tokens",
        "tokens_mean",
        "credits",
        "credits_per_success",
        "cost",
        "cost_per_success",
    ] {
        assert_eq!(value(id, &unknown), None, "{id}");
    }
    assert_eq!(
        (
            value("success_rate", &unknown),
            value("wasted_cost", &unknown)
        ),
        (Some(1.0), Some(0.0))
    );
    let nothing = Partial::default();
    for id in [
        "executions",
        "input_tokens",
        "credits",
        "cost",
        "wasted_credits",
        "active_users",
    ] {
        assert_eq!(value(id, &nothing), Some(0.0), "{id}");
    }
    for id in [
        "success_rate",
        "duration_p95",
        "queue_wait_mean",
        "credits_per_run",
        "credits_per_success",
        "cost_per_run",
    ] {
        assert_eq!(value(id, &nothing), None, "{id}");
    }
    assert_eq!(
        value("success_rate", &partial(&[end(Outcome::Cancelled)])),
        None
    );
}

#[test]
fn formulas_by_hand() {
    let money = |code, micros| {
        Some(Money {
            currency: Currency::parse(code).unwrap(),
            micros,
        })
    };
    let runs = partial(&[
        End {
            duration_micros: Some(1_000_000),
            input_tokens: Some(100),
            output_tokens: Some(20),
            credits_micro: Some(10),
            cost: money("USD", 600),
            ..end(Outcome::Completed)
        },
        End {
            duration_micros: Some(999_999),
            output_tokens: Some(40),
            ..end(Outcome::Completed)
        },
        End {
            credits_micro: Some(30),
            cost: money("USD", 100),
            ..end(Outcome::Failed)
        },
        End {
            duration_micros: Some(60_000_000),
            cost: money("EUR", 5),
            ..end(Outcome::TimedOut)
        },
        end(Outcome::Cancelled),
    ]);
    for (id, expected) in [
        ("executions", 5.0),
        ("executions_ended", 5.0),
        ("open_executions", 0.0),
        ("failures", 2.0),
        ("success_rate", 0.5),
        ("duration_min", 999_999.0),
        ("duration_max", 1_000_000.0),
        ("duration_mean", 999_999.5),
        ("duration_under_1s", 1.0),
        ("duration_1s_to_5s", 1.0),
        ("duration_over_60s", 0.0),
        ("duration_other_p95", 60_000_000.0),
        ("queue_wait_p50", 2_000_000.0),
        ("input_tokens", 100.0),
        ("output_tokens", 60.0),
        ("total_tokens", 160.0),
        ("tokens_mean", 80.0),
        ("credits", 40.0),
        ("credits_per_run", 20.0),
        ("credits_per_success", 20.0),
        ("wasted_credits", 30.0),
        ("cost", 700.0),
        ("cost_per_run", 350.0),
        ("cost_per_success", 350.0),
        ("wasted_cost", 100.0),
        ("active_agents", 1.0),
        ("active_users", 0.0),
    ] {
        assert_eq!(value(id, &runs), Some(expected), "{id}");
    }
}

#[test]
fn changes_are_relative_except_those_of_ratios() {
    let metric = |id| catalogue::find(id).unwrap();
    let whole = |value| Some(Value::Integer(value));
    for (id, current, previous, expected) in [
        ("executions", whole(150), whole(100), Some(0.5)),
        ("executions", whole(50), whole(100), Some(-0.5)),
        ("executions", whole(50), whole(0), None),
        ("executions", whole(50), None, None),
        ("cost", None, whole(1), None),
        (
            "success_rate",
            Some(Value::Real(0.75)),
            Some(Value::Real(0.5)),
            Some(0.25),
        ),
        (
            "success_rate",
            Some(Value::Real(0.5)),
            Some(Value::Real(0.0)),
            Some(0.5),
        ),
        (
            "duration_mean",
            Some(Value::Real(3.0)),
            Some(Value::Real(2.0)),
            Some(0.5),
        ),
    ] {
        assert_eq!(
            change(metric(id), current, previous),
            expected,
            "{id} {current:?} {previous:?}"
        );
    }
}

#[test]
fn values_that_an_answer_cannot_carry_are_errors() {
    assert_eq!(
        i64::try_from(Value::Integer(i128::from(i64::MAX))),
        Ok(i64::MAX)
    );
    assert!(i64::try_from(Value::Integer(i128::from(i64::MAX) + 1)).is_err());
}

#[test]
fn a_run_is_about_forty_bytes() {
    let mut bytes = Vec::new();
    partial(&[End {
        duration_micros: Some(3_456_789),
        input_tokens: Some(2048),
        output_tokens: Some(231),
        credits_micro: Some(1_250_000),
        cost: Some(Money {
            currency: Currency::USD,
            micros: 14_500,
        }),
        ..end(Outcome::Completed)
    }])
    .encode(&mut bytes);
    assert!(bytes.len() <= 48, "{}", bytes.len());
}

#[test]
fn every_entry_is_whole() {
    let mut ids = BTreeSet::new();
    for metric in catalogue::all() {
        assert!(ids.insert(metric.id), "{metric} is there twice");
        assert!(
            !metric.name.is_empty() && !metric.formula.is_empty(),
            "{metric}"
        );
        assert!(
            metric.meaning.ends_with('.') && metric.meaning.matches(". ").count() == 0,
            "{metric}"
        );
        assert!(metric.dimensions.contains(&Dimension::Total), "{metric}");
        assert!(
            (1..=catalogue::VERSION).contains(&metric.definition_version),
            "{metric}"
        );
        assert_eq!(
            metric.unit == Unit::Ratio,
            metric.id.ends_with("rate") || metric.id == "stickiness",
            "{metric}"
        );
        assert_eq!(
            catalogue::find(metric.id).map(|found| found.id),
            Some(metric.id)
        );
    }
    assert!(catalogue::find("").is_none());
}

#[test]
fn the_page_of_the_catalogue_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/CATALOGUE.md");
    let page = page();
    if std::env::var_os("UPDATE_CATALOGUE").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        stored == page,
        "CATALOGUE.md is not current: run UPDATE_CATALOGUE=1 cargo test -p shadow-domain"
    );
}

fn page() -> String {
    let mut page = format!(
        "# The catalogue of metrics\n\n\
         Written by a test from `src/catalogue`; `UPDATE_CATALOGUE=1 cargo test -p shadow-domain` renews it.\n\
         Definition version {}. A ratio of 1 is 100 %. A quotient whose denominator is zero is absent; so is an\n\
         amount that none of the ended runs reported. An execution belongs to the bucket in which it was opened.\n\n\
         | id | name | meaning | formula | unit | direction | additivity | error | finest | by | version |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        catalogue::VERSION
    );
    catalogue::all()
        .iter()
        .for_each(|metric| row(&mut page, metric));
    page
}

fn row(page: &mut String, metric: &Metric) {
    let error = if metric.relative_error > 0.0 {
        format!("{} %", metric.relative_error * 100.0)
    } else {
        "exact".to_owned()
    };
    let finest = match metric.kind {
        _ if metric.minute => "minute",
        Kind::OfPartial(_) => "quarter-hour",
        Kind::Trailing { .. } | Kind::Stickiness => "day",
    };
    let names = metric
        .dimensions
        .iter()
        .map(|dimension| match dimension.parts() {
            [] => "total".to_owned(),
            parts => parts
                .iter()
                .map(|part| part.name())
                .collect::<Vec<_>>()
                .join(" × "),
        });
    writeln!(
        page,
        "| `{}` | {} | {} | {} | {} | {} | {} | {error} | {finest} | {} | {} |",
        metric.id,
        metric.name,
        metric.meaning,
        metric.formula,
        metric.unit.name(),
        metric.direction.name(),
        metric.additivity.name(),
        names.collect::<Vec<_>>().join(", "),
        metric.definition_version,
    )
    .expect("a string can always be written to");
}
