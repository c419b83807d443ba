// @ts-check
/**
 * One segment's row, and the row of details under it.
 */

import { describeState, pythonLine } from "../shell/describe.js";
import { copyOnClick, element, setText } from "../shell/element.js";
import { columns } from "./columns.js";
import { Details } from "./details.js";
import { bestAddress } from "./opening.js";
import { Sparkline } from "./sparkline.js";

/** @typedef {import("../client/server.js").Stream} Stream */

export class Row {
  /**
   * @param {Stream} stream
   * @param {import("../webmon.js").Server} server
   * @param {{onToggle: (open: boolean) => void, onSelect: () => void}} options
   */
  constructor(stream, server, { onToggle, onSelect }) {
    this.stream = stream;
    this.isOpen = false;
    /** @private */
    this.server = server;
    /** @private */
    this.sparkline = new Sparkline();
    /** @private */
    this.box = element("input", { type: "checkbox", class: "select" });
    this.box.addEventListener("change", onSelect);
    /** @private */
    this.toggle = element(
      "button",
      { type: "button", class: "quiet disclosure", "aria-expanded": "false" },
      element("span", { "aria-hidden": "true" }),
    );
    this.toggle.addEventListener("click", () => {
      this.open(!this.isOpen);
      onToggle(this.isOpen);
    });
    /** @private @type {HTMLElement[]} where each column's text goes */
    this.texts = [];
    this.main = element("tr", { class: "segment" }, ...this.makeCells());
    this.detail = element("tr", { class: "detail", hidden: "" });
    /** @private generation that the details were made from */
    this.detailed = "";
    /** @private @type {Details | null} */
    this.details = null;
    this.update(stream);
  }

  /** @private */
  makeCells() {
    const { name } = this.stream;
    return columns.map((column) => {
      const cell = element(column.key === "name" ? "th" : "td", {
        class: column.number ? `${column.key} number` : column.key,
        "data-label": column.label,
      });
      if (column.key === "name") {
        cell.setAttribute("scope", "row");
        const link = element("a", { href: bestAddress(this.stream), title: `${name}: open it` });
        const copy = element("button", { type: "button", class: "quiet copy" }, "Copy Python");
        copy.title = pythonLine(name);
        copyOnClick(copy, () => pythonLine(name));
        cell.append(this.box, this.toggle, link, copy);
        this.texts.push(link);
      } else if (column.key === "state") {
        const word = element("span");
        cell.append(element("span", { class: "dot", "aria-hidden": "true" }), word);
        this.texts.push(word);
      } else if (column.key === "rate") {
        const text = element("span");
        cell.append(this.sparkline.element, text);
        this.texts.push(text);
      } else {
        this.texts.push(cell);
      }
      return cell;
    });
  }

  /** @param {Stream} stream */
  update(stream) {
    this.stream = stream;
    columns.forEach((column, i) => {
      setText(this.texts[i], column.text(stream));
      // Where a narrow column cuts it short, the hover text has the whole.
      if (column.key === "dtype" || column.key === "shape") {
        this.texts[i].title = column.text(stream);
      }
    });
    const state = describeState(stream);
    this.main.dataset.state = stream.state;
    this.texts[columns.findIndex(({ key }) => key === "state")].title = state.meaning;
    if (this.isOpen) this.fill();
  }

  /** A second has passed. */
  tick() {
    this.sparkline.add(this.stream.state === "live" ? (this.stream.rate ?? 0) : 0);
  }

  /** Whether it can be chosen for removal; what lives cannot. @param {boolean} isAllowed */
  allowSelection(isAllowed) {
    this.box.disabled = !isAllowed;
    this.box.setAttribute("aria-label", `Select ${this.stream.name}`);
    if (!isAllowed) this.box.checked = false;
  }

  get isSelected() {
    return this.box.checked;
  }

  /** @param {boolean} isOpen */
  open(isOpen) {
    this.isOpen = isOpen;
    this.detail.hidden = !isOpen;
    this.toggle.setAttribute("aria-expanded", String(isOpen));
    this.toggle.setAttribute(
      "aria-label",
      `${isOpen ? "Hide" : "Show"} details of ${this.stream.name}`,
    );
    if (isOpen) this.fill();
  }

  /** @private */
  fill() {
    // Made anew for a new generation only: a selection or the focus in it must last.
    if (this.details === null || this.detailed !== this.stream.generation) {
      this.detailed = this.stream.generation;
      this.details = new Details(this.stream, this.server);
      const cell = element("td", { colspan: String(columns.length) }, this.details.element);
      this.detail.replaceChildren(cell);
    }
    this.details.update(this.stream);
  }
}
