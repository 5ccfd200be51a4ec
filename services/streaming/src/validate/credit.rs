//! Credits that come and go other than by consumption.

use shadow_domain::execution::limits;
use shadow_domain::fact::{CreditEntry, CreditKind};
use shadow_proto::streaming::v1 as proto;

use super::{Fault, Refused, known, money, text};

/// Reads one entry of a ledger.
pub(super) fn parse(entry: proto::CreditEntry) -> Result<CreditEntry, Refused> {
    let at = |field: &'static str| move |fault: Fault| fault.at(format!("credit_entry.{field}"));
    let kind = known(entry.kind, CreditKind::from_code).map_err(at("kind"))?;
    let price = entry
        .price
        .map(|price| money::parse("credit_entry.price", price, limits::PRICE_MICROS))
        .transpose()?;
    if price.is_some() && kind != CreditKind::Purchase {
        let fault = Fault::out_of_range("must be absent: only a purchase has a price");
        return Err(fault.at("credit_entry.price"));
    }
    Ok(CreditEntry {
        kind,
        amount_micro: amount(kind, entry.amount_micro).map_err(at("amount_micro"))?,
        price,
        note: text::free(entry.note, limits::NOTE_BYTES).map_err(at("note"))?,
    })
}

fn amount(kind: CreditKind, amount: i64) -> Result<i64, Fault> {
    let most = limits::LEDGER_MICRO;
    if amount == 0 {
        return Err(Fault::missing("must not be zero"));
    }
    if amount < 0 && kind != CreditKind::Adjustment {
        return Err(Fault::out_of_range(
            "must be more than zero: only an adjustment may take",
        ));
    }
    if !(-most..=most).contains(&amount) {
        return Err(Fault::out_of_range(format!(
            "must be at most {most} either way, is {amount}"
        )));
    }
    Ok(amount)
}
