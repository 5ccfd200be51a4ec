//! How many days people come.

use std::collections::HashMap;

use crate::ordinals::Ordinals;

/// How many users were active on exactly one of the days, on two, and so on up to all of them.
pub fn by_active_days(days: &[Ordinals]) -> Vec<u64> {
    let mut active: HashMap<u32, usize> = HashMap::new();
    for user in days.iter().flat_map(Ordinals::iter) {
        *active.entry(user).or_default() += 1;
    }
    let mut users = vec![0; days.len()];
    for days in active.into_values() {
        users[days - 1] += 1;
    }
    users
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::stickiness;

    #[test]
    fn a_user_of_three_days_of_a_week_is_one_user() {
        let day = |users: &[u32]| users.iter().copied().collect::<Ordinals>();
        let week = [
            day(&[]),
            day(&[7]),
            day(&[]),
            day(&[7]),
            day(&[]),
            day(&[7]),
            day(&[]),
        ];
        assert_eq!(by_active_days(&week), [0, 0, 1, 0, 0, 0, 0]);
        assert_eq!(by_active_days(&[]), [0; 0]);
    }

    proptest! {
        #[test]
        fn days_of_users_are_users_of_days(
            days in prop::collection::vec(prop::collection::btree_set(0u32..40, 0..20), 30),
        ) {
            let days: Vec<Ordinals> = days.into_iter().map(|day| day.into_iter().collect()).collect();
            let histogram = by_active_days(&days);
            let user_days: u64 = days.iter().map(Ordinals::len).sum();
            let counted: u64 = histogram.iter().zip(1..).map(|(users, days)| users * days).sum();
            prop_assert_eq!(counted, user_days);
            let mut month = Ordinals::default();
            days.iter().for_each(|day| month.merge(day));
            prop_assert_eq!(histogram.iter().sum::<u64>(), month.len());
            // The mean of the histogram, as a share of 30 days, is the stickiness.
            let mean = (!month.is_empty()).then(|| counted as f64 / month.len() as f64 / 30.0);
            match (stickiness(user_days, month.len()), mean) {
                (Some(crate::catalogue::Value::Real(ratio)), Some(mean)) => {
                    prop_assert!((ratio - mean).abs() < 1e-12);
                }
                (None, None) => {}
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
