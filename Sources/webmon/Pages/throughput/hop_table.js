// @ts-check
/**
 * The table of the hops: a row each, with the last minute as lines.
 */

import { element, setText } from "../shell/element.js";
import { formatBytes, formatRate } from "../shell/format.js";
import { descriptions } from "./descriptions.js";
import { formatDuration } from "./duration.js";
import { Sparkline } from "./sparkline.js";

/** @typedef {import("./hops.js").HopFigures} HopFigures */
/** @typedef {import("./hops.js").HopKey} HopKey */

const columns = /** @type {const} */ ([
  { key: "bytes", label: "Bytes/s", title: "Bytes a second, over the last 5 s" },
  { key: "messages", label: "Messages/s", title: "Commits, wake-ups, messages or paintings a second" },
  { key: "p50", label: "Median", title: "Median of the latency, over the last 5 s" },
  { key: "p95", label: "95 %", title: "95 of 100 were faster" },
  { key: "p99", label: "99 %", title: "99 of 100 were faster" },
  { key: "max", label: "Max", title: "The slowest of the last 5 s" },
  { key: "lost", label: "Lost/s", title: "What was dropped, passed over or not painted, a second" },
  { key: "copied", label: "Copies", title: "Copies of the payload in user space" },
]);

/** @param {number} value @param {(value: number) => string} format */
const orDash = (value, format) => (Number.isNaN(value) ? "–" : format(value));

export class HopTable {
  /** @param {HTMLTableElement} table */
  constructor(table) {
    const head = element("tr");
    head.append(element("th", { scope: "col", class: "hop" }, "Hop"));
    for (const { key, label, title } of columns) {
      head.append(element("th", { scope: "col", class: key, title }, label));
    }
    const minute = (/** @type {string} */ of) =>
      element("th", { scope: "col", class: "line", title: `The last 60 s: ${of}` }, of);
    head.append(minute("Rate, 60 s"), minute("Median, 60 s"));
    const body = element("tbody");
    table.append(element("thead", {}, head), body);
    /** @private @type {Map<HopKey, Row>} */
    this.rows = new Map();
    for (const description of descriptions) {
      const row = new Row(description);
      this.rows.set(description.key, row);
      body.append(row.element);
    }
    document.addEventListener("themechange", () => this.draw());
    addEventListener("resize", () => this.draw());
  }

  /** @private */
  draw() {
    for (const { rate, median } of this.rows.values()) {
      rate.draw();
      median.draw();
    }
  }

  /** Another stream: its history begins. */
  clear() {
    for (const { rate, median } of this.rows.values()) {
      rate.clear();
      median.clear();
    }
  }

  /**
   * @param {import("./hops.js").AllHops} hops
   * @param {Partial<Record<HopKey, string>>} copies in words, where it depends
   */
  show(hops, copies) {
    for (const [key, row] of this.rows) row.show(hops[key], copies[key]);
  }
}

class Row {
  /** @param {import("./descriptions.js").Description} description */
  constructor(description) {
    const { key, name, latency, meaning, lost } = description;
    this.description = description;
    this.element = element("tr", { "data-hop": key });
    const label = element("th", { scope: "row", class: "hop", title: meaning });
    label.append(
      element("span", { class: "swatch", "aria-hidden": "true" }),
      element("span", { class: "name" }, name),
      element("small", {}, latency),
    );
    this.element.append(label);
    /** @private @type {Record<string, HTMLElement>} */
    this.cells = {};
    for (const { key: column, label: text } of columns) {
      const cell = element("td", { class: column, "data-label": text });
      if (column === "lost" && lost !== "") cell.title = lost;
      this.cells[column] = cell;
      this.element.append(cell);
    }
    const line = (/** @type {string} */ of) => {
      const canvas = element("canvas", { "aria-hidden": "true", class: "sparkline" });
      this.element.append(element("td", { class: "line", "data-label": of }, canvas));
      return new Sparkline(canvas);
    };
    this.rate = line("Rate");
    this.median = line("Median");
  }

  /** @param {HopFigures} figures @param {string} [copies] */
  show({ bytes, messages, latency, lost }, copies = this.description.copies) {
    const moves = this.description.key !== "notice" && this.description.key !== "wait";
    setText(this.cells.bytes, moves ? orDash(bytes, formatBytes) : "");
    setText(this.cells.messages, orDash(messages, formatRate));
    for (const key of /** @type {const} */ (["p50", "p95", "p99", "max"])) {
      setText(this.cells[key], formatDuration(latency[key]));
    }
    setText(this.cells.lost, this.description.lost === "" ? "" : orDash(lost, formatRate));
    setText(this.cells.copied, copies);
    this.cells.copied.title = copies;
    this.rate.add(messages);
    this.median.add(latency.p50);
  }
}
