//! The live page: rows that come by themselves, filters, details, a pause, a tab that is hidden, a server that hangs,
//! stops and comes back.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use thirtyfour::Key;

use crate::{
    accessible::accessible,
    browser::{Browser, PATIENCE},
    choose_theme,
    publish::Producer,
    sign_in, sign_out,
    stack::Stack,
    stays_in_the_window,
};

/// Notes each state that the indicator of the top bar shows from now on, in `window.states`.
const NOTE_STATES: &str = "
    window.states = [];
    const bar = document.querySelector('.header');
    const note = () => {
        const state = bar.querySelector('.live')?.dataset.status;
        if (state && window.states.at(-1) !== state) window.states.push(state);
    };
    new MutationObserver(note).observe(bar, { subtree: true, childList: true, attributes: true });
    note();
    return true;";

/// Looks on while things happen.
pub(crate) async fn looks_on(browser: &mut Browser, stack: &mut Stack) -> Result<()> {
    sign_in(browser, "executive@demo").await?;
    let mut producer = Producer::connect(stack).await?;
    one_stream_serves_the_pages(browser, &mut producer)
        .await
        .context("pages")?;
    rows_come_and_wait(browser, &mut producer)
        .await
        .context("rows")?;
    an_execution_has_details(browser, &mut producer)
        .await
        .context("details")?;
    filters_are_the_servers(browser, &mut producer)
        .await
        .context("filters")?;
    a_hidden_tab_rests(browser, &mut producer)
        .await
        .context("hidden tab")?;
    the_live_page_looks_right(browser).await.context("looks")?;
    browser.listen().await?;
    a_silent_server_makes_it_stale(browser, stack)
        .await
        .context("stale")?;
    a_stopped_server_is_waited_for(browser, stack)
        .await
        .context("reconnecting")?;
    browser.listen_after_an_outage().await?;
    sign_out(browser).await
}

/// From the executive page to the feed the stream goes on: nothing is connected again.
async fn one_stream_serves_the_pages(browser: &Browser, producer: &mut Producer) -> Result<()> {
    browser.open("/executive").await?;
    browser.see(".panel--more .live--live").await?;
    browser.read(".going-on", "started / min").await?;
    let seen = producer.open().await?;
    browser.see(&row(&seen)).await?;
    let down =
        "document.querySelector('.panel--more').scrollIntoView({ block: 'end' }); return true";
    browser.script(down).await?;
    browser.picture("executive-live").await?;
    browser.click(".panel--more .panel__header .link").await?;
    browser.arrive("/executions").await?;
    browser.see(".header .live--live").await?;
    browser.see(&row(&seen)).await?;
    let ended = ended_streams(browser).await?;
    ensure!(ended == 0, "{ended} streams were ended on the way");
    Ok(())
}

async fn rows_come_and_wait(browser: &Browser, producer: &mut Producer) -> Result<()> {
    browser.script("window.looked = true; return true").await?;
    let seen = producer.open().await?;
    browser.see(&row(&seen)).await?;
    browser.picture("executions").await?;
    let open = open_executions(browser).await?;
    ensure!(open > 0, "none is open");

    browser.click(".filters .button").await?;
    let held = producer.open().await?;
    producer.open().await?;
    browser.read(".filters .button", "2 new").await?;
    // The one that was seen may have been counted after the row came; the two that are held back then make two more.
    more_are_open(browser, open + 2)
        .await
        .context("a pause stops the rows, not the counters")?;
    producer.end(&seen).await?;
    browser.read(".filters .button", "3 new").await?;
    ensure!(
        !browser.has(&row(&held)).await?,
        "a pause holds changes back"
    );
    browser.picture("live-paused").await?;
    browser.click(".filters .button").await?;
    browser.see(&row(&held)).await?;
    browser
        .see(&format!("{}[data-status=completed]", row(&seen)))
        .await?;
    ensure!(
        browser.script("return window.looked === true").await? == true,
        "the page was loaded again"
    );

    browser.pick("select[name=status]", "queued").await?;
    browser.arrive("status=queued").await?;
    browser.see(&row(&held)).await?;
    ensure!(
        !browser.has(&row(&seen)).await?,
        "what has completed is not queued"
    );
    producer.end(&held).await?;
    browser
        .lose(&row(&held))
        .await
        .context("what ends is queued no more")?;
    browser.click(".filters .button--quiet").await?;
    browser.see(&row(&held)).await.map(drop)
}

/// What the counter of open executions says.
async fn open_executions(browser: &Browser) -> Result<u64> {
    let shown = browser.text("[data-counter=open] .metric__value").await?;
    let digits = shown.replace(',', "");
    digits
        .parse()
        .with_context(|| format!("{shown:?} is no count"))
}

/// Waits until so many are open.
async fn more_are_open(browser: &Browser, least: u64) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        let open = open_executions(browser).await?;
        if open >= least {
            return Ok(());
        }
        ensure!(Instant::now() < end, "{open} are open, not {least}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn an_execution_has_details(browser: &Browser, producer: &mut Producer) -> Result<()> {
    let (older, newer) = (producer.open().await?, producer.open().await?);
    browser
        .click(&format!("{} .feed__open", row(&newer)))
        .await?;
    browser.arrive(&format!("execution={newer}")).await?;
    browser.read(".sheet", "Queued").await?;
    producer.end(&newer).await?;
    browser.read(".sheet", "e2e-model").await?;
    browser.picture("live-details").await?;
    browser.reload().await?;
    browser
        .read(".sheet", "e2e-model")
        .await
        .context("a link opens the details")?;
    browser.press(Key::Escape).await?;
    browser.lose(".sheet").await?;
    let focused = "return document.activeElement.closest('tr')?.dataset.execution";
    ensure!(
        browser.script(focused).await? == newer.as_str(),
        "the focus is back where it came from"
    );
    browser.press(Key::Down).await?;
    ensure!(
        browser.script(focused).await? == older.as_str(),
        "the key goes down to the row below"
    );
    Ok(())
}

