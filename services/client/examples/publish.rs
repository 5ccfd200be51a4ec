//! Publishes executions one after the other.
//!
//! ```sh
//! export SHADOW_SERVER=http://127.0.0.1:50051 SHADOW_TOKEN=…
//! cargo run -p shadow-client --example publish -- WORKSPACE_ID [COUNT]
//! ```
//!
//! Stop the server while this runs, and start it again: it goes on, and nothing is lost or counted twice.

#![expect(clippy::print_stdout, reason = "an example says what it does")]

mod execution;

use std::env;
use std::error::Error;
use std::time::Duration;

use execution::Execution;
use shadow_client::{Answer, Client, Config, PublisherConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let workspace_id = arguments.next().ok_or("the id of a workspace is missing")?;
    let count: u32 = arguments.next().map_or(Ok(20), |count| count.parse())?;

    // It connects when it is first used, so the server need not be there yet.
    let (server, token) = (env::var("SHADOW_SERVER")?, env::var("SHADOW_TOKEN")?);
    let client = Client::lazy(&server, &token, Config::default())?;
    let publisher = client.publisher(PublisherConfig::default());
    for _ in 0..count {
        let mut execution = Execution::open(&workspace_id);
        publisher.publish(execution.opened()).await?;
        publisher.publish(execution.started()).await?;
        tokio::time::sleep(Duration::from_millis(100)).await;
        // The publisher makes batches and tries again by itself; the receipt says what became of the event.
        let receipt = publisher.publish(execution.ended()?).await?;
        match receipt.await? {
            Answer::Accepted | Answer::Repeated => println!("{} is stored", execution.id),
            Answer::Refused(refusal) => println!(
                "{} was refused: {}: {}",
                execution.id, refusal.field, refusal.description
            ),
        }
    }
    publisher.close().await?;
    Ok(())
}
