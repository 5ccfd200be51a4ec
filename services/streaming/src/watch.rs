//! Watch: a snapshot, then every committed change of what the caller may see.

mod access;
mod request;
mod session;

use std::pin::Pin;

use futures_util::Stream;
use shadow_proto::streaming::v1 as proto;
use shadow_rpc::status;
use shadow_storage::feed;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status};

use crate::Handler;

use access::Access;
use request::Wanted;
use session::Session;

/// How many messages wait for a client that reads slowly, before changes wait in the buffer of the feed.
const WAITING: usize = 16;

/// The stream of messages.
pub(crate) type Messages = Pin<Box<dyn Stream<Item = Result<proto::WatchResponse, Status>> + Send>>;

/// Begins a watch. What can be refused is refused here, before the first message.
pub(crate) async fn watch(
    handler: &Handler,
    request: Request<proto::WatchRequest>,
) -> Result<Messages, Status> {
    let caller = shadow_rpc::caller(&request)?;
    let wanted = Wanted::parse(request.into_inner())?;
    let access = Access::new(caller, wanted.workspace_ids.clone())?;
    let room = std::sync::Arc::clone(&handler.watchers)
        .try_acquire_owned()
        .map_err(|_| {
            let message = format!(
                "{} watches are open, which is the limit",
                handler.config.watchers
            );
            status::exhausted("TOO_MANY_WATCHES", message, status::RETRY_EXHAUSTED)
        })?;
    if let Some(after) = wanted.after {
        let kept = feed::position(&handler.db)
            .await
            .map_err(status::from_storage)?;
        if !(kept.oldest..=kept.last).contains(&after) {
            let message = "the cursor is outside what is kept; begin again without one";
            return Err(status::precondition("CURSOR_EXPIRED", message));
        }
    }
    let (messages, received) = mpsc::channel(WAITING);
    let session = Session::new(handler, wanted, access, messages);
    tokio::spawn(async move {
        session.run().await;
        drop(room);
    });
    Ok(Box::pin(ReceiverStream::new(received)))
}
