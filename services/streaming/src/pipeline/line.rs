//! What waits for a writer, and whose turn it is: one line for each workspace, served by deficit round robin, so that one
//! that floods is behind itself only.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What a workspace may bring in one turn. Of a portion that is larger it waits for as many turns as make up for it.
const TURN: usize = 100;

/// What can wait in line.
pub(super) trait Queued {
    fn workspace_id(&self) -> Uuid;
    /// How much of a transaction it takes.
    fn size(&self) -> usize;
}

/// Where a writer takes from.
pub(super) struct Waiting<T> {
    arriving: UnboundedReceiver<T>,
    lines: Lines<T>,
}

impl<T: Queued> Waiting<T> {
    pub(super) fn new(arriving: UnboundedReceiver<T>) -> Self {
        Self {
            arriving,
            lines: Lines::default(),
        }
    }

    /// The next portion in turn, which is waited for. None where `closing` is cancelled and nothing waits any more.
    pub(super) async fn first(&mut self, closing: &CancellationToken) -> Option<T> {
        if let Some(portion) = self.next() {
            return Some(portion);
        }
        let portion = tokio::select! {
            biased;
            portion = self.arriving.recv() => portion,
            () = closing.cancelled() => {
                self.arriving.close();
                self.arriving.recv().await
            }
        };
        self.lines.push(portion?);
        // Whoever is about to hand something over does so before the transaction begins; nobody is waited for.
        tokio::task::yield_now().await;
        self.next()
    }

    /// The next portion in turn of all that are there.
    pub(super) fn next(&mut self) -> Option<T> {
        while let Ok(portion) = self.arriving.try_recv() {
            self.lines.push(portion);
        }
        self.lines.next()
    }
}

/// The lines of one writer.
struct Lines<T> {
    lines: HashMap<Uuid, Line<T>>,
    /// The workspaces that have a line. The first one's turn it is.
    turns: VecDeque<Uuid>,
}

/// What one workspace has waiting, in the order in which it came.
struct Line<T> {
    portions: VecDeque<T>,
    /// What it may still bring in this turn.
    credit: usize,
}

impl<T> Default for Lines<T> {
    fn default() -> Self {
        Self {
            lines: HashMap::new(),
            turns: VecDeque::new(),
        }
    }
}

impl<T: Queued> Lines<T> {
    fn push(&mut self, portion: T) {
        match self.lines.entry(portion.workspace_id()) {
            Entry::Occupied(line) => line.into_mut().portions.push_back(portion),
            Entry::Vacant(place) => {
                self.turns.push_back(*place.key());
                place.insert(Line {
                    portions: VecDeque::from([portion]),
                    credit: TURN,
                });
            }
        }
    }

    /// The next portion in turn.
    fn next(&mut self) -> Option<T> {
        loop {
            let workspace_id = *self.turns.front()?;
            let Some(line) = self.lines.get_mut(&workspace_id) else {
                self.turns.pop_front();
                continue;
            };
            match line.portions.front().map(T::size) {
                Some(size) if size > line.credit => {
                    line.credit += TURN;
                    self.turns.rotate_left(1);
                }
                size => {
                    line.credit -= size.unwrap_or_default();
                    let portion = line.portions.pop_front();
                    // Who has nothing waiting saves nothing up.
                    if line.portions.is_empty() {
                        self.lines.remove(&workspace_id);
                        self.turns.pop_front();
                    }
                    if portion.is_some() {
                        return portion;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOD: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);
    const THIRD: Uuid = Uuid::from_u128(3);

    /// A workspace's portion of a size, by its number.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Portion(Uuid, usize, usize);

    impl Queued for Portion {
        fn workspace_id(&self) -> Uuid {
            self.0
        }

        fn size(&self) -> usize {
            self.1
        }
    }

    fn taken(lines: &mut Lines<Portion>, most: usize) -> Vec<Portion> {
        let mut size = 0;
        let mut taken = Vec::new();
        while size < most
            && let Some(portion) = lines.next()
        {
            size += portion.1;
            taken.push(portion);
        }
        taken
    }

    #[test]
    fn one_that_floods_is_behind_itself_only() {
        let mut lines = Lines::default();
        for number in 0..1_000 {
            lines.push(Portion(FLOOD, 250, number));
        }
        let before = taken(&mut lines, 2_500);
        assert_eq!(before.len(), 10, "the only one has everything");
        lines.push(Portion(OTHER, 5, 0));
        assert!(taken(&mut lines, 2_500).contains(&Portion(OTHER, 5, 0)));
    }

    #[test]
    fn who_waits_gets_as_much_as_another_whatever_the_portions() {
        let mut lines = Lines::default();
        for number in 0..1_000 {
            lines.push(Portion(FLOOD, 2_500, number));
            lines.push(Portion(OTHER, 10, number));
            lines.push(Portion(THIRD, 100, number));
        }
        let taken = taken(&mut lines, 15_000);
        let of = |workspace| -> usize {
            let of = taken.iter().filter(|portion| portion.0 == workspace);
            of.map(|portion| portion.1).sum()
        };
        for workspace in [FLOOD, OTHER, THIRD] {
            assert!(
                (2_500..=7_500).contains(&of(workspace)),
                "{workspace}: {}",
                of(workspace)
            );
        }
    }

    #[test]
    fn what_a_workspace_has_waiting_keeps_its_order_and_nothing_is_lost() {
        let mut lines = Lines::default();
        let portions =
            |workspace, size| (0..50).map(move |number| Portion(workspace, size, number));
        let (flood, other) = (portions(FLOOD, 1_700), portions(OTHER, 3));
        for (one, two) in flood.clone().zip(other.clone()) {
            lines.push(one);
            lines.push(two);
        }
        let taken = taken(&mut lines, usize::MAX);
        let of = |workspace| taken.iter().filter(move |portion| portion.0 == workspace);
        assert!(of(FLOOD).copied().eq(flood));
        assert!(of(OTHER).copied().eq(other));
        assert!(lines.lines.is_empty() && lines.turns.is_empty());
    }

    #[test]
    fn nothing_is_saved_up() {
        let mut lines = Lines::default();
        for _ in 0..100 {
            lines.push(Portion(OTHER, 1, 0));
            assert!(lines.next().is_some());
        }
        for number in 0..3 {
            lines.push(Portion(OTHER, 400, number));
            lines.push(Portion(FLOOD, 400, number));
        }
        let order: Vec<_> = std::iter::from_fn(|| lines.next())
            .map(|one| one.0)
            .collect();
        assert_eq!(order[..2], [OTHER, FLOOD]);
    }
}
