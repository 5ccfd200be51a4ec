//! Publishes executions through a folder, in which they outlive this process.
//!
//! ```sh
//! export SHADOW_SERVER=http://127.0.0.1:50051 SHADOW_TOKEN=…
//! cargo run -p shadow-client --example spool -- WORKSPACE_ID FOLDER [COUNT]
//! ```
//!
//! Stop the server and kill this (`kill -9`): the next run sends what is in the folder first.

#![expect(clippy::print_stdout, reason = "an example says what it does")]

mod execution;

use std::env;
use std::error::Error;

use execution::Execution;
use shadow_client::{Client, Config, SpoolConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let workspace_id = arguments.next().ok_or("the id of a workspace is missing")?;
    let folder = arguments.next().ok_or("the folder is missing")?;
    let count: u32 = arguments.next().map_or(Ok(20), |count| count.parse())?;

    let (server, token) = (env::var("SHADOW_SERVER")?, env::var("SHADOW_TOKEN")?);
    let client = Client::lazy(&server, &token, Config::default())?;
    let publisher = client.spooled_publisher(SpoolConfig::new(folder)).await?;
    for _ in 0..count {
        let mut execution = Execution::open(&workspace_id);
        publisher.publish(execution.opened()).await?;
        publisher.publish(execution.started()).await?;
        publisher.publish(execution.ended()?).await?;
        println!("{} is in the folder", execution.id);
    }
    // Waits until everything is answered for. Without it the next run would send what is left.
    publisher.close().await?;
    println!("everything is stored");
    Ok(())
}
