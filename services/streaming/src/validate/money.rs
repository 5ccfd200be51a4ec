//! Amounts of money with a ceiling.

use shadow_domain::execution::{Currency, Money};
use shadow_proto::common::v1 as common;

use super::{Fault, Refused, number};

/// Reads an amount of at most `most` millionths, which is not negative.
pub(super) fn parse(path: &str, money: common::Money, most: i64) -> Result<Money, Refused> {
    if money.currency.is_empty() {
        return Err(Fault::missing("a currency is required").at(format!("{path}.currency")));
    }
    let Ok(currency) = Currency::parse(&money.currency) else {
        let fault = Fault::malformed("must be an ISO 4217 code in capitals, such as USD");
        return Err(fault.at(format!("{path}.currency")));
    };
    let micros =
        number::up_to(money.micros, most).map_err(|fault| fault.at(format!("{path}.micros")))?;
    Ok(Money { currency, micros })
}
