//! Retention: the published example, and what must hold for any history.

use proptest::prelude::*;
use shadow_domain::ordinals::Ordinals;
use shadow_domain::users::{Mode, Pooled, firsts, pooled, retention};

fn set(users: &[u32]) -> Ordinals {
    users.iter().copied().collect()
}

fn sets(history: Vec<std::collections::BTreeSet<u32>>) -> Vec<Ordinals> {
    let sets = history.into_iter().map(|users| users.into_iter().collect());
    sets.collect()
}

/// Three users begin on day 0: one returns on day 1, one on day 5, one never.
#[test]
fn three_users_of_whom_one_returns_early_and_one_late() {
    let mut days = vec![Ordinals::default(); 7];
    days[0] = set(&[1, 2, 3]);
    days[1] = set(&[1]);
    days[5] = set(&[2]);
    let begun = firsts(&Ordinals::default(), &days);
    let of = |mode| retention(&begun, &days, mode)[0].returned.clone();
    assert_eq!(of(Mode::Exact), [3, 1, 0, 0, 0, 1, 0]);
    assert_eq!(of(Mode::OnOrAfter), [3, 2, 1, 1, 1, 1, 0]);
    assert_eq!(of(Mode::Streak), [3, 1, 0, 0, 0, 0, 0]);
    let pooled = pooled(&retention(&begun, &days, Mode::Exact), 7);
    assert_eq!(pooled[1].rate(), Some(1.0 / 3.0));
    assert_eq!(pooled[2].rate(), Some(0.0));
    assert_eq!(pooled[5].rate(), Some(1.0 / 3.0));
}

#[test]
fn the_pooled_figure_leaves_out_cohorts_that_are_not_that_far() {
    // Two users begin in each interval, one comes back in the next. The last interval is not over.
    let days = [set(&[1, 2]), set(&[1, 3, 4]), set(&[3, 5, 6])];
    let begun = firsts(&Ordinals::default(), &days);
    let cohorts = retention(&begun, &days, Mode::Exact);
    let returned: Vec<_> = cohorts.iter().map(|one| one.returned.clone()).collect();
    assert_eq!(returned, [vec![2, 1, 0], vec![2, 1], vec![2]]);
    let at = |cohorts, users, returned| Pooled {
        cohorts,
        users,
        returned,
    };
    assert_eq!(pooled(&cohorts, 2), [at(2, 4, 4), at(1, 2, 1)]);
    assert_eq!(pooled(&cohorts, 3), [at(3, 6, 6), at(2, 4, 2), at(1, 2, 0)]);
    assert_eq!(pooled(&cohorts, 0), []);
    assert_eq!(at(0, 0, 0).rate(), None);
}

#[test]
fn who_was_there_before_begins_nothing() {
    let days = [set(&[1, 2]), set(&[2, 3])];
    assert_eq!(firsts(&set(&[1, 9]), &days), [set(&[2]), set(&[3])]);
}

fn history() -> impl Strategy<Value = Vec<Ordinals>> {
    prop::collection::vec(prop::collection::btree_set(0u32..300, 0..200), 1..10).prop_map(sets)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_mode_is_what_it_says_user_by_user(days in history(), before in prop::collection::btree_set(0u32..300, 0..50)) {
        let before: Ordinals = before.into_iter().collect();
        let begun = firsts(&before, &days);
        for mode in [Mode::Exact, Mode::OnOrAfter, Mode::Streak] {
            let cohorts = retention(&begun, &days, mode);
            for (first, cohort) in cohorts.iter().enumerate() {
                prop_assert_eq!(cohort.returned.len(), days.len() - first);
                for (n, returned) in cohort.returned.iter().enumerate() {
                    let active = |user: u32, at: usize| days[at].contains(user);
                    let came = begun[first].iter().filter(|user| n == 0 || match mode {
                        Mode::Exact => active(*user, first + n),
                        Mode::OnOrAfter => (first + n..days.len()).any(|at| active(*user, at)),
                        Mode::Streak => (first + 1..=first + n).all(|at| active(*user, at)),
                    });
                    prop_assert_eq!(*returned, came.count() as u64);
                }
            }
        }
    }

    #[test]
    fn everybody_begins_once_and_what_must_not_rise_does_not(days in history()) {
        let begun = firsts(&Ordinals::default(), &days);
        let mut all = Ordinals::default();
        days.iter().for_each(|day| all.merge(day));
        prop_assert_eq!(begun.iter().map(Ordinals::len).sum::<u64>(), all.len());
        let [exact, later, streak] = [Mode::Exact, Mode::OnOrAfter, Mode::Streak]
            .map(|mode| retention(&begun, &days, mode));
        for ((exact, later), streak) in exact.iter().zip(&later).zip(&streak) {
            prop_assert!(later.returned.windows(2).all(|pair| pair[1] <= pair[0]));
            prop_assert!(streak.returned.windows(2).all(|pair| pair[1] <= pair[0]));
            for n in 0..exact.returned.len() {
                prop_assert!(streak.returned[n] <= exact.returned[n]);
                prop_assert!(exact.returned[n] <= later.returned[n]);
                prop_assert!(later.returned[n] <= later.users);
            }
        }
        let complete = days.len() - 1;
        for (n, figure) in pooled(&exact, complete).into_iter().enumerate() {
            let counted = exact.iter().take(complete - n);
            prop_assert_eq!(figure.returned, counted.clone().map(|one| one.returned[n]).sum::<u64>());
            prop_assert_eq!(figure.users, counted.map(|one| one.users).sum::<u64>());
        }
    }
}
