//! The folder of a local stack: its servers' data, its secret, and where it listens while it runs.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use shadow_runtime::config::DEVELOPMENT_PREFIX;

use crate::random;

/// Root's data folder: the servers drop to a user who cannot enter root's home.
const OF_ROOT: &str = "/var/lib/shadow-analytics";

/// Which data folder a command uses.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Chosen {
    /// Data folder of the local stack [default: /var/lib/shadow-analytics as root, else ~/.local/share/shadow-analytics]
    #[arg(long, global = true, value_name = "FOLDER", env = "SHADOW_DATA")]
    pub(crate) data: Option<PathBuf>,
}

impl Chosen {
    /// The folder; it need not exist yet.
    pub(crate) fn folder(&self) -> anyhow::Result<DataFolder> {
        let path = match &self.data {
            Some(path) => {
                std::path::absolute(path).with_context(|| format!("--data {}", path.display()))?
            }
            None => default_path()?,
        };
        Ok(DataFolder { path })
    }
}

fn default_path() -> anyhow::Result<PathBuf> {
    let set = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
        return Ok(PathBuf::from(OF_ROOT));
    }
    let share = set("XDG_DATA_HOME").or_else(|| set("HOME").map(|home| home.join(".local/share")));
    match share {
        Some(share) => Ok(share.join("shadow-analytics")),
        None => bail!("no home folder is known: choose a data folder with --data"),
    }
}

/// Where a running stack can be reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stack {
    /// Its gRPC services.
    pub(crate) server: String,
    /// Its PostgreSQL.
    pub(crate) database: String,
    /// Its dashboard.
    pub(crate) dashboard: String,
    /// Its metrics for Prometheus, where they are served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) metrics: Option<String>,
}

/// The folder of a local stack.
#[derive(Clone, Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Creates the folder. Others may pass through it, not look into it: the servers' user lives below.
    pub(crate) fn create(&self) -> anyhow::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o711);
        builder
            .create(&self.path)
            .with_context(|| format!("could not create the data folder {}", self.path.display()))
    }

    /// The secret that signs this stack's tokens; made by the first start.
    pub(crate) fn secret(&self) -> anyhow::Result<SecretString> {
        let path = self.path.join("secret");
        if !path.exists() {
            let digits: String = random::secret()?
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            self.write("secret", &format!("{DEVELOPMENT_PREFIX}{digits}\n"))?;
        }
        self.read_secret()
    }

    /// The secret of a stack that was started before.
    pub(crate) fn read_secret(&self) -> anyhow::Result<SecretString> {
        let text = self.read("secret")?.ok_or_else(|| self.never_started())?;
        Ok(SecretString::from(text.trim()))
    }

    /// Where the running stack can be reached.
    pub(crate) fn stack(&self) -> anyhow::Result<Stack> {
        let text = self
            .read("stack.json")?
            .ok_or_else(|| self.never_started())?;
        serde_json::from_str(&text).with_context(|| {
            format!(
                "{} is damaged: start the stack again",
                self.path.join("stack.json").display()
            )
        })
    }

    pub(crate) fn set_stack(&self, stack: &Stack) -> anyhow::Result<()> {
        self.write("stack.json", &serde_json::to_string_pretty(stack)?)
    }

    pub(crate) fn clear_stack(&self) -> anyhow::Result<()> {
        match fs::remove_file(self.path.join("stack.json")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).context("could not remove stack.json")
            }
            _ => Ok(()),
        }
    }

    fn never_started(&self) -> anyhow::Error {
        anyhow::anyhow!(
            "no local stack runs in {}: start one with `shadow up`, or name a server and a token",
            self.path.display()
        )
    }

    /// The content of a file of this folder, if it is there.
    pub(crate) fn read(&self, name: &str) -> anyhow::Result<Option<String>> {
        let path = self.path.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("could not read {}", path.display())),
        }
    }

    /// Writes a file that only its owner may read, whole or not at all.
    pub(crate) fn write(&self, name: &str, content: &str) -> anyhow::Result<()> {
        let (path, draft) = (self.path.join(name), self.path.join(format!("{name}.new")));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let written = options.open(&draft).and_then(|mut file| {
            file.set_permissions(Permissions::from_mode(0o600))?;
            file.write_all(content.as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, &path)
        });
        written.with_context(|| format!("could not write {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn the_secret_is_kept_and_only_its_owner_may_read_it() {
        let home = tempfile::tempdir().unwrap();
        let folder = DataFolder {
            path: home.path().join("data"),
        };
        assert!(folder.read_secret().is_err());
        folder.create().unwrap();
        let first = folder.secret().unwrap();
        assert_eq!(
            first.expose_secret(),
            folder.secret().unwrap().expose_secret()
        );
        assert_eq!(
            first.expose_secret(),
            folder.read_secret().unwrap().expose_secret()
        );
        assert_eq!(first.expose_secret().len(), DEVELOPMENT_PREFIX.len() + 64);
        let mode = fs::metadata(folder.path().join("secret"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_stack_that_does_not_run_is_said_in_one_line() {
        let home = tempfile::tempdir().unwrap();
        let folder = DataFolder {
            path: home.path().to_owned(),
        };
        let said = format!("{:#}", folder.stack().unwrap_err());
        assert!(said.contains("start one with `shadow up`"), "{said}");
        let stack = Stack {
            server: "http://127.0.0.1:1".into(),
            database: "d".into(),
            dashboard: "b".into(),
            metrics: None,
        };
        folder.set_stack(&stack).unwrap();
        assert_eq!(folder.stack().unwrap().server, stack.server);
        folder.clear_stack().unwrap();
        folder.clear_stack().unwrap();
        assert!(folder.stack().is_err());
    }
}
