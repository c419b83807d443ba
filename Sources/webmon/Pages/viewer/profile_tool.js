// @ts-check
/**
 * A line over the picture, and the values along it as a live plot.
 */

import { readAddress, writeAddress } from "../shell/address.js";
import { element, setText } from "../shell/element.js";
import { formatNumber } from "../shell/format.js";
import { partReader } from "../image/numbers.js";
import { lineBounds, lineProfile } from "../image/line_profile.js";
import { formatQuantity, imageAxes, lineLength, readable } from "../image/physical.js";
import { Plot } from "../plot/plot.js";
import { Cadence } from "./cadence.js";
import { channelName, pieceOf, stepNote } from "./piece.js";
import { makeTableButtons } from "./make_button.js";
import { csvText, fileName } from "./save.js";
import { svgElement, setAttributes } from "./svg.js";

/** @typedef {import("../image/line_profile.js").Line} Line */
/** @typedef {import("./overlay.js").Point} Point */

const widest = 101;
/** Of three or four numbers a pixel; of blended channels, so many in turn. */
const colours = ["--red", "--green", "--blue", "--muted"];

export class ProfileTool {
  /**
   * @param {import("./picture.js").Picture} picture
   * @param {import("./overlay.js").Overlay} overlay
   * @param {HTMLElement} pane where the plot is shown
   * @param {() => void} onChange it came, or went
   */
  constructor(picture, overlay, pane, onChange) {
    /** @type {Line | null} */
    this.line = null;
    /** @private pixels that are averaged across the line */
    this.width = 1;
    /** @private */
    this.picture = picture;
    /** @private */
    this.overlay = overlay;
    /** @private */
    this.pane = pane;
    /** @private */
    this.onChange = onChange;
    /** @private */
    this.band = svgElement("path", { class: "band" });
    /** @private */
    this.path = svgElement("path", { class: "line" });
    /** @private */
    this.under = svgElement("path", { class: "line under" });
    /** @private */
    this.grip = svgElement("path", { class: "grip" });
    /** @private @type {{put: (place: Point) => void, remove: () => void}[]} */
    this.ends = [];
    /** @private @type {{values: Float64Array[], dx: number, unit: string} | null} */
    this.profile = null;
    /** @private */
    this.cadence = new Cadence(() => this.measure());

    /** @private */
    this.figures = element("p", { class: "figures" });
    /** @private */
    this.note = element("p", { class: "muted" });
    /** @private */
    this.widthInput = element("input", {
      type: "number",
      min: "1",
      max: String(widest),
      value: "1",
      "aria-label": "Width of the line, pixels",
    });
    this.widthInput.addEventListener("change", () => {
      const wanted = Math.round(Number(this.widthInput.value));
      this.width = Math.min(widest, Math.max(1, wanted || 1));
      this.changed();
    });
    const { copy, save, close } = makeTableButtons("Remove the line", {
      text: () => this.csv(),
      name: () => fileName(picture, "profile", "csv"),
      onClose: () => this.put(null),
    });
    const plotPlace = element("div", { class: "tool-plot" });
    pane.append(
      element(
        "div",
        { class: "tool-head" },
        element("h2", {}, "Line profile"),
        this.figures,
        this.note,
        element("label", {}, "width ", this.widthInput),
        copy,
        save,
        close,
      ),
      plotPlace,
    );
    /** @private */
    this.plot = new Plot(plotPlace, "Values along the line");
    overlay.shapes.append(this.band, this.under, this.path, this.grip);
    /** @type {Line | null} */
    let grabbed = null;
    overlay.followDrag(
      this.grip,
      (from, to) => {
        if (grabbed === null) return;
        const [dx, dy] = [to.x - from.x, to.y - from.y];
        const { x0, y0, x1, y1 } = grabbed;
        this.put({ x0: x0 + dx, y0: y0 + dy, x1: x1 + dx, y1: y1 + dy });
      },
      () => {
        grabbed = this.line;
      },
    );
    picture.onDrawn(() => this.request());
  }

  /** Computes the values anew, soon. */
  request() {
    if (this.line !== null) this.cadence.request();
  }

  /** What the address says; the same line on whatever stream comes. */
  read() {
    const numbers = (readAddress("line") ?? "").split(",").map(Number);
    const [x0, y0, x1, y1, width = 1] = numbers;
    const valid = numbers.length >= 4 && numbers.every(Number.isFinite);
    this.width = Math.min(widest, Math.max(1, Math.round(width) || 1));
    this.put(valid ? { x0, y0, x1, y1 } : null);
  }

  /** Draws one, or takes it away. */
  toggle() {
    if (this.overlay.stopDrawing()) return;
    if (this.line !== null) {
      this.put(null);
      return;
    }
    this.overlay.arm(
      (from, to) => this.put({ x0: from.x, y0: from.y, x1: to.x, y1: to.y }),
      () => this.onChange(),
    );
  }

