// @ts-check
/**
 * The table itself: however many rows there are, only those in sight are elements.
 */

import { element } from "../shell/element.js";
import { RowElement, rowHeight } from "./grid_row.js";

/** @typedef {import("./columns.js").ShownColumn} ShownColumn */
/** @typedef {import("./rows.js").Rows} Rows */

/** Browsers have no higher elements: beyond, the scroll bar is a scale. Firefox ends at 17.8e6 px. */
const highest = 16_000_000;
/** Characters of the column of numbers. */
const labelCharacters = 11;
/** Columns beyond the edge that are ready before they are seen, px. */
const ahead = 200;

/**
 * @typedef {object} GridOptions
 * @property {(index: number) => void} onOpen a row was opened
 * @property {(following: boolean) => void} onFollow the user scrolled away from the newest, or back
 * @property {() => void} onMove other rows are in sight
 * @property {() => void} onSelect
 */

export class Grid {
  /**
   * @param {HTMLElement} scroller
   * @param {import("./heading.js").Heading} heading
   * @param {import("./arrangement.js").Arrangement} arrangement
   * @param {GridOptions} options
   */
  constructor(scroller, heading, arrangement, options) {
    this.scroller = scroller;
    /** @private */
    this.heading = heading;
    /** @private */
    this.arrangement = arrangement;
    /** @private */
    this.options = options;
    /** @private */
    this.body = element("div", { class: "grid-body", role: "rowgroup" });
    /** @private */
    this.content = element("div", { class: "grid-content" }, heading.element, this.body);
    scroller.replaceChildren(this.content);
    /** @private @type {Rows | null} */
    this.rows = null;
    /** @private @type {ShownColumn[]} */
    this.columns = [];
    /** @private left edge of each column, and after the last one, px */
    this.edges = new Float64Array(1);
    /** @private @type {RowElement[]} */
    this.made = [];
    /** @private @type {[number, number]} columns that have cells */
    this.span = [0, 0];
    /** Pixels above the first row in sight, were there no highest element. @private */
    this.top = 0;
    /** @private what was written last into the scroll bar */
    this.written = 0;
    /** @private page's clock, ms: when somebody last did something that scrolls */
    this.touched = -Infinity;
    this.isFollowing = true;
    /** The row with the keyboard's mark; -1: none. */
    this.cursor = -1;
    /** @type {Set<number>} positions */
    this.selected = new Set();
    /** @private where a selection of several began */
    this.anchor = -1;
    /** @private what is kept in sight while rows go: a position, and its place */
    this.held = { position: -1, offset: 0 };
    this.marksChanges = false;
    /** @private */
    this.character = 7;
    this.listen();
  }

  /** Width of the column of numbers, px. */
  get labelWidth() {
    return Math.ceil(labelCharacters * this.character);
  }

  /** @private */
  get bodyHeight() {
    return Math.max(0, this.scroller.clientHeight - this.heading.element.offsetHeight);
  }

  /** Pixels that all rows would be high. @private */
  get whole() {
    return this.arrangement.length * rowHeight;
  }

  /** Where `top` ends. @private */
  get lowest() {
    return Math.max(0, this.whole - this.bodyHeight);
  }

  /** @param {Rows} rows @param {ShownColumn[]} columns */
  show(rows, columns) {
    if (this.rows !== rows) {
      this.cursor = -1;
      this.anchor = -1;
      this.selected.clear();
      this.held = { position: -1, offset: 0 };
    }
    this.rows = rows;
    this.columns = columns;
    const probe = element("span", { class: "grid-probe" }, "0".repeat(100));
    this.scroller.append(probe);
    this.character = probe.getBoundingClientRect().width / 100 || 7;
    probe.remove();
    this.edges = new Float64Array(columns.length + 1);
    this.edges[0] = this.labelWidth;
    columns.forEach(({ characters }, i) => {
      this.edges[i + 1] = this.edges[i] + Math.ceil(characters * this.character);
    });
    this.scroller.setAttribute("aria-colcount", String(columns.length + 1));
    this.span = [0, 0];
    this.made = [];
    this.body.replaceChildren();
    this.render();
  }

