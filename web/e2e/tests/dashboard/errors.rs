//! Errors: which there are, one of them, and saying that somebody looks after it.

use anyhow::{Result, ensure};

use crate::{browser::Browser, sign_in, sign_out};

pub(crate) async fn are_looked_after(browser: &Browser) -> Result<()> {
    sign_in(browser, "engineer@demo").await?;
    browser.see(".metric__value").await?;
    browser.click(".nav__link[href^='/errors']").await?;
    browser.see("tr[data-row]").await?;
    let all = browser.texts("tr[data-row] .data__name .link").await?;
    ensure!(all.len() > 1, "the demo has errors: {all:?}");
    browser.click("tr[data-row] .data__name .link").await?;
    browser.arrive("/errors/").await?;
    browser.read("h1", &all[0]).await?;
    for panel in [
        "Latest message",
        "Errors over time",
        "Agents and versions",
        "Models hit",
        "Executions",
    ] {
        browser.read("main", panel).await?;
    }
    one_is_acknowledged(browser).await?;
    sign_out(browser).await
}

async fn one_is_acknowledged(browser: &Browser) -> Result<()> {
    browser
        .click("button[popovertarget=say-acknowledged]")
        .await?;
    browser
        .type_into("input[name=note-acknowledged]", "on it")
        .await?;
    browser.click("#say-acknowledged .button--primary").await?;
    browser.read(".page__head .badges", "Acknowledged").await?;
    // With who said it, and why.
    browser.read("main", "acknowledged by").await?;
    browser.read("main", "on it").await?;
    browser.lose("button[popovertarget=say-acknowledged]").await
}
