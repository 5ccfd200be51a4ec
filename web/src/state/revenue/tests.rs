//! The rules of looking at revenue.

use shadow_domain::time::IanaZone;
use shadow_proto::metrics::v1::{RevenueRetention, RevenueWaterfall};

use super::*;
use crate::state::{query::timestamp, view::Compare};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The months of an example: the last from 220 to 285, not over.
pub(crate) fn months() -> Vec<RevenueMonth> {
    let before = RevenueMonth {
        start: Some(timestamp(at("2026-10-01T00:00:00Z"))),
        end: Some(timestamp(at("2026-11-01T00:00:00Z"))),
        complete: true,
        waterfall: Some(RevenueWaterfall {
            start_micros: 200_000_000,
            expansion_micros: 20_000_000,
            ..RevenueWaterfall::default()
        }),
        retention: Some(RevenueRetention {
            nrr: Some(1.1),
            grr: Some(1.0),
            ..RevenueRetention::default()
        }),
        mrr_micros: 220_000_000,
        arr_micros: 2_640_000_000,
        paying_customers: 4,
        arpa_micros: Some(55_000_000),
        ..RevenueMonth::default()
    };
    let last = RevenueMonth {
        start: Some(timestamp(at("2026-11-01T00:00:00Z"))),
        end: Some(timestamp(at("2026-11-24T00:00:00Z"))),
        complete: false,
        waterfall: Some(RevenueWaterfall {
            start_micros: 220_000_000,
            new_micros: 60_000_000,
            reactivation_micros: 20_000_000,
            expansion_micros: 30_000_000,
            contraction_micros: 15_000_000,
            churn_micros: 30_000_000,
            quick_ratio: Some(2.0),
            quick_ratio_with_reactivation: Some(2.44),
        }),
        retention: Some(RevenueRetention {
            customers: 4,
            lost_customers: 1,
            start_micros: 220_000_000,
            end_micros: 205_000_000,
            nrr: Some(0.9318),
            grr: Some(0.7955),
            gross_churn: Some(0.2045),
            net_churn: Some(0.0682),
            logo_churn: Some(0.25),
        }),
        mrr_micros: 285_000_000,
        arr_micros: 3_420_000_000,
        paying_customers: 5,
        arpa_micros: Some(57_000_000),
        net_churn_with_reactivation: Some(-0.0227),
        ..RevenueMonth::default()
    };
    vec![before, last]
}

fn number(id: &str) -> &'static Number {
    let all = FIRST.iter().chain(&MORE);
    all.into_iter().find(|number| number.id == id).unwrap()
}

#[test]
fn whole_months_are_asked_for_and_a_year_of_them() {
    let zone = IanaZone::parse("America/New_York").unwrap();
    let range = Range {
        start: at("2026-10-26T04:00:00Z"),
        end: at("2026-11-25T05:00:00Z"),
    };
    let asked = Asked::of(&range, &zone);
    assert_eq!(asked.shown.start, at("2026-10-01T04:00:00Z"));
    assert_eq!(asked.shown.end, at("2026-12-01T05:00:00Z"));
    assert_eq!(asked.with_before.start, at("2025-11-01T04:00:00Z"));
    assert!(!asked.cut);
    assert!(is_live(&asked, at("2026-11-24T00:00:00Z")));
    assert!(!is_live(&asked, asked.shown.end));
}

#[test]
fn a_range_that_ends_with_a_month_does_not_touch_the_next() {
    let range = Range {
        start: at("2026-02-01T00:00:00Z"),
        end: at("2026-03-01T00:00:00Z"),
    };
    let asked = Asked::of(&range, &IanaZone::UTC);
    assert_eq!(asked.shown, range);
}

#[test]
fn more_months_than_are_answered_are_cut_to_the_latest() {
    let range = Range {
        start: at("2017-01-01T00:00:00Z"),
        end: at("2026-11-24T00:00:00Z"),
    };
    let asked = Asked::of(&range, &IanaZone::UTC);
    assert_eq!(asked.shown.start, at("2021-12-01T00:00:00Z"));
    assert_eq!(asked.with_before, asked.shown);
    assert!(asked.cut);
}

#[test]
fn only_the_months_of_the_range_move() {
    let asked = Asked::of(
        &Range {
            start: at("2026-11-05T00:00:00Z"),
            end: at("2026-11-06T00:00:00Z"),
        },
        &IanaZone::UTC,
    );
    let months = months();
    assert_eq!(asked.shown_of(&months), &months[1..]);
}

#[test]
fn the_bridge_leads_from_the_start_to_the_end() {
    let months = months();
    let bridge = Bridge::over(&months);
    assert_eq!(
        (bridge.start_micros, bridge.end_micros),
        (200_000_000, 285_000_000)
    );
    assert_eq!(bridge.moved_micros[2], 50_000_000);
    let steps = bridge.steps();
    assert_eq!(steps[0], (200e6, 260e6));
    assert_eq!(steps[4], (315e6, 285e6));
    assert!(steps.windows(2).all(|pair| pair[0].1 == pair[1].0));
    assert_eq!(Bridge::over(&[]), Bridge::default());
}

#[test]
fn what_a_month_has_at_its_end_is_compared_and_its_rates_only_when_it_is_over() {
    let mut months = months();
    let mrr = number("mrr").trend(&months, Compare::Previous);
    assert_eq!((mrr.total, mrr.previous), (Some(285e6), Some(220e6)));
    assert!((mrr.change.unwrap() - 65.0 / 220.0).abs() < 1e-12);
    let nrr = number("nrr").trend(&months, Compare::Previous);
    assert_eq!(
        (nrr.total, nrr.previous, nrr.change),
        (Some(0.9318), None, None)
    );
    months[1].complete = true;
    let nrr = number("nrr").trend(&months, Compare::Previous);
    assert!((nrr.change.unwrap() - (0.9318 - 1.1)).abs() < 1e-12);
    assert_eq!(number("mrr").trend(&months, Compare::Year).previous, None);
    assert_eq!(number("mrr").trend(&months, Compare::Off).change, None);
}

#[test]
fn what_is_absent_stays_absent() {
    let months = months();
    assert_eq!(number("ltv").trend(&months, Compare::Previous).total, None);
    assert_eq!(
        number("quick_ratio").trend(&months, Compare::Off).values,
        [None, Some(2.0)]
    );
    assert_eq!(number("nrr").trend(&[], Compare::Off).total, None);
}

#[test]
fn the_currency_is_the_chosen_one_or_that_of_most_customers() {
    let of = |currency: &str, paying_customers| CurrencyRevenue {
        currency: currency.to_owned(),
        months: vec![RevenueMonth {
            paying_customers,
            ..RevenueMonth::default()
        }],
        ..CurrencyRevenue::default()
    };
    let response = GetRevenueResponse {
        currencies: vec![of("EUR", 3), of("GBP", 3), of("USD", 2)],
        ..GetRevenueResponse::default()
    };
    let found = |chosen| currency(&response, chosen).map(|of| of.currency.as_str());
    assert_eq!(found(Some("USD")), Some("USD"));
    assert_eq!(found(Some("JPY")), Some("EUR"));
    assert_eq!(found(None), Some("EUR"));
    assert_eq!(currency(&GetRevenueResponse::default(), None), None);
}

#[test]
fn every_movement_has_a_word() {
    for (kind, word, ..) in MOVEMENTS {
        assert_eq!(movement(word), Some(kind));
    }
    assert_eq!(movement("none"), None);
}
