// Draws charts. Loaded after the page was painted; only what the pages use of ECharts is in it.
//
// The options come from Rust as plain values. Two kinds of text are filled in here: `var(--name)` becomes the colour
// of that design token in the theme of the moment, and `format:…` becomes a function.

import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, TooltipComponent, CanvasRenderer]);

const BETWEEN_NAMES = "\u001f";
const NAMELESS = "-";
const WIDEST_BAR = 72;

/** Puts a chart on an element. `format(unit, value)` writes a value as people read it. */
export function mount(element, format) {
  const chart = init(element, null, { renderer: "canvas" });
  let latest = null;
  const draw = () => {
    if (!latest) return;
    const option = filled(latest, element, format);
    option.textStyle = { fontFamily: getComputedStyle(element).fontFamily };
    for (const one of option.series ?? []) if (one.type === "bar") one.barMaxWidth = WIDEST_BAR;
    chart.setOption(option, true);
  };
  document.fonts.ready.then(() => chart.isDisposed() || draw());
  const resizes = new ResizeObserver(() => chart.resize());
  resizes.observe(element);
  const themes = new MutationObserver(draw);
  themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", draw);
  return {
    set(option) {
      latest = option;
      draw();
    },
    dispose() {
      resizes.disconnect();
      themes.disconnect();
      system.removeEventListener("change", draw);
      chart.dispose();
    },
  };
}

function filled(value, element, format) {
  if (Array.isArray(value)) return value.map((one) => filled(one, element, format));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, element, format)]));
  }
  if (typeof value !== "string") return value;
  if (value.startsWith("var(--")) return colour(value, element);
  if (value === "format:category") return (name) => name.split(BETWEEN_NAMES)[0];
  if (value.startsWith("format:tooltip:")) {
    const unit = value.slice("format:tooltip:".length);
    return (points) => tooltip(points, (number) => format(unit, number));
  }
  if (value.startsWith("format:")) {
    const unit = value.slice("format:".length);
    return (number) => format(unit, number);
  }
  return value;
}

/** The token's value in the theme of the moment. */
function colour(variable, element) {
  const probe = document.createElement("span");
  probe.style.color = variable;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function tooltip(points, write) {
  const box = document.createElement("div");
  box.className = "tip";
  const title = document.createElement("p");
  title.className = "tip__title";
  title.textContent = String(points[0]?.name ?? "").split(BETWEEN_NAMES)[1] ?? "";
  box.append(title);
  const told = new Set();
  for (const point of points) {
    const number = point.data !== null && typeof point.data === "object" ? point.data.value : point.data;
    // A line that is dashed at its end is two series of one name; what lifts a bar has none.
    if (number === null || number === undefined || told.has(point.seriesName)) continue;
    if (point.seriesName === NAMELESS) continue;
    told.add(point.seriesName);
    const row = document.createElement("p");
    row.className = "tip__row";
    const dot = document.createElement("i");
    dot.style.background = point.color;
    const name = document.createElement("span");
    name.textContent = point.seriesName;
    const value = document.createElement("b");
    value.textContent = write(number);
    row.append(dot, name, value);
    box.append(row);
  }
  return box;
}
