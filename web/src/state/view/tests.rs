//! Views through the address and back.

use super::*;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn what_is_written_is_read_again() {
    let workspace = Some("0192f0c1-2222-7333-8444-555566667777".to_owned());
    let views = [
        View::default(),
        View {
            workspace: workspace.clone(),
            ..View::default()
        },
        View {
            span: Span::Preset(Preset::YearToDate),
            compare: Compare::Year,
            ..View::default()
        },
        View {
            workspace,
            span: Span::custom(date("2026-03-01"), date("2026-03-31")),
            zone: Some("America/Argentina/Buenos_Aires".to_owned()),
            compare: Compare::Off,
            agent: Some("réviewer & co=100%".to_owned()),
            status: Some("timed_out".to_owned()),
            model: Some("meridian-pro-3".to_owned()),
            min_seconds: 600,
            user: Some("u-1".to_owned()),
            error_kind: Some(String::new()),
            tab: Some("list".to_owned()),
            execution: Some("0192f0c1-2222-7333-8444-555566667777".to_owned()),
            cohorts: Cohorts::default().with("mode", "streak"),
            list: List {
                contains: "größe".to_owned(),
                ..List::default()
            },
            money: Money {
                margin: Some(75),
                ..Money::default()
            },
        },
    ];
    for view in views {
        assert_eq!(View::parse(&view.query()), view, "{}", view.query());
    }
}

#[test]
fn every_preset_survives_the_address() {
    for preset in Preset::ALL {
        let view = View {
            span: Span::Preset(preset),
            ..View::default()
        };
        assert_eq!(View::parse(&format!("?{}", view.query())), view);
    }
}

#[test]
fn defaults_are_not_written() {
    assert_eq!(View::default().query(), "");
    assert_eq!(View::parse("range=30d&compare=previous").query(), "");
}

#[test]
fn what_is_malformed_is_left_at_its_default() {
    for query in [
        "workspace=all",
        "range=custom&from=2026-13-01&to=2026-01-02",
        "range=custom",
        "range=fortnight",
        "zone=<script>",
        "compare=never",
        "&&=&%",
        "utm_source=mail",
        "min_duration=long",
        "min_duration=99999999999",
        "min_duration=31622401",
        "execution=7",
    ] {
        assert_eq!(View::parse(query), View::default(), "{query}");
    }
}

#[test]
fn another_question_begins_at_the_first_page() {
    let view = View::parse("range=7d&search=reader&page=AQ");
    assert_eq!(view.from_the_start().query(), "range=7d&search=reader");
}

#[test]
fn only_paths_of_this_application_are_come_back_to() {
    assert_eq!(
        next_of("?next=/executive%3Frange%3D7d").as_deref(),
        Some("/executive?range=7d")
    );
    for query in [
        "",
        "next=",
        "next=https://evil.example",
        "next=//evil.example",
        "next=/%5Cevil",
        "next=/login",
    ] {
        assert_eq!(next_of(query), None, "{query}");
    }
}