  /** Writes what is in sight. To be called once for each picture of the screen, if something changed. */
  render() {
    if (this.rows === null) return;
    const { arrangement, bodyHeight } = this;
    const high = Math.min(highest, this.whole);
    this.content.style.width = `${this.edges[this.columns.length]}px`;
    this.content.style.height = `${this.heading.element.offsetHeight + high}px`;
    this.body.style.height = `${bodyHeight}px`;
    this.body.style.top = `${this.heading.element.offsetHeight}px`;
    if (this.isFollowing && !arrangement.isSorted) this.top = this.lowest;
    else this.keepInSight();
    this.top = Math.max(0, Math.min(this.lowest, this.top));
    this.writeScroll();
    this.makeCells(Math.min(arrangement.length, Math.ceil(bodyHeight / rowHeight) + 1));
    const first = Math.floor(this.top / rowHeight);
    this.made.forEach((made, i) => this.fill(made, first + i));
    const shift = `translateY(${first * rowHeight - this.top}px)`;
    if (this.body.dataset.shift !== shift) {
      this.body.dataset.shift = shift;
      for (const { row } of this.made) row.style.transform = shift;
    }
    this.scroller.setAttribute("aria-rowcount", String(arrangement.length + 2));
    const active = this.cursor < 0 ? undefined : this.made.find((m) => m.position === this.cursor);
    if (active === undefined) this.scroller.removeAttribute("aria-activedescendant");
    else this.scroller.setAttribute("aria-activedescendant", active.row.id);
    const index = Math.min(first, arrangement.length - 1);
    this.held = {
      position: index < 0 ? -1 : arrangement.at(index),
      offset: this.top - first * rowHeight,
    };
  }

  /** Rows above may have gone or come: the first in sight stays where it is. @private */
  keepInSight() {
    const { position, offset } = this.held;
    // Whoever is at the top of a sorted table looks at its first rows, whichever they are.
    if (position < 0 || (this.arrangement.isSorted && this.top === 0)) return;
    const first = Math.floor(this.top / rowHeight);
    if (this.arrangement.at(first) === position) return;
    const index = this.arrangement.indexOf(position);
    if (index >= 0) this.top = index * rowHeight + offset;
    else if (this.arrangement.isPlain) this.top = 0;
  }

  /** @private */
  writeScroll() {
    const range = this.scroller.scrollHeight - this.scroller.clientHeight;
    const { lowest } = this;
    const wanted = lowest === 0 ? 0 : (this.top / lowest) * range;
    if (Math.abs(this.scroller.scrollTop - wanted) > 0.6) this.scroller.scrollTop = wanted;
    this.written = this.scroller.scrollTop;
  }

  /** As many rows and cells as are in sight. @private @param {number} count */
  makeCells(count) {
    const left = this.scroller.scrollLeft;
    const right = left + this.scroller.clientWidth;
    let from = 0;
    while (from < this.columns.length && this.edges[from + 1] < left - ahead) from += 1;
    let to = from;
    while (to < this.columns.length && this.edges[to] < right + ahead) to += 1;
    const known = this.span[0] === from && this.span[1] === to;
    if (!known) {
      this.span = [from, to];
      for (const { row } of this.made) row.remove();
      this.made = [];
    }
    while (this.made.length > count) this.made.pop()?.row.remove();
    while (this.made.length < count) {
      const made = new RowElement(this.columns, this.edges, from, to, this.made.length);
      made.row.style.transform = this.body.dataset.shift ?? "";
      this.made.push(made);
      this.body.append(made.row);
    }
    this.heading.show(this.columns, this.edges, from, to);
  }

  /** @private @param {RowElement} made @param {number} index */
  fill(made, index) {
    const { rows, arrangement } = this;
    const isThere = rows !== null && index < arrangement.length;
    const position = isThere ? arrangement.at(index) : -1;
    const isHeld = rows !== null && isThere && position >= rows.first && position < rows.end;
    made.row.hidden = !isHeld;
    made.position = position;
    if (!isHeld) return;
    made.row.setAttribute("aria-rowindex", String(index + 3));
    const between = rows.breakAt(position);
    made.show(rows, position, between, this.marksChanges);
    const stripe = arrangement.isPlain ? rows.numberOf(position) : index;
    made.row.dataset.odd = String(stripe % 2 === 1);
    made.row.setAttribute("aria-selected", String(this.selected.has(position)));
    made.row.dataset.cursor = String(position === this.cursor);
  }

  get isAtTop() {
    return this.top === 0;
  }

  /** Position of the row at the top; -1: none. */
  get firstInSight() {
    return this.held.position;
  }

  /** @param {boolean} isFollowing */
  follow(isFollowing) {
    this.isFollowing = isFollowing;
    if (isFollowing) this.held = { position: -1, offset: 0 };
    this.options.onFollow(isFollowing);
  }

  /** Brings a row into sight. @param {number} index @param {"near" | "top"} [where] */
  reveal(index, where = "near") {
    const above = index * rowHeight;
    if (where === "top" || above < this.top) this.top = above;
    else if (above + rowHeight > this.top + this.bodyHeight) {
      this.top = above + rowHeight - this.bodyHeight;
    }
    this.held = { position: -1, offset: 0 };
  }

  // What the user does

