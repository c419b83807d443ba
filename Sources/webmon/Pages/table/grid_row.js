// @ts-check
/**
 * One row of the table that is in sight, and what stands where records are missing.
 */

import { element, setText } from "../shell/element.js";
import { formatCount } from "../shell/format.js";

/** @typedef {import("./columns.js").ShownColumn} ShownColumn */
/** @typedef {import("./rows.js").Rows} Rows */

export const rowHeight = 21;

/** One row in sight, used again for another as rows go by. */
export class RowElement {
  /**
   * @param {readonly ShownColumn[]} columns
   * @param {Float64Array} edges
   * @param {number} from
   * @param {number} to
   * @param {number} number
   */
  constructor(columns, edges, from, to, number) {
    this.position = -1;
    /** @private */
    this.columns = columns.slice(from, to);
    /** @private */
    this.label = element("div", { class: "grid-label", role: "rowheader", "aria-colindex": "1" });
    this.label.style.width = `${edges[0]}px`;
    /** @private */
    this.cells = this.columns.map((column, i) => {
      const cell = element("div", {
        class: column.isNumber ? "grid-cell number" : "grid-cell",
        role: "gridcell",
        "aria-colindex": String(from + i + 2),
      });
      cell.style.left = `${edges[from + i]}px`;
      cell.style.width = `${edges[from + i + 1] - edges[from + i]}px`;
      return cell;
    });
    this.row = element(
      "div",
      { class: "grid-row", role: "row", id: `row-${number}` },
      this.label,
      ...this.cells,
    );
    this.row.style.top = `${number * rowHeight}px`;
  }

  /**
   * @param {Rows} rows
   * @param {number} position
   * @param {import("./record_ring.js").Break | null} between
   * @param {boolean} marksChanges
   */
  show(rows, position, between, marksChanges) {
    this.row.classList.toggle("between", between !== null);
    if (between !== null) {
      setText(this.label, breakText(between));
      for (const cell of this.cells) setText(cell, "");
      return;
    }
    setText(this.label, rows.labelOf(position));
    const view = rows.viewOf(position);
    const start = rows.startOf(position);
    this.columns.forEach(({ column, read, text }, i) => {
      setText(this.cells[i], text(read(view, start)));
      this.cells[i].classList.toggle("changed", marksChanges && rows.hasChanged(position, column));
    });
  }
}

/** @param {import("./record_ring.js").Break} between */
function breakText({ kind, from, to }) {
  if (kind === "restart") return "The producer began anew: numbers begin at 1 again";
  const count = to - from + 1;
  return count === 1
    ? `Record ${formatCount(from)} is missing: it was overwritten before it could be sent`
    : `${formatCount(count)} records are missing, ${formatCount(from)} to ${formatCount(to)}: ` +
        "they were overwritten before they could be sent";
}
