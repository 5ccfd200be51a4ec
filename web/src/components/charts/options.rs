//! What a chart shows, as options of ECharts.
//!
//! Two kinds of text are filled in when a chart is drawn: `var(--name)` becomes the colour of that design token in the
//! theme of the moment, and `format:unit` becomes the function that writes values of that unit. So options are plain
//! values, equal for equal data, and the same in both themes.

use charming::{
    Chart,
    component::{Axis, Grid},
    datatype::{DataPoint, DataPointItem},
    element::{
        AreaStyle, AxisLabel, AxisLine, AxisPointer, AxisPointerType, AxisTick, AxisType,
        BorderType, Emphasis, EmphasisFocus, Formatter, ItemStyle, LineStyle, LineStyleType,
        SplitLine, Symbol, Tooltip, Trigger,
    },
    series::{Bar, Line},
};
use shadow_proto::metrics::v1::Unit;

/// Separates the short name of a bucket, for the axis, from the long one, for the tooltip.
const BETWEEN_NAMES: char = '\u{1f}';

/// What a chart and the table behind it are made of.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figure {
    /// The short and the long name of each bucket.
    pub names: Vec<(String, String)>,
    /// Whether the last bucket is not over.
    pub open: bool,
    /// The unit of every value.
    pub unit: Unit,
}

/// One stack of a chart of bars.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// What it is called.
    pub name: String,
    /// The design token of its colour.
    pub token: &'static str,
    /// By bucket.
    pub values: Vec<Option<f64>>,
}

/// One line of a chart of lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// What it is called.
    pub name: String,
    /// The design token of its colour.
    pub token: &'static str,
    /// By bucket.
    pub values: Vec<Option<f64>>,
    /// By bucket of the compared period; empty where nothing is compared.
    pub previous: Vec<Option<f64>>,
    /// Whether the space under it is filled.
    pub filled: bool,
}

/// What a chart draws over its buckets.
#[derive(Debug, Clone, PartialEq)]
pub enum Plot {
    /// Bars on top of each other.
    Bars(Vec<Bars>),
    /// Lines.
    Curves(Vec<Curve>),
}

/// The options of a chart.
pub fn chart(figure: &Figure, plot: &Plot) -> Chart {
    match plot {
        Plot::Bars(stacks) => bars(figure, stacks),
        Plot::Curves(lines) => curves(figure, lines),
    }
}

/// Bars on top of each other. The bar of a bucket that is not over is pale.
fn bars(figure: &Figure, stacks: &[Bars]) -> Chart {
    let last = figure.names.len().saturating_sub(1);
    stacks
        .iter()
        .fold(frame(figure, AxisPointerType::Shadow), |chart, stack| {
            let colour = variable(stack.token);
            let data: Vec<DataPoint> = stack
                .values
                .iter()
                .enumerate()
                .map(|(at, value)| match figure.open && at == last {
                    true => DataPointItem::new(*value)
                        .item_style(
                            ItemStyle::new()
                                .color(colour.as_str())
                                .opacity(0.45)
                                .border_color(colour.as_str())
                                .border_width(1.0)
                                .border_type(BorderType::Dashed),
                        )
                        .into(),
                    false => DataPoint::from(*value),
                })
                .collect();
            chart.series(
                Bar::new()
                    .name(stack.name.as_str())
                    .stack("all")
                    .bar_width("62%")
                    .item_style(ItemStyle::new().color(colour.as_str()))
                    .emphasis(Emphasis::new().focus(EmphasisFocus::None))
                    .data(data),
            )
        })
}

/// Lines. What is not over is dashed, and the compared period is thin and pale.
fn curves(figure: &Figure, curves: &[Curve]) -> Chart {
    let mut chart = frame(figure, AxisPointerType::Line);
    for curve in curves {
        if !curve.previous.is_empty() {
            let mut previous = curve.previous.clone();
            previous.resize(figure.names.len(), None);
            let name = format!("{} before", curve.name);
            chart = chart.series(
                line(&name, curve.token, &previous)
                    .line_style(
                        LineStyle::new()
                            .color(variable(curve.token))
                            .width(1.5)
                            .opacity(0.5)
                            .type_(LineStyleType::Dotted),
                    )
                    .z(1),
            );
        }
    }
    for curve in curves {
        let (solid, dashed) = split(&curve.values, figure.open);
        let mut solid = line(&curve.name, curve.token, &solid)
            .line_style(LineStyle::new().color(variable(curve.token)).width(2.0));
        if curve.filled {
            solid = solid.area_style(AreaStyle::new().color(variable(curve.token)).opacity(0.08));
        }
        chart = chart.series(solid);
        if let Some(dashed) = dashed {
            let style = LineStyle::new()
                .color(variable(curve.token))
                .width(2.0)
                .type_(LineStyleType::Dashed);
            chart = chart.series(line(&curve.name, curve.token, &dashed).line_style(style));
        }
    }
    chart
}

