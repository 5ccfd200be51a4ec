//! Data health: what must hold does, on the demo, and the page says so.

use anyhow::{Result, ensure};

use crate::{
    accessible::accessible, browser::Browser, choose_theme, sign_in, sign_out, stays_in_the_window,
};

pub(crate) async fn is_told(browser: &Browser) -> Result<()> {
    sign_in(browser, "engineer@demo").await?;
    browser.see(".metric__value").await?;
    browser.click(".nav__link[href^='/data-health']").await?;
    browser.arrive("/data-health").await?;
    for panel in [
        "Identities",
        "Freshness",
        "Audits",
        "Refused events",
        "Executions opened twice",
    ] {
        browser.read("main", panel).await?;
    }
    // The worker checks as soon as it runs.
    browser.see("main .badge--good").await?;
    ensure!(
        !browser.has("main .badge--bad").await?,
        "something does not hold: {}",
        browser.text("main").await?
    );
    for (theme, name) in [("Dark", "dark"), ("Light", "light")] {
        choose_theme(browser, theme).await?;
        for (width, wide) in [(1440, "wide"), (390, "narrow")] {
            browser.size(width, 1800).await?;
            browser.keep(&format!("data-health-{name}-{wide}")).await?;
            accessible(browser).await?;
            stays_in_the_window(browser).await?;
        }
        browser.size(1440, 1000).await?;
    }
    sign_out(browser).await
}
