use serde_json::{Value, json};

use super::*;

fn figure(open: bool, unit: Unit) -> Figure {
    let names = (21..24)
        .map(|day| (format!("{day} Nov"), format!("{day} November")))
        .collect();
    Figure { names, open, unit }
}

fn curve(values: Vec<Option<f64>>, previous: Vec<Option<f64>>) -> Curve {
    Curve {
        name: "Rate".to_owned(),
        token: "data-1",
        values,
        previous,
        filled: false,
    }
}

fn series(chart: &Chart) -> Vec<Value> {
    serde_json::to_value(chart).unwrap()["series"]
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn an_absent_value_is_a_gap_and_no_zero() {
    let chart = curves(
        &figure(false, Unit::Ratio),
        &[curve(vec![Some(0.5), None, Some(0.7)], Vec::new())],
    );
    let series = series(&chart);
    assert_eq!(series.len(), 1);
    assert_eq!(series[0]["data"], json!([0.5, null, 0.7]));
    assert_eq!(series[0]["connectNulls"], json!(false));
    assert_eq!(
        series[0]["showSymbol"],
        json!(true),
        "values between gaps are seen"
    );
}

#[test]
fn what_is_not_over_is_dashed() {
    let chart = curves(
        &figure(true, Unit::Ratio),
        &[curve(vec![Some(1.0), Some(2.0), Some(3.0)], Vec::new())],
    );
    let series = series(&chart);
    assert_eq!(series[0]["data"], json!([1.0, 2.0, null]));
    assert_eq!(series[1]["data"], json!([null, 2.0, 3.0]));
    assert_eq!(series[1]["lineStyle"]["type"], "dashed");
}

#[test]
fn a_compared_period_of_another_length_is_cut_or_filled_with_gaps() {
    let values = vec![Some(1.0), Some(2.0), Some(3.0)];
    for previous in [vec![Some(9.0)], vec![Some(9.0); 5]] {
        let chart = curves(
            &figure(false, Unit::Count),
            &[curve(values.clone(), previous)],
        );
        let series = series(&chart);
        assert_eq!(series[0]["name"], "Rate before");
        assert_eq!(series[0]["data"].as_array().unwrap().len(), 3);
    }
}

#[test]
fn bars_are_stacked_and_the_one_that_is_not_over_is_pale() {
    let stack = |name: &str| Bars {
        name: name.to_owned(),
        token: "data-1",
        values: vec![Some(1.0), Some(2.0), Some(3.0)],
    };
    let chart = bars(
        &figure(true, Unit::Count),
        &[stack("Completed"), stack("Failed")],
    );
    let series = series(&chart);
    assert_eq!(series.len(), 2);
    for one in &series {
        assert_eq!(one["stack"], "all");
        assert_eq!(one["data"][1], 2.0);
        assert_eq!(one["data"][2]["value"], 3.0);
        assert_eq!(one["data"][2]["itemStyle"]["borderType"], "dashed");
    }
}

#[test]
fn a_step_stands_on_what_nobody_sees() {
    let step = |from, to| Step {
        from,
        to,
        token: "data-good",
    };
    let steps = [step(0.0, 220.0), step(220.0, 280.0), step(280.0, 265.0)];
    let chart = waterfall(&figure(false, Unit::MoneyMicro), &steps);
    let series = series(&chart);
    assert_eq!(series[0]["data"], json!([0.0, 220.0, 265.0]));
    assert_eq!(series[0]["itemStyle"]["opacity"], json!(0.0));
    let heights: Vec<_> = (0..3)
        .map(|at| series[1]["data"][at]["value"].clone())
        .collect();
    assert_eq!(heights, [json!(220.0), json!(60.0), json!(15.0)]);
    assert_eq!(series[0]["stack"], series[1]["stack"]);
}

#[test]
fn colours_and_formats_are_named_not_given() {
    let chart = bars(&figure(false, Unit::Tokens), &[]);
    let option = serde_json::to_value(&chart).unwrap();
    assert_eq!(option["yAxis"]["axisLabel"]["formatter"], "format:tokens");
    assert_eq!(
        option["yAxis"]["splitLine"]["lineStyle"]["color"],
        "var(--line)"
    );
    assert_eq!(option["tooltip"]["formatter"], "format:tooltip:tokens");
    assert_eq!(option["xAxis"]["data"][0], "21 Nov\u{1f}21 November");
}

#[test]
fn a_rate_is_read_closely_and_never_beyond_all() {
    let rate = |highest| {
        let lines = [curve(vec![Some(0.9), Some(highest)], Vec::new())];
        serde_json::to_value(curves(&figure(false, Unit::Ratio), &lines)).unwrap()["yAxis"].clone()
    };
    assert_eq!(rate(0.99)["max"], 1.0);
    assert_eq!(rate(0.99)["scale"], true);
    assert_eq!(rate(0.92)["max"], Value::Null);
}
