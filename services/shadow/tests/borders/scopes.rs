//! Those who act for no person.

/// Where somebody acts for no person, and in which words. A new one is a decision: who checked the permission?
pub(crate) const SYSTEM_SCOPES: &[(&str, &str)] = &[
    ("services/chaos/src/check.rs", "checks after faults"),
    (
        "services/shadow/src/commands/erasure.rs",
        "erasures for the operator",
    ),
    (
        "services/shadow/src/commands/key.rs",
        "workspaces of a service key",
    ),
    (
        "services/shadow/src/commands/workspace.rs",
        "workspaces for the operator",
    ),
    ("services/storage/src/backlog.rs", "measuring what waits"),
    (
        "services/storage/src/broken.rs",
        "committing partials apart from their facts",
    ),
    (
        "services/storage/src/broken.rs",
        "numbering the feed too early",
    ),
    ("services/storage/src/compaction/audit.rs", "auditing pages"),
    (
        "services/storage/src/compaction/audit.rs",
        "choosing pages to audit",
    ),
    (
        "services/storage/src/compaction/audit.rs",
        "trimming audits",
    ),
    ("services/storage/src/compaction/compact.rs", "compaction"),
    (
        "services/storage/src/compaction/compact.rs",
        "finding what to compact",
    ),
    (
        "services/storage/src/compaction/rebuild.rs",
        "rebuilding pages",
    ),
    (
        "services/storage/src/data_health/checks.rs",
        "checking identities",
    ),
    ("services/storage/src/directory/keys.rs", "service keys"),
    (
        "services/storage/src/directory/read.rs",
        "roles of a viewer",
    ),
    (
        "services/storage/src/directory/write.rs",
        "keeping the directory",
    ),
    ("services/storage/src/erasure/erased.rs", "erased people"),
    ("services/storage/src/erasure/job.rs", "erasing people"),
    (
        "services/storage/src/error_group/name.rs",
        "naming groups of errors",
    ),
    (
        "services/storage/src/feed/lease.rs",
        "feed: appended once for all replicas",
    ),
    ("services/storage/src/feed/read.rs", "position of the feed"),
    ("services/storage/src/feed/relay.rs", "numbering the feed"),
    ("services/storage/src/feed/relay.rs", "trimming the feed"),
    (
        "services/storage/src/feed/tallies.rs",
        "live counters, which each watch reads within a scope of its own",
    ),
    (
        "services/storage/src/ordinals.rs",
        "numbers of agents and users of stored facts",
    ),
    (
        "services/storage/src/ordinals.rs",
        "ordinals of agents and users",
    ),
    (
        "services/storage/src/platform/check.rs",
        "checking days of the platform",
    ),
    (
        "services/storage/src/platform/fold.rs",
        "finding days of the platform to merge",
    ),
    (
        "services/storage/src/platform/fold.rs",
        "merging a day of the platform",
    ),
    (
        "services/storage/src/refusals/mod.rs",
        "counting refused events",
    ),
    (
        "services/storage/src/refusals/mod.rs",
        "trimming counts of refused events",
    ),
    (
        "services/storage/src/retention/drop.rs",
        "dropping executions that are no longer kept",
    ),
    (
        "services/storage/src/retention/mod.rs",
        "deleting activities that are no longer kept",
    ),
    (
        "services/storage/src/retention/mod.rs",
        "finding days to audit before facts go",
    ),
    (
        "services/storage/src/retention/steps.rs",
        "deleting steps that are no longer kept",
    ),
    (
        "services/storage/src/summaries/check.rs",
        "checking summaries",
    ),
    (
        "services/storage/src/summaries/make.rs",
        "finding days to sum up",
    ),
    ("services/storage/src/summaries/make.rs", "summing up a day"),
    (
        "services/storage/src/summaries/trim.rs",
        "deleting summaries that are no longer kept",
    ),
    (
        "services/streaming/src/feed/tailer.rs",
        "feed: read once for all watches, each of which has a scope of its own",
    ),
    (
        "services/streaming/src/pipeline/facts.rs",
        "publish: permission was checked event by event",
    ),
    (
        "services/streaming/src/pipeline/writer.rs",
        "publish: permission was checked event by event",
    ),
];
