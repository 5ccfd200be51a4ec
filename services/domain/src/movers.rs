//! Why a count changed: by how many users there were, or by how much each of them did.

use crate::revenue::half_even;

/// Executions of a period, and the distinct users who were active in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Activity {
    /// Executions that were opened.
    pub executions: u64,
    /// Distinct active users.
    pub users: u64,
}

/// By what executions changed. Both parts add up to the change, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Why {
    /// By more or fewer users.
    pub users: i64,
    /// By more or fewer executions of each of them.
    pub per_user: i64,
}

impl Activity {
    /// By how much executions changed since a period before.
    pub fn change(self, before: Activity) -> i64 {
        let change = i128::from(self.executions) - i128::from(before.executions);
        // Counts of executions are far from where they would not fit.
        change.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }

    /// Why. Executions are users × executions per user; each factor moves while the other stands in the middle of both
    /// periods, so that neither comes first. Where nobody was active and nothing ran, each user did as much as in the other
    /// period: all of the change is by users. Absent where something ran although nobody was active, because there is no
    /// quotient then.
    pub fn why(self, before: Activity) -> Option<Why> {
        let change = self.change(before);
        let without_users = |of: Activity| of.users == 0 && of.executions > 0;
        if without_users(self) || without_users(before) {
            return None;
        }
        let (now, then) = (i128::from(self.users), i128::from(before.users));
        let (ran, had) = (i128::from(self.executions), i128::from(before.executions));
        let users = if now == 0 || then == 0 {
            change
        } else {
            // (U − U') × (R ÷ U + R' ÷ U') ÷ 2, over one denominator.
            let both = ran.checked_mul(then)?.checked_add(had.checked_mul(now)?)?;
            let twice = (now - then).checked_mul(both)?;
            i64::try_from(half_even(twice, 2 * now * then)).ok()?
        };
        Some(Why {
            users,
            per_user: change - users,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(executions: u64, users: u64) -> Activity {
        Activity { executions, users }
    }

    fn activity() -> impl Strategy<Value = Activity> {
        let count = || {
            prop_oneof![
                2 => Just(0_u64),
                4 => 1..50_u64,
                2 => 1..1_000_000_000_u64,
            ]
        };
        (count(), count()).prop_map(|(executions, users)| of(executions, users))
    }

    #[test]
    fn each_factor_moves_while_the_other_stands_in_the_middle() {
        // 10 users × 10 runs became 12 users × 15 runs: 2 × 12.5 by users, 5 × 11 by each.
        let why = of(180, 12).why(of(100, 10)).unwrap();
        assert_eq!((why.users, why.per_user), (25, 55));
        // 1 × 1 became 2 × 1: all of it by users.
        assert_eq!(of(2, 2).why(of(1, 1)).unwrap().per_user, 0);
        // 3 users became 2, and 3 runs became 3: −1 × 1.25 by users, rounded to −1.
        let why = of(3, 2).why(of(3, 3)).unwrap();
        assert_eq!((why.users, why.per_user), (-1, 1));
    }

    #[test]
    fn who_came_or_left_changed_all_of_it() {
        let all = |why: Option<Why>| why.map(|why| (why.users, why.per_user));
        assert_eq!(all(of(7, 3).why(of(0, 0))), Some((7, 0)));
        assert_eq!(all(of(0, 0).why(of(7, 3))), Some((-7, 0)));
        assert_eq!(all(of(0, 0).why(of(0, 0))), Some((0, 0)));
        // What a schedule runs has no users: there is no telling.
        assert_eq!(of(7, 0).why(of(5, 2)), None);
        assert_eq!(of(7, 0).why(of(0, 0)), None);
    }

    proptest! {
        #[test]
        fn parts_add_up_exactly(now in activity(), before in activity()) {
            if let Some(why) = now.why(before) {
                prop_assert_eq!(why.users + why.per_user, now.change(before));
            } else {
                prop_assert!(now.users == 0 || before.users == 0);
            }
        }

        #[test]
        fn swapping_the_periods_turns_the_signs(now in activity(), before in activity()) {
            let turned = before.why(now).map(|why| Why { users: -why.users, per_user: -why.per_user });
            prop_assert_eq!(now.why(before), turned);
        }

        #[test]
        fn what_did_not_move_moved_nothing(users in 1..1_000_u64, each in 0..1_000_u64, more in 0..1_000_u64) {
            let same_users = of(each * users, users).why(of(more * users, users)).unwrap();
            prop_assert_eq!(same_users.users, 0);
            let same_each = of(each * users, users).why(of(each * (users + more), users + more)).unwrap();
            prop_assert_eq!(same_each.per_user, 0);
        }

        #[test]
        fn each_part_goes_the_way_of_its_factor(now in activity(), before in activity()) {
            prop_assume!(now.users > 0 && before.users > 0);
            let why = now.why(before).unwrap();
            if now.users >= before.users {
                prop_assert!(why.users >= 0);
            }
            let (each, was) = (u128::from(now.executions) * u128::from(before.users), u128::from(before.executions) * u128::from(now.users));
            if each > was {
                // Rounding takes less than one.
                prop_assert!(why.per_user >= 0, "{:?}", why);
            }
        }
    }
}
