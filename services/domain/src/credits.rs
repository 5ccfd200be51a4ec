//! Credits of a workspace: what is left of them, and how long that lasts.

use crate::fact::CreditKind;
use crate::revenue::half_even;

/// Days whose consumption says how fast credits go: four of each weekday.
pub const WINDOW_DAYS: usize = 28;

/// Fewer days say nothing.
pub const LEAST_DAYS: usize = 14;

/// What came and went, in millionths of a credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// Bought.
    pub purchased_micro: i128,
    /// Given.
    pub granted_micro: i128,
    /// Given back.
    pub refunded_micro: i128,
    /// Corrected, either way.
    pub adjusted_micro: i128,
    /// Ran out unused.
    pub expired_micro: i128,
    /// Consumed by runs, booked when they ended.
    pub consumed_micro: i128,
}

impl Account {
    /// Adds what the entries of a kind amount to.
    pub fn add(&mut self, kind: CreditKind, amount_micro: i128) {
        let sum = match kind {
            CreditKind::Purchase => &mut self.purchased_micro,
            CreditKind::Grant => &mut self.granted_micro,
            CreditKind::Refund => &mut self.refunded_micro,
            CreditKind::Adjustment => &mut self.adjusted_micro,
            CreditKind::Expiry => &mut self.expired_micro,
        };
        *sum += amount_micro;
    }

    /// What it adds to a balance: purchased + granted + refunded ± adjusted − expired − consumed.
    pub fn balance_micro(&self) -> i128 {
        self.purchased_micro + self.granted_micro + self.refunded_micro + self.adjusted_micro
            - self.expired_micro
            - self.consumed_micro
    }
}

/// What was consumed on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Days since Monday.
    pub weekday: u8,
    /// In millionths of a credit.
    pub consumed_micro: u128,
}

/// How fast credits go, in millionths per day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burn {
    /// The mean over the weekdays of what each consumes on average, so that no weekday counts more than another.
    pub mean_micro: i128,
    /// A slow week: the 10th percentile of the sums of seven days, by the day.
    pub slow_micro: i128,
    /// A fast week: the 90th percentile.
    pub fast_micro: i128,
}

/// How many days a balance lasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Runway {
    /// At the mean burn.
    pub days: f64,
    /// As in a fast week.
    pub least_days: f64,
    /// As in a slow week; absent where nothing is consumed in one.
    pub most_days: Option<f64>,
}

impl Burn {
    /// The burn of complete days that follow each other, the oldest first; absent where they are too few.
    pub fn of(days: &[Day]) -> Option<Burn> {
        let days = &days[days.len().saturating_sub(WINDOW_DAYS)..];
        if days.len() < LEAST_DAYS {
            return None;
        }
        // Each weekday comes two to four times, so that twelfths are whole.
        let mut twelfths = 0;
        for weekday in 0..7 {
            let of_weekday = days.iter().filter(|day| day.weekday == weekday);
            let (mut sum, mut count) = (0, 0);
            for day in of_weekday {
                sum += signed(day.consumed_micro);
                count += 1;
            }
            twelfths += sum * 12 / i128::max(count, 1);
        }
        let mut weeks: Vec<i128> = days
            .windows(7)
            .map(|week| week.iter().map(|day| signed(day.consumed_micro)).sum())
            .collect();
        weeks.sort_unstable();
        // The nearest rank, as for every percentile.
        let of_week = |tenths: usize| half_even(weeks[tenths * (weeks.len() - 1) / 10], 7);
        Some(Burn {
            mean_micro: half_even(twelfths, 12 * 7),
            slow_micro: of_week(1),
            fast_micro: of_week(9),
        })
    }

    /// How long a balance lasts; absent where nothing is consumed.
    pub fn runway(&self, balance_micro: i128) -> Option<Runway> {
        let days =
            |per_day: i128| (per_day > 0).then(|| balance_micro.max(0) as f64 / per_day as f64);
        Some(Runway {
            days: days(self.mean_micro)?,
            least_days: days(self.fast_micro)?,
            most_days: days(self.slow_micro),
        })
    }
}

