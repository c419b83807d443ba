// @ts-check
/**
 * Regions of interest: rectangles and ellipses over the picture, with live statistics of each.
 */

import { readAddress, writeAddress } from "../shell/address.js";
import { element, setText } from "../shell/element.js";
import { partReader } from "../image/numbers.js";
import { regionStatistics } from "../image/region_statistics.js";
import { Cadence } from "./cadence.js";
import { arrowStep } from "./overlay.js";
import { channelName, pieceOf, stepNote } from "./piece.js";
import { columns, RegionTable } from "./region_table.js";
import { makeTableButtons } from "./make_button.js";
import { csvText, fileName } from "./save.js";
import { setAttributes, svgElement } from "./svg.js";

/** @typedef {import("../image/region_statistics.js").Region} Region */
/** @typedef {import("./overlay.js").Point} Point */

/** More would be too many to compute ten times a second, and to tell apart. */
const most = 12;
const letters = { rectangle: "r", ellipse: "e" };

export class RegionTool {
  /**
   * @param {import("./picture.js").Picture} picture
   * @param {import("./overlay.js").Overlay} overlay
   * @param {HTMLElement} pane where the statistics are shown
   * @param {() => void} onChange some came, or went
   */
  constructor(picture, overlay, pane, onChange) {
    /** @type {Region[]} */
    this.regions = [];
    /** @private */
    this.active = 0;
    /** @private */
    this.picture = picture;
    /** @private */
    this.overlay = overlay;
    /** @private */
    this.pane = pane;
    /** @private */
    this.onChange = onChange;
    /** @private @type {SVGGElement[]} */
    this.made = [];
    /** @private @type {{put: (place: Point) => void, remove: () => void}[]} */
    this.corners = [];
    /** @private @type {import("./region_table.js").Row[]} */
    this.rows = [];
    /** @private */
    this.group = svgElement("g");
    /** @private */
    this.labels = svgElement("g", { class: "labels" });
    overlay.shapes.append(this.group);
    overlay.svg.append(this.labels);
    /** @private */
    this.note = element("p", { class: "muted" });
    const { copy, save, close } = makeTableButtons("Remove all regions", {
      text: () => this.csv(),
      name: () => fileName(picture, "regions", "csv"),
      onClose: () => this.put([]),
    });
    const scroll = element("div", { class: "tool-table" });
    pane.append(
      element("div", { class: "tool-head" }, element("h2", {}, "Regions"), this.note, copy, save, close),
      scroll,
    );
    /** @private */
    this.table = new RegionTable(scroll, {
      onSelect: (region) => this.select(region),
      onRemove: (region) => this.put(this.regions.filter((_, i) => i !== region)),
      onKey: (region, event) => this.key(region, event),
    });
    /** @private */
    this.cadence = new Cadence(() => this.measure());
    picture.onDrawn(() => this.request());
    picture.view.onChange(() => this.placeLabels());
  }

  /** Computes the numbers anew, soon. */
  request() {
    if (this.regions.length > 0) this.cadence.request();
  }

  /** What the address says. */
  read() {
    const texts = (readAddress("regions") ?? "").split("_").filter((text) => text !== "");
    this.put(texts.flatMap((text) => parseRegion(text) ?? []).slice(0, most));
  }

  /** Draws another one. @param {Region["shape"]} shape */
  begin(shape) {
    if (this.overlay.stopDrawing()) return;
    if (this.regions.length >= most) return;
    const before = this.regions;
    this.overlay.arm(
      (from, to) => {
        this.active = before.length;
        this.put([...before, regionBetween(shape, from, to)]);
      },
      () => this.onChange(),
    );
  }

  /** @private @param {number} region */
  select(region) {
    if (region === this.active) return;
    this.active = region;
    this.draw();
    this.table.show(this.rows, this.active);
  }

  /** @private @param {number} at @param {KeyboardEvent} event */
  key(at, event) {
    const by = arrowStep(event);
    if (by === null) return;
    event.preventDefault();
    const region = this.regions[at];
    this.replace(
      at,
      event.altKey
        ? { ...region, width: Math.max(1, region.width + by.x), height: Math.max(1, region.height + by.y) }
        : { ...region, x: region.x + by.x, y: region.y + by.y },
    );
  }

  /** @private @param {number} at @param {Region} region */
  replace(at, region) {
    this.put(this.regions.map((other, i) => (i === at ? region : other)));
  }

  /** @param {Region[]} regions */
  put(regions) {
    this.regions = regions;
    this.active = Math.min(this.active, Math.max(0, regions.length - 1));
    const text = regions.map(
      ({ shape, x, y, width, height }) => letters[shape] + [x, y, width, height].join(),
    );
    writeAddress({ regions: text.length === 0 ? null : text.join("_") });
    this.pane.hidden = regions.length === 0;
    this.draw();
    this.cadence.request();
    this.onChange();
  }

