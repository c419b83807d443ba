// @ts-check
/**
 * The headings, which sort, and under each the field for its filter.
 */

import { element, setText } from "../shell/element.js";

/** @typedef {import("./columns.js").ShownColumn} ShownColumn */

/**
 * @typedef {object} HeadingOptions
 * @property {(path: string, isAdded: boolean) => void} onSort `isAdded`: after what it is sorted by already
 * @property {(path: string, typed: string) => void} onFilter
 */

/** The column of numbers, as it is named in the address. */
export const numberPath = "#";

export class Heading {
  /** @param {HeadingOptions} options */
  constructor(options) {
    /** @private */
    this.options = options;
    /** @private */
    this.titles = element("div", { class: "grid-titles", role: "row", "aria-rowindex": "1" });
    /** @private */
    this.filters = element("div", { class: "grid-filters", role: "row", "aria-rowindex": "2" });
    this.element = element(
      "div",
      { class: "grid-head", role: "rowgroup" },
      this.titles,
      this.filters,
    );
    /** @private @type {ReadonlyMap<string, {descending: boolean, place: number}>} by path */
    this.orders = new Map();
    /** @private @type {ReadonlyMap<string, string>} what is typed, by path */
    this.typed = new Map();
    /** @private @type {ReadonlyMap<string, string>} what is wrong with it, by path */
    this.problems = new Map();
    /** @private what the elements were made for */
    this.made = "";
    /** @private @type {readonly ShownColumn[]} */
    this.columns = [];
    /** @private @type {Map<string, HTMLElement>} */
    this.headings = new Map();
    /** @private @type {Map<string, HTMLInputElement>} */
    this.inputs = new Map();
    this.hasFilters = true;
  }

  /**
   * @param {ReadonlyMap<string, {descending: boolean, place: number}>} orders
   * @param {ReadonlyMap<string, string>} typed
   * @param {ReadonlyMap<string, string>} problems
   */
  mark(orders, typed, problems) {
    this.orders = orders;
    this.typed = typed;
    this.problems = problems;
    this.refresh();
  }

  /**
   * @param {readonly ShownColumn[]} columns
   * @param {Float64Array} edges px
   * @param {number} from of those that are in sight
   * @param {number} to
   */
  show(columns, edges, from, to) {
    const key = `${from} ${to} ${edges[columns.length]}`;
    if (columns === this.columns && key === this.made) return;
    const isOther = columns !== this.columns;
    this.columns = columns;
    this.made = key;
    const old = isOther ? new Map() : this.inputs;
    this.headings = new Map();
    this.inputs = new Map();
    const titles = [this.makeTitle(numberPath, "#", "", true, true, 0, edges[0], 1)];
    const filters = [this.place(element("div", { role: "gridcell" }), 0, edges[0], 1)];
    for (let i = from; i < to; i += 1) {
      const { column, name, type, isNumber, canSort } = columns[i];
      const [left, width] = [edges[i], edges[i + 1] - edges[i]];
      titles.push(
        this.makeTitle(column.path, name, type, isNumber, canSort, left, width, i + 2),
      );
      // An input that is being typed into must stay the same one.
      const input = old.get(column.path) ?? this.makeInput(column.path, name);
      this.inputs.set(column.path, input);
      const cell = input.parentElement ?? element("div", { role: "gridcell" }, input);
      filters.push(this.place(cell, left, width, i + 2));
    }
    this.titles.replaceChildren(...titles);
    if (filters.length !== this.filters.children.length || filters.some((f, i) => f !== this.filters.children[i])) {
      const focused = document.activeElement;
      this.filters.replaceChildren(...filters);
      if (focused instanceof HTMLInputElement && this.filters.contains(focused)) focused.focus();
    }
    this.filters.hidden = !this.hasFilters;
    this.refresh();
  }

  /** @private @param {HTMLElement} cell @param {number} left @param {number} width @param {number} number */
  place(cell, left, width, number) {
    cell.classList.toggle("grid-corner", left === 0);
    cell.style.left = `${left}px`;
    cell.style.width = `${width}px`;
    cell.setAttribute("aria-colindex", String(number));
    return cell;
  }

  /**
   * @private
   * @param {string} path
   * @param {string} name
   * @param {string} type
   * @param {boolean} isNumber
   * @param {boolean} canSort
   * @param {number} left
   * @param {number} width
   * @param {number} number
   */
  makeTitle(path, name, type, isNumber, canSort, left, width, number) {
    const button = element(
      "button",
      { type: "button", class: "quiet", title: canSort ? `Sort by ${name}; with Shift: also by it` : `${name}: its values have no order` },
      element("span", { class: "grid-name" }, name),
      element("small", {}, type),
    );
    button.disabled = !canSort;
    button.addEventListener("click", (event) => this.options.onSort(path, event.shiftKey));
    const cell = element("div", {
      role: "columnheader",
      class: isNumber ? "grid-title number" : "grid-title",
    }, button, element("span", { class: "grid-order", "aria-hidden": "true" }));
    this.headings.set(path, cell);
    return this.place(cell, left, width, number);
  }

  /** @private @param {string} path @param {string} name */
  makeInput(path, name) {
    const input = element("input", {
      type: "text",
      "aria-label": `Filter ${name}`,
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "filter",
    });
    input.addEventListener("input", () => this.options.onFilter(path, input.value));
    return input;
  }

  /** @private */
  refresh() {
    for (const [path, cell] of this.headings) {
      const order = this.orders.get(path);
      const direction = order === undefined ? "none" : order.descending ? "descending" : "ascending";
      cell.setAttribute("aria-sort", direction);
      const sign = order === undefined ? "" : order.descending ? "▼" : "▲";
      const place = order !== undefined && this.orders.size > 1 ? String(order.place + 1) : "";
      setText(/** @type {Element} */ (cell.lastElementChild), sign + place);
    }
    for (const [path, input] of this.inputs) {
      const typed = this.typed.get(path) ?? "";
      if (input.value !== typed && document.activeElement !== input) input.value = typed;
      const problem = this.problems.get(path) ?? "";
      input.setAttribute("aria-invalid", String(problem !== ""));
      input.title = problem || "Text, /pattern/, >= 3, != x, 1..5";
    }
  }
}
