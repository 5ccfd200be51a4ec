//! Data health: what must hold does, on the demo, and the page says so.

use anyhow::{Result, ensure};

use crate::{browser::Browser, sign_in, sign_out};

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
    sign_out(browser).await
}
