use std::collections::BTreeMap;

use super::*;

type Given<'a> = &'a [(Field, &'a str)];

fn reading(constants: &[(Field, &str)]) -> Reading {
    let always = [(Field::AgentId, "code"), (Field::Trigger, "api")];
    let constants = always
        .iter()
        .chain(constants)
        .map(|(field, value)| (*field, (*value).to_owned()))
        .collect();
    let columns = Field::ALL
        .iter()
        .map(|field| (*field, format!("the {}", field.name())))
        .collect();
    Reading {
        mapping: Mapping { columns, constants },
        workspace_id: Uuid::from_u128(1),
        source: "trace".to_owned(),
        zone: Tz::UTC,
        times: TimeFormat::Calendar,
        outcome: Outcome::Unknown,
    }
}

fn row(line: u64, cells: &[(Field, &str)]) -> Row {
    let cells: BTreeMap<_, _> = cells
        .iter()
        .map(|(field, text)| (*field, (*text).to_owned()))
        .collect();
    Row { line, cells }
}

fn parts(event: &Event) -> (&ExecutionIdentity, &ExecutionEnd) {
    match &event.event {
        Some(Kind::ExecutionEnded(ended)) => (
            ended.identity.as_ref().unwrap(),
            ended.end.as_ref().unwrap(),
        ),
        other => panic!("{other:?}"),
    }
}

const AT: (Field, &str) = (Field::OpenedAt, "2023-11-16 18:17:03.9799600");

#[test]
fn what_a_row_does_not_say_stays_unknown() {
    let event = reading(&[])
        .event(&row(
            2,
            &[
                AT,
                (Field::InputTokens, "4808"),
                (Field::OutputTokens, "10"),
            ],
        ))
        .unwrap();
    let (identity, end) = parts(&event);
    assert_eq!(
        identity.opened_at,
        Some(Timestamp {
            seconds: 1_700_158_623,
            nanos: 979_960_000
        })
    );
    assert_eq!(event.occurred_at, identity.opened_at);
    assert_eq!((identity.agent_id.as_str(), identity.trigger), ("code", 3));
    let expected = ExecutionEnd {
        outcome: 5,
        input_tokens: Some(4808),
        output_tokens: Some(10),
        ..Default::default()
    };
    assert_eq!(*end, expected);
}

#[test]
fn ids_come_from_the_source_and_the_line_alone() {
    let id =
        |reading: &Reading, row: &Row| parts(&reading.event(row).unwrap()).0.execution_id.clone();
    let (reading, second) = (reading(&[]), row(2, &[AT]));
    // Written down: another value would import every file a second time.
    assert_eq!(
        id(&reading, &second),
        "4432e1fd-08d2-527a-a738-af5d2df3d50e"
    );
    assert_eq!(
        reading.event(&second).unwrap(),
        reading.event(&second).unwrap()
    );
    assert_ne!(id(&reading, &second), id(&reading, &row(3, &[AT])));
    let other = Reading {
        source: "other".to_owned(),
        ..reading.clone()
    };
    assert_ne!(id(&reading, &second), id(&other, &second));
    let named = |line| row(line, &[AT, (Field::ExecutionId, "run-1")]);
    assert_eq!(id(&reading, &named(2)), id(&reading, &named(9)));
    assert_ne!(id(&reading, &second), id(&reading, &named(2)));
}

#[test]
fn the_end_and_the_duration_complete_each_other() {
    let started = (Field::StartedAt, "2023-11-16 18:17:05");
    let ended = (Field::EndedAt, "2023-11-16 18:17:07.5");
    let seconds = (Field::DurationSeconds, "1.25");
    let opened = (Field::OpenedAt, "2023-11-16 18:17:03");
    let table: [(Given<'_>, i64, i32, Option<i64>); 6] = [
        (&[opened], 3, 0, None),
        (&[opened, ended], 7, 500_000_000, None),
        (&[opened, seconds], 4, 250_000_000, Some(1_250_000)),
        (&[opened, started], 5, 0, None),
        (&[opened, started, seconds], 6, 250_000_000, Some(1_250_000)),
        (&[opened, started, ended], 7, 500_000_000, Some(2_500_000)),
    ];
    for (cells, second, nanos, duration) in table {
        let event = reading(&[]).event(&row(2, cells)).unwrap();
        let at = Timestamp {
            seconds: 1_700_158_620 + second,
            nanos,
        };
        assert_eq!(event.occurred_at, Some(at), "{cells:?}");
        assert_eq!(parts(&event).1.duration, duration.map(span), "{cells:?}");
    }
}

#[test]
fn a_cell_comes_before_a_constant() {
    let reading = reading(&[
        (Field::Model, "default"),
        (Field::Currency, "USD"),
        (Field::Outcome, "completed"),
    ]);
    let given = row(
        2,
        &[
            AT,
            (Field::Model, "mini"),
            (Field::Cost, "0.0031"),
            (Field::Outcome, "Timed_Out"),
        ],
    );
    let event = reading.event(&given).unwrap();
    let end = parts(&event).1;
    assert_eq!((end.model.as_deref(), end.outcome), (Some("mini"), 4));
    assert_eq!(
        end.cost,
        Some(Money {
            currency: "USD".to_owned(),
            micros: 3_100
        })
    );
    let event = reading.event(&row(3, &[AT])).unwrap();
    let end = parts(&event).1;
    assert_eq!(
        (end.model.as_deref(), end.outcome, &end.cost),
        (Some("default"), 1, &None)
    );
}

#[test]
fn a_bad_cell_is_named_with_line_column_and_value() {
    let table: [(Given<'_>, &str); 5] = [
        (
            &[],
            "line 17, column the opened_at, value \"\": is empty, and opened_at is needed",
        ),
        (
            &[(Field::OpenedAt, "noon")],
            "line 17, column the opened_at, value \"noon\": is not a time",
        ),
        (
            &[AT, (Field::InputTokens, "1.5")],
            "line 17, column the input_tokens, value \"1.5\": is not a whole number",
        ),
        (
            &[AT, (Field::Trigger, "magic")],
            "value \"magic\": is none of user, schedule, api, agent",
        ),
        (
            &[AT, (Field::Cost, "1")],
            "column the currency, value \"\": is empty",
        ),
    ];
    for (cells, expected) in table {
        let bad = reading(&[]).event(&row(17, cells)).unwrap_err().to_string();
        assert!(bad.contains(expected), "{bad}");
    }
}
