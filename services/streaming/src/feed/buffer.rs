//! The newest changes, in pages that all watches of the process share: each watch reads them where they are, at its own
//! pace, and is told when they have gone.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::{Entry, Page};

/// Clones share the pages.
#[derive(Clone)]
pub(super) struct Buffer(Arc<Shared>);

struct Shared {
    /// At least so many of the newest changes are kept while anybody reads.
    most: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pages: VecDeque<Arc<Page>>,
    /// The number of the first of them.
    first: u64,
    /// How many changes they hold.
    changes: usize,
    readers: HashMap<u64, Place>,
    named: u64,
}

/// How far a reader has come.
struct Place {
    /// The number of the page that it reads next.
    next: u64,
    waker: Option<Waker>,
}

/// Reads everything that is handed out after it began, until it is dropped or leaves.
pub(crate) struct Reader {
    shared: Arc<Shared>,
    name: u64,
}

/// What a reader should read next is not there any more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gone;

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn end(&self) -> u64 {
        self.first + self.pages.len() as u64
    }

    fn drop_first(&mut self) {
        if let Some(page) = self.pages.pop_front() {
            self.first += 1;
            self.changes -= page.entries().len();
        }
    }
}

impl Buffer {
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Shared {
            most: most.max(1),
            state: Mutex::default(),
        }))
    }

    pub(super) fn is_read(&self) -> bool {
        !self.0.state().readers.is_empty()
    }

    pub(super) fn subscribe(&self) -> Reader {
        let mut state = self.0.state();
        let name = state.named;
        state.named += 1;
        let (next, waker) = (state.end(), None);
        state.readers.insert(name, Place { next, waker });
        Reader {
            shared: Arc::clone(&self.0),
            name,
        }
    }

    /// Hands changes out to all who read.
    pub(super) fn push(&self, entries: impl IntoIterator<Item = Entry>) {
        let pages = Page::parted(entries, self.0.most);
        let mut state = self.0.state();
        if state.readers.is_empty() {
            return;
        }
        for page in pages {
            state.changes += page.entries().len();
            state.pages.push_back(Arc::new(page));
        }
        while state
            .pages
            .front()
            .is_some_and(|first| state.changes.saturating_sub(first.entries().len()) >= self.0.most)
        {
            state.drop_first();
        }
        let readers = state.readers.values_mut();
        let wakers: Vec<Waker> = readers.filter_map(|place| place.waker.take()).collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// How many changes the slowest has not taken yet, of those that are kept.
    pub(super) fn backlog(&self) -> usize {
        let state = self.0.state();
        let Some(slowest) = state.readers.values().map(|place| place.next).min() else {
            return 0;
        };
        let taken = usize::try_from(slowest.saturating_sub(state.first)).unwrap_or(usize::MAX);
        let left = state.pages.iter().skip(taken);
        left.map(|page| page.entries().len()).sum()
    }
}

impl Reader {
    /// The next page, in order.
    pub(crate) fn poll_next(&self, context: &mut Context<'_>) -> Poll<Result<Arc<Page>, Gone>> {
        let mut state = self.shared.state();
        let State {
            pages,
            first,
            readers,
            ..
        } = &mut *state;
        let Some(place) = readers.get_mut(&self.name) else {
            return Poll::Ready(Err(Gone));
        };
        let Some(ahead) = place.next.checked_sub(*first) else {
            return Poll::Ready(Err(Gone));
        };
        let page = usize::try_from(ahead)
            .ok()
            .and_then(|ahead| pages.get(ahead));
        if let Some(page) = page {
            place.next += 1;
            return Poll::Ready(Ok(Arc::clone(page)));
        }
        let known = place.waker.as_ref();
        let is_known = known.is_some_and(|known| known.will_wake(context.waker()));
        let before = match is_known {
            true => None,
            false => place.waker.replace(context.waker().clone()),
        };
        // What is dropped with a waker may be a reader.
        drop(state);
        drop(before);
        Poll::Pending
    }

    /// Goes on with what is handed out from now on.
    pub(crate) fn skip(&self) {
        let mut state = self.shared.state();
        let end = state.end();
        if let Some(place) = state.readers.get_mut(&self.name) {
            place.next = end;
        }
    }

    /// Reads no more.
    pub(crate) fn leave(&self) {
        let mut state = self.shared.state();
        let place = state.readers.remove(&self.name);
        while state.readers.is_empty() && !state.pages.is_empty() {
            state.drop_first();
        }
        // What is dropped with its waker may be another reader.
        drop(state);
        drop(place);
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::FutureExt;

    use super::*;
    use crate::feed::entry::tests::entry;

    /// The positions of the next page, where there is one.
    fn next(reader: &Reader) -> Option<Result<Vec<i64>, Gone>> {
        let page = poll_fn(|context| reader.poll_next(context)).now_or_never()?;
        Some(page.map(|page| page.entries().iter().map(|entry| entry.position).collect()))
    }

    fn entries(positions: std::ops::RangeInclusive<i64>) -> impl Iterator<Item = Entry> {
        positions.map(|position| entry(position, 1))
    }

    #[tokio::test]
    async fn each_reads_what_came_after_it_at_its_own_pace() {
        let buffer = Buffer::new(4);
        let one = buffer.subscribe();
        buffer.push(entries(1..=2));
        let two = buffer.subscribe();
        assert_eq!(next(&two), None);
        let waiting = tokio::spawn(async move {
            drop(poll_fn(|context| two.poll_next(context)).await);
            two
        });
        tokio::task::yield_now().await;
        buffer.push(entries(3..=4));
        let two = waiting.await.unwrap();
        assert_eq!(next(&two), None);
        assert_eq!(buffer.backlog(), 4);
        assert_eq!(next(&one), Some(Ok(vec![1, 2])));
        assert_eq!(next(&one), Some(Ok(vec![3, 4])));
        assert_eq!((next(&one), buffer.backlog()), (None, 0));
    }

    #[test]
    fn who_is_late_is_told_and_goes_on_from_the_end() {
        let buffer = Buffer::new(3);
        let reader = buffer.subscribe();
        buffer.push(entries(1..=8));
        assert_eq!(next(&reader), Some(Err(Gone)));
        assert_eq!(buffer.backlog(), 5, "in pages of three, the last of two");
        reader.skip();
        assert_eq!(next(&reader), None);
        buffer.push(entries(9..=9));
        assert_eq!(next(&reader), Some(Ok(vec![9])));
    }

    #[test]
    fn nothing_is_kept_for_nobody() {
        let buffer = Buffer::new(3);
        let reader = buffer.subscribe();
        buffer.push(entries(1..=2));
        assert!(buffer.is_read());
        reader.leave();
        assert!(!buffer.is_read() && buffer.0.state().pages.is_empty());
        assert_eq!(next(&reader), Some(Err(Gone)));
        buffer.push(entries(3..=3));
        assert_eq!(buffer.0.state().changes, 0);
    }
}
