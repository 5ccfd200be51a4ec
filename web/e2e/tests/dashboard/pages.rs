//! Every page as every role, wide and narrow, light and dark: nothing is shifted after it was drawn, nothing scrolls
//! sideways, and axe finds nothing.

use anyhow::{Context, Result, ensure};

use crate::{
    Person,
    accessible::{Checked, accessible_unless_checked},
    browser::Browser,
    sign_in, sign_out, stays_in_the_window,
};

/// A page: what a picture of it is called, and its address.
type Page = (&'static str, &'static str);

/// Pages, each with the one that a link on it leads to: the picture of that, and how its address begins.
const PAGES: [(Page, Option<Page>); 18] = [
    (("executive", "/executive"), None),
    (
        ("workspaces", "/workspaces"),
        Some(("workspace", "/workspaces/")),
    ),
    (("agents", "/agents?range=90d"), Some(("agent", "/agents/"))),
    (("cohorts", "/users/cohorts?range=90d"), None),
    (("users", "/users"), Some(("user", "/users/"))),
    (("leaderboards", "/leaderboards"), None),
    (("compare", "/compare"), None),
    (("live", "/executions?tab=live"), None),
    (("executions-overview", "/executions?tab=overview"), None),
    (("executions-open", "/executions?tab=open"), None),
    (
        ("executions-list", "/executions?tab=list"),
        Some(("execution", "/executions/")),
    ),
    (("errors", "/errors"), Some(("error", "/errors/"))),
    (("credits", "/credits"), None),
    (("revenue", "/revenue?range=90d"), None),
    (("data-health", "/data-health"), None),
    (("components", COMPONENTS), None),
    (("not-found", "/nowhere"), None),
    (("start", "/"), None),
];

/// Where everything is in every state, failures included.
const COMPONENTS: &str = "/components";

/// Whose pages are kept as pictures: who sees everything.
const PICTURED: &str = "executive@demo";

/// How much of the page may be shifted, as the browser measures it: 0.1 is what it calls good.
const MAX_SHIFT: f64 = 0.1;

/// Everything that is wrong anywhere is told at once.
pub(crate) async fn look_right_to(
    people: &[Person],
    address: &str,
    checked: &Checked,
) -> Result<()> {
    let mut browser = Browser::start(address).await?;
    let mut wrong = Vec::new();
    for &(user, ..) in people {
        sign_in(&browser, user).await?;
        browser.see(".metric__value").await?;
        for ((name, path), leads) in PAGES {
            let mut look = async |name: &str, path: &str| -> Result<()> {
                let picture = (user == PICTURED).then_some(name);
                let found = looks_right(&browser, path, picture, checked).await;
                let found = found.with_context(|| format!("{path} as {user}"))?;
                wrong.extend(
                    found
                        .into_iter()
                        .map(|one| format!("{path} as {user}: {one}")),
                );
                Ok(())
            };
            look(name, path).await?;
            let Some((name, beginning)) = leads else {
                continue;
            };
            let one = first_link(&browser, beginning)
                .await?
                .with_context(|| format!("{path} as {user} leads to {beginning}"))?;
            look(name, &one).await?;
        }
        browser.listen().await?;
        sign_out(&browser).await?;
    }
    wrong.extend(browser.quit().await?);
    ensure!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

/// What is wrong with a page, in words. It is loaded wide and loaded narrow, and looked at in both themes each time; they
/// take turns, so that each load but the first has the theme of the look before it. A picture is kept of all four.
async fn looks_right(
    browser: &Browser,
    path: &str,
    picture: Option<&str>,
    checked: &Checked,
) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for (width, wide, themes) in [
        (1440, "wide", ["light", "dark"]),
        (390, "narrow", ["dark", "light"]),
    ] {
        browser.size(width, 1000).await?;
        browser.open(path).await?;
        browser.see("main h1").await?;
        browser.drawn().await?;
        let told = |one| format!("{wide}: {one}");
        wrong.extend(shifted(browser).await?.map(told));
        if path != COMPONENTS && browser.has("main .notice--error").await? {
            let notice = browser.text("main .notice--error").await?;
            wrong.push(told(format!("it fails: {notice}")));
        }
        browser.size(width, 2600).await?;
        for theme in themes {
            change_theme(browser, theme).await?;
            browser.drawn().await?;
            if let Some(page) = picture {
                browser.keep(&format!("{page}-{theme}-{wide}")).await?;
            }
            for found in [
                accessible_unless_checked(browser, checked).await,
                stays_in_the_window(browser).await,
            ] {
                let told = |error| format!("{theme}, {wide}: {error:#}");
                wrong.extend(found.err().map(told));
            }
        }
    }
    Ok(wrong)
}

/// Chooses a theme where a person does, but without opening the menu: whether that opens is looked at elsewhere. Colours
/// that move from one theme to the other are looked at where they end.
async fn change_theme(browser: &Browser, theme: &str) -> Result<()> {
    let choice = if theme == "dark" { 3 } else { 2 };
    let script = format!(
        "document.querySelector('#menu-user .segments__item:nth-child({choice})').click();
        document.getAnimations().filter(one => one.effect.getComputedTiming().endTime !== Infinity).forEach(one => one.finish());
        return document.documentElement.dataset.theme;"
    );
    let now = browser.script(&script).await?;
    ensure!(now == theme, "the theme is {now}, not {theme}");
    Ok(())
}

/// The address of the first link on a page to one of what it lists.
async fn first_link(browser: &Browser, beginning: &str) -> Result<Option<String>> {
    let script = format!(
        "return [...document.querySelectorAll('main a[href^=\"{beginning}\"]')].map(one => one.getAttribute('href'))
            .find(to => to !== '{beginning}' && !to.startsWith('/users/cohorts')) ?? null"
    );
    Ok(browser.script(&script).await?.as_str().map(str::to_owned))
}

/// What was seen and did not stay where it was while the rest of the page came.
async fn shifted(browser: &Browser) -> Result<Option<String>> {
    const ASK: &str = "
        const done = arguments[arguments.length - 1];
        const shifts = [];
        new PerformanceObserver(list => shifts.push(...list.getEntries()))
            .observe({ type: 'layout-shift', buffered: true });
        setTimeout(() => {
            const own = shifts.filter(one => !one.hadRecentInput);
            done({
                sum: own.reduce((sum, one) => sum + one.value, 0),
                what: own.flatMap(one => one.sources).map(one => `${one.node?.nodeName} ${one.node?.className}`),
            });
        }, 50);";
    let shifted = browser.ask(ASK).await?;
    let sum = shifted["sum"].as_f64().context("shifts are measured")?;
    Ok((sum > MAX_SHIFT).then(|| format!("shifted by {sum:.3}: {}", shifted["what"])))
}
