//! The one table of RPC × permission. An RPC that is not in it is refused.

use crate::Permission;

/// What a caller needs before an RPC is run at all. The service then asks [`Viewer::scope`](crate::Viewer::scope) for
/// the workspaces of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Anybody, without a token.
    Public,
    /// Anybody with a valid token.
    Authenticated,
    /// A caller who has the permission in at least one workspace.
    Needs(Permission),
}

const RULES: &[(&str, Rule)] = &[
    ("/grpc.health.v1.Health/Check", Rule::Public),
    ("/grpc.health.v1.Health/Watch", Rule::Public),
    (
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        Rule::Public,
    ),
    (
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        Rule::Public,
    ),
    (
        "/shadow.metrics.v1.MetricsService/Compare",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/DescribeCatalogue",
        Rule::Authenticated,
    ),
    (
        "/shadow.metrics.v1.MetricsService/GetAgent",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/GetCredits",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/GetDataHealth",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/GetErrorGroup",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/GetExecution",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/GetExecutive",
        Rule::Needs(Permission::ViewExecutive),
    ),
    (
        "/shadow.metrics.v1.MetricsService/GetLeaderboard",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/GetPaths",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/GetRetention",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/GetRevenue",
        Rule::Needs(Permission::ViewFinancial),
    ),
    (
        "/shadow.metrics.v1.MetricsService/GetThroughput",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/GetUser",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/GetViewer",
        Rule::Authenticated,
    ),
    (
        "/shadow.metrics.v1.MetricsService/GetWorkspace",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/ListAgents",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/ListErrorGroups",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/ListExecutions",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/ListMovements",
        Rule::Needs(Permission::ViewFinancial),
    ),
    (
        "/shadow.metrics.v1.MetricsService/ListOpenExecutions",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/ListUsers",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/ListWorkspaces",
        Rule::Authenticated,
    ),
    (
        "/shadow.metrics.v1.MetricsService/Query",
        Rule::Needs(Permission::ViewAnalytics),
    ),
    (
        "/shadow.metrics.v1.MetricsService/SetErrorGroupState",
        Rule::Needs(Permission::ManageErrors),
    ),
    (
        "/shadow.streaming.v1.StreamingService/ListRefusals",
        Rule::Needs(Permission::PublishEvents),
    ),
    (
        "/shadow.streaming.v1.StreamingService/Publish",
        Rule::Needs(Permission::PublishEvents),
    ),
    (
        "/shadow.streaming.v1.StreamingService/PublishBatch",
        Rule::Needs(Permission::PublishEvents),
    ),
    (
        "/shadow.streaming.v1.StreamingService/Watch",
        Rule::Needs(Permission::WatchEvents),
    ),
];

/// The rule of an RPC by its path, such as `/shadow.metrics.v1.MetricsService/Query`.
pub fn rule(path: &str) -> Option<Rule> {
    RULES
        .iter()
        .find(|(known, _)| *known == path)
        .map(|(_, rule)| *rule)
}

/// The path of every RPC in the table.
pub fn paths() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|(path, _)| *path)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_path_is_there_once() {
        assert_eq!(paths().collect::<BTreeSet<_>>().len(), RULES.len());
    }

    #[test]
    fn only_health_and_reflection_are_public() {
        for path in paths() {
            let infrastructure =
                path.starts_with("/grpc.health.") || path.starts_with("/grpc.reflection.");
            assert_eq!(rule(path) == Some(Rule::Public), infrastructure, "{path}");
        }
    }

    #[test]
    fn a_path_must_match_whole() {
        assert_eq!(rule("/shadow.metrics.v1.MetricsService/query"), None);
        assert_eq!(rule("/shadow.metrics.v1.MetricsService/Query/"), None);
        assert_eq!(rule(""), None);
    }
}
