// @ts-check
/**
 * What is known of the tiles of one level: blocks, made where something happened, and summaries
 * of blocks. Memory and the work for an event do not depend on how many tiles the level has.
 */

import { combine, decode, encode, side, TileBlock } from "./tile_block.js";
import { evicted, states } from "./states.js";

/** @typedef {import("./event_reader.js").TileEvent} TileEvent */
/** @typedef {import("./declaration.js").Level} Level */

/** Times are kept in steps of 1/16 s: enough for eight years. */
export const timeSteps = 16;

/**
 * @typedef {object} Tile
 * @property {number} row
 * @property {number} column
 * @property {number} state
 * @property {number} milliseconds NaN: not known
 * @property {number} nbytes NaN: not known
 * @property {number} time seconds since the page's beginning of time, NaN: nothing was told
 */

export class TileLevel {
  /** @param {Level} level */
  constructor(level) {
    this.rows = level.rows;
    this.columns = level.columns;
    this.blockRows = Math.ceil(level.rows / side);
    this.blockColumns = Math.ceil(level.columns / side);
    /** @type {Map<number, TileBlock>} by block row * `blockColumns` + block column */
    this.blocks = new Map();
    /** Tiles by state. The first number means nothing: all the others have it. */
    this.counts = new Array(states.length).fill(0);
    /** @type {Set<number>} blocks that changed since `takeChanges` */
    this.changed = new Set();
    /** Grows when all was forgotten: copies elsewhere are to be made anew. */
    this.epoch = 0;
  }

  clear() {
    this.blocks.clear();
    this.changed.clear();
    this.counts.fill(0);
    this.epoch += 1;
  }

  /**
   * @param {TileEvent} event of a tile that the level has
   * @param {number} time seconds since the page's beginning of time
   */
  take({ row, column, state, milliseconds, nbytes }, time) {
    const key = Math.floor(row / side) * this.blockColumns + Math.floor(column / side);
    let block = this.blocks.get(key);
    if (block === undefined) {
      if (state === evicted) return;
      block = new TileBlock();
      this.blocks.set(key, block);
    }
    const [y, x] = [row % side, column % side];
    const at = TileBlock.at(y, x);
    const { texels, bytes } = block;
    this.counts[texels[at]] -= 1;
    this.counts[state] += 1;
    block.known += Number(state !== evicted) - Number(texels[at] !== evicted);
    texels[at] = state;
    if (state === evicted) {
      texels[at + 1] = 0;
      bytes[y * side + x] = 0;
      // A viewer that wanders for days must not fill the memory.
      if (block.known === 0) this.blocks.delete(key);
    } else {
      if (milliseconds >= 0) texels[at + 1] = encode(milliseconds);
      if (nbytes > 0) bytes[y * side + x] = encode(nbytes, 1);
    }
    const step = Math.max(0, Math.min(2 ** 32 - 1, Math.round(time * timeSteps)));
    texels[at + 2] = step >>> 16;
    texels[at + 3] = step & 65535;
    this.changed.add(key);
  }

  /** @param {number} row @param {number} column @returns {Tile} */
  tile(row, column) {
    const key = Math.floor(row / side) * this.blockColumns + Math.floor(column / side);
    const block = this.blocks.get(key);
    if (block === undefined) return { row, column, state: 0, milliseconds: NaN, nbytes: NaN, time: NaN };
    const [y, x] = [row % side, column % side];
    const at = TileBlock.at(y, x);
    const { texels, bytes } = block;
    const step = texels[at + 2] * 65536 + texels[at + 3];
    return {
      row,
      column,
      state: texels[at],
      milliseconds: decode(texels[at + 1]),
      nbytes: decode(bytes[y * side + x], 1),
      time: step === 0 ? NaN : step / timeSteps,
    };
  }

  /** The blocks that changed since the last call, with their summaries made anew. */
  takeChanges() {
    const keys = [...this.changed];
    this.changed.clear();
    for (const key of keys) this.blocks.get(key)?.summarise();
    return keys;
  }
}

/**
 * Summaries of blocks: of one, of 2 x 2, of 4 x 4 and so on, each a grid of texels whose sides are
 * powers of two.
 */
export class BlockSummary {
  /** @param {number} rows @param {number} columns of blocks */
  constructor(rows, columns) {
    this.height = 2 ** Math.ceil(Math.log2(rows));
    this.width = 2 ** Math.ceil(Math.log2(columns));
    const count = 1 + Math.log2(Math.max(this.height, this.width));
    /** Grid `k` has one texel for 2^k x 2^k blocks. */
    this.grids = Array.from({ length: count }, (_, k) => {
      const height = Math.max(1, this.height >> k);
      const width = Math.max(1, this.width >> k);
      return { height, width, texels: new Uint16Array(height * width * 4), first: height, last: -1 };
    });
    /** @private */
    this.columns = columns;
  }

  /** @param {Iterable<number>} keys of blocks that changed @param {Map<number, TileBlock>} blocks */
  update(keys, blocks) {
    /** @type {Set<number>} */
    let places = new Set();
    const [bottom] = this.grids;
    for (const key of keys) {
      const [row, column] = [Math.floor(key / this.columns), key % this.columns];
      const whole = TileBlock.whole;
      const texel = blocks.get(key)?.texels.subarray(whole, whole + 4) ?? [0, 0, 0, 0];
      bottom.texels.set(texel, (row * bottom.width + column) * 4);
      touch(bottom, row);
      places.add(row * bottom.width + column);
    }
    for (let k = 1; k < this.grids.length; k += 1) {
      const [below, grid] = [this.grids[k - 1], this.grids[k]];
      /** @type {Set<number>} */
      const above = new Set();
      for (const place of places) {
        const row = Math.min(grid.height - 1, Math.floor(place / below.width) >> 1);
        const column = Math.min(grid.width - 1, (place % below.width) >> 1);
        above.add(row * grid.width + column);
      }
      for (const place of above) {
        const [row, column] = [Math.floor(place / grid.width), place % grid.width];
        combineWithin(below, row, column, grid.texels, place * 4);
        touch(grid, row);
      }
      places = above;
    }
  }
}

/** @param {{first: number, last: number}} grid @param {number} row */
function touch(grid, row) {
  grid.first = Math.min(grid.first, row);
  grid.last = Math.max(grid.last, row);
}

/**
 * As `combine`; of a grid with one row or one column the only one stands for both.
 *
 * @param {{height: number, width: number, texels: Uint16Array}} below
 * @param {number} row @param {number} column of the texel above
 * @param {Uint16Array} target @param {number} to
 */
function combineWithin(below, row, column, target, to) {
  const four = new Uint16Array(16);
  for (let i = 0; i < 4; i += 1) {
    const y = Math.min(below.height - 1, 2 * row + (i >> 1));
    const x = Math.min(below.width - 1, 2 * column + (i & 1));
    const at = (y * below.width + x) * 4;
    four.set(below.texels.subarray(at, at + 4), i * 4);
  }
  combine(four, 0, 8, target, to);
}
