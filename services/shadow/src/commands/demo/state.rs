//! How far a database has been filled with a demo: a file beside the data, one for each database.

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use shadow_demo::{Demo, Scale};
use shadow_runtime::config::DatabaseConfig;
use uuid::Uuid;

use super::SEED;
use crate::data_folder::DataFolder;

/// What has been loaded: everything that happened in `[from, through)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    seed: u64,
    scale: String,
    /// When the story ends: at the first start.
    end: DateTime<Utc>,
    pub(super) from: DateTime<Utc>,
    pub(super) through: DateTime<Utc>,
}

impl State {
    /// Nothing is loaded of a story that ends at an instant.
    pub(super) fn new(scale: Scale, end: DateTime<Utc>) -> Self {
        Self {
            seed: SEED,
            scale: scale.name().to_owned(),
            end,
            from: end,
            through: end,
        }
    }

    /// The platform that it is about; none where this program does not know it.
    pub(super) fn demo(&self) -> Option<Demo> {
        let scale = Scale::parse(&self.scale).filter(|_| self.seed == SEED)?;
        Some(Demo::new(self.seed, scale, self.end))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.from == self.through
    }
}

/// The file of a database's state.
#[derive(Debug)]
pub(super) struct File<'a> {
    folder: &'a DataFolder,
    name: String,
}

impl<'a> File<'a> {
    pub(super) fn of(folder: &'a DataFolder, config: &DatabaseConfig) -> Self {
        let of_database = Uuid::new_v5(&Uuid::NAMESPACE_URL, config.url.expose_secret().as_bytes());
        Self {
            folder,
            name: format!("demo-{of_database}.json"),
        }
    }

    /// The state that was kept; none where there is none that this program understands.
    pub(super) fn read(&self) -> anyhow::Result<Option<State>> {
        let text = self.folder.read(&self.name)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    pub(super) fn write(&self, state: &State) -> anyhow::Result<()> {
        self.folder
            .write(&self.name, &serde_json::to_string(state)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_names_its_demo_and_one_of_another_seed_does_not() {
        let end = "2026-11-23T10:20:30Z".parse().unwrap();
        let state = State::new(Scale::Tiny, end);
        let text = serde_json::to_string(&state).unwrap();
        let read: State = serde_json::from_str(&text).unwrap();
        assert_eq!(read, state);
        assert!(read.is_empty());
        assert_eq!(read.demo().unwrap().end(), end);
        let other = State { seed: 1, ..state };
        assert!(other.demo().is_none());
    }
}
