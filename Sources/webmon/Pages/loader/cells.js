// @ts-check
/**
 * Many records as few points: of those that would be drawn on the same few pixels, one, which says
 * how many they are.
 */

/** @typedef {{values: Float64Array, mask: number}} Reading */

/** Points that are drawn. */
const most = 2500;

/**
 * @param {import("./envelope.js").Source} source
 * @param {{width: number, height: number}} size of the plot, pixels
 * @returns {{x: number, y: number, count: number, series: string}[]}
 */
export function pointCells(source, { width, height }) {
  for (let side = 3; ; side *= 1.5) {
    const cells = cellsOf(source, { columns: Math.ceil(width / side), rows: Math.ceil(height / side) });
    if (cells.length <= most || side > 40) return cells;
  }
}

/**
 * @param {import("./envelope.js").Source} source
 * @param {{columns: number, rows: number}} grid cells across and down
 */
function cellsOf({ x, y, factor, isLog, range, series }, grid) {
  const { first, end } = range;
  const scale = (/** @type {number} */ value) => (isLog ? Math.log(value) : value);
  const valueAt = (/** @type {number} */ i) => {
    const value = y.values[i & y.mask] * factor;
    return Number.isFinite(value) && !(isLog && value <= 0) ? value : NaN;
  };
  const across = new Span();
  const down = new Span();
  for (let i = first; i < end; i += 1) {
    const value = valueAt(i);
    if (Number.isNaN(value)) continue;
    across.add(x.values[i & x.mask]);
    down.add(scale(value));
  }
  /** @type {Map<number, {x: number, y: number, count: number, series: string}>} */
  const cells = new Map();
  for (let i = first; i < end; i += 1) {
    const value = valueAt(i);
    const at = x.values[i & x.mask];
    if (Number.isNaN(value) || !Number.isFinite(at)) continue;
    const group = series.of(i);
    const row = down.place(scale(value), grid.rows);
    const place = (across.place(at, grid.columns) * grid.rows + row) * series.names.length + group;
    const cell = cells.get(place);
    if (cell !== undefined) cell.count += 1;
    else cells.set(place, { x: at, y: value, count: 1, series: series.names[group] });
  }
  return [...cells.values()];
}

class Span {
  constructor() {
    this.low = Infinity;
    this.high = -Infinity;
  }

  /** @param {number} value */
  add(value) {
    if (!Number.isFinite(value)) return;
    if (value < this.low) this.low = value;
    if (value > this.high) this.high = value;
  }

  /** @param {number} value @param {number} count */
  place(value, count) {
    if (!(this.high > this.low)) return 0;
    return Math.min(count - 1, Math.floor(((value - this.low) / (this.high - this.low)) * count));
  }
}
