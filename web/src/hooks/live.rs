//! The one stream of the tab. A page says what it needs of it; the next page takes it over as it is, and only another
//! scope opens another one. It is open while the tab is seen, and goes on from where it was after a break.

use std::{cell::RefCell, rc::Rc};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{
    future::{Either, abortable, select},
    pin_mut,
};
use gloo::timers::{callback::Timeout, future::TimeoutFuture};
use shadow_proto::streaming::v1::{ExecutionChange, WatchResponse, watch_response::Message};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::use_awake;
use crate::{
    api, browser,
    session::{Session, use_session},
    state::{
        connection::{
            Connection, GIVE_UP_AFTER_SECONDS, Link, Signal, Status, backoff_millis, resumes,
        },
        failure::Failure,
        feed::{Action, Feed},
        query::instant,
        watched::Watched,
    },
};

/// Changes are shown together at most this often, so that a burst does not draw the page for each of them.
const FLUSH_MILLIS: u32 = 150;
/// A stream that no page needs is kept for a moment: the next page may need the same.
const LINGER_MILLIS: u32 = 5_000;

/// The stream, as a page sees it.
#[derive(Clone, PartialEq, Default)]
pub struct Live {
    /// What was received.
    pub feed: Rc<Feed>,
    /// How the stream is doing.
    pub connection: Connection,
    /// Does something to the feed.
    pub act: Callback<Action>,
    /// Opens the stream again, now.
    pub retry: Callback<()>,
}

impl Live {
    /// What to tell a person of the stream.
    pub fn status(&self, now: DateTime<Utc>) -> Status {
        self.connection.status(now)
    }
}

/// What a page needs; nothing when it leaves.
#[derive(Clone, PartialEq)]
struct Need(Callback<Option<Watched>>);

/// A feed that is handed around without a copy.
#[derive(Clone, PartialEq, Default)]
struct Shared(Rc<Feed>);

impl Reducible for Shared {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        Rc::new(Self(self.0.clone().reduce(action)))
    }
}

impl Reducible for Connection {
    type Action = Signal;

    fn reduce(self: Rc<Self>, signal: Signal) -> Rc<Self> {
        let mut connection = Rc::unwrap_or_clone(self);
        connection.apply(signal);
        Rc::new(connection)
    }
}

/// Properties of [`LiveProvider`].
#[derive(Properties, PartialEq)]
pub struct LiveProviderProps {
    /// What may need the stream.
    pub children: Html,
}

/// Holds the stream of the tab.
#[component]
pub fn LiveProvider(props: &LiveProviderProps) -> Html {
    let session = use_session();
    let awake = use_awake();
    let wanted = use_state_eq(|| None::<Watched>);
    let feed = use_reducer_eq(Shared::default);
    let connection = use_reducer_eq(Connection::default);
    let attempt = use_state_eq(|| 0_u32);
    let place = use_mut_ref(Place::default);
    {
        let stream = Stream {
            session,
            feed: feed.dispatcher(),
            connection: connection.dispatcher(),
            place,
            arrived: Rc::default(),
        };
        let deps = ((*wanted).clone(), awake, *attempt);
        use_effect_with(deps, move |(wanted, awake, _)| {
            let resting = match wanted {
                None => Some(Link::Idle),
                Some(_) if !awake.online => Some(Link::Offline),
                Some(_) if !awake.visible => Some(Link::Hidden),
                Some(_) => None,
            };
            let task = match (resting, wanted) {
                (None, Some(watched)) => {
                    let (task, handle) = abortable(stream.keep(watched.clone()));
                    spawn_local(async move {
                        // An aborted task has nothing to say.
                        let _ = task.await;
                    });
                    Some(handle)
                }
                (resting, _) => {
                    stream.turn(resting.unwrap_or_default());
                    None
                }
            };
            move || {
                if let Some(task) = task {
                    task.abort();
                }
            }
        });
    }
    let need = {
        let wanted = wanted.setter();
        // Counts what pages said, so that what the last one said holds.
        let said = use_mut_ref(|| 0_u32);
        use_callback((), move |need: Option<Watched>, ()| {
            *said.borrow_mut() += 1;
            let Some(watched) = need else {
                let (now, said, wanted) = (*said.borrow(), said.clone(), wanted.clone());
                Timeout::new(LINGER_MILLIS, move || {
                    if *said.borrow() == now {
                        wanted.set(None);
                    }
                })
                .forget();
                return;
            };
            wanted.set(Some(watched));
        })
    };
    let act = {
        let feed = feed.dispatcher();
        use_callback((), move |action, ()| feed.dispatch(action))
    };
    let retry = use_callback(*attempt, {
        let attempt = attempt.setter();
        move |(), count| attempt.set(count + 1)
    });
    let live = Live {
        feed: feed.0.clone(),
        connection: (*connection).clone(),
        act,
        retry,
    };
    html! {
        <ContextProvider<Need> context={Need(need)}>
            <ContextProvider<Live> context={live}>{ props.children.clone() }</ContextProvider<Live>>
        </ContextProvider<Need>>
    }
}

/// The stream for a page that needs this of it, for as long as the page is there. What was received for another need
/// is not shown.
#[hook]
pub fn use_live(watched: Watched) -> Live {
    let need = use_context::<Need>().map_or_else(Callback::noop, |need| need.0);
    let live = use_context::<Live>().unwrap_or_default();
    use_effect_with(watched.clone(), {
        let need = need.clone();
        move |watched| need.emit(Some(watched.clone()))
    });
    use_effect_with((), move |()| move || need.emit(None));
    if live.feed.watched == watched {
        live
    } else {
        Live {
            feed: Rc::default(),
            ..live
        }
    }
}