  /** @param {Line | null} line */
  put(line) {
    const round = (/** @type {number} */ value) => Number(value.toFixed(2));
    this.line =
      line === null
        ? null
        : { x0: round(line.x0), y0: round(line.y0), x1: round(line.x1), y1: round(line.y1) };
    this.changed();
  }

  /** @private */
  changed() {
    const { line, width, overlay } = this;
    const across = width > 1 ? [width] : [];
    writeAddress({ line: line && [line.x0, line.y0, line.x1, line.y1, ...across].join() });
    this.pane.hidden = line === null;
    if (line === null) {
      for (const end of this.ends) end.remove();
      this.ends = [];
    } else {
      if (this.ends.length === 0) {
        this.ends = [
          overlay.addHandle("Start of the line", ({ x, y }) => {
            if (this.line !== null) this.put({ ...this.line, x0: x, y0: y });
          }),
          overlay.addHandle("End of the line", ({ x, y }) => {
            if (this.line !== null) this.put({ ...this.line, x1: x, y1: y });
          }),
        ];
      }
      this.ends[0].put({ x: line.x0, y: line.y0 });
      this.ends[1].put({ x: line.x1, y: line.y1 });
      this.widthInput.value = String(width);
    }
    this.draw();
    this.cadence.request();
    this.onChange();
  }

  /** @private */
  draw() {
    const { line, width } = this;
    const d = line === null ? "" : `M${line.x0} ${line.y0}L${line.x1} ${line.y1}`;
    for (const path of [this.path, this.under, this.grip]) setAttributes(path, { d });
    let band = "";
    if (line !== null && width > 1) {
      const length = Math.hypot(line.x1 - line.x0, line.y1 - line.y0) || 1;
      const ox = (-(line.y1 - line.y0) / length) * (width / 2);
      const oy = ((line.x1 - line.x0) / length) * (width / 2);
      band =
        `M${line.x0 + ox} ${line.y0 + oy}L${line.x1 + ox} ${line.y1 + oy}` +
        `L${line.x1 - ox} ${line.y1 - oy}L${line.x0 - ox} ${line.y0 - oy}Z`;
    }
    setAttributes(this.band, { d: band });
  }

  /** @private */
  measure() {
    const { line, picture } = this;
    const { layout, stream } = picture;
    if (line === null) return;
    const piece = pieceOf(picture, lineBounds(line, this.width));
    if (piece === null || layout === null || stream === null) {
      this.profile = null;
      setText(this.figures, "outside of the image");
      this.plot.show({ series: [], x0: 0, dx: 1, xName: "" });
      return;
    }
    const read = partReader(piece.code, picture.manner.part);
    const { values, spacing } = lineProfile(piece, line, this.width, read);
    const [dx, dy] = [line.x1 - line.x0, line.y1 - line.y0];
    const pixels = Math.hypot(dx, dy);
    const { rows, columns } = imageAxes(layout, stream.metadata);
    const isKnown = rows.known || columns.known;
    const far = isKnown ? lineLength(rows, columns, dx, dy) : null;
    // The plot's axis is in the unit that the whole length reads best in.
    const { value: length, unit } =
      far === null ? { value: pixels, unit: "px" } : readable(far.length, far.unit);
    this.profile = { values, dx: length / Math.max(1, values[0].length - 1), unit };
    const inPixels = `${formatNumber(pixels, 4)} px`;
    const inUnits = far === null ? "" : formatQuantity(far.length, far.unit);
    setText(this.figures, far === null ? inPixels : `${inUnits} (${inPixels})`);
    setText(this.note, stepNote(piece.step));
    this.pane.dataset.sequence = String(picture.shown?.sequence ?? "");
    const apart = `${values[0].length} of them, ${formatNumber(spacing, 3)} px apart`;
    this.plot.canvas.setAttribute("aria-label", `Values along the line, ${apart}`);
    this.plot.show({
      series: values.map((channel, i) => ({
        name: channelName(picture, i),
        values: channel,
        color: values.length === 1 ? "--accent" : colours[i % colours.length],
      })),
      x0: 0,
      dx: this.profile.dx,
      xName: unit === "" ? "distance" : unit,
    });
  }

  /** @private The values of what is seen now: the plot may be a tenth of a second behind. */
  csv() {
    this.measure();
    if (this.profile === null) return "";
    const { values, dx, unit } = this.profile;
    const names = values.map((_, i) => channelName(this.picture, i) || "value");
    const head = [unit === "" ? "distance" : `distance [${unit}]`, ...names];
    const rows = Array.from(values[0], (_, i) => [
      Number((i * dx).toPrecision(10)),
      ...values.map((channel) => channel[i]),
    ]);
    return csvText([head, ...rows]);
  }
}
