//! Users: their list, one of them, and who comes back.

use anyhow::{Result, ensure};

use crate::{
    accessible::accessible, browser::Browser, choose_theme, sign_in, sign_out, stays_in_the_window,
};

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
    looks_right(browser, "users").await?;
    let first = browser.text(".data tbody th").await?;
    browser.click(".data tbody th .link").await?;
    browser.arrive("/users/").await?;
    browser.read("h1", &first).await?;
    for panel in ["Activity", "Agents", "Latest"] {
        browser.read("main", panel).await?;
    }
    looks_right(browser, "user").await?;
    browser.open("/users/nobody").await?;
    browser.see(".notice").await?;
    browser.open("/users/cohorts?range=90d").await?;
    browser.see(".cohorts__cell").await?;
    let weeks = browser.texts(".cohorts tbody th").await?;
    ensure!(weeks.len() > 2, "the demo has cohorts: {weeks:?}");
    looks_right(browser, "cohorts").await?;
    sign_out(browser).await
}

async fn looks_right(browser: &Browser, page: &str) -> Result<()> {
    for (theme, name) in [("Dark", "dark"), ("Light", "light")] {
        choose_theme(browser, theme).await?;
        for (width, wide) in [(1440, "wide"), (390, "narrow")] {
            browser.size(width, 3600).await?;
            browser.see("main h1").await?;
            browser.keep(&format!("{page}-{name}-{wide}")).await?;
            accessible(browser).await?;
            stays_in_the_window(browser).await?;
        }
        browser.size(1440, 1000).await?;
    }
    Ok(())
}