/// Where the stream is.
#[derive(Default)]
struct Place {
    /// What was watched last, and the cursor to go on from.
    cursor: Option<(Watched, String)>,
    /// When the server was last heard.
    heard: Option<DateTime<Utc>>,
    /// How far its clock is ahead.
    ahead: TimeDelta,
}

/// What one run of the stream works with.
struct Stream {
    session: Session,
    feed: UseReducerDispatcher<Shared>,
    connection: UseReducerDispatcher<Connection>,
    place: Rc<RefCell<Place>>,
    arrived: Rc<RefCell<Vec<ExecutionChange>>>,
}

impl Stream {
    fn turn(&self, link: Link) {
        self.connection.dispatch(Signal::Turned(link));
    }

    async fn keep(self, watched: Watched) {
        self.begin(&watched);
        self.turn(Link::Connecting);
        let mut failures = 0;
        loop {
            let (opened, failure) = self.run(&watched).await;
            if opened {
                failures = 0;
            }
            failures += 1;
            match failure {
                // The token of a stream ends before the session does: asking again renews it. A session that has
                // ended refuses at once.
                Some(Failure::SignedOut) if !opened => {
                    self.session.expire.emit(());
                    return;
                }
                Some(Failure::CursorExpired) => self.place.borrow_mut().cursor = None,
                Some(failure @ (Failure::Forbidden | Failure::NotFound | Failure::Invalid(_))) => {
                    self.turn(Link::Refused(failure.advice()));
                    return;
                }
                _ => {}
            }
            self.turn(Link::Waiting(failures));
            TimeoutFuture::new(backoff_millis(failures, browser::random())).await;
        }
    }

    /// Goes on with what was watched, or forgets it.
    fn begin(&self, watched: &Watched) {
        let mut place = self.place.borrow_mut();
        let same = place
            .cursor
            .as_ref()
            .is_some_and(|(known, _)| known == watched);
        if !same {
            place.cursor = None;
            self.feed.dispatch(Action::Begin(watched.clone()));
        } else if !resumes(place.heard, browser::now()) {
            place.cursor = None;
        }
    }

    /// Opens the stream and follows it to its end. Answers whether it was open, and why it ended.
    async fn run(&self, watched: &Watched) -> (bool, Option<Failure>) {
        let cursor = self
            .place
            .borrow()
            .cursor
            .as_ref()
            .map(|(_, cursor)| cursor.clone());
        let mut changes = match patiently(api::watch(watched.request(cursor))).await {
            Ok(changes) => changes,
            Err(failure) => return (false, Some(failure)),
        };
        let mut opened = false;
        loop {
            match patiently(changes.next()).await {
                Ok(Some(message)) => {
                    opened = true;
                    self.receive(watched, message);
                }
                Ok(None) => return (opened, None),
                Err(failure) => return (opened, Some(failure)),
            }
        }
    }

    fn receive(&self, watched: &Watched, response: WatchResponse) {
        let at = browser::now();
        {
            let mut place = self.place.borrow_mut();
            place.heard = Some(at);
            if !response.cursor.is_empty() {
                place.cursor = Some((watched.clone(), response.cursor));
            }
        }
        match response.message {
            Some(Message::Snapshot(snapshot)) => {
                // What arrived before is part of the snapshot.
                self.arrived.borrow_mut().clear();
                self.connection.dispatch(Signal::Snapshot { at });
                self.feed.dispatch(Action::Snapshot {
                    executions: snapshot.executions,
                    at: at + self.place.borrow().ahead,
                });
            }
            Some(Message::Change(change)) => self.collect(watched, change),
            Some(Message::Heartbeat(heartbeat)) => {
                let server_time = instant(heartbeat.server_time.as_ref());
                if let Some(server_time) = server_time {
                    self.place.borrow_mut().ahead = server_time - at;
                }
                self.connection
                    .dispatch(Signal::Heartbeat { at, server_time });
            }
            Some(Message::Lagged(lagged)) => self.connection.dispatch(Signal::Missed {
                at,
                changes: lagged.missed,
            }),
            // Counters are not asked for here.
            Some(Message::Counters(_)) | None => {}
        }
    }

    fn collect(&self, watched: &Watched, change: ExecutionChange) {
        let first = self.arrived.borrow().is_empty();
        self.arrived.borrow_mut().push(change);
        if !first {
            return;
        }
        let (arrived, place, watched) = (self.arrived.clone(), self.place.clone(), watched.clone());
        let (feed, connection) = (self.feed.clone(), self.connection.clone());
        // The timer outlives the stream: the cursor is past these changes, so nobody would send them again.
        Timeout::new(FLUSH_MILLIS, move || {
            let arrived = arrived.take();
            let current = place
                .borrow()
                .cursor
                .as_ref()
                .is_some_and(|(current, _)| *current == watched);
            let Some(last) = arrived.last().filter(|_| current) else {
                return;
            };
            let stored = instant(last.commit_time.as_ref());
            connection.dispatch(Signal::Changes {
                at: browser::now(),
                stored,
            });
            feed.dispatch(Action::Changes(arrived));
        })
        .forget();
    }
}

/// Gives up on a server that has been silent for too long.
async fn patiently<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let silence = TimeoutFuture::new(GIVE_UP_AFTER_SECONDS as u32 * 1_000);
    pin_mut!(work);
    match select(work, silence).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(Failure::Unavailable),
    }
}
