//! What is measured: the list in the documentation, what a running stack serves, what the sources record, and what the
//! dashboard and the alerts ask for are the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::stack::{Stack, data_folder, shadow};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Kind and meaning of each documented metric.
fn documented() -> BTreeMap<String, (String, String)> {
    let text = fs::read_to_string(Path::new(ROOT).join("services/runtime/README.md")).unwrap();
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `shadow_")?.split(" | ");
        let name = format!("shadow_{}", cells.next()?.trim_end_matches('`'));
        let (kind, _unit) = (cells.next()?.to_owned(), cells.next()?);
        let meaning = cells.next()?.trim_end_matches(" |").to_owned();
        Some((name, (kind, meaning)))
    });
    let rows: Vec<_> = rows.collect();
    let documented: BTreeMap<_, _> = rows.iter().cloned().collect();
    assert_eq!(documented.len(), rows.len(), "one is there twice");
    documented
}

/// The names of metrics in a text, histograms by their own name.
fn named(text: &str, documented: &BTreeMap<String, (String, String)>) -> BTreeSet<String> {
    let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    words
        .filter(|word| word.starts_with("shadow_"))
        .map(|word| {
            let histogram = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|part| word.strip_suffix(part))
                .filter(|name| {
                    documented
                        .get(*name)
                        .is_some_and(|(kind, _)| kind == "histogram")
                });
            histogram.unwrap_or(word).to_owned()
        })
        .collect()
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found
}

#[tokio::test]
async fn a_stack_serves_what_is_documented_and_nothing_else() {
    let data = data_folder();
    let stack = Stack::start(data.path());
    let folder = data.path().to_str().unwrap();
    let calls = data.path().join("calls.csv");
    fs::write(&calls, "at\n2026-01-02T03:04:05Z\n2026-01-02T03:04:06Z\n").unwrap();
    let imported = shadow(&[
        "import",
        "--data",
        folder,
        "--workspace",
        "new:Measured",
        "--file",
        calls.to_str().unwrap(),
        "--source",
        "calls",
        "--map",
        "opened_at=at",
        "--const",
        "agent_id=assistant",
        "--const",
        "trigger=api",
        "--outcome",
        "unknown",
        "--zone",
        "UTC",
    ]);
    assert!(imported.status.success(), "{imported:?}");

    let text = stack.metrics().await;
    let documented = documented();
    let of = |prefix: &str| -> BTreeMap<String, String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(prefix));
        lines
            .map(|line| line.split_once(' ').unwrap())
            .map(|(name, rest)| (name.to_owned(), rest.to_owned()))
            .collect()
    };
    let kinds = |(name, (kind, _)): (&String, &(String, String))| (name.clone(), kind.clone());
    let meanings = |(name, (_, said)): (&String, &(String, String))| (name.clone(), said.clone());
    assert_eq!(of("# TYPE "), documented.iter().map(kinds).collect());
    assert_eq!(of("# HELP "), documented.iter().map(meanings).collect());

    let value = |series: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(series));
        line.unwrap_or_else(|| panic!("{series} is not served"))
            .trim()
            .parse()
            .unwrap()
    };
    assert_eq!(value("shadow_events_total{answer=\"accepted\"}"), 2.0);
    assert!(value("shadow_publish_transaction_executions_sum") >= 2.0);
    assert!(value("shadow_publish_admitted_seconds_count") >= 1.0);
    assert!(value("shadow_database_commit_seconds_count{pool=\"app\"}") >= 1.0);
    assert_eq!(value("shadow_publish_queue_bytes"), 0.0);
    assert_eq!(value("shadow_publish_queue_batches"), 0.0);
    let limit = value("shadow_database_connections_limit{pool=\"app\"}");
    assert!(limit >= value("shadow_database_connections{pool=\"app\",state=\"used\"}"));
    assert!(limit > 0.0);
    assert_eq!(value("shadow_panics_total"), 0.0);
}

#[test]
fn what_the_sources_record_is_documented() {
    let documented = documented();
    let mut recorded = BTreeSet::new();
    for folder in ["services", "gateway/src"] {
        for path in files(&Path::new(ROOT).join(folder), "rs") {
            let text = fs::read_to_string(&path).unwrap();
            if path.components().any(|part| part.as_os_str() == "tests") {
                continue;
            }
            let code = text.split("#[cfg(test)]").next().unwrap();
            for kind in ["counter!(", "gauge!(", "histogram!("] {
                for call in code.split(kind).skip(1) {
                    let name = call.trim_start().strip_prefix('"');
                    let name = name.and_then(|rest| rest.split('"').next());
                    recorded.extend(name.map(str::to_owned));
                }
            }
        }
    }
    let documented: BTreeSet<String> = documented.into_keys().collect();
    assert_eq!(recorded, documented);
}

#[test]
fn the_dashboard_and_the_alerts_ask_for_what_there_is() {
    let documented = documented();
    let deploy = Path::new(ROOT).join("deploy");
    let dashboards = files(&deploy.join("grafana"), "json");
    let rules = files(&deploy.join("prometheus"), "yaml");
    assert!(!dashboards.is_empty() && !rules.is_empty());
    for path in &dashboards {
        let dashboard: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let panels = dashboard["panels"].as_array().unwrap();
        let queries: Vec<&str> = panels
            .iter()
            .filter(|panel| panel["type"] != "row")
            .flat_map(|panel| panel["targets"].as_array().unwrap())
            .map(|target| target["expr"].as_str().unwrap())
            .collect();
        assert!(queries.len() > 10, "{}", path.display());
        for query in queries {
            assert!(!named(query, &documented).is_empty(), "{query}");
        }
    }
    for path in dashboards.iter().chain(&rules) {
        for name in named(&fs::read_to_string(path).unwrap(), &documented) {
            assert!(
                documented.contains_key(&name),
                "{} asks for {name}, which is not measured",
                path.display()
            );
        }
    }
}
