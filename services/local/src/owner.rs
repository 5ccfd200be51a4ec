//! Who runs the servers, and the folders they may enter.

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{User, geteuid};

use crate::error::{Context, Error};

/// The longest folder whose sockets still fit into the 107 bytes of a Unix socket's address.
const LONGEST_SOCKET_FOLDER: usize = 88;

/// The user that a server runs as: somebody else when we are root, since PostgreSQL refuses to run as root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner {
    /// User and group to become; `None` stays who we are.
    other: Option<(u32, u32)>,
}

impl Owner {
    /// The owner of the servers below `folder`: whoever owns it already, else Debian's `postgres`, else `nobody`.
    pub(crate) fn of(folder: &Path) -> Result<Self, Error> {
        if !geteuid().is_root() {
            return Ok(Self { other: None });
        }
        if let Ok(metadata) = fs::metadata(folder)
            && metadata.uid() != 0
        {
            return Ok(Self {
                other: Some((metadata.uid(), metadata.gid())),
            });
        }
        for name in ["postgres", "nobody"] {
            let user = User::from_name(name).map_err(std::io::Error::from);
            if let Some(user) = user.context(|| format!("could not look up the user {name}"))? {
                return Ok(Self {
                    other: Some((user.uid.as_raw(), user.gid.as_raw())),
                });
            }
        }
        Err(Error::Failed {
            program: "root",
            reason:
                "neither the user postgres nor nobody exists, and PostgreSQL refuses to run as root"
                    .into(),
        })
    }

    /// A command that will run as this user, from `/`, in a process group of its own, with a minimal environment.
    pub(crate) fn command(self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").env_clear().process_group(0);
        command
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC");
        if let Some((user, group)) = self.other {
            command.uid(user).gid(group);
        }
        command
    }

    /// Makes a folder that only this user may enter.
    pub(crate) fn private_folder(self, folder: &Path) -> Result<(), Error> {
        create(folder, 0o700)?;
        if let Some((user, group)) = self.other {
            chown(folder, Some(user), Some(group))
                .context(|| format!("could not give {} to the servers' user", folder.display()))?;
        }
        fs::set_permissions(folder, Permissions::from_mode(0o700))
            .context(|| format!("could not close {} to other users", folder.display()))
    }

    /// A short, private folder for the sockets of the servers in `folder`.
    ///
    /// Root's is below `/run`. An ordinary user's is in `XDG_RUNTIME_DIR` or the temporary folder, where somebody else
    /// may have been first: then it is refused.
    pub(crate) fn socket_folder(self, folder: &Path) -> Result<PathBuf, Error> {
        let base = if geteuid().is_root() {
            let base = PathBuf::from("/run/shadow-analytics");
            create(&base, 0o755)?;
            base
        } else {
            let base = std::env::var_os("XDG_RUNTIME_DIR")
                .map(PathBuf::from)
                .filter(|base| base.is_dir() && base.as_os_str().len() + 40 < LONGEST_SOCKET_FOLDER)
                .map_or_else(
                    || PathBuf::from(format!("/tmp/shadow-analytics-{}", geteuid())),
                    |base| base.join("shadow-analytics"),
                );
            create(&base, 0o700)?;
            let metadata = fs::symlink_metadata(&base)
                .context(|| format!("could not look at {}", base.display()))?;
            if metadata.uid() != geteuid().as_raw()
                || !metadata.is_dir()
                || metadata.mode() & 0o022 != 0
            {
                return Err(Error::Foreign { folder: base });
            }
            base
        };
        let sockets = base.join(format!("{:016x}", name_of(folder)));
        self.private_folder(&sockets)?;
        Ok(sockets)
    }
}

/// A stable short name of a folder (FNV-1a): the same folder gets the same sockets in every start.
fn name_of(folder: &Path) -> u64 {
    folder
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

fn create(folder: &Path, mode: u32) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(folder)
        .context(|| format!("could not create the folder {}", folder.display()))
}
