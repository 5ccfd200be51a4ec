//! How soon a process serves, and how much memory each role holds when nothing happens.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::net::TcpStream;

use crate::process::SERVER_CORE;
use crate::report::{Figure, Target};
use crate::rounds::Estimate;
use crate::stack::Stack;

/// How long a role is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(5);

/// From exec to SERVING, with the servers up and the schema in place.
pub(crate) async fn until_serving(stack: &Stack, pairs: usize) -> Result<Figure> {
    let database = stack.database("serving").await?;
    let mut milliseconds = Vec::new();
    for _ in 0..pairs {
        let start = Instant::now();
        let serving = stack.serve("all", &database, Some(SERVER_CORE)).await?;
        milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
        serving.process.stop()?;
    }
    Ok(Figure::alone(
        "exec to SERVING, all roles",
        "ms",
        Estimate::of(&milliseconds),
    )
    .must(Target::AtMost(300.0)))
}

/// Resident memory of each role and of the gateway.
pub(crate) async fn idle_memory(stack: &Stack, root: &Path) -> Result<Vec<Figure>> {
    let database = stack.database("memory").await?;
    let mut figures = Vec::new();
    for role in ["metrics", "streaming", "jobs", "all"] {
        let serving = stack.serve(role, &database, None).await?;
        tokio::time::sleep(IDLE).await;
        figures.push(memory(
            &format!("idle memory of {role}"),
            serving.process.memory_bytes()?,
        ));
        if role == "all" {
            let (gateway, address) = stack.gateway(root, &serving.url)?;
            tokio::time::sleep(IDLE).await;
            TcpStream::connect(address)
                .await
                .context("the gateway does not listen")?;
            figures.push(memory(
                "idle memory of the gateway",
                gateway.memory_bytes()?,
            ));
            gateway.stop()?;
        }
        serving.process.stop()?;
    }
    Ok(figures)
}

fn memory(name: &str, bytes: u64) -> Figure {
    let mebibytes = bytes as f64 / f64::from(1 << 20);
    Figure::alone(name, "MiB", Estimate::of(&[mebibytes]))
}
