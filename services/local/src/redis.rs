//! A private Redis: nothing is kept on disk, and only keys with a time to live may be evicted.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::error::Error;
use crate::owner::Owner;
use crate::postgres::tools_folders;
use crate::process::{Launch, Server, stop_leftover};

/// A running Redis or Valkey.
#[derive(Debug)]
pub(crate) struct Redis {
    pub(crate) server: Server,
    socket: PathBuf,
}

impl Redis {
    /// Starts a Redis that works in `folder`.
    pub(crate) fn start(
        folder: &Path,
        sockets: &Path,
        owner: Owner,
        disposable: bool,
    ) -> Result<Self, Error> {
        let program = program().ok_or(Error::Missing {
            program: "Redis",
            package: "redis-server",
        })?;
        owner.private_folder(folder)?;
        let pid_file = folder.join("redis.pid");
        stop_leftover(&pid_file, folder, Signal::SIGTERM)?;
        let socket = sockets.join("redis.sock");
        let mut command: Vec<&OsStr> = vec![program.as_ref()];
        let fixed = [
            "--port",
            "0",
            "--save",
            "",
            "--appendonly",
            "no",
            "--daemonize",
            "no",
            "--unixsocketperm",
            "700",
        ];
        command.extend(fixed.iter().map(OsStr::new));
        command.extend(
            ["--maxmemory", "256mb", "--maxmemory-policy", "volatile-lru"]
                .iter()
                .map(OsStr::new),
        );
        command.extend([
            OsStr::new("--unixsocket"),
            socket.as_ref(),
            OsStr::new("--dir"),
            folder.as_ref(),
        ]);
        command.extend([OsStr::new("--pidfile"), pid_file.as_ref()]);
        let server = Server::start(
            owner,
            &Launch {
                name: crate::REDIS,
                command,
                signal: "TERM",
                log: folder.join("redis.log"),
                remove: disposable.then_some(folder),
                ready: &|| answers(&socket),
            },
        )?;
        Ok(Self { server, socket })
    }

    /// The URL of this server.
    pub(crate) fn url(&self) -> String {
        format!("redis+unix://{}", self.socket.display())
    }
}

/// `redis-server` or `valkey-server`, from the system or from the tools folder.
fn program() -> Option<PathBuf> {
    let system = ["/usr/bin", "/usr/local/bin"]
        .into_iter()
        .map(PathBuf::from);
    let folders: Vec<PathBuf> = system
        .chain(tools_folders().map(|tools| tools.join("bin")))
        .collect();
    folders
        .iter()
        .flat_map(|folder| ["redis-server", "valkey-server"].map(|name| folder.join(name)))
        .find(|program| program.is_file())
}

fn answers(socket: &Path) -> bool {
    let ping = || -> std::io::Result<bool> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"+PONG")
    };
    ping().unwrap_or(false)
}
