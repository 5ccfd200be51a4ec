use std::io::Cursor;

use super::*;

fn mapping(columns: &[(Field, &str)]) -> Mapping {
    let columns = columns
        .iter()
        .map(|(field, column)| (*field, (*column).to_owned()))
        .collect();
    Mapping {
        columns,
        constants: BTreeMap::new(),
    }
}

fn trace() -> Mapping {
    mapping(&[
        (Field::OpenedAt, "TIMESTAMP"),
        (Field::InputTokens, "ContextTokens"),
    ])
}

fn read(format: Format, text: &str, mapping: &Mapping) -> Result<Vec<Result<Row, BadRow>>> {
    open(format, b',', Cursor::new(text.as_bytes().to_vec()), mapping)?.collect()
}

fn cell(row: &Result<Row, BadRow>, field: Field) -> Option<&str> {
    row.as_ref().unwrap().cells.get(&field).map(String::as_str)
}

fn reason(row: &Result<Row, BadRow>) -> String {
    row.as_ref().unwrap_err().to_string()
}

#[test]
fn line_ends_blank_lines_and_a_missing_last_newline_change_nothing() {
    let unix = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03,4808,10\n2023-11-16 18:17:04,,8\n";
    let expected = read(Format::Csv, unix, &trace()).unwrap();
    assert_eq!(expected.len(), 2);
    assert_eq!(
        (
            expected[0].as_ref().unwrap().line,
            expected[1].as_ref().unwrap().line
        ),
        (2, 3)
    );
    assert_eq!(cell(&expected[0], Field::InputTokens), Some("4808"));
    assert_eq!(cell(&expected[1], Field::InputTokens), None);
    let others = [
        unix.replace('\n', "\r\n"),
        unix.replace('\n', "\r"),
        unix.trim_end().to_owned(),
        format!("\u{feff}{unix}"),
    ];
    for text in others {
        assert_eq!(
            read(Format::Csv, &text, &trace()).unwrap(),
            expected,
            "{text:?}"
        );
    }
}

#[test]
fn an_empty_file_and_a_missing_column_are_told_at_once() {
    for format in [Format::Csv, Format::Jsonl] {
        let error = read(format, "", &trace()).unwrap_err().to_string();
        assert!(error.starts_with("the file is empty"), "{error}");
    }
    assert!(
        read(Format::Csv, "TIMESTAMP,ContextTokens\n", &trace())
            .unwrap()
            .is_empty()
    );
    let error = read(Format::Csv, "Time,ContextTokens,Other\n", &trace())
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "the file has no column \"TIMESTAMP\" for opened_at; its columns are Time, ContextTokens, Other"
    );
}

#[test]
fn a_row_of_another_length_is_bad_and_the_rest_is_read() {
    let text = "TIMESTAMP,ContextTokens,GeneratedTokens\n1,2\n1,2,3,4\n1,2,3\n2023-11-1";
    let rows = read(Format::Csv, text, &trace()).unwrap();
    assert_eq!(reason(&rows[0]), "line 2: the row has 2 of 3 columns");
    assert_eq!(
        reason(&rows[1]),
        "line 3: the row has 4 columns, the first line names 3"
    );
    assert_eq!(cell(&rows[2], Field::InputTokens), Some("2"));
    let cut =
        "line 5: the row has 1 of 3 columns; it is the last row: the file may have been cut off";
    assert_eq!(reason(&rows[3]), cut);
}

#[test]
fn quotes_other_delimiters_and_other_encodings() {
    let text = "TIMESTAMP;ContextTokens\n\"a;\"\"b\nc\";5\n\n\nd;6\n";
    let rows: Vec<_> = open(Format::Csv, b';', Cursor::new(text), &trace())
        .unwrap()
        .collect::<Result<_>>()
        .unwrap();
    assert_eq!(cell(&rows[0], Field::OpenedAt), Some("a;\"b\nc"));
    assert_eq!(
        (
            rows[0].as_ref().unwrap().line,
            rows[1].as_ref().unwrap().line
        ),
        (2, 6)
    );
    let latin = Cursor::new(b"TIMESTAMP,ContextTokens\nM\xfcnchen,5\n".to_vec());
    let row = open(Format::Csv, b',', latin, &trace())
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert!(
        reason(&row).starts_with("line 2, column TIMESTAMP"),
        "{}",
        reason(&row)
    );
}

#[test]
fn json_lines_are_read_by_key_and_by_path() {
    let mapping = mapping(&[
        (Field::OpenedAt, "time"),
        (Field::InputTokens, "usage.input"),
        (Field::Model, "a.b"),
    ]);
    let text = "{\"time\":\"2023\",\"usage\":{\"input\":12},\"a.b\":\"x\"}\r\n\n{\"time\":5,\"usage\":null}\n[1]\n\
                {\"time\":true}\n{\"time\":\"20";
    let rows = read(Format::Jsonl, text, &mapping).unwrap();
    assert_eq!(cell(&rows[0], Field::InputTokens), Some("12"));
    assert_eq!(cell(&rows[0], Field::Model), Some("x"));
    assert_eq!(
        (
            rows[1].as_ref().unwrap().line,
            cell(&rows[1], Field::OpenedAt)
        ),
        (3, Some("5"))
    );
    assert_eq!(cell(&rows[1], Field::InputTokens), None);
    assert!(reason(&rows[2]).starts_with("line 4: is not a JSON object"));
    assert_eq!(
        reason(&rows[3]),
        "line 5, column time, value \"true\": is neither text nor a number"
    );
    assert!(
        reason(&rows[4]).ends_with("the file may have been cut off"),
        "{}",
        reason(&rows[4])
    );
}

#[test]
fn a_line_without_an_end_does_not_fill_the_memory() {
    let endless = std::io::repeat(b'x');
    let mut rows = open(Format::Jsonl, b',', endless, &trace()).unwrap();
    let error = rows.next().unwrap().unwrap_err().to_string();
    assert!(error.contains("longer than 1048576 bytes"), "{error}");
    assert!(rows.next().is_none());
}