  /** @private */
  listen() {
    const { scroller } = this;
    const touch = () => {
      this.touched = performance.now();
    };
    for (const name of ["wheel", "touchmove", "pointerdown", "keydown"]) {
      scroller.addEventListener(name, touch, { passive: true });
    }
    scroller.addEventListener("scroll", () => this.scrolled());
    new ResizeObserver(() => this.options.onMove()).observe(scroller);
    this.body.addEventListener("mousedown", (event) => {
      // With Shift the browser would select text.
      if (event.shiftKey) event.preventDefault();
    });
    this.body.addEventListener("click", (event) => {
      const made = this.madeOf(event.target);
      if (made !== undefined) this.clicked(made.position, event);
    });
    this.body.addEventListener("dblclick", (event) => {
      const made = this.madeOf(event.target);
      if (made !== undefined) this.options.onOpen(made.position);
    });
    scroller.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** @private @param {EventTarget | null} target */
  madeOf(target) {
    const row = target instanceof Element ? target.closest(".grid-row") : null;
    return this.made.find((made) => made.row === row);
  }

  /** @private */
  scrolled() {
    const { scroller } = this;
    const moved = scroller.scrollTop - this.written;
    if (Math.abs(moved) > 0.6) {
      const range = scroller.scrollHeight - scroller.clientHeight;
      this.top = range <= 0 ? 0 : (scroller.scrollTop / range) * this.lowest;
      this.written = scroller.scrollTop;
      this.held = { position: -1, offset: 0 };
      const isUser = performance.now() - this.touched < 1000;
      const isLowest = scroller.scrollTop >= range - 2;
      if (this.isFollowing && moved < -2) this.follow(false);
      else if (!this.isFollowing && isUser && isLowest && moved > 0) this.follow(true);
    }
    this.options.onMove();
  }

  /** @private @param {number} position @param {MouseEvent} event */
  clicked(position, event) {
    if (event.shiftKey && this.anchor >= 0) this.selectTo(position);
    else if (event.ctrlKey || event.metaKey) {
      if (!this.selected.delete(position)) this.selected.add(position);
      this.anchor = position;
    } else {
      this.selected = new Set([position]);
      this.anchor = position;
    }
    this.cursor = position;
    if (this.isFollowing && !this.arrangement.isSorted) this.follow(false);
    this.options.onSelect();
    this.options.onMove();
  }

  /** All rows from where the selection began. @private @param {number} position */
  selectTo(position) {
    const [a, b] = [this.anchor, position].map((p) => this.arrangement.indexOf(p));
    if (a < 0 || b < 0) return;
    this.selected = new Set();
    for (let i = Math.min(a, b); i <= Math.max(a, b); i += 1) {
      this.selected.add(this.arrangement.at(i));
    }
  }

  selectAll() {
    const { arrangement } = this;
    this.selected = new Set(Array.from({ length: arrangement.length }, (_, i) => arrangement.at(i)));
    this.options.onSelect();
    this.options.onMove();
  }

  clearSelection() {
    this.selected.clear();
    this.cursor = -1;
    this.options.onSelect();
    this.options.onMove();
  }

  /** @private @param {KeyboardEvent} event */
  pressed(event) {
    // The heading has inputs and buttons of its own.
    if (event.target !== this.scroller || event.altKey) return;
    const page = Math.max(1, Math.floor(this.bodyHeight / rowHeight) - 1);
    if ((event.ctrlKey || event.metaKey) && event.key === "a") {
      event.preventDefault();
      this.selectAll();
      return;
    }
    if (event.ctrlKey || event.metaKey) return;
    /** @type {{[key: string]: number}} */
    const steps = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page };
    const last = this.arrangement.length - 1;
    if (event.key in steps) this.moveBy(steps[event.key], event.shiftKey);
    else if (event.key === "Home") this.moveTo(0, event.shiftKey);
    else if (event.key === "End") {
      this.moveTo(last, event.shiftKey);
      if (!this.arrangement.isSorted && !event.shiftKey) this.follow(true);
    } else if (event.key === "ArrowLeft") this.scroller.scrollLeft -= 60;
    else if (event.key === "ArrowRight") this.scroller.scrollLeft += 60;
    else if (event.key === "Enter" && this.cursor >= 0) this.options.onOpen(this.cursor);
    else if (event.key === "Escape") this.clearSelection();
    else return;
    event.preventDefault();
  }

  /** @private @param {number} step @param {boolean} extends_ */
  moveBy(step, extends_) {
    const index = this.cursor < 0 ? -1 : this.arrangement.indexOf(this.cursor);
    const inSight = Math.floor(this.top / rowHeight) + (step < 0 ? this.made.length - 1 : 0);
    this.moveTo(index < 0 ? inSight : index + step, extends_);
  }

  /** @private @param {number} wanted @param {boolean} extends_ */
  moveTo(wanted, extends_) {
    const { arrangement } = this;
    if (arrangement.length === 0) return;
    const index = Math.max(0, Math.min(arrangement.length - 1, wanted));
    this.cursor = arrangement.at(index);
    if (extends_ && this.anchor >= 0) this.selectTo(this.cursor);
    else {
      this.selected = new Set([this.cursor]);
      this.anchor = this.cursor;
    }
    if (this.isFollowing && !arrangement.isSorted) this.follow(false);
    this.reveal(index);
    this.options.onSelect();
    this.options.onMove();
  }
}
