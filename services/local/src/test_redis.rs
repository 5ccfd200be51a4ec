//! A Redis of one test, which may take it away.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use crate::error::{Context, Error};
use crate::owner::Owner;
use crate::redis::Redis;
use crate::testing::{blocking, temporary_folder};

/// A Redis that can be stopped, started again at the same address, and told anything. It goes with this value.
#[derive(Debug)]
pub struct TestRedis {
    folder: PathBuf,
    owner: Owner,
    url: String,
    server: Option<Redis>,
}

impl TestRedis {
    /// Starts one.
    ///
    /// # Errors
    /// When none is installed, or it does not start.
    pub async fn start() -> Result<Self, Error> {
        blocking(|| {
            let (folder, owner) = temporary_folder("redis")?;
            let server = Redis::start(&folder, &folder, owner, false)?;
            Ok(Self {
                folder,
                owner,
                url: server.url(),
                server: Some(server),
            })
        })
        .await
    }

    /// Its URL, whether it runs or not.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops it; what it held is gone.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn stop(&mut self) -> Result<(), Error> {
        let Some(mut server) = self.server.take() else {
            return Ok(());
        };
        blocking(move || server.server.stop()).await
    }

    /// Starts it again, empty.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.stop().await?;
        let (folder, owner) = (self.folder.clone(), self.owner);
        self.server = Some(blocking(move || Redis::start(&folder, &folder, owner, false)).await?);
        Ok(())
    }

    /// Tells it a command, such as `FLUSHALL`, and returns the first line of its answer.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn tell(&self, command: &str) -> Result<String, Error> {
        let socket = self.folder.join("redis.sock");
        let command = format!("{command}\r\n");
        blocking(move || {
            let ask = || -> std::io::Result<String> {
                let mut stream = UnixStream::connect(&socket)?;
                stream.write_all(command.as_bytes())?;
                let mut line = String::new();
                BufReader::new(stream).read_line(&mut line)?;
                Ok(line.trim_end().to_owned())
            };
            ask().context(|| "Redis could not be told anything".into())
        })
        .await
    }
}

impl Drop for TestRedis {
    fn drop(&mut self) {
        // It goes first: a server writes into its folder until it ends. A failure costs disk space, no more.
        drop(self.server.take());
        std::fs::remove_dir_all(&self.folder).ok();
    }
}
