//! What axe finds on a page: the rules of WCAG 2.2 AA that a program can check.

use std::{collections::HashSet, path::Path, sync::Mutex};

use anyhow::{Context, Result, anyhow, ensure};

use crate::browser::Browser;

/// Asks axe about the page, in words: the rule, what it wants, where it is broken. The page of components shows each of
/// them in several states, so there two landmarks may have one name. What moves is looked at where it ends: half of the
/// way between two colours is nobody's choice.
const ASK: &str = "
    const done = arguments[arguments.length - 1];
    for (const moving of document.getAnimations()) {
        if (moving.effect.getComputedTiming().endTime !== Infinity) moving.finish();
    }
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const rules = document.querySelector('.specimen') ? { 'landmark-unique': { enabled: false } } : {};
    axe.run(document, { resultTypes: ['violations'], runOnly: { type: 'tag', values: tags }, rules })
        .then(found => done(found.violations.map(rule =>
            `${rule.id}: ${rule.help}: ${rule.nodes.map(node => `${node.target} ${node.any[0]?.message ?? ''}`).join('; ')}`)))
        .catch(problem => done([`axe failed: ${problem}`]));";

/// Nothing on the page breaks a rule.
pub(crate) async fn accessible(browser: &Browser) -> Result<()> {
    if browser.script("return typeof axe").await? != "object" {
        let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../node_modules/axe-core/axe.min.js");
        let axe =
            std::fs::read_to_string(&axe).with_context(|| format!("reading {}", axe.display()))?;
        // A script that is run so has its own scope.
        browser.script(&format!("{axe}; window.axe = axe;")).await?;
    }
    let found = browser.ask(ASK).await?;
    ensure!(
        found == serde_json::json!([]),
        "axe found at {}: {found:#}",
        browser.here().await?
    );
    Ok(())
}

/// What axe found nothing in, so that another role's page that is built alike is not asked about again: much the dearest
/// part of looking at a page.
#[derive(Default)]
pub(crate) struct Checked(Mutex<HashSet<String>>);

/// How a page is built, as a hash: its elements with their attributes, the theme, and the width. Texts are no part of it,
/// nor digits outside of classes and ids: no rule of axe depends on which they are, but on whether there are any.
const BUILT: &str = "
    const done = arguments[arguments.length - 1];
    const page = document.documentElement.outerHTML.replace(/>[^<]*[^<\\s][^<]*</g, '>t<')
        .replace(/ (?!class=|id=)([\\w:-]+)=\"[^\"]*[0-9][^\"]*\"/g, all => all.replace(/[0-9]+/g, '0'));
    crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${innerWidth} ${page}`))
        .then(hash => done([...new Uint8Array(hash)].join('.')));";

/// As [`accessible`], unless a page that is built alike was already asked about.
pub(crate) async fn accessible_unless_checked(browser: &Browser, checked: &Checked) -> Result<()> {
    let built = browser.ask(BUILT).await?;
    let built = built.as_str().context("a hash is a text")?;
    let known = |set: &Checked| -> Result<bool> {
        let set = set.0.lock().map_err(|_| anyhow!("a look failed"))?;
        Ok(set.contains(built))
    };
    if known(checked)? {
        return Ok(());
    }
    accessible(browser).await?;
    let mut set = checked.0.lock().map_err(|_| anyhow!("a look failed"))?;
    set.insert(built.to_owned());
    Ok(())
}
