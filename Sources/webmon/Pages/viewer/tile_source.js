// @ts-check
/**
 * Tiles of an array: at the level that the zoom asks for, in the part that is seen and a little
 * around it; coarser ones are shown where these are not here yet.
 */

import { planeNumber } from "../image/layout.js";
import { blockOf, joined } from "./block.js";
import { TileCache, tileKey, tileSide } from "./tile_cache.js";

/** @typedef {import("../client/frame.js").Frame} Frame */
/** @typedef {import("../client/subscription.js").Viewed} Viewed */
/** @typedef {import("../client/view.js").ViewPlace} ViewPlace */
/** @typedef {import("../image/layout.js").ImageLayout} ImageLayout */
/** @typedef {import("../image/renderer.js").Piece} Piece */
/** @typedef {import("../image/view.js").View} View */
/** @typedef {import("./block.js").Block} Block */
/** @typedef {import("./source.js").Source} Source */
/** @typedef {import("./tile_cache.js").Tile} Tile */

/**
 * A rectangle of tiles of one level of one plane; columns and rows of tiles, half open.
 *
 * @typedef {object} Span
 * @property {number} plane
 * @property {number[]} index
 * @property {number} level
 * @property {number} top
 * @property {number} left
 * @property {number} bottom
 * @property {number} right
 */

/** The whole plane, so coarse that it has no more tiles than this along a side, comes first. */
const overviewSide = 4;

/** @param {ImageLayout} layout */
export function overviewLevel({ width, height }) {
  const longest = Math.max(width, height);
  return Math.max(0, Math.ceil(Math.log2(longest / (tileSide * overviewSide))));
}

/** @implements {Source} */
export class TileSource {
  /**
   * @param {import("../image/renderer.js").Renderer} renderer
   * @param {ImageLayout} layout
   * @param {(place: ViewPlace & {fresh?: boolean}) => void} ask
   */
  constructor(renderer, layout, ask) {
    /** @type {Frame | null} */
    this.shown = null;
    /** @type {number | null} */
    this.sequence = null;
    /** @private */
    this.renderer = renderer;
    /** @private */
    this.layout = layout;
    /** @private */
    this.ask = ask;
    /** @private */
    this.cache = new TileCache((patch) => renderer.free(patch));
    /** @private @type {Frame[]} */
    this.waiting = [];
    /** @private @type {Span | null} what is to be seen */
    this.wanted = null;
    /** @private @type {Span | null} what the server was asked for last */
    this.asked = null;
    /** @private planes whose overview was sent @type {Set<number>} */
    this.overviews = new Set();
    /** @private the plane on screen; the one before, until the wanted one is here */
    this.plane = -1;
    /** @private */
    this.base = 0;
    /** Level of the overview. */
    this.coarsest = overviewLevel(layout);
    /** @private @type {{text: string, patch: import("../image/patch.js").Patch} | null} tiles in
     *   one texture, so that what lies at their edges has its neighbours */
    this.joint = null;
  }

  get isHere() {
    return this.plane === this.wanted?.plane;
  }

  /** @param {Frame} frame */
  offer(frame) {
    this.waiting.push(frame);
  }

  /** @param {Viewed} viewed */
  viewed(viewed) {
    const { asked } = this;
    if (asked === null || viewed.level !== asked.level) return;
    // Of what was asked for before it tells nothing.
    if (this.regionOf(asked).some((edge, i) => edge !== viewed.region[i])) return;
    if (asked.level === this.coarsest) this.overviews.add(asked.plane);
    if (this.wanted !== null && isWithin(this.wanted, asked)) this.sequence = viewed.sequence;
    this.request();
  }

  /**
   * @param {View} view
   * @param {readonly number[]} indices
   */
  look(view, indices) {
    const before = this.wanted;
    this.wanted = this.spanOf(view, indices);
    if (before === null || !isSame(before, this.wanted)) this.request();
    return before !== null && before.plane !== this.wanted.plane;
  }

