//! How soon the dashboard is painted and how soon it answers a click, by Chromium's own trace, on a stack with the small
//! demo. For the bench, which starts it with the program and the dashboard's folder and reads JSON: milliseconds by name.
#![expect(
    clippy::print_stdout,
    reason = "what was measured is for whoever started it"
)]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::*;

/// What is opened: places of all areas that a person goes to first.
const PLACES: [&str; 4] = ["/executive", "/agents", "/executions", "/users"];

/// How often each is opened, each time in a browser of its own in which somebody has just signed in.
const TIMES: usize = 7;

/// How long something may take to be seen.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a page is left alone once its numbers are there, so that what is painted last is in the trace.
const REST: Duration = Duration::from_millis(600);

const CATEGORIES: &str = "loading,blink.user_timing,devtools.timeline";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let program = arguments.next().context("the program is missing")?;
    let dist = arguments
        .next()
        .context("the dashboard's folder is missing")?;
    let stack = Stack::start(Path::new(&program), &dist)?;
    let mut measured: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for _ in 0..TIMES {
        for place in PLACES {
            // A browser of its own for each: of what is traced after it was first asked for it keeps nothing.
            let (driver, mut process) = browser().await?;
            let times = measure(&driver, &stack.address, place).await;
            driver.quit().await?;
            process.kill()?;
            process.wait()?;
            let (paint, interaction) = times?;
            for (what, time) in [
                (format!("largest contentful paint of {place}"), paint),
                (format!("interaction on {place}"), interaction),
            ] {
                measured.entry(what).or_default().push(time);
            }
        }
    }
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

/// How soon a page is painted that somebody opens who has signed in, and how soon it answers a click, in milliseconds.
async fn measure(driver: &WebDriver, address: &str, place: &str) -> Result<(f64, f64)> {
    driver.goto(format!("{address}/")).await?;
    click(driver, "button.person[data-user='executive@demo']").await?;
    see(driver, ".metric__value").await?;
    driver.goto(format!("{address}{place}?range=30d")).await?;
    let content = "main .metric__value, main table tbody tr, main canvas";
    see(driver, content).await?;
    tokio::time::sleep(REST).await;
    // A click that every page has: the menu of ranges.
    click(driver, "button.dropdown__button").await?;
    see(driver, ".menu__item").await?;
    tokio::time::sleep(REST).await;
    let events = trace(driver).await?;
    let opened = opened(&events).with_context(|| format!("{place} was not opened"))?;
    let paint = painted(&events, opened).with_context(|| format!("no paint of {place}"))?;
    let answered = answered(&events, opened).with_context(|| format!("no click on {place}"))?;
    Ok((paint, answered))
}

fn at(event: &Value) -> Option<f64> {
    event["ts"].as_f64()
}

fn is_main(event: &&Value) -> bool {
    let data = &event["args"]["data"];
    let main = data["isOutermostMainFrame"].as_bool();
    main.or(data["isMainFrame"].as_bool()) != Some(false)
}

/// When the last page was opened, in the trace's microseconds.
fn opened(events: &[Value]) -> Option<f64> {
    let opened = events
        .iter()
        .filter(|event| event["name"] == "navigationStart")
        .filter(|event| {
            let url = event["args"]["data"]["documentLoaderURL"].as_str();
            url.is_some_and(|url| url.starts_with("http"))
        })
        .filter(is_main);
    opened.filter_map(at).max_by(f64::total_cmp)
}

/// From then to the last candidate for the largest paint.
fn painted(events: &[Value], opened: f64) -> Option<f64> {
    let painted = events
        .iter()
        .filter(|event| event["name"] == "largestContentfulPaint::Candidate")
        .filter(is_main)
        .filter_map(at)
        .filter(|ts| *ts >= opened);
    painted
        .max_by(f64::total_cmp)
        .map(|painted| (painted - opened) / 1e3)
}

/// The longest interaction since then: from the input to the paint that shows what came of it.
fn answered(events: &[Value], opened: f64) -> Option<f64> {
    let durations = events
        .iter()
        .filter(|event| event["name"] == "EventTiming")
        .filter(|event| at(event).is_some_and(|ts| ts >= opened))
        .filter(|event| {
            let id = event["args"]["data"]["interactionId"].as_f64();
            id.is_some_and(|id| id > 0.0)
        })
        .filter_map(|event| event["args"]["data"]["duration"].as_f64());
    durations.max_by(f64::total_cmp)
}

/// What was traced since the browser was started.
async fn trace(driver: &WebDriver) -> Result<Vec<Value>> {
    let mut events = Vec::new();
    for entry in driver.get_log("performance").await? {
        let mut message: Value = serde_json::from_str(&entry.message)?;
        let message = message["message"].take();
        if message["method"] == "Tracing.dataCollected" {
            events.push(message["params"].clone());
        }
    }
    Ok(events)
}

async fn see(driver: &WebDriver, css: &str) -> Result<WebElement> {
    let end = Instant::now() + PATIENCE;
    loop {
        for element in driver.find_all(By::Css(css)).await? {
            if element.is_displayed().await.unwrap_or(false) {
                return Ok(element);
            }
        }
        ensure!(Instant::now() < end, "{css} is not seen");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

async fn click(driver: &WebDriver, css: &str) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    // The page may replace it meanwhile.
    while let Err(error) = see(driver, css).await?.click().await {
        ensure!(Instant::now() < end, "{css} cannot be clicked: {error}");
    }
    Ok(())
}

async fn browser() -> Result<(WebDriver, Child)> {
    let mut process = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("chromedriver cannot be started: install chromium-driver")?;
    let mut lines = BufReader::new(process.stdout.take().context("its output is piped")?).lines();
    let port: u16 = loop {
        let line = lines
            .next()
            .context("chromedriver ended before it was ready")??;
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            break port.trim_end_matches('.').parse()?;
        }
    };
    std::thread::spawn(move || lines.for_each(drop));
    let mut options = DesiredCapabilities::chrome();
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--window-size=1440,1000",
    ] {
        options.add_arg(argument)?;
    }
    options.set("goog:loggingPrefs", json!({ "performance": "ALL" }))?;
    options
        .add_experimental_option("perfLoggingPrefs", json!({ "traceCategories": CATEGORIES }))?;
    let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), options).await?;
    Ok((driver, process))
}

/// The product as it is delivered, in a process of its own; it is told to stop when dropped.
struct Stack {
    child: Child,
    address: String,
    _data: TempDir,
}

impl Stack {
    fn start(program: &Path, dist: &str) -> Result<Self> {
        let data = tempfile::tempdir_in("/tmp")?;
        // The private servers run as another user, who must be able to pass.
        std::fs::set_permissions(data.path(), PermissionsExt::from_mode(0o711))?;
        let mut child = Command::new(program)
            .args(["up", "--demo", "small", "--data"])
            .arg(data.path())
            .env("SHADOW_PORT", "0")
            .env("SHADOW_WEB_DIST", dist)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        let mut output = BufReader::new(child.stdout.take().context("its output is piped")?);
        let mut line = String::new();
        let address = loop {
            line.clear();
            if output.read_line(&mut line)? == 0 {
                bail!("the stack did not start");
            }
            if let Some(address) = line.trim().strip_prefix("Shadow Analytics is ready: ") {
                break address.trim_end_matches('/').to_owned();
            }
        };
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Ok(Self {
            child,
            address,
            _data: data,
        })
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let pid = Pid::from_raw(self.child.id().cast_signed());
        if kill(pid, Signal::SIGTERM).is_err() || self.child.wait().is_err() {
            self.child.kill().ok();
        }
    }
}
