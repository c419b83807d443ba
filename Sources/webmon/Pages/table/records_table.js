// @ts-check
/**
 * The newest records of a log, newest first; or the elements of what is no image.
 */

import { columnsOf, Records } from "../client/records.js";
import { tableAddress, loaderAddress } from "../shell/describe.js";
import { dtypeName } from "../client/dtype.js";
import { element, setText } from "../shell/element.js";
import { formatCount } from "../shell/format.js";
import { textOf } from "./format_value.js";

/** @typedef {import("../client/server.js").Stream} Stream */

/** Rows that are kept. More are not read by anyone while they scroll by. */
const kept = 200;

export class RecordsTable {
  /** @param {HTMLElement} container */
  constructor(container) {
    /** @private */
    this.container = container;
    /** @private @type {string[][]} newest first */
    this.rows = [];
    /** @private @type {HTMLTableRowElement[]} */
    this.made = [];
    /** @private @type {import("../client/records.js").Column[]} */
    this.columns = [];
    /** @private @type {import("./format_value.js").ToText[]} of each column */
    this.toText = [];
    /** @private @type {number[]} widest text of each column so far */
    this.widths = [];
    /** @private @type {HTMLElement[]} */
    this.heads = [];
    /** @private */
    this.body = element("tbody");
    /** @private */
    this.caption = element("caption");
    /** @private */
    this.about = element("span");
  }

  /** @param {Stream} stream */
  begin(stream) {
    this.columns = columnsOf(stream);
    this.toText = this.columns.map((column) => textOf(column, { digits: null, whole: false }));
    this.rows = [];
    this.made = [];
    this.widths = this.columns.map(() => 0);
    this.body.replaceChildren();
    const isLog = stream.kind === "log";
    const number = element("th", { scope: "col", class: "number" }, isLog ? "#" : "index");
    this.heads = this.columns.map((column) => {
      const type = column.dtype === null ? "fields" : dtypeName(column.dtype);
      const shape = column.shape.length > 0 ? ` (${column.shape.join(", ")})` : "";
      return element(
        "th",
        { scope: "col", class: isText(column) ? "" : "number" },
        column.path || "value",
        element("small", {}, type + shape),
      );
    });
    const head = element("thead", {}, element("tr", {}, number, ...this.heads));
    this.links = element(
      "span",
      {},
      element("a", { href: tableAddress(stream.name) }, "Open in the Table"),
      ...(isLog ? [" · ", element("a", { href: loaderAddress(stream.name) }, "Plot in Loader Stats")] : []),
    );
    setText(this.about, isLog ? "Newest first" : "");
    this.caption.replaceChildren(this.about, " ", this.links);
    this.container.replaceChildren(element("table", {}, this.caption, head, this.body));
  }

  /**
   * @param {import("../client/frame.js").Frame} frame
   */
  show(frame) {
    const { records } = frame;
    const isLog = frame.opcode === "records";
    if (isLog) {
      const count = Math.min(kept, records.length);
      const fresh = [];
      for (let i = 0; i < count; i += 1) {
        const at = records.length - 1 - i;
        fresh.push([String(frame.sequence - i), ...this.texts(records, at)]);
      }
      this.rows = [...fresh, ...this.rows].slice(0, kept);
    } else {
      const count = Math.min(kept, records.length);
      this.rows = Array.from({ length: count }, (_, i) => [String(i), ...this.texts(records, i)]);
      const all = formatCount(records.length);
      setText(this.about, count < records.length ? `The first ${count} of ${all} elements` : "");
    }
    this.fill();
  }

  /** @private @param {Records} records @param {number} index */
  texts(records, index) {
    return this.columns.map(({ path }, i) => this.toText[i](records.get(index, path)));
  }

  /** @private Rows are made once and written again: their place does not change. */
  fill() {
    this.rows.forEach((texts, i) => {
      let row = this.made[i];
      if (row === undefined) {
        row = element("tr", {}, element("th", { scope: "row", class: "number" }));
        for (const column of this.columns) {
          row.append(element("td", { class: isText(column) ? "" : "number" }));
        }
        this.made.push(row);
        this.body.append(row);
      }
      texts.forEach((text, c) => {
        setText(row.children[c], text);
        if (c > 0) this.widths[c - 1] = Math.max(this.widths[c - 1], text.length);
      });
    });
    while (this.made.length > this.rows.length) this.made.pop()?.remove();
    // Columns grow with what they had to hold and never shrink: they must not wobble.
    this.heads.forEach((head, c) => {
      const width = `${Math.min(48, this.widths[c]) + 3}ch`;
      if (head.style.minWidth !== width) head.style.minWidth = width;
    });
  }
}

/** @param {import("../client/records.js").Column} column */
function isText({ dtype, shape }) {
  return dtype === null || shape.length > 0 || /[SUV]/.test(dtype);
}
