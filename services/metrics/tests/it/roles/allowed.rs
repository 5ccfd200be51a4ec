//! Who may call what.

/// Who may call what; without a token nobody may.
pub(super) const ALLOWED: &[(&str, &[&str])] = &[
    ("shadow.metrics.v1.MetricsService/Compare", VIEWERS),
    (
        "shadow.metrics.v1.MetricsService/DescribeCatalogue",
        EVERYBODY,
    ),
    ("shadow.metrics.v1.MetricsService/GetAgent", VIEWERS),
    ("shadow.metrics.v1.MetricsService/GetCredits", VIEWERS),
    ("shadow.metrics.v1.MetricsService/GetDataHealth", VIEWERS),
    ("shadow.metrics.v1.MetricsService/GetErrorGroup", VIEWERS),
    ("shadow.metrics.v1.MetricsService/GetExecution", VIEWERS),
    (
        "shadow.metrics.v1.MetricsService/GetExecutive",
        &["owner", "admin", "executive"],
    ),
    ("shadow.metrics.v1.MetricsService/GetLeaderboard", VIEWERS),
    ("shadow.metrics.v1.MetricsService/GetPaths", VIEWERS),
    ("shadow.metrics.v1.MetricsService/GetRetention", VIEWERS),
    // An owner may see the money of its workspace, and is told that this is not enough once it asks for something.
    (
        "shadow.metrics.v1.MetricsService/GetRevenue",
        &["owner", "executive"],
    ),
    ("shadow.metrics.v1.MetricsService/GetThroughput", VIEWERS),
    ("shadow.metrics.v1.MetricsService/GetUser", VIEWERS),
    ("shadow.metrics.v1.MetricsService/GetViewer", EVERYBODY),
    ("shadow.metrics.v1.MetricsService/GetWorkspace", VIEWERS),
    ("shadow.metrics.v1.MetricsService/ListAgents", VIEWERS),
    ("shadow.metrics.v1.MetricsService/ListErrorGroups", VIEWERS),
    ("shadow.metrics.v1.MetricsService/ListExecutions", VIEWERS),
    (
        "shadow.metrics.v1.MetricsService/ListMovements",
        &["owner", "executive"],
    ),
    (
        "shadow.metrics.v1.MetricsService/ListOpenExecutions",
        VIEWERS,
    ),
    ("shadow.metrics.v1.MetricsService/ListUsers", VIEWERS),
    ("shadow.metrics.v1.MetricsService/ListWorkspaces", EVERYBODY),
    ("shadow.metrics.v1.MetricsService/Query", VIEWERS),
    (
        "shadow.metrics.v1.MetricsService/SetErrorGroupState",
        &["owner", "admin", "engineer"],
    ),
    (
        "shadow.streaming.v1.StreamingService/ListRefusals",
        &["engineer"],
    ),
    (
        "shadow.streaming.v1.StreamingService/Publish",
        &["engineer"],
    ),
    (
        "shadow.streaming.v1.StreamingService/PublishBatch",
        &["engineer"],
    ),
    (
        "shadow.streaming.v1.StreamingService/Watch",
        &["owner", "admin", "member", "executive", "engineer"],
    ),
];
pub(super) const VIEWERS: &[&str] = &[
    "owner",
    "admin",
    "member",
    "viewer",
    "executive",
    "engineer",
];
pub(super) const EVERYBODY: &[&str] = &[
    "owner",
    "admin",
    "member",
    "viewer",
    "executive",
    "engineer",
    "stranger",
];
