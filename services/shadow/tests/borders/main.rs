//! Which crate may know which, held over `cargo metadata`, and what only one crate may name, held over the sources.

mod pages;
mod scopes;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use scopes::SYSTEM_SCOPES;

/// A crate of this workspace, the crates of this workspace that it may use, and those that only its tests may use
/// (`shadow-local` beside them: everybody's tests may start servers).
type Row = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

/// What the crates of services see of each other.
const SERVICE: &[&str] = &[
    "shadow-domain",
    "shadow-proto",
    "shadow-auth",
    "shadow-runtime",
    "shadow-storage",
    "shadow-query",
    "shadow-rpc",
];

const ALL: &[&str] = &[
    "shadow-auth",
    "shadow-client",
    "shadow-demo",
    "shadow-domain",
    "shadow-gateway",
    "shadow-jobs",
    "shadow-local",
    "shadow-metrics",
    "shadow-proto",
    "shadow-query",
    "shadow-rpc",
    "shadow-runtime",
    "shadow-storage",
    "shadow-streaming",
];

#[rustfmt::skip]
const TABLE: [Row; 20] = [
    ("shadow-domain", &[], &[]),
    ("shadow-proto", &[], &[]),
    ("shadow-auth", &[], &["shadow-proto"]),
    ("shadow-runtime", &[], &[]),
    ("shadow-local", &[], &[]),
    ("shadow-storage", &["shadow-domain", "shadow-auth"], &[]),
    ("shadow-query", &["shadow-domain", "shadow-storage", "shadow-auth"], &[]),
    ("shadow-rpc", &["shadow-domain", "shadow-auth", "shadow-storage", "shadow-proto", "shadow-runtime"], &[]),
    ("shadow-metrics", SERVICE, &[]),
    ("shadow-streaming", SERVICE, &[]),
    ("shadow-jobs", &["shadow-domain", "shadow-auth", "shadow-storage", "shadow-query", "shadow-runtime"], &[]),
    ("shadow-client", &["shadow-proto"], &[]),
    ("shadow-demo", &["shadow-domain", "shadow-proto", "shadow-client"], &[]),
    ("shadow-gateway", &["shadow-auth", "shadow-runtime"], &["shadow-proto"]),
    ("shadow-web", &["shadow-domain", "shadow-proto"], &[]),
    ("shadow-web-builder", &[], &[]),
    ("shadow-web-e2e", &["shadow-client"], &["shadow-client", "shadow-proto"]),
    ("shadow", ALL, &[]),
    ("shadow-bench", ALL, &[]),
    ("shadow-chaos", ALL, &[]),
];

/// Outside crates that few may use, with those few. Tests may use what they like.
const OUTSIDE: [(&[&str], &[&str]); 5] = [
    (
        &[
            "diesel",
            "diesel-async",
            "diesel_migrations",
            "bb8",
            "bb8-redis",
            "redis",
        ],
        &["shadow-storage"],
    ),
    (
        &["tokio-postgres"],
        &[
            "shadow-bench",
            // It looks whether anything is left of who was erased, wherever that may be.
            "shadow-chaos",
            "shadow-storage",
            "shadow-local",
        ],
    ),
    (
        &["prost", "prost-types"],
        &[
            "shadow-proto",
            "shadow-rpc",
            "shadow-metrics",
            "shadow-streaming",
            "shadow-client",
            "shadow-demo",
            "shadow",
            "shadow-bench",
            "shadow-chaos",
            "shadow-web",
        ],
    ),
    // The bench signs as an identity provider does.
    (&["jsonwebtoken"], &["shadow-auth", "shadow-bench"]),
    (&["charming", "yew"], &["shadow-web"]),
];

/// Crates that are functions of their arguments, and what would let them be more.
const PURE: [&str; 2] = ["shadow-domain", "shadow-auth"];
const IMPURE: [&str; 9] = [
    "tokio", "tonic", "hyper", "axum", "tracing", "metrics", "rand", "reqwest", "moka",
];

#[test]
fn crates_use_only_crates_that_they_may_know() {
    let metadata = metadata();
    let table: BTreeMap<_, _> = TABLE
        .iter()
        .map(|(name, uses, tests)| (*name, (*uses, *tests)))
        .collect();
    let members: BTreeSet<_> = names(&metadata);
    assert_eq!(members, table.keys().copied().collect());

    for package in metadata.workspace_packages() {
        let (uses, tests) = table[package.name.as_str()];
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            if !members.contains(name) {
                continue;
            }
            let in_tests = dependency.kind == DependencyKind::Development;
            let allowed = uses.contains(&name)
                || (in_tests && (tests.contains(&name) || name == "shadow-local"));
            assert!(allowed, "{} must not know {name}", package.name);
        }
    }
}

#[test]
fn the_outside_world_has_its_doors() {
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        let outside = outside(package);
        for (guarded, allowed) in OUTSIDE {
            for name in guarded {
                assert!(
                    !outside.contains(name) || allowed.contains(&package.name.as_str()),
                    "{} must not know {name}",
                    package.name
                );
            }
        }
        if PURE.contains(&package.name.as_str()) {
            for name in IMPURE {
                assert!(
                    !outside.contains(name),
                    "{} is pure: no {name}",
                    package.name
                );
            }
        }
    }
}

#[test]
fn the_domain_reads_no_clock_and_no_environment() {
    let root = root();
    for (path, text) in sources(&root.join("services/domain/src"), "rs") {
        for name in [
            "Utc::now",
            "Local::now",
            "SystemTime",
            "Instant::now",
            "std::env",
        ] {
            assert!(!text.contains(name), "{} names {name}", path.display());
        }
    }
}

