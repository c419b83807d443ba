// @ts-check
/**
 * The figures over a graph: how many, how fast, and which percentiles.
 */

import { element, setText } from "../shell/element.js";
import { formatBytes, formatCount, formatNumber, formatRate } from "../shell/format.js";

/** @typedef {import("./summary.js").Summary} Summary */

const percentile =
  "exact, over all records of the window that are held: the smallest value that so many per cent do not exceed";

/** @type {readonly {key: string, label: string, meaning: string}[]} */
const kinds = [
  { key: "count", label: "records", meaning: "records in the window" },
  { key: "rate", label: "a second", meaning: "records a second, over the window" },
  { key: "p50", label: "p50", meaning: `Median, ${percentile}` },
  { key: "p95", label: "p95", meaning: `95th percentile, ${percentile}` },
  { key: "p99", label: "p99", meaning: `99th percentile, ${percentile}` },
  { key: "max", label: "max", meaning: "The largest value in the window" },
  { key: "sum", label: "per second", meaning: "Sum of the values in the window, a second" },
  { key: "lost", label: "lost", meaning: "Records that are missing in the window: the log's ring came round before this page got them" },
];

export class Figures {
  /** @param {"ms" | "B" | ""} unit */
  constructor(unit) {
    /** @private */
    this.unit = unit;
    /** @private @type {Map<string, HTMLElement>} */
    this.values = new Map();
    this.element = element("dl", { class: "figures" });
    for (const { key, label, meaning } of kinds) {
      if (key === "sum" && unit !== "B") continue;
      const value = element("dd", {}, "–");
      this.values.set(key, value);
      this.element.append(element("div", { title: meaning, class: key }, element("dt", {}, label), value));
    }
  }

  /**
   * @param {ReturnType<typeof import("./plot.js").figuresOf>} found null: nothing is known
   * @param {string} kind of the column
   * @param {string} unit of the column
   */
  show(found, kind, unit) {
    const set = (/** @type {string} */ key, /** @type {string} */ text) => {
      const value = this.values.get(key);
      if (value !== undefined) setText(value, text);
    };
    if (found === null) {
      for (const key of this.values.keys()) set(key, "–");
      return;
    }
    const { summary, count, rate, lost, seconds } = found;
    set("count", formatCount(count));
    set("rate", Number.isNaN(rate) ? "–" : formatRate(rate));
    set("lost", formatCount(lost));
    const text = (/** @type {number} */ value) => this.format(value, kind, unit);
    set("p50", summary === null ? "–" : text(summary.p50));
    set("p95", summary === null ? "–" : text(summary.p95));
    set("p99", summary === null ? "–" : text(summary.p99));
    set("max", summary === null ? "–" : text(summary.max));
    set("sum", summary === null || !(seconds > 0) ? "–" : `${formatBytes(summary.sum / seconds)}`);
    const odd = summary?.notFinite ?? 0;
    const left = odd === 0 ? "" : `; ${formatCount(odd)} have no finite value and are left out`;
    const box = this.values.get("count")?.parentElement;
    if (box) box.title = `records in the window${left}`;
    this.element.dataset.lost = String(lost > 0);
  }

  /** @private @param {number} value @param {string} kind @param {string} unit */
  format(value, kind, unit) {
    if (!Number.isFinite(value)) return "–";
    if (kind === "time") return new Date(value).toISOString().slice(11, 23);
    if (this.unit === "B") return formatBytes(value);
    const shown = this.unit === "" ? unit : this.unit;
    const number = formatNumber(value, 4);
    return shown === "" ? number : `${number} ${shown}`;
  }
}
