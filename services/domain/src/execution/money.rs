//! Amounts of money. Amounts of different currencies are never added.

use std::fmt;

/// An ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

/// An amount in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// The currency.
    pub currency: Currency,
    /// The amount in millionths of the currency's unit.
    pub micros: i64,
}

/// A text that is no currency code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a currency code of three capital letters")]
pub struct NotACurrency(
    /// The text.
    pub String,
);

impl Currency {
    /// The United States dollar, in which answers come by default.
    pub const USD: Currency = Currency(*b"USD");

    /// The currency of three capital letters.
    pub fn parse(code: &str) -> Result<Currency, NotACurrency> {
        let found = code
            .as_bytes()
            .try_into()
            .ok()
            .and_then(Currency::from_bytes);
        found.ok_or_else(|| NotACurrency(code.to_owned()))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    pub(crate) fn bytes(self) -> [u8; 3] {
        self.0
    }

    pub(crate) fn from_bytes(bytes: [u8; 3]) -> Option<Currency> {
        bytes
            .iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Currency(bytes))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_three_capitals() {
        assert_eq!(Currency::parse("EUR").unwrap().as_str(), "EUR");
        for text in ["", "US", "usd", "USDT", "U D", "ÄÖ"] {
            assert!(Currency::parse(text).is_err(), "{text}");
        }
    }
}