  /** @private @param {View} view @param {readonly number[]} indices @returns {Span} */
  spanOf(view, indices) {
    // A hair's breadth: 1:4 shall be level 2 although 0.25 was not written so exactly.
    const fine = Math.floor(Math.log2(1 / view.placement.zoom) + 0.001);
    const level = Math.min(Math.max(0, fine), this.coarsest);
    const side = tileSide * 2 ** level;
    const [y0, x0, y1, x1] = view.visible;
    const { height, width } = this.layout;
    return {
      plane: planeNumber(this.layout, indices),
      index: [...indices],
      level,
      top: Math.max(0, Math.floor(y0 / side)),
      left: Math.max(0, Math.floor(x0 / side)),
      bottom: Math.min(Math.ceil(height / side), Math.max(1, Math.ceil(y1 / side))),
      right: Math.min(Math.ceil(width / side), Math.max(1, Math.ceil(x1 / side))),
    };
  }

  /** Asks for what is wanted, if that is not what was asked for. @private */
  request() {
    const { wanted, asked } = this;
    if (wanted === null) return;
    const isFirst = !this.overviews.has(wanted.plane);
    const next = isFirst ? this.overviewOf(wanted) : this.widened(wanted);
    if (asked !== null && next.plane === asked.plane && next.level === asked.level) {
      // The overview is waited for; what lies within what was asked for comes, or is here.
      if (isFirst || isWithin(wanted, asked)) return;
    }
    const fresh = this.takeDropped(next);
    this.asked = next;
    this.sequence = null;
    const place = { index: next.index, level: next.level, region: this.regionOf(next) };
    this.ask(fresh ? { ...place, fresh } : place);
  }

  /** @private @param {Span} span @returns {number[]} [y0, x0, y1, x1] in pixels of level 0 */
  regionOf({ level, top, left, bottom, right }) {
    const side = tileSide * 2 ** level;
    const { height, width } = this.layout;
    return [top * side, left * side, Math.min(height, bottom * side), Math.min(width, right * side)];
  }

  /** @private @param {Span} span @returns {Span} */
  overviewOf(span) {
    const side = tileSide * 2 ** this.coarsest;
    const { height, width } = this.layout;
    const [bottom, right] = [Math.ceil(height / side), Math.ceil(width / side)];
    return { ...span, level: this.coarsest, top: 0, left: 0, bottom, right };
  }

  /**
   * A tile more on each side: what is moved to is often here.
   *
   * @private
   * @param {Span} span
   * @returns {Span}
   */
  widened(span) {
    const side = tileSide * 2 ** span.level;
    const { height, width } = this.layout;
    return {
      ...span,
      top: Math.max(0, span.top - 1),
      left: Math.max(0, span.left - 1),
      bottom: Math.min(Math.ceil(height / side), span.bottom + 1),
      right: Math.min(Math.ceil(width / side), span.right + 1),
    };
  }

  /**
   * Whether tiles of a span were dropped: the server takes it that they are here.
   *
   * @private
   * @param {Span} span
   */
  takeDropped(span) {
    let found = false;
    for (const [row, column] of places(span)) {
      const key = tileKey(span.plane, span.level, row, column);
      if (this.cache.dropped.delete(key)) found = true;
    }
    return found;
  }

  /** @param {import("./source.js").Taking} mode */
  take(mode) {
    const frames = this.waiting;
    this.waiting = [];
    if (mode === "none") {
      for (const frame of frames) frame.skip();
      return { isNew: false, frames: [] };
    }
    let isNew = false;
    for (const frame of frames) {
      const block = blockOf(frame, this.layout);
      const key = tileKey(frame.plane, frame.level, block.y / tileSide, block.x / tileSide);
      const tile = this.cache.put(key, frame.plane, block, frame.nbytes);
      this.upload(tile);
      this.shown = frame;
      isNew ||= frame.plane === this.wanted?.plane || frame.plane === this.plane;
    }
    if (frames.length > 0) {
      this.dropJoint();
      const kept = this.asked;
      this.cache.trim(({ plane, block }) => {
        if (kept === null || plane !== kept.plane) return false;
        return block.level === this.coarsest || (block.level === kept.level && meets(block, kept));
      });
    }
    return { isNew: this.settlePlane() || isNew, frames };
  }

