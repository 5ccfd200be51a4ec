//! Prints every change of the executions of a workspace.
//!
//! ```sh
//! export SHADOW_SERVER=http://127.0.0.1:50051 SHADOW_TOKEN=…
//! cargo run -p shadow-client --example watch -- WORKSPACE_ID [COUNT]
//! ```
//!
//! Stop the server while this runs, and start it again: each change is printed once, also those that happened
//! meanwhile. With COUNT it ends after so many executions have ended.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example says what it does"
)]

use std::env;
use std::error::Error;

use futures_util::StreamExt;
use shadow_client::proto::streaming::v1::watch_response::Message;
use shadow_client::proto::streaming::v1::{Topic, WatchRequest};
use shadow_client::{Client, Config, WatchState};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let workspace_id = arguments.next().ok_or("the id of a workspace is missing")?;
    let count: Option<usize> = arguments.next().map(|count| count.parse()).transpose()?;

    let (server, token) = (env::var("SHADOW_SERVER")?, env::var("SHADOW_TOKEN")?);
    let client = Client::lazy(&server, &token, Config::default())?;
    let mut watch = client.watch(WatchRequest {
        topics: vec![Topic::Executions.into()],
        workspace_ids: vec![workspace_id],
        ..WatchRequest::default()
    });
    tokio::spawn(tell(watch.states()));

    let mut ended = 0;
    while let Some(message) = watch.next().await {
        // An error is one that another attempt would not change, such as a token that has expired.
        match message?.message {
            Some(Message::Snapshot(snapshot)) => {
                println!("{} executions to begin with", snapshot.executions.len());
            }
            Some(Message::Change(change)) => {
                let execution = change.execution.unwrap_or_default();
                let id = execution.identity.clone().unwrap_or_default().execution_id;
                let status = execution.status().as_str_name();
                println!("{id} {} {status}", execution.revision);
                ended += usize::from(execution.ended_at.is_some());
            }
            Some(Message::Lagged(lagged)) => println!("{} changes were missed", lagged.missed),
            _ => {}
        }
        if count.is_some_and(|count| ended >= count) {
            break;
        }
    }
    Ok(())
}

/// The state of the connection, for whoever wants to know.
async fn tell(mut states: tokio::sync::watch::Receiver<WatchState>) {
    while states.changed().await.is_ok() {
        eprintln!("{:?}", *states.borrow_and_update());
    }
}
