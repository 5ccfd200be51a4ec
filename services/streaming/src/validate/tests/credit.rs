//! Credits that come and go.

use shadow_domain::execution::limits;
use shadow_domain::fact::{Content, CreditKind};

use super::*;

fn entry(change: impl FnOnce(&mut proto::CreditEntry)) -> proto::Event {
    let mut entry = proto::CreditEntry {
        kind: proto::CreditKind::Purchase.into(),
        amount_micro: 5_000_000,
        ..Default::default()
    };
    change(&mut entry);
    event(Kind::CreditEntry(entry))
}

fn usd(micros: i64) -> Option<Money> {
    Some(Money {
        currency: "USD".to_owned(),
        micros,
    })
}

#[test]
fn an_entry_is_read_whole() {
    let whole = entry(|entry| {
        *entry = proto::CreditEntry {
            kind: proto::CreditKind::Purchase.into(),
            amount_micro: limits::LEDGER_MICRO,
            price: usd(limits::PRICE_MICROS),
            note: Some("x".repeat(1_024)),
        };
    });
    let Ok(Said::Fact(fact)) = said(whole) else {
        panic!("no fact");
    };
    let Content::Credit(entry) = fact.content else {
        panic!("no credits");
    };
    assert_eq!(entry.kind, CreditKind::Purchase);
    assert_eq!(entry.amount_micro, limits::LEDGER_MICRO);
    let price = entry.price.unwrap();
    assert_eq!(
        (price.currency.as_str(), price.micros),
        ("USD", limits::PRICE_MICROS)
    );
    assert_eq!(entry.note.map(|note| note.len()), Some(1_024));
}

#[test]
fn only_an_adjustment_may_take() {
    for kind in CreditKind::ALL {
        let taken = entry(|entry| {
            entry.kind = kind.code().into();
            entry.amount_micro = -limits::LEDGER_MICRO;
        });
        match said(taken) {
            Ok(_) => assert_eq!(*kind, CreditKind::Adjustment),
            Err(refused) => {
                assert_ne!(*kind, CreditKind::Adjustment);
                assert_eq!(refused.field, "credit_entry.amount_micro");
                assert_eq!(refused.reason, RefusalReason::OutOfRange);
            }
        }
    }
}

#[test]
fn each_field_has_its_limit() {
    use RefusalReason::{Malformed, Missing, OutOfRange};
    let adjustment = proto::CreditKind::Adjustment.into();
    let table: [(RefusalReason, proto::Event, &str); 11] = [
        (Missing, entry(|e| e.kind = 0), "kind"),
        (Malformed, entry(|e| e.kind = 6), "kind"),
        (Missing, entry(|e| e.amount_micro = 0), "amount_micro"),
        (OutOfRange, entry(|e| e.amount_micro = -1), "amount_micro"),
        (
            OutOfRange,
            entry(|e| e.amount_micro = limits::LEDGER_MICRO + 1),
            "amount_micro",
        ),
        (
            OutOfRange,
            entry(|e| (e.kind, e.amount_micro) = (adjustment, i64::MIN)),
            "amount_micro",
        ),
        (
            OutOfRange,
            entry(|e| (e.kind, e.price) = (adjustment, usd(1))),
            "price",
        ),
        (
            OutOfRange,
            entry(|e| e.price = usd(limits::PRICE_MICROS + 1)),
            "price.micros",
        ),
        (OutOfRange, entry(|e| e.price = usd(-1)), "price.micros"),
        (
            Missing,
            entry(|e| e.price = Some(Money::default())),
            "price.currency",
        ),
        (
            OutOfRange,
            entry(|e| e.note = Some("x".repeat(1_025))),
            "note",
        ),
    ];
    for (reason, event, field) in table {
        let refused = said(event).unwrap_err();
        assert_eq!(
            (refused.field, refused.reason),
            (format!("credit_entry.{field}"), reason)
        );
    }
}
