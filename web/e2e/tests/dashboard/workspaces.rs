//! Workspaces side by side, one of them, leaderboards and comparisons.

use anyhow::{Result, ensure};

use crate::accessible::accessible;
use crate::browser::Browser;
use crate::{choose_theme, sign_in, sign_out, stays_in_the_window};

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
    looks_right(browser, "workspaces").await?;
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
    looks_right(browser, "workspace").await
}

async fn places_are_ranked(browser: &Browser) -> Result<()> {
    browser.open("/leaderboards").await?;
    browser.see("tr[data-row] .link").await?;
    looks_right(browser, "leaderboards").await?;
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
    browser.open("/compare").await?;
    browser.read("main", "Choose two or more").await?;
    for _ in 0..2 {
        browser
            .click("select[name=with] option:nth-child(2)")
            .await?;
    }
    browser.see("#compared-title").await?;
    browser.read("main", "Success rate").await?;
    looks_right(browser, "compare").await?;
    browser.open("/compare?only=periods").await?;
    browser.read("main", "Previous year").await?;
    browser.see("main table .number").await?;
    Ok(())
}

/// In both themes, on a desk and on a phone.
async fn looks_right(browser: &Browser, page: &str) -> Result<()> {
    for (theme, name) in [("Dark", "dark"), ("Light", "light")] {
        choose_theme(browser, theme).await?;
        for (width, wide) in [(1440, "wide"), (390, "narrow")] {
            browser.size(width, 2600).await?;
            browser.picture(&format!("{page}-{name}-{wide}")).await?;
            accessible(browser).await?;
            stays_in_the_window(browser).await?;
        }
        browser.size(1440, 1000).await?;
    }
    Ok(())
}
