//! How money is looked at: the part of the address that only pages of money have.

/// The margins that can be assumed, in percent.
const MARGINS: std::ops::RangeInclusive<u32> = 1..=100;

/// How money is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Money {
    /// The currency, by its ISO 4217 code; absent for the one in which most customers pay.
    pub currency: Option<String>,
    /// The share of revenue that is assumed to be left after what it costs, in percent; absent where nobody says.
    pub margin: Option<u32>,
    /// The kind of movements that are listed, by its word; absent for all.
    pub movement: Option<String>,
}

impl Money {
    /// Takes one pair of the address, where it is one of money.
    pub(super) fn read(&mut self, key: &str, value: &str) {
        match key {
            "currency"
                if value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_uppercase()) =>
            {
                self.currency = Some(value.to_owned());
            }
            "margin" => self.margin = margin(value),
            "movement"
                if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_lowercase()) =>
            {
                self.movement = Some(value.to_owned());
            }
            _ => {}
        }
    }

    /// Adds its pairs to an address.
    pub(super) fn write(&self, pairs: &mut Vec<(&str, String)>) {
        if let Some(currency) = &self.currency {
            pairs.push(("currency", currency.clone()));
        }
        if let Some(margin) = self.margin {
            pairs.push(("margin", margin.to_string()));
        }
        if let Some(movement) = &self.movement {
            pairs.push(("movement", movement.clone()));
        }
    }
}

/// Reads a margin in percent.
pub fn margin(text: &str) -> Option<u32> {
    text.parse()
        .ok()
        .filter(|percent| MARGINS.contains(percent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::view::View;

    #[test]
    fn what_is_chosen_survives_the_address() {
        let money = Money {
            currency: Some("EUR".to_owned()),
            margin: Some(80),
            movement: Some("churn".to_owned()),
        };
        let view = View {
            money: money.clone(),
            ..View::default()
        };
        assert_eq!(View::parse(&view.query()).money, money);
        assert_eq!(view.elsewhere().money, Money::default());
    }

    #[test]
    fn what_cannot_be_is_left_out() {
        for query in [
            "currency=eur",
            "currency=EURO",
            "margin=0",
            "margin=101",
            "margin=x",
            "movement=<b>",
        ] {
            assert_eq!(View::parse(query).money, Money::default(), "{query}");
        }
    }
}
