//! The dashboard in Chromium, over the real product with its demo: who sees what, what moves, what is live.

mod accessible;
mod agents;
mod browser;
mod data_health;
mod errors;
mod executions;
mod live;
mod money;
mod pages;
mod publish;
mod stack;
mod users;
mod workspaces;

use anyhow::{Context, Result, ensure};
use thirtyfour::Key;

use accessible::{Checked, accessible};
use browser::Browser;
use stack::Stack;

/// Who may sign in, where they begin, and what their navigation has.
type Person = (&'static str, &'static str, &'static [&'static str]);

const PEOPLE: [Person; 6] = [
    (
        "owner@demo",
        "/executive",
        &[
            "Executive",
            "Workspaces",
            "Agents",
            "Users",
            "Leaderboards",
            "Compare",
            "Executions",
            "Errors",
            "Credits",
            "Data health",
        ],
    ),
    (
        "admin@demo",
        "/executive",
        &[
            "Executive",
            "Workspaces",
            "Agents",
            "Users",
            "Leaderboards",
            "Compare",
            "Executions",
            "Errors",
            "Credits",
            "Data health",
        ],
    ),
    (
        "member@demo",
        "/workspaces/",
        &[
            "Workspaces",
            "Agents",
            "Users",
            "Leaderboards",
            "Compare",
            "Executions",
            "Errors",
            "Credits",
            "Data health",
        ],
    ),
    (
        "viewer@demo",
        "/workspaces/",
        &[
            "Workspaces",
            "Agents",
            "Users",
            "Leaderboards",
            "Compare",
            "Executions",
            "Errors",
            "Credits",
            "Data health",
        ],
    ),
    (
        "executive@demo",
        "/executive",
        &[
            "Executive",
            "Workspaces",
            "Agents",
            "Users",
            "Leaderboards",
            "Compare",
            "Executions",
            "Errors",
            "Credits",
            "Revenue",
            "Data health",
        ],
    ),
    (
        "engineer@demo",
        "/workspaces/",
        &[
            "Workspaces",
            "Agents",
            "Users",
            "Leaderboards",
            "Compare",
            "Executions",
            "Errors",
            "Credits",
            "Data health",
        ],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_person_looks_around() -> Result<()> {
    let mut stack = Stack::start()?;
    let mut browser = Browser::start(stack.address()).await?;
    // Three browsers at once: one walks through the pages, the others look at each of them.
    let (some, others) = PEOPLE.split_at(3);
    let checked = Checked::default();
    tokio::try_join!(
        walks_through(&mut browser, &stack),
        pages::look_right_to(some, stack.address(), &checked),
        pages::look_right_to(others, stack.address(), &checked),
    )?;
    live::looks_on(&mut browser, &mut stack)
        .await
        .context("live")?;
    let complaints = browser.quit().await?;
    ensure!(
        complaints.is_empty(),
        "the browser complained: {complaints:#?}"
    );
    Ok(())
}

async fn walks_through(browser: &mut Browser, stack: &Stack) -> Result<()> {
    each_role_sees_what_it_may(browser).await.context("roles")?;
    a_link_shows_the_same_view(browser).await.context("links")?;
    workspace_and_range_are_switched(browser)
        .await
        .context("workspace and range")?;
    numbers_are_explained_and_tabled(browser)
        .await
        .context("explanations")?;
    an_ended_session_is_come_back_from(browser)
        .await
        .context("session")?;
    agents::are_compared(browser).await.context("agents")?;
    users::are_told_apart(browser).await.context("users")?;
    money::is_looked_at(browser).await.context("money")?;
    workspaces::are_compared(browser)
        .await
        .context("workspaces")?;
    data_health::is_told(browser).await.context("data health")?;
    executions::are_told(browser).await.context("executions")?;
    errors::are_looked_after(browser).await.context("errors")?;
    a_token_signs_in(browser, stack).await.context("token")
}

async fn each_role_sees_what_it_may(browser: &mut Browser) -> Result<()> {
    browser.open("/").await?;
    browser.arrive("/login").await?;
    browser.see("button.person").await?;
    browser.picture("login").await?;
    accessible(browser).await?;
    for (user, begins, navigation) in PEOPLE {
        sign_in(browser, user)
            .await
            .with_context(|| user.to_owned())?;
        browser.arrive(begins).await?;
        browser.see(".metric__value").await?;
        let entries = browser.texts(".nav__link").await?;
        ensure!(entries == navigation, "{user} sees {entries:?}");
        browser
            .picture(&format!("begin-{}", user.trim_end_matches("@demo")))
            .await?;
        if user == "viewer@demo" {
            // It may look at what was, not watch what is.
            browser.open("/executions?tab=live").await?;
            browser.read("main", "not yours to see").await?;
            accessible(browser).await?;
        }
        browser.listen().await?;
        sign_out(browser).await.with_context(|| user.to_owned())?;
    }
    Ok(())
}

async fn a_link_shows_the_same_view(browser: &Browser) -> Result<()> {
    let link = "/executive?range=7d&zone=Asia/Kolkata&compare=year";
    browser.open(link).await?;
    browser.arrive("/login?next=").await?;
    browser
        .click("button.person[data-user='executive@demo']")
        .await?;
    browser.arrive(link).await?;
    browser.see(".metric__value").await?;
    browser
        .read("button[popovertarget=menu-range]", "Last 7 days")
        .await?;
    browser.read(".metric__against", "vs last year").await
}

async fn workspace_and_range_are_switched(browser: &Browser) -> Result<()> {
    browser.open("/executive").await?;
    browser.see(".metric__value").await?;
    let everywhere = executions(browser).await?;
    let scope = browser.text(".page__scope").await?;
    ensure!(scope == "All workspaces", "begins with {scope}");
    browser
        .click("button[popovertarget=menu-workspace]")
        .await?;
    let names = browser.texts("#menu-workspace .menu__item").await?;
    let second = names
        .get(2)
        .context("the demo has several workspaces")?
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned();
    browser.type_into("#menu-workspace input", &second).await?;
    browser
        .click("#menu-workspace .menu__list .menu__item:last-child")
        .await?;
    browser.arrive("workspace=").await?;
    browser.read(".page__scope", &second).await?;
    until_changed(browser, &everywhere)
        .await
        .context("one workspace has fewer executions than all")?;
    let month = executions(browser).await?;
    browser.choose("menu-range", "Last 90 days").await?;
    browser.arrive("range=90d").await?;
    until_changed(browser, &month)
        .await
        .context("90 days have more executions than 30")?;
    let ninety = executions(browser).await?;
    browser.reload().await?;
    browser.see(".metric__value").await?;
    let again = executions(browser).await?;
    ensure!(again == ninety, "after a reload {again}, before {ninety}");
    browser.choose("menu-compare", "No comparison").await?;
    browser.arrive("compare=off").await?;
    browser.lose(".metric__against").await?;
    Ok(())
}

async fn numbers_are_explained_and_tabled(browser: &Browser) -> Result<()> {
    browser.open("/executive").await?;
    browser.click("[data-metric=success_rate] .help").await?;
    browser.see("#help-success_rate:popover-open").await?;
    let explained = browser.text("#help-success_rate").await?;
    ensure!(
        explained.contains("version") && explained.contains("As of"),
        "the explanation has {explained}"
    );
    browser.picture("help").await?;
    browser.click("h1").await?;
    browser.click(".chart--large .button--quiet").await?;
    browser.see(".chart--large table tbody tr").await?;
    ensure!(
        browser
            .text(".chart--large table")
            .await?
            .contains("so far"),
        "the day is not over"
    );
    browser.click(".chart--large .button--quiet").await?;
    browser.see(".chart--large canvas").await?;
    Ok(())
}

/// The page is as wide as the window, whatever is on it.
pub(crate) async fn stays_in_the_window(browser: &Browser) -> Result<()> {
    let beyond = browser
        .script(
            "const wide = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= wide) return [];
            return [...document.querySelectorAll('body *')]
                .filter((one) => one.getBoundingClientRect().right > wide && !one.closest('.table-scroll, nav'))
                .map((one) => `${one.tagName} ${one.className}`)
                .concat('the page');",
        )
        .await?;
    ensure!(
        beyond.as_array().is_some_and(Vec::is_empty),
        "these scroll sideways: {beyond}"
    );
    Ok(())
}

pub(crate) async fn choose_theme(browser: &Browser, theme: &str) -> Result<()> {
    browser.click("button[popovertarget=menu-user]").await?;
    let choice = if theme == "Dark" { 3 } else { 2 };
    browser
        .click(&format!("#menu-user .segments__item:nth-child({choice})"))
        .await?;
    browser.press(Key::Escape).await
}

async fn an_ended_session_is_come_back_from(browser: &Browser) -> Result<()> {
    browser.open("/executive?range=7d").await?;
    browser.see(".metric__value").await?;
    browser.forget_session().await?;
    browser.choose("menu-range", "Last 90 days").await?;
    browser.arrive("/login?next=").await?;
    browser.read("main", "Your session has ended").await?;
    browser
        .click("button.person[data-user='executive@demo']")
        .await?;
    browser.arrive("/executive?range=90d").await?;
    browser.see(".metric__value").await?;
    sign_out(browser).await
}

async fn a_token_signs_in(browser: &Browser, stack: &Stack) -> Result<()> {
    browser
        .type_into("input[name=token]", &stack.token("engineer@demo")?)
        .await?;
    browser.click(".login__form button[type=submit]").await?;
    browser.arrive("/workspaces/").await?;
    browser.see(".metric__value").await?;
    sign_out(browser).await
}

pub(crate) async fn sign_in(browser: &Browser, user: &str) -> Result<()> {
    browser.open("/").await?;
    browser
        .click(&format!("button.person[data-user='{user}']"))
        .await
}

pub(crate) async fn sign_out(browser: &Browser) -> Result<()> {
    browser.choose("menu-user", "Sign out").await?;
    browser.see("button.person").await?;
    let here = browser.here().await?;
    ensure!(here == "/login", "after signing out I am at {here}");
    Ok(())
}

async fn executions(browser: &Browser) -> Result<String> {
    browser
        .text("[data-metric=executions] .metric__value")
        .await
}

async fn until_changed(browser: &Browser, before: &str) -> Result<()> {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while executions(browser).await? == before {
        ensure!(std::time::Instant::now() < end, "still {before}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    Ok(())
}
