//! Agents that many workspaces have: each takes some of the list, from another place on.

use super::Work;

#[rustfmt::skip]
const NAMES: [(&str, Work); 36] = [
    ("Help desk", Work::Chat), ("Invoice reader", Work::Documents), ("Mail router", Work::Router),
    ("Anomaly watch", Work::Watch), ("Market research", Work::Research), ("Night report", Work::Nightly),
    ("Contract summaries", Work::Documents), ("Sales assistant", Work::Chat), ("Quota watch", Work::Watch),
    ("Call router", Work::Router), ("Data clean-up", Work::Nightly), ("Policy answers", Work::Chat),
    ("Form reader", Work::Documents), ("Competitor research", Work::Research), ("Stock watch", Work::Watch),
    ("Lead router", Work::Router), ("Translation desk", Work::Documents), ("Staff assistant", Work::Chat),
    ("Archive sorter", Work::Nightly), ("Status watch", Work::Watch), ("Travel desk", Work::Chat),
    ("Receipt reader", Work::Documents), ("Tender research", Work::Research), ("Task router", Work::Router),
    ("Meeting notes", Work::Documents), ("Complaint desk", Work::Chat), ("Cost watch", Work::Watch),
    ("Month-end close", Work::Nightly), ("Knowledge search", Work::Chat), ("Label writer", Work::Documents),
    ("Alert router", Work::Router), ("Patent research", Work::Research), ("Uptime watch", Work::Watch),
    ("Onboarding guide", Work::Chat), ("Claims reader", Work::Documents), ("Backup audit", Work::Nightly),
];

/// So many agents for the workspace of a number.
pub(crate) fn common(workspace: usize, count: usize) -> Vec<(&'static str, Work)> {
    let first = workspace * 5;
    (first..first + count)
        .map(|index| NAMES[index % NAMES.len()])
        .collect()
}
