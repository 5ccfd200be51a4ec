//! The product as it is delivered: `shadow up` with its demo, in a process of its own.

use std::{
    io::{BufRead, BufReader, Read},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use anyhow::{Context, Result, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

/// A running stack; it is told to stop when dropped.
pub(crate) struct Stack {
    child: Option<Child>,
    data: TempDir,
    address: String,
}

impl Stack {
    /// Starts one and waits until it says that it is ready.
    pub(crate) fn start() -> Result<Self> {
        let data = tempfile::tempdir_in("/tmp")?;
        // The private servers run as another user, who must be able to pass.
        std::fs::set_permissions(data.path(), PermissionsExt::from_mode(0o711))?;
        let (child, address) = launch(data.path(), "0")?;
        Ok(Self {
            child: Some(child),
            data,
            address,
        })
    }

    /// Stops it and waits until it has stopped.
    pub(crate) fn stop(&mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        // Asked to stop, it takes its servers with it.
        signal(&child, Signal::SIGTERM)?;
        let status = child.wait()?;
        ensure!(status.success(), "the stack stopped with {status}");
        Ok(())
    }

    /// Starts it again on its data, at the same address.
    pub(crate) fn start_again(&mut self) -> Result<()> {
        let (_, port) = self
            .address
            .rsplit_once(':')
            .context("the address has a port")?;
        let (child, address) = launch(self.data.path(), port)?;
        self.child = Some(child);
        ensure!(address == self.address, "it moved to {address}");
        Ok(())
    }

    /// Lets it hang: connections stay open, and nothing is said on them.
    pub(crate) fn hang(&self) -> Result<()> {
        self.signal(Signal::SIGSTOP)
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self) -> Result<()> {
        self.signal(Signal::SIGCONT)
    }

    fn signal(&self, what: Signal) -> Result<()> {
        signal(self.child.as_ref().context("the stack runs")?, what)
    }

    /// Where the dashboard is.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Where the services are.
    pub(crate) fn server(&self) -> Result<String> {
        let text = std::fs::read_to_string(self.data.path().join("stack.json"))?;
        let stack: serde_json::Value = serde_json::from_str(&text)?;
        stack["server"]
            .as_str()
            .map(str::to_owned)
            .context("the stack says where its services are")
    }

    /// A token for a user, as `shadow token` prints it.
    pub(crate) fn token(&self, user: &str) -> Result<String> {
        let output = shadow()?
            .args(["token", "--user", user, "--data"])
            .arg(self.data.path())
            .output()?;
        if !output.status.success() {
            bail!("shadow token: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let Some(child) = &mut self.child else { return };
        // One that hangs hears nothing else.
        signal(child, Signal::SIGCONT).ok();
        if signal(child, Signal::SIGTERM).is_err() || child.wait().is_err() {
            child.kill().ok();
        }
    }
}

fn signal(child: &Child, what: Signal) -> Result<()> {
    Ok(kill(Pid::from_raw(child.id().cast_signed()), what)?)
}

/// Starts a stack and waits until it says at which address it is ready.
fn launch(data: &Path, port: &str) -> Result<(Child, String)> {
    let mut child = shadow()?
        .args(["up", "--demo", "small", "--data"])
        .arg(data)
        .env("SHADOW_PORT", port)
        .env("SHADOW_WEB_DIST", dist()?)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("target/debug/shadow cannot be started")?;
    let mut output = BufReader::new(child.stdout.take().context("its output is piped")?);
    let mut errors = child.stderr.take().context("its errors are piped")?;
    let said = thread::spawn(move || {
        let mut said = String::new();
        // Read to the end, so that the process never waits for a reader.
        errors.read_to_string(&mut said).map(|_| said)
    });
    let mut line = String::new();
    let address = loop {
        line.clear();
        if output.read_line(&mut line)? == 0 {
            let said = said
                .join()
                .map_err(|_| anyhow::anyhow!("its errors could not be read"))??;
            bail!("the stack did not start: {said}");
        }
        if let Some(address) = line.trim().strip_prefix("Shadow Analytics is ready: ") {
            break address.trim_end_matches('/').to_owned();
        }
    };
    thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    Ok((child, address))
}

/// The built program, without variables of ours that would change what it does.
fn shadow() -> Result<Command> {
    let program = target()?.join("shadow");
    if !program.exists() {
        bail!(
            "{} is not there: run `cargo build -p shadow` first",
            program.display()
        );
    }
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if (text.starts_with("SHADOW_") && text != "SHADOW_TOOLS")
            || text == "DATABASE_URL"
            || text == "REDIS_URL"
        {
            command.env_remove(&name);
        }
    }
    command.stdin(Stdio::null());
    Ok(command)
}

/// The folder that the test itself was built into.
pub(crate) fn target() -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    test.parent()
        .and_then(Path::parent)
        .map(Path::to_owned)
        .context("a test lies in target/<profile>/deps")
}

fn dist() -> Result<PathBuf> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("e2e lies in web")?
        .join("dist");
    if !dist.join("index.html").exists() {
        bail!(
            "{} has no dashboard: run `cargo run -p shadow-web-builder` first",
            dist.display()
        );
    }
    Ok(dist)
}
