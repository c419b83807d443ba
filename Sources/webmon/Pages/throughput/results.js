// @ts-check
/**
 * The results of a measurement as a table, beside those of the one before.
 */

import { element } from "../shell/element.js";
import { formatBytes, formatRate } from "../shell/format.js";
import { formatDuration } from "./duration.js";
import { describeRun } from "./measuring.js";
import { verdict } from "./verdict.js";

/** @typedef {import("./measuring.js").Results} Results */

const key = "webmon.throughput.runs";

/** The last measurements of this tab, newest first. @returns {Results[]} */
export function storedResults() {
  try {
    const runs = JSON.parse(sessionStorage.getItem(key) ?? "[]");
    return Array.isArray(runs) ? runs.filter(isResults) : [];
  } catch {
    return [];
  }
}

/** What another version of this page left is not taken. @param {any} run */
function isResults(run) {
  return Array.isArray(run?.received) && typeof run.draw === "object" && run.draw !== null &&
    typeof run.roundTrip === "object" && run.roundTrip !== null;
}

/** @param {Results} results */
export function storeResults(results) {
  sessionStorage.setItem(key, JSON.stringify([results, ...storedResults().slice(0, 1)]));
}

const headings = ["Message", "Rate", "Messages/s", "Median", "95 %", "Before"];

/**
 * @param {Results} results
 * @param {Results | undefined} before
 * @returns {Node[]}
 */
export function showResults(results, before) {
  const head = element("tr");
  for (const heading of headings) head.append(element("th", { scope: "col" }, heading));
  const body = element("tbody");
  for (const run of results.received) {
    const { size, way, bytesPerSecond, perSecond, p50, p95, failed } = run;
    const name = element("th", { scope: "row" }, describeRun(size, way));
    if (failed !== undefined) {
      body.append(element("tr", {}, name, element("td", { colspan: "5", class: "failed" }, failed)));
      continue;
    }
    const old = before?.received.find((other) => other.size === size && other.way === way);
    const values = [
      `${formatBytes(bytesPerSecond)}/s`,
      formatRate(perSecond),
      formatDuration(p50),
      formatDuration(p95),
      compared(bytesPerSecond, old?.bytesPerSecond),
    ];
    body.append(row(name, values));
  }
  const { roundTrip, draw } = results;
  const trip = element("th", { scope: "row" }, "Round trip of a ping");
  const times = [formatDuration(roundTrip.p50), formatDuration(roundTrip.p95)];
  body.append(row(trip, ["", "", ...times, before ? formatDuration(before.roundTrip.p50) : "–"]));
  const drawing = element("th", { scope: "row" }, "Upload and draw 2048 × 2048 uint16");
  if (draw.failed === undefined) {
    const rates = ["", formatRate(draw.perSecond), formatDuration(draw.p50), ""];
    body.append(row(drawing, [...rates, compared(draw.perSecond, before?.draw.perSecond)]));
  } else {
    body.append(element("tr", {}, drawing, element("td", { colspan: "5", class: "failed" }, draw.failed)));
  }
  const table = element("table", { class: "results" });
  table.append(element("thead", {}, head), body);
  const when = `Measured at ${new Date(results.at).toLocaleTimeString()}. ${verdict(results).join(" ")}`;
  // Where it is narrow it scrolls, with the keyboard too.
  const region = { class: "scroll", tabindex: "0", role: "region", "aria-label": "Results" };
  return [element("p", { class: "verdict" }, when), element("div", region, table)];
}

/** @param {HTMLElement} name @param {string[]} values */
function row(name, values) {
  return element("tr", {}, name, ...values.map((value) => element("td", {}, value)));
}

/** @param {number} now @param {number | undefined} before */
function compared(now, before) {
  if (before === undefined || !(before > 0)) return "–";
  const change = Math.round((100 * (now - before)) / before);
  return change === 0 ? "the same" : `${change > 0 ? "+" : "−"}${Math.abs(change)} %`;
}
