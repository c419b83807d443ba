// @ts-check
/**
 * The tiles of an array that the page holds, and their textures: the least recently used go when
 * there are too many.
 */

/** @typedef {import("../client/frame.js").Frame} Frame */
/** @typedef {import("../image/patch.js").Patch} Patch */
/** @typedef {import("./block.js").Block} Block */

/** Pixels of a tile's side. */
export const tileSide = 256;

/** Bytes of payload that are held; the textures take as much again. What is seen is held anyway. */
const byteBound = 128 << 20;
/** The server takes it that so many are held (docs/wire-protocol.md). */
const countBound = 4096;

/**
 * @typedef {object} Tile
 * @property {string} key
 * @property {number} plane
 * @property {Block} block
 * @property {number} bytes
 * @property {Patch | null} patch null: not on the graphics processor
 * @property {boolean} isThere whether the patch holds the block's numbers
 */

/**
 * @param {number} plane
 * @param {number} level
 * @param {number} row of tiles
 * @param {number} column of tiles
 */
export function tileKey(plane, level, row, column) {
  return `${plane}/${level}/${row}/${column}`;
}

export class TileCache {
  /** @param {(patch: Patch) => void} free */
  constructor(free) {
    /** @private */
    this.free = free;
    /** @private @type {Map<string, Tile>} least recently used first */
    this.tiles = new Map();
    /** @private */
    this.bytes = 0;
    /** Keys that the server sent and that are held no more. @type {Set<string>} */
    this.dropped = new Set();
  }

  /** @param {string} key */
  get(key) {
    return this.tiles.get(key);
  }

  /** Like `get`; the tile is then the most recently used one. @param {string} key */
  use(key) {
    const tile = this.tiles.get(key);
    if (tile === undefined) return undefined;
    this.tiles.delete(key);
    this.tiles.set(key, tile);
    return tile;
  }

  /**
   * @param {string} key
   * @param {number} plane
   * @param {Block} block
   * @param {number} bytes
   * @returns {Tile} with the texture of the one that it replaces
   */
  put(key, plane, block, bytes) {
    const before = this.tiles.get(key);
    this.tiles.delete(key);
    this.bytes += bytes - (before?.bytes ?? 0);
    const tile = { key, plane, block, bytes, patch: before?.patch ?? null, isThere: false };
    this.tiles.set(key, tile);
    this.dropped.delete(key);
    return tile;
  }

  /** Drops the least recently used. @param {(tile: Tile) => boolean} isKept */
  trim(isKept) {
    if (this.bytes <= byteBound && this.tiles.size <= countBound) return;
    for (const tile of this.tiles.values()) {
      if (isKept(tile)) continue;
      this.drop(tile);
      if (this.bytes <= byteBound && this.tiles.size <= countBound) return;
    }
  }

  /** @private @param {Tile} tile */
  drop(tile) {
    this.tiles.delete(tile.key);
    this.bytes -= tile.bytes;
    this.dropped.add(tile.key);
    if (tile.patch !== null) this.free(tile.patch);
    tile.patch = null;
    tile.isThere = false;
  }

  values() {
    return this.tiles.values();
  }

  end() {
    for (const tile of [...this.tiles.values()]) this.drop(tile);
    this.dropped.clear();
  }
}
