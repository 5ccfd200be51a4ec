//! A `shadow up` that is a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// A running stack. It is killed when dropped, and its servers stop by themselves then.
pub(crate) struct Stack {
    child: Child,
    data: PathBuf,
    /// The rest of what it says.
    output: Option<BufReader<std::process::ChildStdout>>,
    dashboard: String,
}

/// A data folder that the servers' user may pass through.
pub(crate) fn data_folder() -> TempDir {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o711)).unwrap();
    folder
}

/// The program with nothing of our environment that would change what it does.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shadow"));
    let ours = std::env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        (name.starts_with("SHADOW_") && name != "SHADOW_TOOLS")
            || name == "DATABASE_URL"
            || name == "REDIS_URL"
    });
    for (name, _) in ours {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .env("SHADOW_PORT", "0")
        .stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub(crate) fn shadow(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

impl Stack {
    /// Starts one without a demo.
    pub(crate) fn spawn(data: &Path) -> Self {
        Self::spawn_with(data, &[])
    }

    /// The same with more variables.
    fn spawn_with(data: &Path, variables: &[(&str, &str)]) -> Self {
        let mut child = command(&["up", "--no-demo", "--data", data.to_str().unwrap()])
            .env("SHADOW_METRICS_LISTEN", "127.0.0.1:0")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.stdout.take().map(BufReader::new);
        Self {
            child,
            data: data.to_owned(),
            output,
            dashboard: String::new(),
        }
    }

    /// Starts one and waits for its word that it is ready.
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// The same with more variables.
    pub(crate) fn start_with(data: &Path, variables: &[(&str, &str)]) -> Self {
        let mut stack = Self::spawn_with(data, variables);
        let mut line = String::new();
        while !line.starts_with("Shadow Analytics is ready: ") {
            line.clear();
            if stack.output.as_mut().unwrap().read_line(&mut line).unwrap() == 0 {
                let mut said = String::new();
                stack
                    .child
                    .stderr
                    .take()
                    .unwrap()
                    .read_to_string(&mut said)
                    .unwrap();
                panic!("the stack did not start: {said}");
            }
        }
        line.trim()
            .rsplit_once("http://")
            .unwrap()
            .1
            .clone_into(&mut stack.dashboard);
        stack
    }

    /// Host and port of the dashboard.
    pub(crate) fn dashboard(&self) -> &str {
        &self.dashboard
    }

    fn said(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.data.join("stack.json")).unwrap();
        let stack: serde_json::Value = serde_json::from_str(&text).unwrap();
        stack[name].as_str().unwrap().to_owned()
    }

    /// The URL of its services.
    pub(crate) fn server(&self) -> String {
        self.said("server")
    }

    /// The folder of the private servers' sockets.
    pub(crate) fn sockets(&self) -> PathBuf {
        let url = self.said("database");
        let host = url.split(['@', '/']).nth(3).unwrap();
        PathBuf::from(host.replace("%2F", "/"))
    }

    /// Whether its services say that they are serving.
    pub(crate) async fn is_serving(&self) -> bool {
        let channel = tonic::transport::Endpoint::new(self.said("server"))
            .unwrap()
            .connect()
            .await
            .unwrap();
        let request = HealthCheckRequest {
            service: String::new(),
        };
        let answer = HealthClient::new(channel)
            .check(request)
            .await
            .unwrap()
            .into_inner();
        answer.status() == ServingStatus::Serving
    }

    /// The answer of the dashboard's server to a GET, headers included.
    pub(crate) async fn get(&self, path: &str) -> String {
        get(&self.dashboard, path).await
    }

    /// What it serves for Prometheus.
    pub(crate) async fn metrics(&self) -> String {
        let address = self.said("metrics");
        let (address, path) = address["http://".len()..].split_once('/').unwrap();
        let answer = get(address, &format!("/{path}")).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        body.to_owned()
    }

    /// Tells it to stop, and waits for its end.
    pub(crate) fn stop(&mut self, signal: Signal) -> Output {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
        let mut said = Output {
            status: self.child.wait().unwrap(),
            stdout: Vec::new(),
            stderr: Vec::new(),
        };
        self.output
            .take()
            .unwrap()
            .read_to_end(&mut said.stdout)
            .unwrap();
        if let Some(mut errors) = self.child.stderr.take() {
            errors.read_to_end(&mut said.stderr).unwrap();
        }
        said
    }

    /// Kills it, and it alone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The answer to a GET, headers included.
async fn get(address: &str, path: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let patience = std::time::Duration::from_secs(30);
    tokio::time::timeout(patience, stream.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

impl Drop for Stack {
    fn drop(&mut self) {
        // Both fail when it has ended, which is what they are for.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
