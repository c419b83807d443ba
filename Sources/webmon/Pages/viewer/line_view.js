// @ts-check
/**
 * A stream's lines as a live plot: takes frames, draws the newest on the next animation frame, and
 * gives their credits back once they are drawn.
 */

import { onceAFrame } from "../shell/once_a_frame.js";
import { readAddress, writeAddress } from "../shell/address.js";
import { element } from "../shell/element.js";
import { complexParts, partReader } from "../image/numbers.js";
import { npyFile } from "../image/npy.js";
import { physicalAxis } from "../image/physical.js";
import { Plot } from "../plot/plot.js";
import { makeButton } from "./make_button.js";
import { saveFile } from "../shell/save_file.js";
import { csvText, fileName, saveText } from "./save.js";

/** @typedef {import("../client/frame.js").Frame} Frame */
/** @typedef {import("../client/server.js").Stream} Stream */
/** @typedef {import("../image/line_layout.js").LineLayout} LineLayout */

/** Keys of the address that belong to one stream. */
export const lineKeys = { as: null, x: null, y: null, part: null };

/** So many lines in turn; they are told apart on light and on dark ground. */
const colours = ["--accent", "#d9822b", "#3a9a5b", "#c2455e", "#8a63c9", "#2fa3a8", "#a8792b", "#7a828a"];

export class LineView {
  /**
   * @param {HTMLElement} pane where the plot is
   * @param {HTMLElement} group its settings
   */
  constructor(pane, group) {
    /** @type {LineLayout | null} */
    this.layout = null;
    /** @type {Stream | null} */
    this.stream = null;
    /** @type {Frame | null} the one on screen */
    this.shown = null;
    /** @private @type {readonly number[]} */
    this.indices = [];
    /** @private */
    this.pane = pane;
    /** @private */
    this.group = group;
    /** @private @type {Frame[]} */
    this.waiting = [];
    /** @private Draws on the next animation frame. */
    this.request = onceAFrame(() => this.draw());
    /** @private @type {import("../image/numbers.js").ComplexPart} */
    this.part = "magnitude";
    this.plot = new Plot(pane, "Plot", () => this.remember());

    /** @private */
    this.partSelect = element(
      "select",
      { id: "line-part" },
      ...complexParts.map((name) => element("option", { value: name }, name)),
    );
    this.partSelect.addEventListener("change", () => {
      this.part = complexParts.find((name) => name === this.partSelect.value) ?? "magnitude";
      writeAddress({ part: this.part === "magnitude" ? null : this.part });
      this.request();
    });
    /** @private */
    this.partRow = element("label", { class: "row" }, element("span", {}, "Complex"), this.partSelect);
    /** @private */
    this.fixed = element("input", { type: "checkbox", id: "fixed-range" });
    /** @private */
    this.ends = ["Lowest value shown", "Highest value shown"].map((name) =>
      element("input", { type: "number", step: "any", "aria-label": name }),
    );
    const range = () => this.chooseRange();
    this.fixed.addEventListener("change", range);
    for (const end of this.ends) end.addEventListener("change", range);
    group.append(
      element("h2", {}, "Plot"),
      this.partRow,
      element(
        "div",
        { class: "row range-row" },
        element("label", {}, this.fixed, " Fixed range"),
        ...this.ends,
      ),
      element(
        "div",
        { class: "buttons" },
        makeButton("All", "All values along x (F)", () => this.plot.zoom(null)),
        makeButton("−", "Smaller (−)", () => this.plot.zoom(0.5)),
        makeButton("+", "Larger (+)", () => this.plot.zoom(2)),
      ),
      element(
        "div",
        { class: "buttons" },
        makeButton("CSV", "The lines that are shown", () => {
          saveText(fileName(this, "lines", "csv"), this.csv());
        }),
        makeButton(".npy", "The frame that is shown, in its own dtype", () => this.saveFrame()),
      ),
    );
  }

  /** @private */
  remember() {
    const { scales } = this.plot;
    const text = (/** @type {readonly number[]} */ pair) => pair.map((n) => Number(n.toPrecision(9))).join();
    writeAddress({
      x: scales.isWhole ? null : text(scales.window),
      y: scales.fixedRange === null ? null : text(scales.fixedRange),
    });
  }

  /** @private */
  chooseRange() {
    const { scales } = this.plot;
    const values = this.ends.map((end) => (end.value === "" ? NaN : Number(end.value)));
    if (!this.fixed.checked) {
      scales.fixedRange = null;
    } else {
      // Where nothing is typed, the range stays as it stands.
      const [low, high] = scales.rangeOf(this.series().map((line) => line.values));
      const chosen = values.map((value, i) => (Number.isFinite(value) ? value : [low, high][i]));
      scales.fixedRange = chosen[0] < chosen[1] ? [chosen[0], chosen[1]] : null;
    }
    this.remember();
    this.showRange();
    this.request();
  }

