//! No server outlives the process that started it, even when that process is killed, and the next start works.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that is its own program"
)]

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use shadow_local::{Options, Servers, TestServers};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [role, folder] if role == "--hold" => hold(Path::new(folder)),
        // The harness's listing, which editors and runners ask for.
        [flag, ..] if flag == "--list" => println!("killed: test"),
        _ => servers_end_with_a_killed_process(),
    }
}

/// Starts every kind of server, says so, and waits to be killed.
fn hold(folder: &Path) {
    let servers = Servers::start(folder, &Options::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        println!("{}", TestServers::postgres().await.unwrap().url("postgres"));
        println!("{}", TestServers::redis_url().await.unwrap());
        println!("{}", servers.redis_url().unwrap());
    });
    loop {
        std::thread::park();
    }
}

fn servers_end_with_a_killed_process() {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o711)).unwrap();
    let mut held = Command::new(std::env::current_exe().unwrap());
    let mut held = held
        .arg("--hold")
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<String> = BufReader::new(held.stdout.take().unwrap())
        .lines()
        .take(3)
        .collect::<Result<_, _>>()
        .unwrap();
    let [postgres, redis, kept] = lines.as_slice() else {
        panic!("the servers did not start: {lines:?}")
    };
    let host = postgres
        .split(['@', '/'])
        .nth(3)
        .unwrap()
        .replace("%2F", "/");
    let test_postgres = Path::new(&host).parent().unwrap().to_owned();
    let test_redis = PathBuf::from(redis.strip_prefix("redis+unix://").unwrap())
        .parent()
        .unwrap()
        .to_owned();
    let folders = [
        folder.path().to_owned(),
        test_postgres.clone(),
        test_redis.clone(),
    ];
    for folder in &folders {
        assert!(works_in(folder), "nothing runs in {}", folder.display());
    }

    held.kill().unwrap();
    assert_eq!(held.wait().unwrap().signal(), Some(9));
    let deadline = Instant::now() + Duration::from_secs(60);
    for folder in &folders {
        while works_in(folder) {
            assert!(
                Instant::now() < deadline,
                "a server still runs in {}",
                folder.display()
            );
            std::thread::yield_now();
        }
    }
    for folder in [test_postgres, test_redis] {
        while folder.exists() {
            assert!(
                Instant::now() < deadline,
                "{} is still there",
                folder.display()
            );
            std::thread::yield_now();
        }
    }

    // The supervisors died too: the pid files are all that is left to find the servers by.
    let mut servers = Servers::start(folder.path(), &Options::default()).unwrap();
    assert_eq!(servers.redis_url().as_ref(), Some(kept));
    let orphans = orphan(folder.path());
    assert!(orphans > 0, "no supervisor was killed");
    while servers.ended().is_none() {
        assert!(
            Instant::now() < deadline,
            "the killed supervisors still run"
        );
        std::thread::yield_now();
    }
    drop(servers);
    assert!(
        works_in(folder.path()),
        "the servers should outlive their supervisors"
    );
    Servers::start(folder.path(), &Options::default())
        .unwrap()
        .stop()
        .unwrap();
    assert!(!works_in(folder.path()));
}

fn processes() -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
}

/// Whether a process has its working folder in `folder`.
fn works_in(folder: &Path) -> bool {
    processes().any(|process| {
        std::fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
    })
}

/// Kills every shell that supervises a server of `folder`, so that the server has no parent.
fn orphan(folder: &Path) -> usize {
    let folder = folder.to_str().unwrap();
    let supervisors = processes().filter(|process| {
        let line = std::fs::read(process.join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        line.starts_with("/bin/sh\0-c\0") && line.contains("shadow-server") && line.contains(folder)
    });
    let ids: Vec<String> = supervisors
        .map(|p| p.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    if !ids.is_empty() {
        assert!(
            Command::new("kill")
                .arg("-9")
                .args(&ids)
                .status()
                .unwrap()
                .success()
        );
    }
    ids.len()
}
