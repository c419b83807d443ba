// @ts-check
/**
 * One row with all of its fields, whole.
 */

import { element, setText } from "../shell/element.js";

/** @typedef {import("./columns.js").ShownColumn} ShownColumn */

export class RecordDetails {
  /** @param {HTMLElement} container @param {() => void} onClose */
  constructor(container, onClose) {
    /** @private */
    this.container = container;
    /** @private */
    this.title = element("h2");
    const close = element(
      "button",
      { type: "button", class: "quiet", "aria-label": "Close the record", title: "Close (Escape)" },
      "×",
    );
    close.addEventListener("click", onClose);
    /** @private */
    this.note = element("p", { class: "muted" });
    /** @private */
    this.list = element("dl", { class: "record-fields" });
    container.replaceChildren(
      element("div", { class: "heading" }, this.title, close),
      this.note,
      this.list,
    );
    /** @private @type {HTMLElement[]} */
    this.values = [];
    /** @private @type {readonly ShownColumn[]} */
    this.columns = [];
    /** Position of the row, -1: none. */
    this.position = -1;
  }

  /** @param {number} position @param {readonly ShownColumn[]} columns all of them */
  open(position, columns) {
    this.position = position;
    this.container.hidden = position < 0;
    if (columns === this.columns) return;
    this.columns = columns;
    this.values = columns.map(() => element("dd"));
    this.list.replaceChildren(
      ...columns.flatMap(({ name, type }, i) => [
        element("dt", {}, name, " ", element("small", {}, type)),
        this.values[i],
      ]),
    );
  }

  /** @param {import("./rows.js").Rows} rows @param {string} noun */
  render(rows, noun) {
    const { position } = this;
    if (position < 0) return;
    const isHeld = position >= rows.first && position < rows.end;
    const between = isHeld ? rows.breakAt(position) : null;
    setText(
      this.note,
      !isHeld
        ? "It is not held any more; this is how it was."
        : between === null ? "" : "No record stands here.",
    );
    if (!isHeld) return;
    setText(this.title, `${noun} ${rows.labelOf(position)}`);
    if (between !== null) return;
    const view = rows.viewOf(position);
    const start = rows.startOf(position);
    this.columns.forEach(({ read, fullText }, i) => {
      setText(this.values[i], fullText(read(view, start)));
    });
  }
}
