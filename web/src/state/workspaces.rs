//! Workspaces side by side, and one of them: what is asked for, and what is read in the answer.

use shadow_proto::metrics::v1::{
    GetWorkspaceRequest, HealthBand, ListWorkspacesRequest, WorkspaceCounts, WorkspaceHealth,
    WorkspaceList, WorkspaceSubscription,
};

use super::{
    list::List,
    query::{self, Question},
};
use crate::format;

/// How many workspaces a page has.
pub const PAGE_SIZE: u32 = 50;
/// The order of the board where none is chosen.
pub const NAME: &str = "name";

/// Lists of workspaces to look at: the word in the address, and what a person reads.
pub const LISTS: [(WorkspaceList, &str, &str); 3] = [
    (WorkspaceList::Slipping, "slipping", "Slipping"),
    (WorkspaceList::Zombie, "zombie", "Zombie"),
    (
        WorkspaceList::ReadyToExpand,
        "ready_to_expand",
        "Ready to expand",
    ),
];

/// Bands of health, the best first.
pub const BANDS: [(HealthBand, &str, &str); 4] = [
    (HealthBand::Healthy, "healthy", "Healthy"),
    (HealthBand::Fair, "fair", "Fair"),
    (HealthBand::Weak, "weak", "Weak"),
    (HealthBand::Critical, "critical", "Critical"),
];

/// Asks for a page of the board.
pub fn request(question: &Question, list: &List) -> ListWorkspacesRequest {
    let only = list.only.as_deref();
    let lists = LISTS.iter().filter(|(_, word, _)| only == Some(word));
    let bands = BANDS.iter().filter(|(_, word, _)| only == Some(word));
    ListWorkspacesRequest {
        range: Some(question.time_range()),
        comparison: query::comparison(question.compare).map(i32::from),
        name_contains: list.contains.clone(),
        order_by: list.sort.clone().unwrap_or_default(),
        reversed: list.reversed,
        lists: lists.map(|(list, ..)| (*list).into()).collect(),
        bands: bands.map(|(band, ..)| (*band).into()).collect(),
        page_size: PAGE_SIZE,
        page_token: list.page.clone().unwrap_or_default(),
        ..ListWorkspacesRequest::default()
    }
}

/// Asks about the question's workspace.
pub fn workspace_request(question: &Question) -> GetWorkspaceRequest {
    GetWorkspaceRequest {
        range: Some(question.time_range()),
        workspace_id: question.workspace.clone().unwrap_or_default(),
        comparison: query::comparison(question.compare).map(i32::from),
        currency: String::new(),
    }
}

/// What the board can be kept to, each with how many workspaces that are: words and what a person reads.
pub fn kinds(counts: &WorkspaceCounts) -> Vec<(&'static str, String)> {
    let of_band = |band: HealthBand| {
        let found = counts.bands.iter().find(|one| one.band() == band);
        found.map_or(0, |one| one.workspaces)
    };
    let of_list = |list: WorkspaceList| {
        let found = counts.lists.iter().find(|one| one.list() == list);
        found.map_or(0, |one| one.workspaces)
    };
    let lists = LISTS
        .iter()
        .map(|(list, word, name)| (*word, format!("{name} ({})", of_list(*list))));
    let bands = BANDS
        .iter()
        .map(|(band, word, name)| (*word, format!("{name} ({})", of_band(*band))));
    lists.chain(bands).collect()
}

/// What a band is called.
pub fn band_name(band: HealthBand) -> &'static str {
    let found = BANDS.iter().find(|(one, ..)| *one == band);
    found.map_or(format::ABSENT, |(_, _, name)| name)
}

/// What a list is called.
pub fn list_name(list: WorkspaceList) -> &'static str {
    let found = LISTS.iter().find(|(one, ..)| *one == list);
    found.map_or(format::ABSENT, |(_, _, name)| name)
}

/// A score as it is read: cut, so that what is under the edge of a band does not read as if it had reached it.
pub fn score(health: Option<&WorkspaceHealth>) -> Option<String> {
    let score = health?.score?.floor();
    Some(format!("{score:.0}"))
}

/// The components of a health: what they are called, what they mean, their weight in percent, and their values.
pub fn components(health: &WorkspaceHealth) -> [(&'static str, &'static str, u32, Option<f64>); 4] {
    [
        (
            "Activity",
            "members active in 7 days ÷ members",
            30,
            health.activity,
        ),
        (
            "Engagement",
            "mean active days of active members in 28 days ÷ 20, at most 1",
            30,
            health.engagement,
        ),
        (
            "Efficiency",
            "1 − wasted ÷ consumed credits of 28 days",
            20,
            health.efficiency,
        ),
        (
            "Reliability",
            "success rate of 28 days",
            20,
            health.reliability,
        ),
    ]
}

