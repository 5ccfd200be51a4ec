use shadow_proto::metrics::v1::Key;

use super::*;

fn integer(integer: i64) -> Option<Value> {
    Some(Value {
        number: Some(Number::Integer(integer)),
    })
}

/// An agent with so many runs, of which so many completed and the rest failed, now and before.
fn group(name: &str, runs: [i64; 2], completed: [i64; 2]) -> Group {
    let values = |metric: &str| match metric {
        "executions" => runs.map(integer),
        "completed" => completed.map(integer),
        "failed" => [0, 1].map(|at| integer(runs[at] - completed[at])),
        "success_rate" => [0, 1].map(|at| {
            let share = completed[at] as f64 / runs[at] as f64;
            Some(Value {
                number: (runs[at] > 0).then_some(Number::Real(share)),
            })
        }),
        _ => [integer(0), integer(0)],
    };
    let series = |metric: &&str| {
        let [total, previous_total] = values(metric);
        Series {
            metric: (*metric).to_owned(),
            total,
            previous_total,
            ..Series::default()
        }
    };
    Group {
        keys: vec![Key {
            id: Some(format!("id-{name}")),
            label: name.to_owned(),
            workspace_id: "w".to_owned(),
            ..Key::default()
        }],
        series: METRICS.iter().map(series).collect(),
        other_groups: 0,
    }
}

fn board() -> Board {
    let other = Group {
        other_groups: 3,
        ..Group::default()
    };
    Board::from(proto::Result {
        groups: vec![
            group("Sure", [100, 0], [97, 0]),
            group("lucky", [1, 100], [1, 97]),
            group("Bad", [50, 50], [5, 5]),
            group("gone", [0, 10], [0, 10]),
            other,
        ],
        ..proto::Result::default()
    })
}

fn search(order: &str) -> Search {
    Search {
        contains: String::new(),
        min_executions: 0,
        order: Order::parse(order).unwrap(),
        reversed: false,
        after: None,
        page_size: 10,
    }
}

fn names(search: &Search) -> Vec<String> {
    let page = board().page(search);
    page.agents.into_iter().map(|agent| agent.name).collect()
}

#[test]
fn who_ran_once_and_completed_stands_behind_who_ran_often() {
    let page = board().page(&search(""));
    let ranks: Vec<_> = page
        .agents
        .iter()
        .map(|agent| (agent.name.as_str(), agent.rank, agent.previous_rank))
        .collect();
    assert_eq!(
        ranks,
        [
            ("Sure", Some(1), None),
            ("lucky", Some(2), Some(1)),
            ("Bad", Some(3), Some(3)),
            ("gone", None, Some(2)),
        ]
    );
    let lucky = page.agents[1].success_interval.unwrap();
    assert_eq!(format!("{:.3} {:.3}", lucky.low, lucky.high), "0.207 1.000");
    assert_eq!((page.matching_agents, page.left_out_agents), (4, 3));
}

#[test]
fn absent_values_come_last_either_way() {
    let mut search = search("success_rate");
    assert_eq!(names(&search), ["lucky", "Sure", "Bad", "gone"]);
    search.reversed = true;
    assert_eq!(names(&search), ["Bad", "Sure", "lucky", "gone"]);
}

#[test]
fn ranks_are_of_all_whatever_is_searched_for() {
    let mut search = search("name");
    assert_eq!(names(&search), ["Bad", "gone", "lucky", "Sure"]);
    search.contains = "bad".to_owned();
    let page = board().page(&search);
    assert_eq!((page.agents[0].rank, page.matching_agents), (Some(3), 1));
    search.contains = "id-".to_owned();
    search.min_executions = 2;
    assert_eq!(names(&search), ["Bad", "Sure"]);
}

#[test]
fn pages_hold_each_agent_once_in_any_order() {
    for order in ["", "name"].into_iter().chain(METRICS) {
        for reversed in [false, true] {
            let mut search = search(order);
            search.reversed = reversed;
            let all = names(&search);
            search.page_size = 1;
            let mut found = Vec::new();
            loop {
                let page = board().page(&search);
                found.extend(page.agents.into_iter().map(|agent| agent.name));
                if page.next_page_token.is_empty() {
                    break;
                }
                let token = &page.next_page_token;
                search.after = After::parse(token, search.order, reversed);
                assert!(search.after.is_some(), "{order}");
                assert_eq!(After::parse(token, search.order, !reversed), None);
                let other = Order::parse(if order == "name" { "cost" } else { "name" }).unwrap();
                assert_eq!(After::parse(token, other, reversed), None);
            }
            assert_eq!(found, all, "{order}, reversed: {reversed}");
        }
    }
}

#[test]
fn only_what_is_answered_can_be_ordered_by() {
    assert_eq!(Order::parse("dau"), None);
    assert_eq!(Order::parse("cost"), Some(Order::Metric(12)));
}