async fn filters_are_the_servers(browser: &Browser, producer: &mut Producer) -> Result<()> {
    let (ended, open) = (producer.open().await?, producer.open().await?);
    producer.end(&ended).await?;
    browser.pick("select[name=model]", "e2e-model").await?;
    browser.arrive("model=e2e-model").await?;
    browser.see(&row(&ended)).await?;
    browser
        .read("[data-counter=kept_ended] .metric__as-of", "of it seen")
        .await
        .context("what the filters keep is counted here")?;
    let models = browser.texts(".feed tbody tr td:nth-child(6)").await?;
    ensure!(
        models.iter().all(|model| model == "e2e-model"),
        "{models:?}"
    );
    // The work took 120 ms.
    browser.pick("select[name=min_duration]", "1").await?;
    browser.read(".panel .notice", "No execution is as").await?;
    ensure!(
        ended_streams(browser).await? != 0,
        "another filter is another stream"
    );
    browser.click(".filters .button--quiet").await?;
    browser.see(&row(&open)).await.map(drop)
}

/// While another tab is looked at, nothing is watched; what happened meanwhile is there when it is looked at again.
async fn a_hidden_tab_rests(browser: &Browser, producer: &mut Producer) -> Result<()> {
    browser.script(NOTE_STATES).await?;
    let mut missed = String::new();
    browser
        .look_away(async {
            missed = producer.open().await?;
            Ok(())
        })
        .await?;
    browser.see(&row(&missed)).await?;
    browser.see(".header .live--live").await?;
    went_through(browser, &["live", "resting", "connecting", "live"]).await
}

async fn the_live_page_looks_right(browser: &Browser) -> Result<()> {
    let newest = browser
        .script("return document.querySelector('.feed tbody tr[data-status=completed]').dataset.execution")
        .await?;
    let newest = newest.as_str().context("a row has its execution")?;
    for (theme, name) in [("Dark", "dark"), ("Light", "light")] {
        choose_theme(browser, theme).await?;
        for (width, wide) in [(1440, "wide"), (390, "narrow")] {
            browser.size(width, 1000).await?;
            browser.see(".feed tbody tr").await?;
            stays_in_the_window(browser).await?;
            browser.picture(&format!("live-{name}-{wide}")).await?;
            accessible(browser).await?;
            browser
                .click(&format!("{} .feed__open", row(newest)))
                .await?;
            browser.see(".sheet__body").await?;
            stays_in_the_window(browser).await?;
            browser.picture(&format!("sheet-{name}-{wide}")).await?;
            accessible(browser).await?;
            browser.press(Key::Escape).await?;
            browser.lose(".sheet").await?;
        }
        browser.size(1440, 1000).await?;
    }
    Ok(())
}

/// A server that hangs keeps its connections: only its silence tells.
async fn a_silent_server_makes_it_stale(browser: &Browser, stack: &Stack) -> Result<()> {
    stack.hang()?;
    browser.see(".header .live--stale").await?;
    browser.read(".header .live", "silent for").await?;
    browser.picture("live-stale").await?;
    stack.go_on()?;
    browser.see(".header .live--live").await.map(drop)
}

async fn a_stopped_server_is_waited_for(browser: &Browser, stack: &mut Stack) -> Result<()> {
    browser.script(NOTE_STATES).await?;
    let before = browser.texts(".feed__id").await?;
    stack.stop()?;
    browser.see(".header .live--reconnecting").await?;
    browser.read(".header .live", "last heard").await?;
    browser.read(".panel .banner", "goes on where it").await?;
    ensure!(
        browser.texts(".feed__id").await? == before,
        "what was seen stays"
    );
    browser.picture("live-reconnecting").await?;
    stack.start_again()?;
    let after = Producer::connect(stack).await?.open().await?;
    browser.see(".header .live--live").await?;
    browser.see(&row(&after)).await?;
    browser.lose(".panel .banner").await?;
    went_through(browser, &["live", "reconnecting", "live"]).await
}

/// The indicator showed these states, one after the other. What comes then is not asked: on a busy machine the first
/// changes may truly be late.
async fn went_through(browser: &Browser, expected: &[&str]) -> Result<()> {
    let states = browser.script("return window.states").await?;
    let states: Vec<_> = states
        .as_array()
        .context("states are noted")?
        .iter()
        .filter_map(|state| state.as_str())
        .collect();
    ensure!(
        states.starts_with(expected),
        "the indicator went through {states:?}"
    );
    Ok(())
}

/// How many streams the page has ended since it was loaded: a stream that is open has no entry yet.
async fn ended_streams(browser: &Browser) -> Result<serde_json::Value> {
    let count = "return performance.getEntriesByType('resource').filter(one => one.name.endsWith('/Watch')).length";
    browser.script(count).await
}

fn row(execution: &str) -> String {
    format!("tr[data-execution='{execution}']")
}