  /** @private */
  draw() {
    const { regions, made } = this;
    while (made.length > regions.length) made.pop()?.remove();
    // Those that are there stay where they are: moving one in the tree would end its drag.
    while (made.length < regions.length) {
      const shape = this.makeShape(made.length);
      made.push(shape);
      this.group.append(shape);
    }
    regions.forEach(({ shape, x, y, width, height }, i) => {
      const [rx, ry] = [width / 2, height / 2];
      const d =
        shape === "rectangle"
          ? `M${x} ${y}h${width}v${height}h${-width}Z`
          : `M${x} ${y + ry}a${rx} ${ry} 0 1 1 ${width} 0a${rx} ${ry} 0 1 1 ${-width} 0Z`;
      for (const path of made[i].children) setAttributes(path, { d });
      setAttributes(made[i], { class: i === this.active ? "region active" : "region" });
    });
    this.placeCorners();
    this.placeLabels();
  }

  /** @private @param {number} at */
  makeShape(at) {
    const grip = svgElement("path", { class: "grip" });
    /** @type {Region | undefined} */
    let grabbed;
    this.overlay.followDrag(
      grip,
      (from, to) => {
        if (grabbed === undefined) return;
        const [dx, dy] = [Math.round(to.x - from.x), Math.round(to.y - from.y)];
        this.replace(at, { ...grabbed, x: grabbed.x + dx, y: grabbed.y + dy });
      },
      () => {
        grabbed = this.regions[at];
        this.select(at);
      },
    );
    const [under, line] = ["line under", "line"].map((name) => svgElement("path", { class: name }));
    return svgElement("g", {}, under, line, grip);
  }

  /** @private The corners of the selected region can be held. */
  placeCorners() {
    const region = this.regions[this.active];
    if (region === undefined) {
      for (const corner of this.corners) corner.remove();
      this.corners = [];
      return;
    }
    const names = ["Top left", "Top right", "Bottom left", "Bottom right"];
    if (this.corners.length === 0) {
      this.corners = names.map((name, i) =>
        this.overlay.addHandle(`${name} corner of the region`, (to) => {
          const now = this.regions[this.active];
          const opposite = {
            x: i % 2 === 0 ? now.x + now.width : now.x,
            y: i < 2 ? now.y + now.height : now.y,
          };
          this.replace(this.active, regionBetween(now.shape, opposite, to));
        }),
      );
    }
    const { x, y, width, height } = region;
    this.corners.forEach((corner, i) => {
      corner.put({ x: i % 2 === 0 ? x : x + width, y: i < 2 ? y : y + height });
    });
  }

  /** @private */
  placeLabels() {
    const { labels, regions } = this;
    while (labels.children.length > regions.length) labels.lastElementChild?.remove();
    while (labels.children.length < regions.length) labels.append(svgElement("text"));
    regions.forEach(({ x, y }, i) => {
      const place = this.overlay.toCss({ x, y });
      setAttributes(labels.children[i], { x: place.x + 3, y: place.y - 5 });
      setText(labels.children[i], String(i + 1));
    });
  }

  /** @private */
  measure() {
    const { picture } = this;
    let step = 1;
    this.rows = this.regions.flatMap((region, i) => {
      const { x, y, width, height, shape } = region;
      const piece = pieceOf(picture, { y0: y, x0: x, y1: y + height, x1: x + width });
      step = Math.max(step, piece?.step ?? 1);
      const read = piece === null ? undefined : partReader(piece.code, picture.manner.part);
      const found = piece === null ? [null] : regionStatistics(piece, region, read);
      // Opacity is no number of the picture's.
      const all = picture.layout?.blended ? found : found.slice(0, 3);
      const sign = shape === "ellipse" ? "◯" : "▭";
      const name = `${i + 1} ${sign} ${width}×${height}`;
      const title = `Rows from ${y}, columns from ${x}. Arrow keys move it, with Alt they resize it.`;
      return all.map((numbers, channel) => ({
        name,
        title,
        channel: channelName(picture, channel),
        numbers,
        region: i,
      }));
    });
    this.pane.dataset.sequence = String(picture.shown?.sequence ?? "");
    setText(this.note, stepNote(step));
    this.table.show(this.rows, this.active);
  }

  /** @private The numbers of what is seen now: the table may be a tenth of a second behind. */
  csv() {
    this.measure();
    const rows = this.rows.map(({ region, channel, numbers }) => {
      const { shape, x, y, width, height } = this.regions[region];
      const found = columns.map((column) => numbers?.[column] ?? NaN);
      return [region + 1, shape, x, y, width, height, channel, ...found];
    });
    return csvText([["region", "shape", "x", "y", "width", "height", "channel", ...columns], ...rows]);
  }
}

/** @param {Region["shape"]} shape @param {Point} from @param {Point} to @returns {Region} */
function regionBetween(shape, from, to) {
  const [x, y] = [Math.round(Math.min(from.x, to.x)), Math.round(Math.min(from.y, to.y))];
  const width = Math.max(1, Math.round(Math.max(from.x, to.x)) - x);
  const height = Math.max(1, Math.round(Math.max(from.y, to.y)) - y);
  return { shape, x, y, width, height };
}

/** @param {string} text as in the address: "r10,20,30,40" @returns {Region | null} */
function parseRegion(text) {
  const shape = text[0] === "r" ? "rectangle" : text[0] === "e" ? "ellipse" : null;
  const numbers = text.slice(1).split(",").map(Number);
  const [x, y, width, height] = numbers;
  const valid = numbers.length === 4 && numbers.every(Number.isSafeInteger) && width > 0 && height > 0;
  return shape !== null && valid ? { shape, x, y, width, height } : null;
}
