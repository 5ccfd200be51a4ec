//! The one stream of the tab. A page says what it needs of it; the next page takes it over as it is, and only another
//! scope opens another one. It is open while the tab is seen, and goes on from where it was after a break.

mod stream;

use std::rc::Rc;

use chrono::{DateTime, Utc};
use futures_util::future::abortable;
use gloo::timers::callback::Timeout;
use shadow_proto::streaming::v1::Counters;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::use_awake;
use crate::{
    session::use_session,
    state::{
        connection::{Connection, Link, Signal, Status},
        counters::GoingOn,
        feed::{Action, Feed},
        watched::Watched,
    },
};
use stream::{Place, Stream};

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

/// How much is going on, without a copy.
#[derive(Clone, PartialEq, Default)]
struct SharedCounters(Rc<GoingOn>);

/// What happens to the counters.
enum Counted {
    /// This workspace is watched.
    Begin(Option<String>),
    /// The server said this.
    Said(Counters),
}

impl Reducible for SharedCounters {
    type Action = Counted;

    fn reduce(self: Rc<Self>, action: Counted) -> Rc<Self> {
        let mut going_on = (*self.0).clone();
        match action {
            Counted::Begin(workspace) => going_on.begin(workspace.as_deref()),
            Counted::Said(counters) => going_on.say(counters),
        }
        Rc::new(Self(Rc::new(going_on)))
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
    let counters = use_reducer_eq(SharedCounters::default);
    let connection = use_reducer_eq(Connection::default);
    let attempt = use_state_eq(|| 0_u32);
    let place = use_mut_ref(Place::default);
    {
        let stream = Stream {
            session,
            feed: feed.dispatcher(),
            counters: counters.dispatcher(),
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
            <ContextProvider<SharedCounters> context={(*counters).clone()}>
                <ContextProvider<Live> context={live}>{ props.children.clone() }</ContextProvider<Live>>
            </ContextProvider<SharedCounters>>
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

/// How the stream is doing, for a part of a page that needs nothing of it by itself.
#[hook]
pub fn use_connection() -> Connection {
    use_context::<Live>().unwrap_or_default().connection
}

/// How much is going on in a workspace, as the stream says that some part of the page needs.
#[hook]
pub fn use_going_on(workspace: Option<&str>) -> Rc<GoingOn> {
    let SharedCounters(going_on) = use_context::<SharedCounters>().unwrap_or_default();
    if going_on.is_of(workspace) {
        going_on
    } else {
        Rc::default()
    }
}
