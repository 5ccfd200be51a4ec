// Starts the application. The builder puts the addresses of the other files in the place of the two constants.

import init from "shadow-web";

/* global WASM_ADDRESS, CHARTS_ADDRESS */

const theme = localStorage.getItem("shadow-theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;

let charts;

/** The module of charts, asked for once the page was painted. */
globalThis.shadowLoadCharts = () => {
  charts ??= new Promise((painted) => requestAnimationFrame(() => setTimeout(painted))).then(
    () => import(CHARTS_ADDRESS),
  );
  charts.catch(() => (charts = undefined));
  return charts;
};

init({ module_or_path: WASM_ADDRESS }).catch(() => {
  const app = document.getElementById("app");
  app.textContent = "The dashboard could not be loaded. Reload the page; if that does not help, try another browser.";
  app.className = "page page--alone";
});
