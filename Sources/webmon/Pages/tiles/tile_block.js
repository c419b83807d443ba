// @ts-check
/**
 * The tiles of one square of a level's grid, and their summaries: what is seen of them where a
 * tile is smaller than a pixel.
 *
 * A texel has four 16-bit numbers: state, milliseconds as a code (`encode`), and the time of the
 * last event in two halves. The texels lie as the graphics processor has them: the tiles as a
 * square of `side`, right of it the summaries of 2 x 2, 4 x 4, ... tiles.
 */

/** Tiles along each side of a block. */
export const side = 32;
/** Texels of a block: the tiles, and the summaries beside them. */
export const slotWidth = side * 1.5;
export const slotHeight = side;
/** Summaries of a block: the last one is of all its tiles. */
export const summaries = Math.log2(side);

const steps = 2000;
const microsecond = 1e-3;

/**
 * A number of milliseconds or bytes in 16 bits, within 0.04 %; 0 stands for what is not known.
 *
 * @param {number} value
 * @param {number} unit the smallest that differs from nothing
 */
export function encode(value, unit = microsecond) {
  if (!(value >= 0)) return 0;
  return 1 + Math.min(65534, Math.round(Math.log2(1 + value / unit) * steps));
}

/** @param {number} code @param {number} unit */
export function decode(code, unit = microsecond) {
  return code === 0 ? NaN : (2 ** ((code - 1) / steps) - 1) * unit;
}

/** Where summary `k` (of 2^k x 2^k tiles) begins, in texels of the slot. @param {number} k */
export function summaryRow(k) {
  return k === 0 ? 0 : side - (2 * side) / 2 ** k;
}

export class TileBlock {
  constructor() {
    /** What the graphics processor gets. */
    this.texels = new Uint16Array(slotWidth * slotHeight * 4);
    /** Codes of the tiles' bytes. */
    this.bytes = new Uint16Array(side * side);
    /** Tiles that have a state. */
    this.known = 0;
  }

  /** @param {number} row @param {number} column within the block @returns {number} first of its four */
  static at(row, column) {
    return (row * slotWidth + column) * 4;
  }

  /**
   * The most severe state, the longest load, and the newest event of each 2 x 2, and so on: a lone
   * tile that failed does not vanish.
   */
  summarise() {
    for (let k = 1; k <= summaries; k += 1) {
      const extent = side >> k;
      const fromLeft = k === 1 ? 0 : side;
      const fromTop = summaryRow(k - 1);
      const top = summaryRow(k);
      for (let row = 0; row < extent; row += 1) {
        for (let column = 0; column < extent; column += 1) {
          const from = TileBlock.at(fromTop + 2 * row, fromLeft + 2 * column);
          combine(this.texels, from, slotWidth * 4, this.texels, TileBlock.at(top + row, side + column));
        }
      }
    }
  }

  /** The summary of all tiles: its place in `texels`. */
  static get whole() {
    return TileBlock.at(summaryRow(summaries), side);
  }
}

/**
 * Four texels, two beside and two below each other, into one.
 *
 * @param {Uint16Array} source
 * @param {number} from the first of them
 * @param {number} stride to the row below
 * @param {Uint16Array} target
 * @param {number} to
 */
export function combine(source, from, stride, target, to) {
  let state = 0;
  let code = 0;
  let time = 0;
  for (const at of [from, from + 4, from + stride, from + stride + 4]) {
    if (source[at] === 0) continue;
    state = Math.max(state, source[at]);
    code = Math.max(code, source[at + 1]);
    time = Math.max(time, source[at + 2] * 65536 + source[at + 3]);
  }
  target[to] = state;
  target[to + 1] = code;
  target[to + 2] = time >>> 16;
  target[to + 3] = time & 65535;
}
