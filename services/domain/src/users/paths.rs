//! Where visits begin, where they end, and the way through their first pages.

use std::collections::HashMap;

use super::Session;

/// How many pages of a visit are followed.
pub const FIRST_PAGES: usize = 5;

/// What stands for every page of a step that is not among its commonest.
pub const OTHER: u32 = u32::MAX;

/// A page, and how many visits it is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The page.
    pub page: u32,
    /// The visits.
    pub sessions: u64,
}

/// From one step of visits to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Which step it leaves; the first page is step 0.
    pub step: usize,
    /// The page there, or [`OTHER`].
    pub from: u32,
    /// The page of the next step, or [`OTHER`].
    pub to: u32,
    /// How many visits go so.
    pub sessions: u64,
}

/// The first pages of visits, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// At most [`FIRST_PAGES`].
    pub pages: Vec<u32>,
    /// How many visits began so; shorter ones had no more pages.
    pub sessions: u64,
}

/// Where visits lead.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Paths {
    /// Visits that looked at any page.
    pub sessions: u64,
    /// The first pages, the commonest first.
    pub entries: Vec<Share>,
    /// The last pages, the commonest first.
    pub exits: Vec<Share>,
    /// The commonest beginnings.
    pub trails: Vec<Trail>,
    /// By step, the strongest first.
    pub links: Vec<Link>,
}

/// Where visits lead: at most `most` entries, exits, beginnings, and pages of each step. What is equally common comes by
/// the page's number.
pub fn paths(sessions: &[Session], most: usize) -> Paths {
    let viewed: Vec<&[u32]> = sessions
        .iter()
        .map(|session| session.pages.as_slice())
        .filter(|pages| !pages.is_empty())
        .collect();
    let shares = |page: fn(&[u32]) -> Option<&u32>| {
        let mut found = common(viewed.iter().filter_map(|pages| page(pages).copied()));
        found.truncate(most);
        let share = |(page, sessions)| Share { page, sessions };
        found.into_iter().map(share).collect()
    };
    let first = |pages: &[u32]| pages[..pages.len().min(FIRST_PAGES)].to_vec();
    let mut trails = common(viewed.iter().map(|pages| first(pages)));
    trails.truncate(most);
    Paths {
        sessions: viewed.len() as u64,
        entries: shares(|pages| pages.first()),
        exits: shares(|pages| pages.last()),
        trails: trails
            .into_iter()
            .map(|(pages, sessions)| Trail { pages, sessions })
            .collect(),
        links: links(&viewed, most),
    }
}

fn links(viewed: &[&[u32]], most: usize) -> Vec<Link> {
    let shown: Vec<Vec<u32>> = (0..FIRST_PAGES)
        .map(|step| {
            let pages = viewed.iter().filter_map(|pages| pages.get(step).copied());
            let pages = common(pages).into_iter().take(most);
            pages.map(|(page, _)| page).collect()
        })
        .collect();
    let named = |step: usize, page: u32| {
        if shown[step].contains(&page) {
            page
        } else {
            OTHER
        }
    };
    let mut found = Vec::new();
    for step in 0..FIRST_PAGES - 1 {
        let steps = viewed.iter().filter_map(|pages| {
            let next = *pages.get(step + 1)?;
            Some((named(step, pages[step]), named(step + 1, next)))
        });
        found.extend(
            common(steps)
                .into_iter()
                .map(|((from, to), sessions)| Link {
                    step,
                    from,
                    to,
                    sessions,
                }),
        );
    }
    found
}

/// How often each comes, the commonest first, then in order.
fn common<T: Ord + std::hash::Hash>(all: impl Iterator<Item = T>) -> Vec<(T, u64)> {
    let mut counts: HashMap<T, u64> = HashMap::new();
    all.for_each(|one| *counts.entry(one).or_default() += 1);
    let mut found: Vec<(T, u64)> = counts.into_iter().collect();
    found.sort_by(|(a, many), (b, more)| more.cmp(many).then_with(|| a.cmp(b)));
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn visit(pages: &[u32]) -> Session {
        Session {
            visitor: 0,
            start_micros: 0,
            duration_micros: 0,
            events: pages.len().max(1) as u64,
            pages: pages.to_vec(),
        }
    }

    #[test]
    fn entries_exits_and_links() {
        let visits = [
            visit(&[1, 2, 3]),
            visit(&[1, 2]),
            visit(&[4]),
            visit(&[]),
            visit(&[1, 3]),
        ];
        let found = paths(&visits, 10);
        let share = |page, sessions| Share { page, sessions };
        let link = |step, from, to, sessions| Link {
            step,
            from,
            to,
            sessions,
        };
        assert_eq!(found.sessions, 4);
        assert_eq!(found.entries, [share(1, 3), share(4, 1)]);
        assert_eq!(found.exits, [share(3, 2), share(2, 1), share(4, 1)]);
        assert_eq!(
            found.links,
            [link(0, 1, 2, 2), link(0, 1, 3, 1), link(1, 2, 3, 1)]
        );
        assert_eq!(found.trails.len(), 4);
        assert_eq!(found.trails[0].pages, [1, 2]);
        let cut = paths(&visits, 1);
        assert_eq!(
            cut.links,
            [link(0, 1, 2, 2), link(0, 1, OTHER, 1), link(1, 2, 3, 1)]
        );
    }

    proptest! {
        #[test]
        fn whoever_arrives_left_from_somewhere(
            visits in prop::collection::vec(prop::collection::vec(0u32..6, 0..9), 0..40),
            most in 1usize..8,
        ) {
            let visits: Vec<Session> = visits.iter().map(|pages| visit(pages)).collect();
            let found = paths(&visits, most);
            for step in 0..FIRST_PAGES - 1 {
                let through: u64 = found.links.iter().filter(|link| link.step == step).map(|link| link.sessions).sum();
                let long = visits.iter().filter(|one| one.pages.len() > step + 1).count() as u64;
                prop_assert_eq!(through, long);
            }
            let all = paths(&visits, usize::MAX);
            prop_assert_eq!(all.entries.iter().map(|one| one.sessions).sum::<u64>(), all.sessions);
            prop_assert_eq!(all.exits.iter().map(|one| one.sessions).sum::<u64>(), all.sessions);
            prop_assert_eq!(all.trails.iter().map(|one| one.sessions).sum::<u64>(), all.sessions);
            prop_assert!(all.links.iter().all(|link| link.from != OTHER && link.to != OTHER));
        }
    }
}