/// What subscriptions amount to per month, each currency by itself; absent where nothing is paid.
pub fn monthly(subscriptions: &[WorkspaceSubscription]) -> Option<String> {
    let mut sums: Vec<(&str, i64)> = Vec::new();
    for money in subscriptions.iter().filter_map(|one| one.monthly.as_ref()) {
        match sums
            .iter_mut()
            .find(|(currency, _)| *currency == money.currency)
        {
            Some((_, sum)) => *sum += money.micros,
            None => sums.push((&money.currency, money.micros)),
        }
    }
    let amounts: Vec<String> = sums
        .iter()
        .filter(|(_, micros)| *micros > 0)
        .map(|(currency, micros)| format::amount(currency, *micros as f64))
        .collect();
    (!amounts.is_empty()).then(|| amounts.join(" + "))
}

/// What people call a subscription's plan; its id where it has no name.
pub fn plan_name(subscription: &WorkspaceSubscription) -> &str {
    let name = subscription.plan_name.as_deref();
    name.unwrap_or(&subscription.plan_id)
}

/// What a subscription is to, of how much, and how it stands.
pub fn plan(subscription: &WorkspaceSubscription) -> String {
    format!(
        "{} × {} · {}",
        plan_name(subscription),
        format::count(subscription.quantity.into()),
        subscription.status.replace('_', " ")
    )
}

/// How long credits last, in words.
pub fn runway(days: f64) -> String {
    match days {
        days if days < 1.0 => "under a day".to_owned(),
        days if days < 1.5 => "1 day".to_owned(),
        days if days < 1_000.0 => format!("{days:.0} days"),
        days => format!("{:.0} years", days / 365.0),
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::{
        common::v1::Money,
        metrics::v1::{BandCount, ListCount},
    };

    use super::*;
    use crate::state::view::Compare;

    fn question() -> Question {
        Question {
            workspace: Some("w1".to_owned()),
            range: shadow_domain::time::Range {
                start: "2026-11-01T00:00:00Z".parse().unwrap(),
                end: "2026-11-24T00:00:00Z".parse().unwrap(),
            },
            zone: "Asia/Kolkata".to_owned(),
            compare: Compare::Previous,
        }
    }

    #[test]
    fn the_address_is_asked_for() {
        let list = List {
            only: Some("zombie".to_owned()),
            contains: "hal".to_owned(),
            ..List::default().sorted_by("health").sorted_by("health")
        };
        let asked = request(&question(), &list);
        assert_eq!(asked.lists, [i32::from(WorkspaceList::Zombie)]);
        assert!(asked.bands.is_empty() && asked.reversed && asked.range.is_some());
        assert_eq!(
            (asked.order_by.as_str(), asked.name_contains.as_str()),
            ("health", "hal")
        );
        let weak = List {
            only: Some("weak".to_owned()),
            ..List::default()
        };
        let asked = request(&question(), &weak);
        assert_eq!(asked.bands, [i32::from(HealthBand::Weak)]);
        assert!(asked.lists.is_empty());
        assert_eq!(workspace_request(&question()).workspace_id, "w1");
    }

    #[test]
    fn each_kind_says_how_many_it_has() {
        let counts = WorkspaceCounts {
            workspaces: 9,
            bands: vec![BandCount {
                band: HealthBand::Fair.into(),
                workspaces: 4,
            }],
            lists: vec![ListCount {
                list: WorkspaceList::Slipping.into(),
                workspaces: 2,
            }],
        };
        let kinds = kinds(&counts);
        assert_eq!(kinds.len(), 7);
        assert!(kinds.contains(&("fair", "Fair (4)".to_owned())));
        assert!(kinds.contains(&("slipping", "Slipping (2)".to_owned())));
        assert!(kinds.contains(&("zombie", "Zombie (0)".to_owned())));
    }

    #[test]
    fn currencies_are_never_added() {
        let of = |currency: &str, micros| WorkspaceSubscription {
            monthly: Some(Money {
                currency: currency.to_owned(),
                micros,
            }),
            ..WorkspaceSubscription::default()
        };
        let both = [
            of("USD", 10_000_000),
            of("EUR", 5_000_000),
            of("USD", 2_000_000),
        ];
        let text = monthly(&both).unwrap();
        assert!(text.contains(" + ") && text.contains("12"), "{text}");
        assert_eq!(monthly(&[of("USD", 0)]), None);
        assert_eq!(monthly(&[]), None);
    }

    #[test]
    fn runways_are_read_in_days_then_in_years() {
        let read = [0.2, 1.2, 30.4, 2_000.0].map(runway);
        assert_eq!(read, ["under a day", "1 day", "30 days", "5 years"]);
    }
}