  /** Turns to the wanted plane once something of all that is seen is here. @private */
  settlePlane() {
    const { wanted } = this;
    if (wanted === null || wanted.plane === this.plane) return false;
    // At first whatever comes is better than nothing.
    const isFirst = this.plane < 0;
    if (isFirst && this.shown?.plane !== wanted.plane) return false;
    for (const [row, column] of isFirst ? [] : places(wanted)) {
      if (this.ancestor(wanted.plane, wanted.level, row, column) === undefined) return false;
    }
    this.plane = wanted.plane;
    return true;
  }

  /**
   * The finest tile that is held and shows a place.
   *
   * @private
   * @param {number} plane @param {number} level @param {number} row @param {number} column
   */
  ancestor(plane, level, row, column) {
    for (let up = 0; level + up <= this.coarsest; up += 1) {
      const key = tileKey(plane, level + up, row >> up, column >> up);
      const tile = this.cache.use(key);
      if (tile !== undefined) return tile;
    }
    return undefined;
  }

  /**
   * @param {View} view
   * @param {boolean} join
   * @returns {Piece[]}
   */
  pieces(view, join) {
    if (this.wanted === null || this.plane < 0) return [];
    const span = this.wanted;
    const joint = join && span.level === 0 ? this.join(span, view) : null;
    if (joint !== null) return [joint];
    const { height, width } = this.layout;
    const side = tileSide * 2 ** span.level;
    /** @type {Piece[]} */
    const pieces = [];
    for (const [row, column] of places(span)) {
      const tile = this.ancestor(this.plane, span.level, row, column);
      if (tile === undefined) continue;
      const clip = /** @type {const} */ ([
        row * side,
        column * side,
        Math.min(height, (row + 1) * side),
        Math.min(width, (column + 1) * side),
      ]);
      if (tile.block.level > span.level) {
        const finer = this.finer(span.level, row, column);
        if (finer !== null) {
          pieces.push(...finer);
          continue;
        }
      }
      pieces.push(this.piece(tile, clip));
    }
    return pieces;
  }

  /**
   * A place from the four tiles of the level below, if they are held: after zooming out.
   *
   * @private
   * @param {number} level @param {number} row @param {number} column
   * @returns {Piece[] | null}
   */
  finer(level, row, column) {
    if (level === 0) return null;
    const side = tileSide * 2 ** (level - 1);
    const { height, width } = this.layout;
    /** @type {Piece[]} */
    const pieces = [];
    for (const [r, c] of places(fourOf(row, column))) {
      if (r * side >= height || c * side >= width) continue;
      const tile = this.cache.use(tileKey(this.plane, level - 1, r, c));
      if (tile === undefined) return null;
      pieces.push(this.piece(tile, [0, 0, height, width]));
    }
    return pieces;
  }

  /** @private @param {Tile} tile @param {Piece["clip"]} clip @returns {Piece} */
  piece(tile, clip) {
    const { level, y, x } = tile.block;
    return { patch: this.upload(tile), level, y, x, clip };
  }

  /**
   * Brings a tile to the graphics processor, if it is not there as it must be.
   *
   * @private
   * @param {Tile} tile
   */
  upload(tile) {
    const { patch, block } = tile;
    const isBased = patch !== null && (!patch.format.shifted || patch.base === this.base);
    if (tile.isThere && isBased) return patch;
    const { array, h, w } = block;
    tile.patch = this.renderer.upload(patch, this.layout, array, h, w, this.base);
    tile.isThere = true;
    return tile.patch;
  }

