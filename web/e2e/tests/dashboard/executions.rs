//! Executions: how they did, one by one, one of them step by step, and those that are open.

use anyhow::{Result, ensure};

use crate::{browser::Browser, sign_in, sign_out};

const ROWS: &str = ".data tbody tr";

pub(crate) async fn are_told(browser: &Browser) -> Result<()> {
    sign_in(browser, "executive@demo").await?;
    browser.see(".metric__value").await?;
    browser.open("/executions?tab=overview").await?;
    browser
        .see("[data-metric=peak_open] .metric__value")
        .await?;
    browser.see(".week__hour--5").await?;

    browser.open("/executions?tab=list").await?;
    browser.see(ROWS).await?;
    browser.pick("select[name=status]", "failed").await?;
    browser.arrive("status=failed").await?;
    browser.lose(".is-outdated").await?;
    let statuses = browser.texts(".data tbody td:nth-child(2)").await?;
    ensure!(
        !statuses.is_empty() && statuses.iter().all(|status| status == "Failed"),
        "failed ones were asked for: {statuses:?}"
    );
    browser.click(".data th:nth-child(8) .data__sort").await?;
    browser.arrive("sort=duration").await?;
    browser.lose(".is-outdated").await?;
    browser
        .see(".data th[aria-sort=descending]:nth-child(8)")
        .await?;

    // One that has ended: the latest may still wait to be started, and has no time to show.
    browser
        .open("/executions?tab=list&status=completed")
        .await?;
    browser.click(".data tbody tr:first-child th .link").await?;
    browser.arrive("/executions/").await?;
    browser.see(".timeline__bar").await?;
    browser.read("main", "What it was").await?;
    browser
        .see(".nav__link[aria-current=page][href^='/executions']")
        .await?;

    browser.open("/executions?tab=open").await?;
    browser.read("main", "open").await?;
    sign_out(browser).await
}
