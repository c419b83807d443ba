// @ts-check
/**
 * A level's blocks on the graphics processor: an atlas of the blocks that exist, a table that says
 * where each one is, and the summaries of blocks.
 */

import { atlasColumns } from "./grid_shader.js";
import { side, slotHeight, slotWidth } from "./tile_block.js";
import { BlockSummary } from "./tile_level.js";

/** @typedef {import("./tile_level.js").TileLevel} TileLevel */

/** A level with more blocks than this would need a table of many megabytes. */
const mostBlocks = 2 ** 23;
const largestAtlas = 8192;

export class LevelTextures {
  /** @param {WebGL2RenderingContext} gl @param {TileLevel} level */
  constructor(gl, level) {
    /** @private */
    this.gl = gl;
    /** @private */
    this.level = level;
    /** @type {{atlas: WebGLTexture, table: WebGLTexture, summary: WebGLTexture} | null} */
    this.textures = null;
    /** Blocks that found no room. */
    this.missing = 0;
    /** @private */
    this.epoch = -1;
    /** @private slots that were ever given */
    this.slots = 0;
    /** @private @type {number[]} slots that were given back */
    this.free = [];
    /** @private slots of the atlas */
    this.capacity = 0;
    /** @private @type {Uint32Array} by block: its slot and 1, or 0 */
    this.table = new Uint32Array(0);
    /** @private @type {BlockSummary | null} */
    this.summary = null;
    const largest = gl.getParameter(gl.MAX_TEXTURE_SIZE);
    /** @private */
    this.mostSlots = atlasColumns * Math.floor(Math.min(largest, largestAtlas) / slotHeight);
    const { blockRows, blockColumns } = level;
    /** Whether the level's table fits a texture. */
    this.fits = blockRows <= largest && blockColumns <= largest && blockRows * blockColumns <= mostBlocks;
  }

  /** How many times summaries halve the blocks. */
  get coarsest() {
    return Math.log2(side) + (this.summary === null ? 0 : this.summary.grids.length - 1);
  }

  /** Brings what changed to the graphics processor. */
  update() {
    const { level } = this;
    if (!this.fits) {
      this.missing = level.blocks.size;
      return;
    }
    if (this.epoch !== level.epoch) this.begin();
    const keys = level.takeChanges();
    if (keys.length === 0) return;
    if (this.textures === null) this.allocate();
    const grew = this.place(keys);
    this.missing = this.level.blocks.size - (this.slots - this.free.length);
    this.upload(keys, grew ? this.level.blocks.keys() : keys);
  }

  /** @private All was forgotten. */
  begin() {
    this.epoch = this.level.epoch;
    this.release();
    this.missing = 0;
  }

  release() {
    const { gl, textures } = this;
    for (const texture of Object.values(textures ?? {})) gl.deleteTexture(texture);
    this.drop();
  }

  /** @private */
  drop() {
    this.textures = null;
    this.summary = null;
    this.capacity = 0;
    this.slots = 0;
    this.free = [];
  }

  /** @private */
  allocate() {
    const { gl, level } = this;
    const { blockRows, blockColumns } = level;
    this.table = new Uint32Array(blockRows * blockColumns);
    this.summary = new BlockSummary(blockRows, blockColumns);
    const { width, height, grids } = this.summary;
    const table = this.make(1, gl.R32UI, blockColumns, blockRows);
    const summary = this.make(grids.length, gl.RGBA16UI, width, height);
    this.capacity = atlasColumns;
    this.textures = { atlas: this.makeAtlas(), table, summary };
  }

  /** @private @param {number} levels @param {number} format @param {number} width @param {number} height */
  make(levels, format, width, height) {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, levels, format, width, height);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, levels > 1 ? gl.NEAREST_MIPMAP_NEAREST : gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    return texture;
  }

  /** @private */
  makeAtlas() {
    const rows = this.capacity / atlasColumns;
    return this.make(1, this.gl.RGBA16UI, atlasColumns * slotWidth, rows * slotHeight);
  }

  /**
   * Gives each block a slot, and takes those back whose block is gone.
   *
   * @private
   * @param {number[]} keys
   * @returns {boolean} whether the atlas grew: then it is empty
   */
  place(keys) {
    const { gl, level, textures } = this;
    if (textures === null) return false;
    let firstRow = Infinity;
    let lastRow = -1;
    for (const key of keys) {
      const isThere = level.blocks.has(key);
      if (isThere === this.table[key] > 0) continue;
      if (!isThere) {
        this.free.push(this.table[key] - 1);
        this.table[key] = 0;
      } else {
        const slot = this.free.pop() ?? this.slots;
        if (slot === this.mostSlots) continue;
        this.slots = Math.max(this.slots, slot + 1);
        this.table[key] = slot + 1;
      }
      const row = Math.floor(key / level.blockColumns);
      firstRow = Math.min(firstRow, row);
      lastRow = Math.max(lastRow, row);
    }
    if (lastRow < 0) return false;
    const { blockColumns } = level;
    const rows = this.table.subarray(firstRow * blockColumns, (lastRow + 1) * blockColumns);
    gl.bindTexture(gl.TEXTURE_2D, textures.table);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    const count = lastRow - firstRow + 1;
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, firstRow, blockColumns, count, gl.RED_INTEGER, gl.UNSIGNED_INT, rows);
    if (this.slots <= this.capacity) return false;
    while (this.capacity < this.slots) this.capacity = Math.min(this.mostSlots, this.capacity * 2);
    gl.deleteTexture(textures.atlas);
    textures.atlas = this.makeAtlas();
    return true;
  }

  /** @private @param {number[]} changed @param {Iterable<number>} lacking what the atlas lacks */
  upload(changed, lacking) {
    const { gl, level, textures, summary } = this;
    if (textures === null || summary === null) return;
    gl.bindTexture(gl.TEXTURE_2D, textures.atlas);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    for (const key of lacking) {
      const block = level.blocks.get(key);
      const slot = this.table[key] - 1;
      if (block === undefined || slot < 0) continue;
      const x = (slot % atlasColumns) * slotWidth;
      const y = Math.floor(slot / atlasColumns) * slotHeight;
      const { texels } = block;
      gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, slotWidth, slotHeight, gl.RGBA_INTEGER, gl.UNSIGNED_SHORT, texels);
    }
    summary.update(changed, level.blocks);
    gl.bindTexture(gl.TEXTURE_2D, textures.summary);
    summary.grids.forEach((grid, k) => {
      if (grid.last < grid.first) return;
      const rows = grid.texels.subarray(grid.first * grid.width * 4, (grid.last + 1) * grid.width * 4);
      const count = grid.last - grid.first + 1;
      gl.texSubImage2D(gl.TEXTURE_2D, k, 0, grid.first, grid.width, count, gl.RGBA_INTEGER, gl.UNSIGNED_SHORT, rows);
      [grid.first, grid.last] = [grid.height, -1];
    });
  }

  /** The context was lost, and came back: everything is made anew. */
  restart() {
    this.drop();
    for (const key of this.level.blocks.keys()) this.level.changed.add(key);
  }
}
