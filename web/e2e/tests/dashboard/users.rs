//! Users: their list, one of them, and who comes back.

use anyhow::{Result, ensure};

use crate::{browser::Browser, sign_in, sign_out};

pub(crate) async fn are_told_apart(browser: &Browser) -> Result<()> {
    sign_in(browser, "executive@demo").await?;
    browser.see(".metric__value").await?;
    browser.open("/users").await?;
    browser.see(".data tbody tr").await?;
    for panel in [
        "Lifecycle",
        "Active days",
        "Bounce rate",
        "Features",
        "Paths",
    ] {
        browser.read("main", panel).await?;
    }
    let first = browser.text(".data tbody th").await?;
    browser.click(".data tbody th .link").await?;
    browser.arrive("/users/").await?;
    browser.read("h1", &first).await?;
    for panel in ["Activity", "Agents", "Latest"] {
        browser.read("main", panel).await?;
    }
    browser.open("/users/nobody").await?;
    browser.see(".notice").await?;
    browser.open("/users/cohorts?range=90d").await?;
    browser.see(".cohorts__cell").await?;
    let weeks = browser.texts(".cohorts tbody th").await?;
    ensure!(weeks.len() > 2, "the demo has cohorts: {weeks:?}");
    sign_out(browser).await
}