fn line(name: &str, token: &str, values: &[Option<f64>]) -> Line {
    // A value between two gaps has no line to be seen by.
    let lonely = values.iter().enumerate().any(|(at, value)| {
        let empty = |at: Option<usize>| {
            at.and_then(|at| values.get(at))
                .is_none_or(|value| value.is_none())
        };
        value.is_some() && empty(at.checked_sub(1)) && empty(Some(at + 1))
    });
    Line::new()
        .name(name)
        .symbol(Symbol::Circle)
        .show_symbol(lonely)
        .connect_nulls(false)
        .item_style(ItemStyle::new().color(variable(token)))
        .emphasis(Emphasis::new().disabled(true))
        .data(
            values
                .iter()
                .map(|value| DataPoint::from(*value))
                .collect::<Vec<_>>(),
        )
}

/// The values that are over, and the step into the bucket that is not.
fn split(values: &[Option<f64>], open: bool) -> (Vec<Option<f64>>, Option<Vec<Option<f64>>>) {
    let mut solid = values.to_vec();
    let (Some(last), true) = (values.len().checked_sub(1), open) else {
        return (solid, None);
    };
    if values[last].is_none() {
        return (solid, None);
    }
    solid[last] = None;
    let mut dashed = vec![None; values.len()];
    dashed[last] = values[last];
    if let Some(before) = last.checked_sub(1) {
        dashed[before] = values[before];
    }
    (solid, Some(dashed))
}

fn frame(figure: &Figure, pointer: AxisPointerType) -> Chart {
    let unit = unit_word(figure.unit);
    let whole = matches!(figure.unit, Unit::Count | Unit::Tokens);
    let text = || {
        AxisLabel::new()
            .color(variable("text-muted"))
            .font_size(11.0)
    };
    let mut scale = Axis::new()
        .type_(AxisType::Value)
        .split_number(4.0)
        .axis_label(text().formatter(Formatter::from(format!("format:{unit}").as_str())))
        .split_line(SplitLine::new().line_style(LineStyle::new().color(variable("line"))));
    if whole {
        scale = scale.min_interval(1.0);
    }
    // A rate moves in a narrow band, and lines have no area that a cut axis would falsify.
    if figure.unit == Unit::Ratio && pointer == AxisPointerType::Line {
        scale = scale.scale(true);
    }
    let names: Vec<String> = figure
        .names
        .iter()
        .map(|(short, long)| format!("{short}{BETWEEN_NAMES}{long}"))
        .collect();
    Chart::new()
        .animation(false)
        .grid(
            Grid::new()
                .left(4.0)
                .right(8.0)
                .top(12.0)
                .bottom(4.0)
                .contain_label(true),
        )
        .tooltip(
            Tooltip::new()
                .trigger(Trigger::Axis)
                .axis_pointer(
                    AxisPointer::new()
                        .type_(pointer)
                        .line_style(LineStyle::new().color(variable("line-strong"))),
                )
                .formatter(Formatter::from(format!("format:tooltip:{unit}").as_str()))
                .padding(0.0)
                .border_width(0.0)
                .background_color("transparent"),
        )
        .x_axis(
            Axis::new()
                .type_(AxisType::Category)
                .axis_label(text().formatter(Formatter::from("format:category")))
                .axis_line(AxisLine::new().show(false))
                .axis_tick(AxisTick::new().show(false))
                .data(names),
        )
        .y_axis(scale)
}

fn variable(token: &str) -> String {
    format!("var(--{token})")
}

/// The word by which the drawing asks for a unit's function.
pub(super) fn unit_word(unit: Unit) -> &'static str {
    match unit {
        Unit::Ratio => "ratio",
        Unit::Microseconds => "microseconds",
        Unit::Tokens => "tokens",
        Unit::CreditsMicro => "credits",
        Unit::MoneyMicro => "money",
        Unit::Count | Unit::Unspecified => "count",
    }
}

/// Reads the word of a unit.
pub(super) fn parse_unit(word: &str) -> Unit {
    const UNITS: [Unit; 5] = [
        Unit::Ratio,
        Unit::Microseconds,
        Unit::Tokens,
        Unit::CreditsMicro,
        Unit::MoneyMicro,
    ];
    UNITS
        .into_iter()
        .find(|unit| unit_word(*unit) == word)
        .unwrap_or(Unit::Count)
}

#[cfg(test)]
mod tests {
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
    fn words_of_units_are_read_again() {
        for unit in [
            Unit::Count,
            Unit::Ratio,
            Unit::Microseconds,
            Unit::Tokens,
            Unit::CreditsMicro,
            Unit::MoneyMicro,
        ] {
            assert_eq!(parse_unit(unit_word(unit)), unit);
        }
    }
}
