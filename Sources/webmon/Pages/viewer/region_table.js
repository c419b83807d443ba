// @ts-check
/**
 * Regions of interest as rows: what their numbers are, to select, to move by keys, to remove.
 */

import { element, setText } from "../shell/element.js";
import { formatCount, formatNumber } from "../shell/format.js";

/** @typedef {import("../image/region_statistics.js").RegionStatistics} RegionStatistics */

export const columns = /** @type {const} */ (["count", "mean", "std", "min", "max", "sum", "median"]);

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} title where it is
 * @property {string} channel "" if there is but one
 * @property {RegionStatistics | null} numbers null while there are none
 * @property {number} region its place in the list
 */

export class RegionTable {
  /**
   * @param {HTMLElement} container
   * @param {object} actions
   * @param {(region: number) => void} actions.onSelect
   * @param {(region: number) => void} actions.onRemove
   * @param {(region: number, event: KeyboardEvent) => void} actions.onKey
   */
  constructor(container, actions) {
    /** @private */
    this.actions = actions;
    /** @private */
    this.body = element("tbody");
    /** @private what the rows were made for */
    this.key = "";
    const heads = ["region", ...columns].map((name) =>
      element("th", { scope: "col", class: name === "region" ? "" : "number" }, name),
    );
    container.append(
      element("table", { class: "regions" }, element("thead", {}, element("tr", {}, ...heads)), this.body),
    );
  }

  /** @param {readonly Row[]} rows @param {number} active the selected region */
  show(rows, active) {
    const key = rows.map(({ name, channel, region }) => `${region} ${name} ${channel}`).join("|");
    if (key !== this.key) {
      this.key = key;
      this.body.replaceChildren(...rows.map((row, i) => this.makeRow(row, rows[i - 1])));
    }
    rows.forEach(({ numbers, region, title }, i) => {
      const tr = /** @type {HTMLTableRowElement} */ (this.body.children[i]);
      tr.title = title;
      tr.dataset.active = String(region === active);
      columns.forEach((column, c) => {
        const value = numbers?.[column] ?? NaN;
        const text = column === "count" ? formatCount(numbers?.count ?? 0) : formatNumber(value, 6);
        setText(tr.cells[c + 1], numbers === null || Number.isNaN(value) ? "–" : text);
      });
    });
  }

  /** @private @param {Row} row @param {Row | undefined} before */
  makeRow({ name, channel, region }, before) {
    const isFirst = before?.region !== region;
    const select = element("button", { type: "button", class: "quiet" }, name);
    select.addEventListener("click", () => this.actions.onSelect(region));
    select.addEventListener("focus", () => this.actions.onSelect(region));
    select.addEventListener("keydown", (event) => this.actions.onKey(region, event));
    const label = `Remove ${name}`;
    const remove = element("button", { type: "button", class: "quiet", "aria-label": label }, "×");
    remove.addEventListener("click", () => this.actions.onRemove(region));
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, ...(isFirst ? [select, remove] : []), element("small", {}, channel)),
      ...columns.map(() => element("td", { class: "number" }, "–")),
    );
  }
}
