// @ts-check
/**
 * What a graph draws of a log in a window of time: few rows, whatever the number of records.
 */

import { pointCells } from "./cells.js";
import { envelope } from "./envelope.js";
import { nameOf, seriesOf } from "./series.js";
import { summarize } from "./summary.js";

/** @typedef {import("./feed.js").Feed} Feed */
/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {{from: number, to: number}} Window milliseconds since 1970 */

/**
 * The rows of the spec's named data, and the values that stand for its placeholders.
 *
 * @typedef {object} Plot
 * @property {{[name: string]: object[]}} data
 * @property {{[name: string]: unknown}} values
 * @property {string} problem why nothing can be drawn, "" if it can
 */

/** Rows that are drawn of a line, of all its colours together. */
const rowsAtMost = 1000;

/** @param {Feed} feed @param {string} key */
function titleOf(feed, key) {
  const own = { "@commit": "", "@arrival": "time of arrival", "@record": "record" };
  if (Object.hasOwn(own, key)) return own[/** @type {keyof typeof own} */ (key)];
  const column = feed.column(key);
  return column === null || column.unit === "" ? key : `${key} (${column.unit})`;
}

/**
 * How a spec is to be filled in: changes with the choice, not with the data.
 *
 * @param {Feed} feed
 * @param {Settings} settings
 * @param {string} unit of a preset, else ""
 */
export function valuesOf(feed, settings, unit) {
  const { x, y, by, isLog } = settings;
  const xKind = x === "@record" ? "number" : (feed.column(x)?.kind ?? "time");
  const yKind = feed.column(y)?.kind ?? "number";
  const isWindow = x === "@commit" || x === "@arrival";
  const window = { domainMin: { expr: "from" }, domainMax: { expr: "to" }, nice: false };
  const type = (/** @type {string} */ kind) =>
    kind === "time" ? "temporal" : kind === "text" ? "nominal" : "quantitative";
  const xOwn = xKind === "text" ? {} : xKind === "time" ? { nice: false } : { zero: false, nice: false };
  const binOwn = { zero: false, nice: false };
  const yScale = yKind === "text" ? "point" : yKind === "time" ? "time" : isLog ? "log" : "linear";
  return {
    stream: settings.stream,
    xTitle: titleOf(feed, x) || null,
    yTitle: unit === "" ? titleOf(feed, y) : unit,
    xType: type(xKind),
    yType: type(yKind),
    xScale: isWindow ? window : xOwn,
    yScale,
    binScale:
      yScale === "linear" ? binOwn : yScale === "point" ? { type: yScale } : { type: yScale, nice: false },
    yFormat: yKind !== "time" ? "~s" : undefined,
    yZero: isLog || yKind === "time" || yKind === "text" ? undefined : unit !== "",
    legend: by === "" ? null : { orient: "top", title: by, offset: 2 },
  };
}

/**
 * @param {Feed} feed
 * @param {Settings} settings
 * @param {Window} window
 * @param {number} factor that y is multiplied by
 * @param {{width: number, height: number}} size pixels
 */
export function plotRows(feed, settings, window, factor, size) {
  const { history } = feed;
  const { x, y, by, mark, isLog } = settings;
  const reading = { x: history.reading(x), y: history.reading(y), record: history.reading("@record") };
  const column = feed.column(y);
  if (reading.x === null || reading.y === null || reading.record === null || column === null) return null;
  const range = history.range(window.from, window.to);
  const series = seriesOf(by === "" ? null : history.reading(by), by === "" ? null : feed.column(by), range);
  const isText = column.kind === "text";
  const source = {
    x: reading.x,
    y: reading.y,
    record: reading.record,
    factor,
    isLog: isLog && !isText,
    range,
    series,
  };
  const xColumn = feed.column(x);
  const named = (/** @type {number} */ value) =>
    xColumn?.kind === "text" ? nameOf(Math.floor(value), xColumn) : value;
  if (mark === "bars") return { rows: [], gaps: [], range };
  if (mark === "points" || isText) {
    const cells = pointCells(source, size);
    const rows = cells.map((cell) => ({
      ...cell,
      x: named(cell.x),
      y: isText ? nameOf(cell.y, column) : cell.y,
    }));
    return { rows, gaps: [], range };
  }
  const steps = Math.min(size.width / 2, Math.max(120, rowsAtMost / series.names.length));
  const { rows, gaps } = envelope(source, Math.ceil(steps));
  if (xColumn?.kind === "text") return { rows: rows.map((row) => ({ ...row, x: named(row.x) })), gaps, range };
  return { rows, gaps, range };
}

/**
 * The figures, and the distribution. A text has counts instead.
 *
 * @param {Feed} feed
 * @param {Settings} settings
 * @param {Window} window
 * @param {number} factor
 */
export function figuresOf(feed, settings, window, factor) {
  const { history } = feed;
  const reading = history.reading(settings.y);
  const column = feed.column(settings.y);
  if (reading === null || column === null) return null;
  const range = history.range(window.from, window.to);
  const lost = lossesIn(history, range);
  const since = Math.max(window.from, history.oldest);
  const seconds = (window.to - since) / 1000;
  const rate = seconds > 0 ? (range.end - range.first) / seconds : NaN;
  if (column.kind === "text") {
    const counts = new Map();
    for (let i = range.first; i < range.end; i += 1) {
      const code = reading.values[i & reading.mask];
      counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 20);
    const rows = most.map(([code, count]) => ({ label: nameOf(code, column), count }));
    return { summary: null, count: range.end - range.first, distinct: counts.size, bins: [], counts: rows, lost, rate, seconds };
  }
  const { summary, bins } = summarize(reading, range, factor, settings.isLog);
  return { summary, count: summary.count, distinct: NaN, bins, counts: [], lost, rate, seconds };
}

/**
 * Records that are missing between those in the range.
 *
 * @param {import("./history.js").History} history
 * @param {{first: number, end: number}} range
 */
function lossesIn(history, { first, end }) {
  const record = history.reading("@record");
  let lost = 0;
  if (record === null) return lost;
  for (let i = first + 1; i < end; i += 1) {
    const between = record.values[i & record.mask] - record.values[(i - 1) & record.mask] - 1;
    // A log that began anew counts from 1 again.
    if (between > 0) lost += between;
  }
  return lost;
}
