// @ts-check
/**
 * The newest state of an array, or the newest frame, as rows: its elements where they are records,
 * else the last two axes as rows and columns.
 */

import { columnsOf } from "../client/records.js";

/** @typedef {import("../client/server.js").Stream} Stream */
/** @typedef {import("../client/records.js").Column} Column */

/** @param {readonly number[]} shape */
const countOf = (shape) => shape.reduce((product, extent) => product * extent, 1);

export class ArrayRows {
  /**
   * @param {Stream} stream
   * @param {readonly number[]} index of the axes before the last two, where there are columns
   */
  constructor(stream, index) {
    /** @private */
    this.itemsize = stream.itemsize;
    /** @private */
    this.isMatrix = stream.fields === null && stream.shape.length >= 2;
    const { shape } = stream;
    /** Axes for which one index is chosen. */
    this.fixedAxes = this.isMatrix ? shape.slice(0, -2) : [];
    this.index = this.fixedAxes.map((extent, axis) =>
      Math.max(0, Math.min(extent - 1, Math.trunc(index[axis] ?? 0) || 0)),
    );
    /** @type {Column[]} */
    this.columns = this.isMatrix ? matrixColumns(stream, shape[shape.length - 1]) : columnsOf(stream);
    this.first = 0;
    this.end = 0;
    this.capacity = Infinity;
    this.lost = 0;
    this.newest = 0;
    /** @private */
    this.shape = shape;
    /** @private @type {DataView} */
    this.view = new DataView(new ArrayBuffer(0));
    /** @private @type {DataView | null} the state before */
    this.before = null;
    /** @private bytes before the first row */
    this.base = 0;
    /** @private */
    this.stride = this.isMatrix ? shape[shape.length - 1] * stream.itemsize : stream.itemsize;
  }

  /** @param {import("../client/frame.js").Frame} frame of this stream */
  show(frame) {
    const { bytes } = frame;
    this.before = this.newest === 0 && this.end === 0 ? null : this.view;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, frame.nbytes);
    this.newest = frame.sequence;
    // A frame may have been filled in part: then it has fewer of its first axis.
    this.shape = frame.shape;
    const rows = this.isMatrix ? frame.shape[frame.shape.length - 2] : countOf(frame.shape);
    let plane = 0;
    this.fixedAxes.forEach((_, axis) => {
      plane = plane * frame.shape[axis] + this.index[axis];
    });
    this.base = this.isMatrix ? plane * rows * this.stride : 0;
    const room = Math.floor((frame.nbytes - this.base) / Math.max(1, this.stride));
    this.end = Math.max(0, Math.min(rows, room));
  }

  breakAt() {
    return null;
  }

  viewOf() {
    return this.view;
  }

  /** @param {number} position */
  startOf(position) {
    return this.base + position * this.stride;
  }

  /** @param {number} position */
  numberOf(position) {
    return position;
  }

  /** The index, along each axis. @param {number} position */
  labelOf(position) {
    if (this.isMatrix || this.shape.length < 2) return String(position);
    const index = [];
    let rest = position;
    for (const extent of [...this.shape].reverse()) {
      index.unshift(rest % extent);
      rest = Math.floor(rest / extent);
    }
    return index.join(", ");
  }

  /** Whether a value is another one than in the state before. @param {number} position @param {Column} column */
  hasChanged(position, column) {
    const { before, view } = this;
    const start = this.startOf(position) + column.offset;
    const size = column.itemsize * countOf(column.shape);
    if (before === null || start + size > before.byteLength) return false;
    for (let i = start; i < start + size; i += 1) {
      if (view.getUint8(i) !== before.getUint8(i)) return true;
    }
    return false;
  }

  get nbytes() {
    return this.view.byteLength;
  }
}

/** @param {Stream} stream @param {number} count @returns {Column[]} */
function matrixColumns({ dtype, itemsize }, count) {
  return Array.from({ length: count }, (_, i) => ({
    path: String(i), dtype, fields: null, shape: [], offset: i * itemsize, itemsize,
  }));
}
