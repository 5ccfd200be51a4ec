//! The board of agents: sorted, searched, its columns chosen, its rows taken away.

use anyhow::{Result, ensure};

use crate::{browser::Browser, sign_in, sign_out};

const NAMES: &str = ".data tbody th";

pub(crate) async fn are_compared(browser: &Browser) -> Result<()> {
    sign_in(browser, "executive@demo").await?;
    browser.see(".metric__value").await?;
    browser.open("/agents").await?;
    browser.see(".data tbody tr").await?;
    let by_rank = browser.texts(NAMES).await?;
    ensure!(by_rank.len() > 5, "the demo has agents: {by_rank:?}");
    ensure!(
        browser
            .text(".data tbody td:nth-child(3)")
            .await?
            .starts_with('1'),
        "the first is the first"
    );
    sorts(browser, &by_rank).await?;
    one_is_described(browser).await?;
    sign_out(browser).await
}

async fn sorts(browser: &Browser, by_rank: &[String]) -> Result<()> {
    browser
        .click(".data thead th:first-child .data__sort")
        .await?;
    browser.arrive("sort=name").await?;
    browser
        .see(".data th[aria-sort=ascending]:first-child")
        .await?;
    browser.lose(".is-outdated").await?;
    let by_name = browser.texts(NAMES).await?;
    let lower: Vec<String> = by_name.iter().map(|name| name.to_lowercase()).collect();
    ensure!(lower.is_sorted(), "names from A to Z: {by_name:?}");
    let first = by_rank[0].clone();
    browser.type_into("input[name=search]", &first).await?;
    browser.press(thirtyfour::Key::Enter).await?;
    browser.arrive("search=").await?;
    browser.lose(".is-outdated").await?;
    let found = browser.texts(NAMES).await?;
    ensure!(
        found.iter().all(|name| name.contains(&first)) && !found.is_empty(),
        "searched for {first}, found {found:?}"
    );
    browser
        .click("button[popovertarget=menu-columns-agents]")
        .await?;
    browser
        .click("#menu-columns-agents input[name=cost]")
        .await?;
    browser.arrive("hide=cost").await?;
    browser.lose("#help-agents-cost").await?;
    let file = browser
        .script("return document.querySelector('a[download]').href")
        .await?;
    let file = file.as_str().unwrap_or_default();
    ensure!(
        file.starts_with("data:text/csv") && !file.contains("%2CProvider%20cost%2C"),
        "the file has what is shown: {file}"
    );
    Ok(())
}

/// From the busiest agents of the executive page to one of them.
async fn one_is_described(browser: &Browser) -> Result<()> {
    browser.open("/executive").await?;
    browser.click(".top__name .link").await?;
    browser.arrive("/agents/").await?;
    for panel in [
        "Versions",
        "Errors by kind",
        "Models",
        "Durations",
        "Hours of the week",
    ] {
        browser.read("main", panel).await?;
    }
    browser
        .see("[data-metric=success_rate] .metric__value")
        .await?;
    browser.see(".week__hour--5").await?;
    browser
        .see(".nav__link[aria-current=page][href^='/agents']")
        .await?;
    browser.open("/agents/nobody").await?;
    browser.read("main", "Which workspace").await
}
