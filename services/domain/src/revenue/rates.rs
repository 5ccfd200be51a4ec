//! What a period's movements and its two ends say. A quotient without a denominator is absent.

use chrono::TimeDelta;

use super::{Movement, MovementKind};

/// What a period began with, how it moved, and so what it ended with; in millionths of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waterfall {
    /// Paid per month at the start.
    pub start_micros: i128,
    /// By customers that never paid before.
    pub new_micros: i128,
    /// By customers that had paid before.
    pub reactivation_micros: i128,
    /// More by those that paid.
    pub expansion_micros: i128,
    /// Less by those that go on paying.
    pub contraction_micros: i128,
    /// By those that ended.
    pub churn_micros: i128,
}

/// What became of the customers that paid at the start of a period, by its end alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// How many they were.
    pub customers: u64,
    /// How many of them pay nothing at the end.
    pub lost: u64,
    /// What they paid per month at the start, in millionths.
    pub start_micros: i128,
    /// What they pay at the end.
    pub end_micros: i128,
    /// What they pay at the end, each no more than at the start.
    pub kept_micros: i128,
}

impl Waterfall {
    /// Adds a movement.
    pub fn add(&mut self, movement: &Movement) {
        let change = i128::from(movement.after_micros) - i128::from(movement.before_micros);
        self.add_change(movement.kind, change.unsigned_abs());
    }

    /// Adds by how much revenue moved, whichever way.
    pub fn add_change(&mut self, kind: MovementKind, micros: u128) {
        let sum = match kind {
            MovementKind::New => &mut self.new_micros,
            MovementKind::Reactivation => &mut self.reactivation_micros,
            MovementKind::Expansion => &mut self.expansion_micros,
            MovementKind::Contraction => &mut self.contraction_micros,
            MovementKind::Churn => &mut self.churn_micros,
        };
        *sum = sum.saturating_add(i128::try_from(micros).unwrap_or(i128::MAX));
    }

    /// Paid per month at the end.
    pub fn end_micros(&self) -> i128 {
        self.start_micros + self.new_micros + self.reactivation_micros + self.expansion_micros
            - self.contraction_micros
            - self.churn_micros
    }

    /// (new + expansion) ÷ (churn + contraction).
    pub fn quick_ratio(&self) -> Option<f64> {
        let lost = self.churn_micros + self.contraction_micros;
        ratio(self.new_micros + self.expansion_micros, lost)
    }

    /// (new + expansion + reactivation) ÷ (churn + contraction).
    pub fn quick_ratio_with_reactivation(&self) -> Option<f64> {
        let lost = self.churn_micros + self.contraction_micros;
        let won = self.new_micros + self.expansion_micros + self.reactivation_micros;
        ratio(won, lost)
    }
}

impl Retention {
    /// Adds a customer by what it paid at the start and pays at the end.
    pub fn add(&mut self, start_micros: i64, end_micros: i64) {
        if start_micros <= 0 {
            return;
        }
        self.customers += 1;
        self.lost += u64::from(end_micros == 0);
        self.start_micros += i128::from(start_micros);
        self.end_micros += i128::from(end_micros);
        self.kept_micros += i128::from(end_micros.min(start_micros));
    }

    /// Net revenue retention: Σ at the end ÷ Σ at the start. May exceed 1.
    pub fn nrr(&self) -> Option<f64> {
        ratio(self.end_micros, self.start_micros)
    }

    /// Gross revenue retention: Σ min(end, start) ÷ Σ at the start. Neither above 1 nor above [`Self::nrr`].
    pub fn grr(&self) -> Option<f64> {
        ratio(self.kept_micros, self.start_micros)
    }

    /// What was lost of the start.
    pub fn gross_churn(&self) -> Option<f64> {
        ratio(self.start_micros - self.kept_micros, self.start_micros)
    }

    /// What was lost of the start, less what was won from the same customers. May be negative.
    pub fn net_churn(&self) -> Option<f64> {
        ratio(self.start_micros - self.end_micros, self.start_micros)
    }

    /// The same, less what others pay at the end that did not at the start but had before. Whoever left and came back in
    /// between is at both ends, and counts once.
    pub fn net_churn_with_reactivation(&self, reactivated_micros: i128) -> Option<f64> {
        let lost = self.start_micros - self.end_micros - reactivated_micros;
        ratio(lost, self.start_micros)
    }

    /// Which share of the customers was lost.
    pub fn logo_churn(&self) -> Option<f64> {
        ratio(i128::from(self.lost), i128::from(self.customers))
    }
}

/// Revenue per month and paying customer, in millionths, rounded half to even.
pub fn arpa_micros(mrr_micros: i128, customers: u64) -> Option<i128> {
    (customers > 0).then(|| half_even(mrr_micros, i128::from(customers)))
}

/// What a customer pays in all its time, less what it costs: ARPA × margin ÷ monthly logo churn.
pub fn ltv_micros(arpa_micros: i128, margin: f64, monthly_logo_churn: f64) -> Option<i128> {
    let months = (monthly_logo_churn > 0.0).then(|| margin / monthly_logo_churn)?;
    Some((arpa_micros as f64 * months).round_ties_even() as i128)
}

/// What recurring revenue amounted to in a month: what each customer paid per month × for how long, here in millionths ×
/// microseconds, ÷ how long the whole month is; rounded half to even. Absent for a month without length.
pub fn income_micros(micros_times_time: i128, month: TimeDelta) -> Option<i128> {
    let month = i128::from(month.num_microseconds()?);
    (month > 0).then(|| half_even(micros_times_time, month))
}

/// What is left of an income after what providers took: (income − cost) ÷ income. Absent without an income; below zero
/// where they took more.
pub fn margin(income_micros: i128, cost_micros: i128) -> Option<f64> {
    ratio(income_micros - cost_micros, income_micros)
}

/// A quotient rounded to the nearest whole number, a half to the even one. The denominator is more than zero.
pub fn half_even(numerator: i128, denominator: i128) -> i128 {
    let (quotient, rest) = (
        numerator.div_euclid(denominator),
        numerator.rem_euclid(denominator),
    );
    let up = match (2 * rest).cmp(&denominator) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => quotient % 2 != 0,
        std::cmp::Ordering::Greater => true,
    };
    quotient + i128::from(up)
}

fn ratio(numerator: i128, denominator: i128) -> Option<f64> {
    (denominator > 0).then(|| numerator as f64 / denominator as f64)
}
