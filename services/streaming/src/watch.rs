//! Watch: a snapshot, then every committed change of what the caller may see; and how much is going on.

mod access;
mod counters;
mod following;
mod outbox;
mod request;
mod session;

use std::sync::Arc;

use shadow_proto::streaming::v1 as proto;
use shadow_rpc::status;
use shadow_storage::feed;
use tonic::{Request, Status};

use crate::Handler;
use crate::telemetry::Open;

use access::Access;
use counters::Counters;
use outbox::outbox;
use request::Wanted;
use session::Session;

pub(crate) use outbox::Outgoing;

/// Begins a watch. What can be refused is refused here, before the first message.
pub(crate) async fn watch(
    handler: &Handler,
    request: Request<proto::WatchRequest>,
) -> Result<Outgoing, Status> {
    let caller = shadow_rpc::caller(&request)?;
    let wanted = Wanted::parse(request.into_inner())?;
    let access = Arc::new(Access::new(caller, wanted.workspace_ids.clone())?);
    let room = Arc::clone(&handler.watchers)
        .try_acquire_owned()
        .map_err(|_| {
            let message = format!(
                "{} watches are open, which is the limit",
                handler.config.watchers
            );
            status::exhausted("TOO_MANY_WATCHES", message, status::RETRY_EXHAUSTED)
        })?;
    if let Some(after) = wanted.after.filter(|_| wanted.topics.executions) {
        let kept = feed::position(&handler.db)
            .await
            .map_err(status::from_storage)?;
        if !(kept.oldest..=kept.last).contains(&after) {
            let message = "the cursor is outside what is kept; begin again without one";
            return Err(status::precondition("CURSOR_EXPIRED", message));
        }
    }
    let counters = wanted.topics.counters.then(|| {
        let (counters, access) = (handler.feed.counters().clone(), Arc::clone(&access));
        Counters::new(counters.subscribe(), move || {
            counters.read(access.scope().workspaces())
        })
    });
    let after = wanted.after.filter(|_| wanted.topics.executions);
    let (outbox, ending, outgoing) = outbox(counters, after);
    let session = Session::new(handler, wanted, access, outbox, ending);
    let open = Open::one("shadow_watches_open");
    tokio::spawn(async move {
        session.run().await;
        drop((room, open));
    });
    Ok(outgoing)
}