#[test]
fn protobuf_is_named_only_at_the_doors() {
    let doors = [
        "proto",
        "services/rpc",
        "services/client",
        "services/demo",
        "services/metrics",
        "services/streaming",
        "services/shadow",
        "services/bench",
        "services/chaos",
        "web",
    ];
    for (path, text) in production() {
        let named = text.contains("shadow_proto") || text.contains("shadow_client::proto");
        assert!(
            !named || doors.iter().any(|door| path.starts_with(door)),
            "{} names a protobuf type",
            path.display()
        );
    }
}

#[test]
fn only_storage_names_a_table() {
    let tables = tables();
    assert!(
        tables.contains("execution") && tables.contains("partial_page"),
        "{tables:?}"
    );
    // What the API calls so is a word of everybody's, also where a table has that name too.
    let events = root().join("proto/shadow/streaming/v1/event.proto");
    let events = fs::read_to_string(events).expect("the events");
    let is_an_event = |name: &str| events.contains(&format!(" {name} = "));
    for (path, text) in production() {
        // The baselines of the bench are plain SQL by intention.
        if path.starts_with("services/storage") || path.starts_with("services/bench") {
            continue;
        }
        for table in &tables {
            let qualified = text.contains(&format!("analytics.{table}"));
            let compound = table.contains('_')
                && !is_an_event(table)
                && text.contains(&format!("\"{table}\""));
            assert!(!qualified && !compound, "{} names {table}", path.display());
        }
    }
}

#[test]
fn whoever_acts_for_no_person_is_listed() {
    const CALL: &str = "Scope::system(";
    let mut callers = Vec::new();
    for (path, text) in production() {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for argument in code.split(CALL).skip(1) {
            let reason = argument.split('"').nth(1).unwrap_or_default();
            let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
            callers.push((path.display().to_string(), reason));
        }
    }
    callers.sort();
    let callers: Vec<_> = callers
        .iter()
        .map(|(path, reason)| (path.as_str(), reason.as_str()))
        .collect();
    assert_eq!(callers, SYSTEM_SCOPES);
}

/// The feature that lets the program be wrong by intention, and the variable that chooses how.
const BROKEN: (&str, &str) = ("chaos-broken", "SHADOW_CHAOS_BROKEN");

#[test]
fn nothing_that_is_shipped_can_be_broken() {
    let (broken, variable) = BROKEN;
    let metadata = metadata();
    let mut have_it = BTreeSet::new();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        for (feature, enables) in &package.features {
            if feature == broken {
                have_it.insert(name);
                continue;
            }
            let on = enables.iter().any(|enabled| enabled.contains(broken));
            assert!(!on, "{name} is broken by its feature {feature}");
        }
        for dependency in &package.dependencies {
            let on = dependency
                .features
                .iter()
                .any(|enabled| enabled.contains(broken));
            assert!(!on, "{name} breaks {}", dependency.name);
        }
    }
    assert_eq!(have_it, BTreeSet::from(["shadow-chaos", "shadow-storage"]));

    // The program that this very build made does not know the variable.
    let source = root().join("services/storage/src/broken.rs");
    let source = fs::read_to_string(source).expect("the rules that can be broken");
    assert!(source.contains(variable), "the variable has another name");
    let program = fs::read(env!("CARGO_BIN_EXE_shadow")).expect("the program");
    let knows = program
        .windows(variable.len())
        .any(|bytes| bytes == variable.as_bytes());
    assert!(!knows, "the program can be broken");
}

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::canonicalize(root).expect("the workspace's folder")
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .expect("cargo metadata")
}

fn names(metadata: &Metadata) -> BTreeSet<&str> {
    let packages = metadata.workspace_packages();
    packages
        .iter()
        .map(|package| package.name.as_str())
        .collect()
}

/// What a package uses outside of its tests.
fn outside(package: &Package) -> BTreeSet<&str> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Development)
        .map(|dependency| dependency.name.as_str())
        .collect()
}

/// Every Rust and SQL file that is part of a program, by its path from the root.
fn production() -> Vec<(PathBuf, String)> {
    let root = root();
    let mut found = Vec::new();
    for package in metadata().workspace_packages() {
        let folder = package
            .manifest_path
            .parent()
            .expect("a folder")
            .join("src");
        for extension in ["rs", "sql"] {
            for (path, text) in sources(folder.as_std_path(), extension) {
                let path = path.strip_prefix(&root).expect("a path below the root");
                found.push((path.to_owned(), text));
            }
        }
    }
    assert!(found.len() > 50, "the sources are not where they should be");
    found
}

fn sources(folder: &Path, extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        // Tests beside the code are not part of a program.
        let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
        if is_test {
            continue;
        }
        if path.is_dir() {
            found.extend(sources(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            let text = fs::read_to_string(&path).expect("a text");
            found.push((path, text));
        }
    }
    found
}

/// The tables that the migrations create.
fn tables() -> BTreeSet<String> {
    sources(&root().join("migrations"), "sql")
        .into_iter()
        .flat_map(|(_, text)| {
            text.split("CREATE TABLE ")
                .skip(1)
                .filter_map(|rest| {
                    rest.trim_start_matches("IF NOT EXISTS ")
                        .split([' ', '\n', '('])
                        .next()
                })
                .map(|name| name.trim_start_matches("analytics.").to_owned())
                .collect::<Vec<_>>()
        })
        .collect()
}