  /**
   * What is seen as one texture. It is magnified, so there are not many pixels.
   *
   * @private
   * @param {Span} span
   * @param {View} view
   * @returns {Piece | null} null where not all of it is here
   */
  join(span, view) {
    const { height, width } = this.layout;
    const [top, left, bottom, right] = view.visible;
    const [y0, x0] = [Math.max(0, Math.floor(top) - 1), Math.max(0, Math.floor(left) - 1)];
    const [y1, x1] = [Math.min(height, Math.ceil(bottom) + 1), Math.min(width, Math.ceil(right) + 1)];
    const text = [this.plane, y0, x0, y1, x1, this.base].join();
    if (this.joint?.text !== text) {
      const array = joined(this.held(span.level, y0, x0, y1, x1), this.layout, y0, x0, y1, x1);
      if (array === null) return null;
      const before = this.joint?.patch ?? null;
      const [h, w] = [y1 - y0, x1 - x0];
      this.joint = { text, patch: this.renderer.upload(before, this.layout, array, h, w, this.base) };
    }
    return { patch: this.joint.patch, level: 0, y: y0, x: x0, clip: [0, 0, height, width] };
  }

  /** @private */
  dropJoint() {
    if (this.joint !== null) this.renderer.free(this.joint.patch);
    this.joint = null;
  }

  /**
   * @param {number} level
   * @param {number} y0 @param {number} x0 @param {number} y1 @param {number} x1
   */
  held(level, y0, x0, y1, x1) {
    /** @type {Block[]} */
    const blocks = [];
    for (let row = Math.floor(y0 / tileSide); row * tileSide < y1; row += 1) {
      for (let column = Math.floor(x0 / tileSide); column * tileSide < x1; column += 1) {
        const tile = this.cache.get(tileKey(this.plane, level, row, column));
        // What is not here makes the rest useless to who asks.
        if (tile === undefined) return blocks;
        blocks.push(tile.block);
      }
    }
    return blocks;
  }

  /** @returns {Block[]} */
  sample() {
    const { height, width } = this.layout;
    const scale = 2 ** this.coarsest;
    return this.held(this.coarsest, 0, 0, Math.ceil(height / scale), Math.ceil(width / scale));
  }

  /** @param {number} _step */
  step(_step) {
    return false;
  }

  /** @param {number} base */
  rebase(base) {
    this.base = base;
  }

  restore() {
    for (const tile of this.cache.values()) {
      tile.patch = null;
      tile.isThere = false;
    }
    this.joint = null;
  }

  end() {
    for (const frame of this.waiting) frame.skip();
    this.waiting = [];
    this.dropJoint();
    this.cache.end();
  }
}

/**
 * The tiles of a span: row and column of each.
 *
 * @param {{top: number, left: number, bottom: number, right: number}} span
 * @returns {Iterable<[number, number]>}
 */
function* places({ top, left, bottom, right }) {
  for (let row = top; row < bottom; row += 1) {
    for (let column = left; column < right; column += 1) yield [row, column];
  }
}

/** The four tiles of the level below that one tile stands for. @param {number} row @param {number} column */
function fourOf(row, column) {
  return { top: 2 * row, left: 2 * column, bottom: 2 * row + 2, right: 2 * column + 2 };
}

/** @param {Span} inner @param {Span} outer */
function isWithin(inner, outer) {
  return (
    inner.plane === outer.plane &&
    inner.level === outer.level &&
    inner.top >= outer.top &&
    inner.left >= outer.left &&
    inner.bottom <= outer.bottom &&
    inner.right <= outer.right
  );
}

/** @param {Span} one @param {Span} other */
function isSame(one, other) {
  return isWithin(one, other) && isWithin(other, one);
}

/** @param {Block} block @param {Span} span of its level */
function meets({ y, x }, { top, left, bottom, right }) {
  const [row, column] = [y / tileSide, x / tileSide];
  return row >= top && row < bottom && column >= left && column < right;
}
