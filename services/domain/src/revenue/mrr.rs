//! What terms amount to per month.

use crate::fact::{BillingInterval, Terms};

use super::half_even;

/// Monthly recurring revenue in millionths of the price's currency, rounded half to even, once.
pub fn mrr_micros(terms: &Terms) -> i64 {
    let (months, per) = match terms.interval {
        BillingInterval::Day => (365, 12),
        BillingInterval::Week => (52, 12),
        BillingInterval::Month => (1, 1),
        BillingInterval::Quarter => (1, 3),
        BillingInterval::Year => (1, 12),
    };
    let whole = i128::from(terms.price.micros) * i128::from(terms.quantity);
    let period = (whole - i128::from(terms.recurring_discount_micros)).max(0);
    let monthly = half_even(
        period * months,
        per * i128::from(terms.interval_count.max(1)),
    );
    // Terms are refused long before.
    i64::try_from(monthly).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execution::{Currency, Money};

    #[test]
    fn any_period_comes_to_a_month() {
        let mrr = |interval, interval_count, micros, quantity, recurring_discount_micros| {
            mrr_micros(&Terms {
                plan_id: "team".to_owned(),
                price: Money {
                    currency: Currency::USD,
                    micros,
                },
                interval,
                interval_count,
                quantity,
                recurring_discount_micros,
            })
        };
        assert_eq!(
            mrr(BillingInterval::Month, 1, 10_000_000, 3, 5_000_000),
            25_000_000
        );
        assert_eq!(mrr(BillingInterval::Month, 2, 10_000_000, 1, 0), 5_000_000);
        assert_eq!(mrr(BillingInterval::Year, 1, 120_000_000, 1, 0), 10_000_000);
        assert_eq!(mrr(BillingInterval::Year, 2, 120_000_000, 2, 0), 10_000_000);
        assert_eq!(
            mrr(BillingInterval::Quarter, 1, 30_000_000, 1, 0),
            10_000_000
        );
        // 7 × 52 ÷ 12 = 30.33…, 1 × 365 ÷ 12 = 30.416…
        assert_eq!(mrr(BillingInterval::Week, 1, 7_000_000, 1, 0), 30_333_333);
        assert_eq!(mrr(BillingInterval::Day, 1, 1_000_000, 1, 0), 30_416_667);
        assert_eq!(mrr(BillingInterval::Week, 4, 7_000_000, 1, 0), 7_583_333);
        // Half a millionth goes to the even side, after everything else is done.
        assert_eq!(mrr(BillingInterval::Month, 2, 1, 1, 0), 0);
        assert_eq!(mrr(BillingInterval::Month, 2, 3, 1, 0), 2);
        assert_eq!(mrr(BillingInterval::Month, 2, 1, 5, 0), 2);
        assert_eq!(mrr(BillingInterval::Month, 1, 5, 1, 5), 0);
    }
}
