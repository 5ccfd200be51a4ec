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

use super::figure::{Bars, Curve, Figure, Plot, Step, unit_word};

/// Separates the short name of a bucket, for the axis, from the long one, for the tooltip.
const BETWEEN_NAMES: char = '\u{1f}';

/// The name of a series that the tooltip leaves out.
const NAMELESS: &str = "-";

/// The options of a chart.
pub fn chart(figure: &Figure, plot: &Plot) -> Chart {
    match plot {
        Plot::Waterfall(steps) => waterfall(figure, steps),
        Plot::Bars(stacks) => bars(figure, stacks),
        Plot::Curves(lines) => curves(figure, lines),
    }
}

/// Bars on top of each other. The bar of a bucket that is not over is pale.
fn bars(figure: &Figure, stacks: &[Bars]) -> Chart {
    let last = figure.names.len().saturating_sub(1);
    stacks.iter().fold(
        frame(figure, AxisPointerType::Shadow, scale(figure.unit)),
        |chart, stack| {
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
        },
    )
}

/// Bars on invisible ones, which lift them to where they begin and have no name, so that nobody reads them.
fn waterfall(figure: &Figure, steps: &[Step]) -> Chart {
    let lifts: Vec<DataPoint> = steps
        .iter()
        .map(|step| DataPoint::from(step.from.min(step.to)))
        .collect();
    let bars: Vec<DataPoint> = steps
        .iter()
        .map(|step| {
            let colour = variable(step.token);
            DataPointItem::new((step.to - step.from).abs())
                .item_style(ItemStyle::new().color(colour.as_str()))
                .into()
        })
        .collect();
    let bar = |name: &str| {
        Bar::new()
            .name(name)
            .stack("all")
            .bar_width("62%")
            .emphasis(Emphasis::new().disabled(true))
    };
    frame(figure, AxisPointerType::Shadow, scale(figure.unit))
        .series(
            bar(NAMELESS)
                .item_style(ItemStyle::new().opacity(0.0))
                .data(lifts),
        )
        .series(bar("Amount").data(bars))
}

/// Lines. What is not over is dashed, and the compared period is thin and pale.
fn curves(figure: &Figure, curves: &[Curve]) -> Chart {
    let mut scale = scale(figure.unit);
    // A rate moves in a narrow band, and lines have no area that a cut axis would falsify.
    if figure.unit == Unit::Ratio {
        scale = scale.scale(true);
        let values = |curve: &Curve| {
            curve
                .values
                .iter()
                .chain(&curve.previous)
                .flatten()
                .copied()
                .fold(0.0, f64::max)
        };
        let highest = curves.iter().map(values).fold(0.0, f64::max);
        // Room above everything would be labelled with more than all.
        if (0.97..=1.0).contains(&highest) {
            scale = scale.max(1.0);
        }
    }
    let mut chart = frame(figure, AxisPointerType::Line, scale);
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

/// The axis of values of a unit.
fn scale(unit: Unit) -> Axis {
    let format = format!("format:{}", unit_word(unit));
    let scale = Axis::new()
        .type_(AxisType::Value)
        .split_number(4.0)
        .axis_label(label().formatter(Formatter::from(format.as_str())))
        .split_line(SplitLine::new().line_style(LineStyle::new().color(variable("line"))));
    match unit {
        // There is no half of an execution.
        Unit::Count | Unit::Tokens => scale.min_interval(1.0),
        _ => scale,
    }
}

fn label() -> AxisLabel {
    AxisLabel::new()
        .color(variable("text-muted"))
        .font_size(11.0)
}

fn frame(figure: &Figure, pointer: AxisPointerType, scale: Axis) -> Chart {
    let unit = unit_word(figure.unit);
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
                .axis_label(label().formatter(Formatter::from("format:category")))
                .axis_line(AxisLine::new().show(false))
                .axis_tick(AxisTick::new().show(false))
                .data(names),
        )
        .y_axis(scale)
}

fn variable(token: &str) -> String {
    format!("var(--{token})")
}

#[cfg(test)]
mod tests;
