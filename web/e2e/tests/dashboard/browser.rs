//! Chromium, as a person uses it: what is seen is waited for, never slept for.

use std::{
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use thirtyfour::{common::log::LoggingPrefsLogLevel, error::WebDriverErrorInner, prelude::*};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::stack::target;

/// How long something may take to be seen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A browser and the driver that it obeys; both end when dropped.
pub(crate) struct Browser {
    driver: WebDriver,
    address: String,
    complaints: Vec<String>,
    _process: Child,
}

impl Browser {
    /// Starts one.
    pub(crate) async fn start(address: &str) -> Result<Self> {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .process_group(0)
            .spawn()
            .context("chromedriver cannot be started: install chromium-driver")?;
        let mut lines =
            BufReader::new(process.stdout.take().context("its output is piped")?).lines();
        let port: u16 = loop {
            let line = lines
                .next_line()
                .await?
                .context("chromedriver ended before it was ready")?;
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').parse()?;
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let mut options = DesiredCapabilities::chrome();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=1440,1000",
        ] {
            options.add_arg(argument)?;
        }
        options.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), options).await?;
        Ok(Self {
            driver,
            address: address.to_owned(),
            complaints: Vec::new(),
            _process: process,
        })
    }

    /// Opens an address of the dashboard.
    pub(crate) async fn open(&self, path: &str) -> Result<()> {
        Ok(self.driver.goto(format!("{}{path}", self.address)).await?)
    }

    /// The path and query of the page.
    pub(crate) async fn here(&self) -> Result<String> {
        let url = self.driver.current_url().await?;
        Ok(url.query().map_or_else(
            || url.path().to_owned(),
            |query| format!("{}?{query}", url.path()),
        ))
    }

    /// Waits until the address has a text.
    pub(crate) async fn arrive(&self, part: &str) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            let here = self.here().await?;
            if here.contains(part) {
                return Ok(());
            }
            ensure!(
                Instant::now() < end,
                "expected to arrive at {part}, but am at {here}"
            );
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Waits until something is seen.
    pub(crate) async fn see(&self, css: &str) -> Result<WebElement> {
        let end = Instant::now() + PATIENCE;
        loop {
            // What the page replaces between two questions is an error of the driver, and no reason to stop looking.
            if let Ok(Some(element)) = self.seen(css).await {
                return Ok(element);
            }
            ensure!(
                Instant::now() < end,
                "{css} is not seen at {}; there is: {}",
                self.here().await?,
                self.text("body").await?
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The first of what is seen now.
    async fn seen(&self, css: &str) -> WebDriverResult<Option<WebElement>> {
        for element in self.driver.find_all(By::Css(css)).await? {
            if element.is_displayed().await? {
                return Ok(Some(element));
            }
        }
        Ok(None)
    }

    /// Waits until an element has a text.
    pub(crate) async fn read(&self, css: &str, text: &str) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            let there = self.text(css).await.unwrap_or_default();
            if there.contains(text) {
                return Ok(());
            }
            ensure!(
                Instant::now() < end,
                "expected {text:?} in {css}, but it has {there:?}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The text of an element.
    pub(crate) async fn text(&self, css: &str) -> Result<String> {
        Ok(self.driver.find(By::Css(css)).await?.text().await?)
    }

    /// The texts of elements.
    pub(crate) async fn texts(&self, css: &str) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        for element in self.driver.find_all(By::Css(css)).await? {
            texts.push(element.text().await?);
        }
        Ok(texts)
    }

    /// Clicks what is seen, also where the page replaces it meanwhile.
    pub(crate) async fn click(&self, css: &str) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.see(css).await?.click().await {
                Ok(()) => return Ok(()),
                Err(error) if is_replaced(&error) && Instant::now() < end => {}
                Err(error) => return Err(error).context(css.to_owned()),
            }
        }
    }

    /// Clicks a choice of a menu, by its text.
    pub(crate) async fn choose(&self, menu: &str, text: &str) -> Result<()> {
        self.click(&format!("button.dropdown__button[popovertarget={menu}]"))
            .await?;
        self.see(&format!("#{menu} .menu__item")).await?;
        for item in self
            .driver
            .find_all(By::Css(format!("#{menu} .menu__item")))
            .await?
        {
            if item.text().await?.lines().next() == Some(text) {
                return Ok(item.click().await?);
            }
        }
        bail!(
            "{menu} has no {text}: {:?}",
            self.texts(&format!("#{menu} .menu__item")).await?
        )
    }

    /// Chooses an option of a select, by its value.
    pub(crate) async fn pick(&self, css: &str, value: &str) -> Result<()> {
        self.click(css).await?;
        self.click(&format!("{css} option[value=\"{value}\"]"))
            .await
    }

    /// Types into a field.
    pub(crate) async fn type_into(&self, css: &str, text: &str) -> Result<()> {
        Ok(self.see(css).await?.send_keys(text).await?)
    }

    /// Presses a key where the focus is.
    pub(crate) async fn press(&self, key: Key) -> Result<()> {
        let focused = self.driver.active_element().await?;
        Ok(focused.send_keys(key).await?)
    }

    /// Looks at another tab, so that this one is hidden, for as long as `meanwhile` takes.
    pub(crate) async fn look_away(
        &self,
        meanwhile: impl Future<Output = Result<()>>,
    ) -> Result<()> {
        let here = self.driver.window().await?;
        let away = self.driver.new_tab().await?;
        self.driver.switch_to_window(away).await?;
        let result = meanwhile.await;
        self.driver.close_window().await?;
        self.driver.switch_to_window(here).await?;
        result
    }

    /// Whether something is on the page.
    pub(crate) async fn has(&self, css: &str) -> Result<bool> {
        Ok(!self.driver.find_all(By::Css(css)).await?.is_empty())
    }

    /// Waits until something is no longer on the page.
    pub(crate) async fn lose(&self, css: &str) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        while self.has(css).await? {
            ensure!(Instant::now() < end, "{css} is still there");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Runs a script and answers what it returns.
    pub(crate) async fn script(&self, script: &str) -> Result<serde_json::Value> {
        Ok(self
            .driver
            .execute(script, Vec::new())
            .await?
            .json()
            .clone())
    }

    /// Runs a script that calls back, and answers what it calls back with.
    pub(crate) async fn ask(&self, script: &str) -> Result<serde_json::Value> {
        let answer = self.driver.execute_async(script, Vec::new()).await?;
        Ok(answer.json().clone())
    }

    /// Loads the page again.
    pub(crate) async fn reload(&self) -> Result<()> {
        Ok(self.driver.refresh().await?)
    }

    /// Forgets the session, as if it had ended.
    pub(crate) async fn forget_session(&self) -> Result<()> {
        Ok(self.driver.delete_all_cookies().await?)
    }

    /// Makes the window so large.
    pub(crate) async fn size(&self, width: u32, height: u32) -> Result<()> {
        Ok(self.driver.set_window_rect(0, 0, width, height).await?)
    }

    /// Keeps what is seen as `target/e2e/<name>.png`, charts drawn and details slid in.
    pub(crate) async fn picture(&self, name: &str) -> Result<()> {
        self.drawn().await?;
        self.keep(name).await
    }

    /// Waits until everything is there: answers, charts, details.
    pub(crate) async fn drawn(&self) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        // On the page of components some wait for ever.
        let waiting = "return document.querySelectorAll(':is(.chart__drawing:not(:has(canvas)), [aria-busy]):not(.specimen *)').length
            + (document.querySelector('.sheet')?.getAnimations().length ?? 0)";
        while self.script(waiting).await? != 0 {
            ensure!(
                Instant::now() < end,
                "the page is not drawn: {}",
                self.here().await?
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Keeps what is seen as `target/e2e/<name>.png`, as it is.
    pub(crate) async fn keep(&self, name: &str) -> Result<()> {
        let folder = folder()?;
        std::fs::create_dir_all(&folder)?;
        Ok(self
            .driver
            .screenshot(&folder.join(format!("{name}.png")))
            .await?)
    }

    /// Errors that the browser noted since the last time, policy violations among them.
    pub(crate) async fn listen(&mut self) -> Result<()> {
        for entry in self.driver.browser_log().await? {
            if entry.level.eq_ignore_ascii_case("SEVERE")
                || entry.message.contains("Content Security Policy")
            {
                self.complaints.push(entry.message);
            }
        }
        Ok(())
    }

    /// As [`Self::listen`], after a time in which the server could not be reached: that is no complaint of the page.
    pub(crate) async fn listen_after_an_outage(&mut self) -> Result<()> {
        let before = self.complaints.len();
        self.listen().await?;
        let during = self.complaints.split_off(before);
        let broken = |message: &String| message.contains("net::ERR_");
        self.complaints
            .extend(during.into_iter().filter(|message| !broken(message)));
        Ok(())
    }

    /// Ends the browser, and answers every error that it noted.
    pub(crate) async fn quit(mut self) -> Result<Vec<String>> {
        self.listen().await?;
        self.driver.clone().quit().await?;
        Ok(self.complaints)
    }
}

/// Whether what was found is no longer a part of the page.
fn is_replaced(error: &WebDriverError) -> bool {
    matches!(**error, WebDriverErrorInner::StaleElementReference(_))
}

fn folder() -> Result<PathBuf> {
    Ok(target()?
        .parent()
        .context("a profile lies in the target folder")?
        .join("e2e"))
}