  /** @private */
  showRange() {
    const { fixedRange } = this.plot.scales;
    this.fixed.checked = fixedRange !== null;
    this.ends.forEach((end, i) => {
      end.disabled = fixedRange === null;
      end.value = fixedRange === null ? "" : String(Number(fixedRange[i].toPrecision(7)));
    });
  }

  /**
   * Frames of a stream follow, or of a new generation of it.
   *
   * @param {Stream} stream
   * @param {LineLayout} layout
   * @param {readonly number[]} indices one a leading axis
   */
  begin(stream, layout, indices) {
    this.stream = stream;
    this.layout = layout;
    this.indices = indices;
    this.shown = null;
    this.pane.hidden = false;
    this.group.hidden = false;
    this.partRow.hidden = layout.dtype.lanes === 1;
    const part = readAddress("part");
    this.part = complexParts.find((name) => name === part) ?? "magnitude";
    this.partSelect.value = this.part;
    const pair = (/** @type {string} */ key) => {
      const numbers = (readAddress(key) ?? "").split(",").map(Number);
      const valid = numbers.length === 2 && numbers.every(Number.isFinite) && numbers[0] < numbers[1];
      return valid ? /** @type {[number, number]} */ (numbers) : null;
    };
    this.plot.scales.length = layout.length;
    this.plot.scales.choose(pair("x"));
    this.plot.scales.fixedRange = pair("y");
    this.showRange();
    this.plot.canvas.setAttribute("aria-label", `Plot of the stream ${stream.name}`);
  }

  /** Nothing of the stream is to be seen any more. */
  end() {
    for (const frame of this.waiting) frame.skip();
    this.waiting = [];
    this.shown = null;
    this.layout = null;
    this.stream = null;
    this.pane.hidden = true;
    this.group.hidden = true;
    delete this.pane.dataset.sequence;
  }

  /** @param {readonly number[]} indices one a leading axis */
  show(indices) {
    this.indices = [...indices];
    this.request();
  }

  /** @param {Frame} frame */
  offer(frame) {
    this.waiting.push(frame);
    this.request();
  }

  /** @private */
  draw() {
    const fresh = this.waiting.pop() ?? null;
    for (const older of this.waiting) older.skip();
    this.waiting = [];
    const { stream, layout } = this;
    if (fresh !== null && fresh.generation === stream?.generation) this.shown = fresh;
    else fresh?.skip();
    if (this.shown === null || stream === null || layout === null) return;
    const axis = physicalAxis(stream.metadata, stream.shape.length - 1);
    const name = [axis.name, axis.unit === "" ? "" : `[${axis.unit}]`].filter(Boolean).join(" ");
    this.plot.show({
      series: this.series(),
      x0: axis.origin,
      dx: axis.scale,
      xName: name === "" ? "index" : name,
    });
    // The plot draws on an animation frame of its own, after this one.
    requestAnimationFrame(() => {
      if (fresh === null) return;
      if (!fresh.settled) fresh.painted();
      this.pane.dataset.sequence = String(fresh.sequence);
    });
  }

  /** @private @returns {import("../plot/plot.js").Series[]} */
  series() {
    const { shown, layout, stream } = this;
    if (shown === null || layout === null || stream === null) return [];
    const { dtype, length, lines, leading } = layout;
    const plane = leading.reduce((flat, extent, axis) => flat * extent + this.indices[axis], 0);
    const isPlain = dtype.lanes === 1 && !["f2", "u8", "i8"].includes(dtype.code);
    const read = partReader(dtype.code, this.part);
    const { channels } = stream.metadata;
    const names = Array.isArray(channels) && channels.length === lines ? channels : [];
    return Array.from({ length: lines }, (_, line) => {
      const start = (plane * lines + line) * length;
      const name = typeof names[line] === "string" ? names[line] : lines === 1 ? "" : String(line);
      const values = isPlain
        ? /** @type {ArrayLike<number>} */ (shown.array.subarray(start, start + length))
        : Float64Array.from({ length }, (_, i) => read(shown.array, start + i));
      return { name, values, color: colours[line % colours.length] };
    });
  }

  /** @private The lines that are shown, all of each. */
  csv() {
    const { stream, layout } = this;
    if (stream === null || layout === null) return "";
    const axis = physicalAxis(stream.metadata, stream.shape.length - 1);
    const series = this.series();
    const head = [axis.name || "x", ...series.map(({ name }) => name || "value")];
    const rows = Array.from({ length: layout.length }, (_, i) => [
      Number((axis.origin + i * axis.scale).toPrecision(12)),
      ...series.map(({ values }) => values[i]),
    ]);
    return csvText([head, ...rows]);
  }

  /** @private */
  saveFrame() {
    const { shown } = this;
    if (shown === null || shown.dtype === null) return;
    saveFile(fileName(this, "", "npy"), npyFile(shown.dtype.code, shown.shape, shown.array));
  }
}
