use chrono::{DateTime, Utc};
use shadow_domain::{
    catalogue,
    cell::Page,
    execution::Currency,
    time::{Comparison, Granularity, IanaZone},
};
use shadow_storage::partials::StoredPage;
use uuid::Uuid;

use super::*;
use crate::{
    cells::{Pending, fold, fold_users},
    plan,
    request::{Bounds, Request, Selection},
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn selection(metrics: &[&str], granularity: Granularity) -> Selection {
    let found = metrics.iter().map(|id| catalogue::find(id).unwrap());
    Selection {
        id: metrics.join("_"),
        metrics: found.collect(),
        granularity,
        group_by: Vec::new(),
        filters: Vec::new(),
        comparison: Some(Comparison::PreviousPeriod),
        top: None,
    }
}

/// Something in most quarter-hours of some months, in some in two workspaces, each with users and durations of its own.
fn pages(first: DateTime<Utc>, days: i64) -> Vec<StoredPage> {
    let mut random = 7u64;
    let mut below = |most: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (random >> 33) % most
    };
    let mut found = Vec::new();
    for number in 0..days * 2 {
        let day = QuarterHour(QuarterHour::of(first).0 + number / 2 * 96);
        let mut page = Page::default();
        // As seldom as where little goes on, or as often as where much does.
        let seldom = 1 + below(6);
        for quarter in (0..96).map(|quarter| QuarterHour(day.0 + quarter)) {
            if below(seldom) > 0 {
                continue;
            }
            let mut partial = Partial {
                opened: 1 + below(9),
                activities: below(3),
                users: (0..below(4)).map(|_| below(200) as u32).collect(),
                activity_users: (0..below(3)).map(|_| below(200) as u32).collect(),
                ..Partial::default()
            };
            partial.outcomes[0] = below(1 + partial.opened);
            for _ in 0..partial.outcomes[0] {
                partial.completed_durations.insert(below(9_000_000));
            }
            page.merge_quarter(quarter, partial);
        }
        let workspace = Uuid::from_u128(number as u128 % 2);
        found.push(StoredPage::encoded(
            workspace,
            day.day(),
            String::new(),
            &page,
        ));
    }
    found
}

#[test]
fn what_is_folded_for_all_is_what_each_would_have_folded() {
    let pages = pages(at("2026-01-01T00:00:00Z"), 150);
    let waiting = Partial {
        opened: 5,
        users: [1_000].into_iter().collect(),
        ..Partial::default()
    };
    let cells = Cells {
        pages: &pages,
        pending: vec![Pending {
            workspace: Uuid::nil(),
            key: "",
            quarter: QuarterHour::of(at("2026-05-03T18:20:00Z")),
            partial: &waiting,
        }],
    };
    let every = [
        (
            &["executions", "duration_p95", "active_users"][..],
            Granularity::Day,
        ),
        (&["wau", "stickiness"], Granularity::Day),
        (&["executions", "dau"], Granularity::Week),
        (&["success_rate"], Granularity::Hour),
        (&["duration_p50"], Granularity::Total),
        (&["throughput_opened"], Granularity::Minute),
    ];
    for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
        let zone = IanaZone::parse(zone).unwrap();
        // With a change of clocks in New York, and an end that is no end of a day anywhere.
        for (start, end) in [
            ("2026-04-20T04:00:00Z", "2026-05-10T04:00:00Z"),
            ("2026-03-01T00:00:00Z", "2026-03-11T09:40:00Z"),
            ("2026-05-02T18:30:00Z", "2026-05-04T18:30:00Z"),
        ] {
            let request = Request {
                selections: every
                    .iter()
                    .map(|(ids, each)| selection(ids, *each))
                    .collect(),
                range: Range::new(at(start), at(end)).unwrap(),
                zone,
                currency: Currency::USD,
                bounds: Bounds {
                    points: 40_000,
                    ..Bounds::default()
                },
            };
            let plan = plan::plan(&request, at("2026-11-23T12:00:00Z")).unwrap();
            let all: Vec<Cells<'_>> = plan
                .sources
                .iter()
                .map(|_| Cells {
                    pages: cells.pages,
                    pending: cells.pending.clone(),
                })
                .collect();
            let together = Together::new(&plan.selections, &all).unwrap();
            let mut shared = 0;
            for planned in &plan.selections {
                let Some(parts) = together.of(planned) else {
                    continue;
                };
                shared += 1;
                let members = cells.members(&planned.grouping);
                for period in planned.periods() {
                    let place = |_| Some(0);
                    let expected =
                        fold(&cells, &members, &period.series, Sections::ALL, 1, place).unwrap();
                    let expected = &expected[0];
                    let found = parts.merged(&period.series);
                    assert_eq!(found.len(), expected.len());
                    for (found, expected) in found.iter().zip(expected) {
                        for metric in request.selections.iter().flat_map(|one| &one.metrics) {
                            let reads = metric.reads.and(planned.reads);
                            if let catalogue::Kind::OfPartial(of) = metric.kind
                                && reads == planned.reads
                            {
                                let context = catalogue::Context {
                                    currency: request.currency,
                                };
                                assert_eq!(of(found, &context), of(expected, &context));
                            }
                        }
                    }
                    let open = together.open(planned, &period.series).unwrap();
                    let expected = expected
                        .iter()
                        .map(|one| one.opened as i64 - one.ended() as i64);
                    assert_eq!(open, expected.collect::<Vec<_>>());
                    if let Some(trailing) = &period.trailing {
                        let expected =
                            fold_users(&cells, &members, &trailing.days, 1, place).unwrap();
                        assert_eq!(parts.users(&trailing.days), expected[0]);
                    }
                }
            }
            assert!(shared >= 3, "{shared} of {}", plan.selections.len());
            // Hours would cut days that are whole for others, where there are any.
            let mut all = together.0.iter();
            assert!(all.any(|one| one.parts.timeline.days().any(|(_, whole)| whole)));
        }
    }
}