fn signed(micro: u128) -> i128 {
    i128::try_from(micro).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn days(consumed: impl IntoIterator<Item = u128>) -> Vec<Day> {
        consumed
            .into_iter()
            .enumerate()
            .map(|(index, consumed_micro)| Day {
                weekday: (index % 7) as u8,
                consumed_micro,
            })
            .collect()
    }

    #[test]
    fn a_balance_is_what_came_less_what_went() {
        let mut account = Account {
            consumed_micro: 30,
            ..Account::default()
        };
        for (kind, amount) in [
            (CreditKind::Purchase, 100),
            (CreditKind::Grant, 20),
            (CreditKind::Refund, 5),
            (CreditKind::Adjustment, -7),
            (CreditKind::Expiry, 8),
        ] {
            account.add(kind, amount);
        }
        assert_eq!(account.balance_micro(), 80);
    }

    /// An entry of the ledger, or what a run consumed.
    type Movement = (Option<CreditKind>, i128);

    fn movement() -> impl Strategy<Value = Movement> {
        let kind = prop::option::of(prop::sample::select(CreditKind::ALL));
        (kind, 1..1_000_000_000i128, any::<bool>()).prop_map(|(kind, amount, less)| {
            let less = less && kind == Some(CreditKind::Adjustment);
            (kind, if less { -amount } else { amount })
        })
    }

    fn account(movements: &[Movement]) -> Account {
        let mut account = Account::default();
        for (kind, amount) in movements {
            match kind {
                Some(kind) => account.add(*kind, *amount),
                None => account.consumed_micro += amount,
            }
        }
        account
    }

    proptest! {
        #[test]
        fn what_was_left_and_what_moved_make_what_is_left(
            movements in prop::collection::vec(movement(), 0..60),
            at: prop::sample::Index,
        ) {
            let (before, after) = movements.split_at(at.index(movements.len() + 1));
            let (before, moved, all) = (account(before), account(after), account(&movements));
            prop_assert_eq!(before.balance_micro() + moved.balance_micro(), all.balance_micro());
            let one_by_one = movements.iter().map(|(kind, amount)| match kind {
                Some(CreditKind::Expiry) | None => -amount,
                Some(_) => *amount,
            });
            prop_assert_eq!(all.balance_micro(), one_by_one.sum::<i128>());
        }
    }

    #[test]
    fn an_even_burn_lasts_as_long_as_it_says() {
        let burn = Burn::of(&days([10; 28])).unwrap();
        assert_eq!(
            (burn.mean_micro, burn.slow_micro, burn.fast_micro),
            (10, 10, 10)
        );
        let runway = burn.runway(95).unwrap();
        assert_eq!(
            (runway.days, runway.least_days, runway.most_days),
            (9.5, 9.5, Some(9.5))
        );
        assert_eq!(burn.runway(-5).unwrap().days, 0.0);
    }

    #[test]
    fn two_weeks_are_needed_and_four_are_looked_at() {
        assert_eq!(Burn::of(&days([10; 13])), None);
        assert!(Burn::of(&days([10; 14])).is_some());
        // What is older than four weeks is forgotten.
        let older = days([1_000; 7].into_iter().chain([10; 28]));
        assert_eq!(Burn::of(&older).unwrap().mean_micro, 10);
        assert_eq!(Burn::of(&days([0; 28])).unwrap().runway(5), None);
    }

    #[test]
    fn no_weekday_counts_more_than_another() {
        // Seventeen days: three of the first three weekdays, two of the others; only the first consumes.
        let some = days((0..17).map(|day| if day % 7 == 0 { 700 } else { 0 }));
        assert_eq!(Burn::of(&some).unwrap().mean_micro, 100);
    }

    #[test]
    fn fast_and_slow_weeks_bound_it() {
        let growing = days(0..28);
        let burn = Burn::of(&growing).unwrap();
        // Sums of seven days are 21, 28, …, 168: 22 of them, ranks 2 and 18.
        assert_eq!((burn.slow_micro, burn.fast_micro), (5, 21));
        let runway = burn.runway(105).unwrap();
        assert_eq!((runway.least_days, runway.most_days), (5.0, Some(21.0)));
        assert!(runway.least_days <= runway.days && Some(runway.days) <= runway.most_days);
        // A week without any has no end.
        let silent = Burn::of(&days([0; 21].into_iter().chain([70; 7]))).unwrap();
        assert_eq!(silent.runway(10).unwrap().most_days, None);
    }
}
