//! What axe finds on a page: the rules of WCAG 2.2 AA that a program can check.

use std::path::Path;

use anyhow::{Context, Result, ensure};

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
