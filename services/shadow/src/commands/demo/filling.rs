//! Filling a database with the demo: the most recent days first, so that there is something to look at, then back to the
//! beginning. What is loaded is always one span of time; it is kept after each step, so that whatever ends this loses at
//! most a step, which the next start repeats without changing anything.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use shadow_client::Client;
use shadow_demo::{Demo, Pace, Scale};
use shadow_runtime::config::DatabaseConfig;
use shadow_storage::Database;

use super::directory;
use super::progress::Bar;
use super::state::{File, State};
use crate::data_folder::DataFolder;

/// What to do about a demo of which it is not known how far it was loaded.
pub(crate) const UNKNOWN: &str = "A demo is in this database, but how far it was loaded is not known in this data folder: \
                                  nothing more of it is loaded. Start with the data folder that loaded it, or with a new one.";

/// What is loaded in one step.
const STEP: TimeDelta = TimeDelta::days(10);

/// A database that is being filled.
#[derive(Debug)]
pub(crate) struct Filling<'a> {
    client: &'a Client,
    file: File<'a>,
    demo: Demo,
    state: State,
    /// When it began. One instant for all that is told, so that nothing lies between what was subscribed to and the rest.
    now: DateTime<Utc>,
    accepted: u64,
}

impl<'a> Filling<'a> {
    /// Makes who and what the demo consists of, where they are not there, and tells what they subscribe to. None where a
    /// demo is there of which it is not known how far it was loaded: see [`UNKNOWN`].
    pub(crate) async fn begin(
        database: &Database,
        config: &DatabaseConfig,
        client: &'a Client,
        folder: &'a DataFolder,
        scale: Scale,
    ) -> anyhow::Result<Option<Self>> {
        let file = File::of(folder, config);
        let (demo, Some(state)) = ready(database, &file, scale).await? else {
            return Ok(None);
        };
        let since = match state.is_empty() {
            true => DateTime::UNIX_EPOCH,
            false => state.through,
        };
        let now = Utc::now();
        let loaded = demo.load_subscriptions(client, since, now).await?;
        Ok(Some(Self {
            now,
            client,
            file,
            demo,
            state,
            accepted: loaded.accepted,
        }))
    }

    /// Loads the most recent days, and what has happened since they were loaded.
    pub(crate) async fn recent(&mut self) -> anyhow::Result<()> {
        let first = self.demo.recent();
        let now = self.now;
        let missing = (self.state.from - first).max(TimeDelta::zero());
        let mut bar = Bar::new("Loading the demo", missing + (now - self.state.through));
        self.back_to(first, Pace::Fast, &mut bar).await?;
        while self.state.through < now {
            let to = now.min(self.state.through + STEP);
            self.load(self.state.through, to, Pace::Fast, &mut bar)
                .await?;
            self.state.through = to;
            self.file.write(&self.state)?;
        }
        bar.finish();
        Ok(())
    }

    /// Loads what was before.
    pub(crate) async fn rest(&mut self, pace: Pace) -> anyhow::Result<()> {
        let first = self.demo.start();
        if self.state.from <= first {
            return Ok(());
        }
        let mut bar = Bar::new("Loading the demo's earlier months", self.state.from - first);
        self.back_to(first, pace, &mut bar).await?;
        bar.finish();
        Ok(())
    }

    /// Whether all of it is there.
    pub(crate) fn is_whole(&self) -> bool {
        self.state.from <= self.demo.start()
    }

    /// Events that were new.
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted
    }

    async fn back_to(
        &mut self,
        first: DateTime<Utc>,
        pace: Pace,
        bar: &mut Bar,
    ) -> anyhow::Result<()> {
        while self.state.from > first {
            let from = first.max(self.state.from - STEP);
            self.load(from, self.state.from, pace, bar).await?;
            self.state.from = from;
            self.file.write(&self.state)?;
        }
        Ok(())
    }

    async fn load(
        &mut self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        pace: Pace,
        bar: &mut Bar,
    ) -> anyhow::Result<()> {
        let progress = |progress| bar.set(to - from, progress);
        let loaded = self
            .demo
            .load(self.client, from, to, pace, progress)
            .await
            .context("the demo could not be loaded")?;
        bar.done(to - from, loaded.accepted + loaded.repeated);
        self.accepted += loaded.accepted;
        Ok(())
    }
}

/// The demo of a database and how far it has come, where that is known; its directory is there afterwards.
pub(super) async fn ready(
    database: &Database,
    file: &File<'_>,
    scale: Scale,
) -> anyhow::Result<(Demo, Option<State>)> {
    let kept = file.read()?.and_then(|state| Some((state.demo()?, state)));
    let state = State::new(scale, Utc::now());
    let demo = state.demo().context("the demo has no such size")?;
    let known = demo.directory();
    if directory::is_there(database, &known).await? {
        return Ok(match kept {
            Some((demo, state)) => (demo, Some(state)),
            None => (demo, None),
        });
    }
    // Without its people this is another database than the one whose state was kept. It is kept first, so that who finds
    // the people finds out how far it has come, too.
    file.write(&state)?;
    directory::put(database, &known)
        .await
        .context("the demo's directory could not be stored")?;
    Ok((demo, Some(state)))
}
