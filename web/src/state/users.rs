//! Users: what is asked for, and what is read in the answer.

use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{
        CohortStart, GetPathsRequest, GetRetentionRequest, GetUserRequest, ListUsersRequest,
        QueryRequest, RetentionMode,
    },
};

use super::{
    cohorts::last_days,
    list::List,
    query::{AUDIENCE, OVERVIEW, Question},
};

/// How many users a page has.
pub const PAGE_SIZE: u32 = 50;
/// The order of the list where none is chosen.
pub const LAST_SEEN: &str = "last_seen";
/// What users do is answered for so many days.
const MOST_DAYS: i64 = 365;

/// Asks for a page of users.
pub fn request(question: &Question, list: &List) -> ListUsersRequest {
    let cut = last_days(question, MOST_DAYS);
    ListUsersRequest {
        range: Some(cut.time_range()),
        workspace_ids: cut.workspace.into_iter().collect(),
        contains: list.contains.clone(),
        order_by: list.sort.clone().unwrap_or_default(),
        reversed: list.reversed,
        page_size: PAGE_SIZE,
        page_token: list.page.clone().unwrap_or_default(),
    }
}

/// Asks about one user.
pub fn user_request(question: &Question, user_id: &str) -> GetUserRequest {
    let cut = last_days(question, MOST_DAYS);
    GetUserRequest {
        range: Some(cut.time_range()),
        workspace_ids: cut.workspace.into_iter().collect(),
        user_id: user_id.to_owned(),
    }
}

/// Asks how many users are active.
pub fn audience_request(question: &Question) -> QueryRequest {
    let mut request = question.request();
    request
        .selections
        .retain(|selection| [OVERVIEW, AUDIENCE].contains(&selection.id.as_str()));
    for selection in &mut request.selections {
        if selection.id == OVERVIEW {
            selection.metrics = ["executions", "active_users"].map(str::to_owned).to_vec();
        }
    }
    request
}

/// Asks who is new and who stays away, by intervals that suit the range.
pub fn lifecycle_request(question: &Question) -> GetRetentionRequest {
    let cut = last_days(question, MOST_DAYS);
    GetRetentionRequest {
        range: Some(cut.time_range()),
        mode: RetentionMode::Exact.into(),
        interval: lifecycle_interval(&cut).into(),
        intervals: 1,
        start: Some(CohortStart::Active.into()),
        workspace_ids: cut.workspace.into_iter().collect(),
        agent_id: String::new(),
    }
}

/// The interval of the lifecycle: what is compared with the one before should not be too short.
pub fn lifecycle_interval(question: &Question) -> Granularity {
    match (question.range.end - question.range.start).num_days() {
        ..32 => Granularity::Day,
        32..200 => Granularity::Week,
        _ => Granularity::Month,
    }
}

/// Asks what people do.
pub fn paths_request(question: &Question) -> GetPathsRequest {
    let cut = last_days(question, MOST_DAYS);
    GetPathsRequest {
        range: Some(cut.time_range()),
        workspace_ids: cut.workspace.into_iter().collect(),
        limit: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::view::Compare;

    fn question(start: &str) -> Question {
        Question {
            workspace: Some("w1".to_owned()),
            range: shadow_domain::time::Range {
                start: start.parse().unwrap(),
                end: "2026-11-24T00:00:00Z".parse().unwrap(),
            },
            zone: "Asia/Kolkata".to_owned(),
            compare: Compare::Previous,
        }
    }

    #[test]
    fn a_page_of_the_list_is_asked_for_as_the_address_has_it() {
        let list = List {
            contains: "ann".to_owned(),
            sort: Some("runs".to_owned()),
            reversed: true,
            page: Some("AQ".to_owned()),
            ..List::default()
        };
        let request = request(&question("2020-01-01T00:00:00Z"), &list);
        assert_eq!(
            (request.contains.as_str(), request.order_by.as_str()),
            ("ann", "runs")
        );
        assert!(request.reversed && request.page_token == "AQ");
        assert_eq!(request.workspace_ids, ["w1"]);
        let range = request.range.unwrap();
        let seconds = range.end.unwrap().seconds - range.start.unwrap().seconds;
        assert_eq!(seconds, 365 * 86_400);
    }

    #[test]
    fn only_what_the_page_shows_is_asked_for() {
        let request = audience_request(&question("2026-11-01T00:00:00Z"));
        let ids: Vec<_> = request
            .selections
            .iter()
            .map(|one| one.id.as_str())
            .collect();
        assert_eq!(ids, [OVERVIEW, AUDIENCE]);
        assert_eq!(
            request.selections[0].metrics,
            ["executions", "active_users"]
        );
    }

    #[test]
    fn intervals_grow_with_the_range() {
        for (start, interval) in [
            ("2026-11-01T00:00:00Z", Granularity::Day),
            ("2026-08-24T00:00:00Z", Granularity::Week),
            ("2025-11-24T00:00:00Z", Granularity::Month),
        ] {
            assert_eq!(lifecycle_interval(&question(start)), interval, "{start}");
        }
    }
}
