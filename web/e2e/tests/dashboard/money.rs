//! Credits and revenue, and the palette that leads to them.

use anyhow::{Result, ensure};
use thirtyfour::Key;

use crate::{accessible::accessible, browser::Browser, sign_in, sign_out};

const SHORTCUT: &str = "document.dispatchEvent(new KeyboardEvent('keydown', \
    { key: 'k', ctrlKey: true, bubbles: true, cancelable: true }));";

pub(crate) async fn is_looked_at(browser: &Browser) -> Result<()> {
    sign_in(browser, "executive@demo").await?;
    browser.see(".metric__value").await?;
    the_palette_leads_anywhere(browser).await?;
    credits_are_accounted_for(browser).await?;
    waste_is_followed_to_who_is_hit(browser).await?;
    revenue_is_followed_to_who_moved(browser).await?;
    sign_out(browser).await?;
    sign_in(browser, "owner@demo").await?;
    browser.see(".metric__value").await?;
    browser.open("/revenue").await?;
    browser.read("main", "not yours to see").await?;
    accessible(browser).await?;
    sign_out(browser).await
}

async fn the_palette_leads_anywhere(browser: &Browser) -> Result<()> {
    browser.script(SHORTCUT).await?;
    browser.see(".palette__field").await?;
    accessible(browser).await?;
    browser.keep("palette").await?;
    browser.press(Key::Escape).await?;
    browser.lose(".palette__field").await?;
    browser.script(SHORTCUT).await?;
    browser.type_into(".palette__field", "cred").await?;
    browser
        .read(".palette__option[aria-selected=true]", "Credits")
        .await?;
    browser.press(Key::Enter).await?;
    browser.arrive("/credits").await?;
    browser.lose(".palette__field").await
}

async fn credits_are_accounted_for(browser: &Browser) -> Result<()> {
    browser.see("[data-metric=balance]").await?;
    for panel in [
        "How the balance came about",
        "Books and executions agree",
        "Credits by agent",
        "Credits by model",
        "Ledger",
    ] {
        browser.read("main", panel).await?;
    }
    Ok(())
}

/// Which agent wastes most, why, since when, and who is hit: each is a link away from the one before.
async fn waste_is_followed_to_who_is_hit(browser: &Browser) -> Result<()> {
    browser.click("[data-metric=wasted] .link").await?;
    browser.arrive("/agents?sort=wasted_credits").await?;
    browser.see("tr[data-row]").await?;
    browser.click("tr[data-row] .data__name .link").await?;
    browser.arrive("/agents/").await?;
    browser
        .click("[data-metric=wasted_credits] .metric__value .link")
        .await?;
    browser.arrive("/errors?").await?;
    browser.click("tr[data-row] .data__name .link").await?;
    browser.arrive("/errors/").await?;
    browser.read(".page__head", "first seen").await?;
    browser.see("[data-metric=users] .metric__value").await?;
    browser.read("main", "Agents and versions").await?;
    browser.read("main", "Executions").await
}

async fn revenue_is_followed_to_who_moved(browser: &Browser) -> Result<()> {
    browser.open("/revenue?range=90d").await?;
    browser.see("[data-metric=mrr]").await?;
    browser.click(".legs li:last-child .link").await?;
    browser.arrive("movement=churn").await?;
    browser.lose(".is-outdated").await?;
    let kinds = browser.texts(".data tbody td:nth-child(3)").await?;
    ensure!(
        !kinds.is_empty() && kinds.iter().all(|kind| kind == "Churn"),
        "those who left: {kinds:?}"
    );
    browser.type_into("input[name=margin]", "80\n").await?;
    browser.arrive("margin=80").await
}
