//! Workspaces side by side, one of them, leaderboards and comparisons.

use anyhow::{Result, ensure};

use crate::{browser::Browser, sign_in, sign_out};

pub(crate) async fn are_compared(browser: &Browser) -> Result<()> {
    sign_in(browser, "executive@demo").await?;
    the_board_leads_to_one(browser).await?;
    places_are_ranked(browser).await?;
    agents_are_put_side_by_side(browser).await?;
    sign_out(browser).await
}

async fn the_board_leads_to_one(browser: &Browser) -> Result<()> {
    browser.open("/workspaces").await?;
    browser.see("tr[data-row]").await?;
    let all = browser.texts("tr[data-row] .data__name .link").await?;
    ensure!(all.len() > 1, "the demo has workspaces: {all:?}");
    for text in ["Health", "Per month", "Credits left"] {
        browser.read("main thead", text).await?;
    }
    browser
        .type_into("input[name=search]", &format!("{}\n", all[0]))
        .await?;
    browser.arrive("search=").await?;
    browser.click("tr[data-row] .data__name .link").await?;
    browser.arrive("/workspaces/").await?;
    for panel in [
        "How it stands",
        "Engagement",
        "Members",
        "Health over time",
        "Per month",
    ] {
        browser.read("main", panel).await?;
    }
    browser
        .see(".nav__link[aria-current=page][href^='/workspaces']")
        .await?;
    Ok(())
}

async fn places_are_ranked(browser: &Browser) -> Result<()> {
    browser.open("/leaderboards").await?;
    browser.see("tr[data-row] .link").await?;
    browser
        .open("/leaderboards?only=users&sort=credits")
        .await?;
    browser.read("main", "Users by credits").await?;
    browser.see("tr[data-row]").await?;
    browser.open("/leaderboards?only=workspaces").await?;
    browser.click("tr[data-row] .link").await?;
    browser.arrive("/workspaces/").await
}

async fn agents_are_put_side_by_side(browser: &Browser) -> Result<()> {
    // The two busiest, before anybody chooses; then a third.
    browser.open("/compare").await?;
    browser.see("#compared-title").await?;
    browser.read("main", "Success rate").await?;
    browser
        .click("select[name=with] option:nth-child(2)")
        .await?;
    browser.arrive("with=").await?;
    browser
        .see("button[aria-label^='Leave out']:nth-of-type(3)")
        .await?;
    browser.see("#compared-title").await?;
    // One alone is compared with nothing.
    for left in [3, 2] {
        browser.click("button[aria-label^='Leave out']").await?;
        let gone = format!("button[aria-label^='Leave out']:nth-of-type({left})");
        browser.lose(&gone).await?;
    }
    browser.read("main", "Choose two or more").await?;
    browser.open("/compare?only=periods").await?;
    browser.read("main", "Previous year").await?;
    browser.see("main table .number").await?;
    Ok(())
}
